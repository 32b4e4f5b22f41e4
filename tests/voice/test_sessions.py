"""ONNX Runtime is opened so that it minds its own business."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_speaking_leaves_nothing_in_the_home_of_the_user(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    quiet = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        quiet.pop(name, None)
    program = "import avatron; (piece,) = avatron.stream('Hi.', size=(32, 32)); next(iter(piece.frames()))"
    subprocess.run([sys.executable, "-c", program], env={**quiet, "HOME": str(home)}, check=True)
    assert list(home.rglob("*")) == []
