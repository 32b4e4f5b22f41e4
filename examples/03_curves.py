"""ARKit curves and captions for a game engine, without drawing a picture."""

import sys
from pathlib import Path

import avatron

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
avatron.speak(
    "Take the curves, leave the pictures.",
    [folder / "line.csv", folder / "line.wav", folder / "line.vtt"],
    fps=60,
    overwrite=True,
)
print((folder / "line.csv").read_text(encoding="utf-8").splitlines()[0][:60])
