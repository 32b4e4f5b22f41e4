"""Take sound, motion and pictures sentence by sentence, while the rest is still being made."""

import avatron

for piece in avatron.stream("First this. Then that, a little slower.", size=(128, 128), pace=0.8):
    pictures = list(piece.frames())
    words = " ".join(word.label for word in piece.words())
    print(f"{piece.speech.start_s:5.2f} s  {len(piece.audio.samples):6} samples  {len(pictures):3} pictures  {words}")
