"""Say a sentence with a face: one call, one film."""

import sys

import avatron

output = sys.argv[1] if len(sys.argv) > 1 else "hello.mp4"
production = avatron.speak("Hello! I am Ava. I was never recorded saying this.", output, overwrite=True)
print(f"{production.duration_s:.1f} s of film, made {production.real_time_factor:.2f} times as long as it plays")
