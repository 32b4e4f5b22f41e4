"""An avatar and a spoken clip for a game engine: a GLB with its sound, and a page that plays both."""

import sys
from pathlib import Path

import avatron
from avatron.avatar.store import load_avatar
from avatron.export.request import ExportRequest, export
from avatron.io.curves import read_motion

folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
avatron.speak("Take me with you.", [folder / "line.npz", folder / "line.wav"], overwrite=True)
request = ExportRequest(
    [folder / "line.glb", folder / "line.html"],
    read_motion(folder / "line.npz"),
    audio=folder / "line.wav",
    overwrite=True,
)
exported = export(load_avatar("ava"), request)
print(f"{exported.targets} morph targets, within {exported.largest_error_mm:.2f} mm of the film's own head:")
for path in exported.paths:
    print(f"  {path.name}: {path.stat().st_size / 1e6:.1f} MB")
