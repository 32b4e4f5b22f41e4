"""Peak memory of a minute and of an hour of script: it must be the same. Takes about ten minutes.

python benchmarks/memory.py
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from record import write_result
from speak import PARAGRAPH

PEAK_MEMORY = """
import json, resource, sys
import avatron
text = open(sys.argv[1], encoding="utf-8").read()
production = avatron.speak(text, sys.argv[2], size=(256, 256), fps=10, overwrite=True)
peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"film_s": production.duration_s, "peak_mib": peak_kib / 1024}))
"""


def peak_memory(folder: Path, minutes: int) -> dict[str, Any]:
    """Peak resident memory of a new process that speaks a script of about `minutes`, at 256x256 and 10 fps."""
    script = folder / "script.txt"
    script.write_text(PARAGRAPH * (3 * minutes), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", PEAK_MEMORY, str(script), str(folder / "memory.mp4")],
        check=True,
        capture_output=True,
        text=True,
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        result = {f"{minutes} minutes of script": peak_memory(Path(name), minutes) for minutes in (1, 60)}
    print(write_result("memory", result).read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
