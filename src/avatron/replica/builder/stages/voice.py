"""Whom the replica speaks with: the voice that was asked for, or one of the package."""

from __future__ import annotations

import json
from pathlib import Path

from avatron.io.atomic import write_file
from avatron.replica.builder.stage import Stage, StageRun
from avatron.voice.voices import COLLECTION

__all__ = ["VOICE", "built_voice"]

_FILE = "voice/voice.json"
_DEFAULT = "lj"


def built_voice(place: Path) -> str:
    """Name or folder of the voice that the stage has chosen."""
    return str(json.loads((place / _FILE).read_text("utf-8"))["voice"])


def _run(run: StageRun) -> None:
    voice = run.source.config.voice or _DEFAULT
    # A voice that is not there is refused now and not when the replica first speaks.
    COLLECTION.find(voice)
    (run.place / "voice").mkdir()
    write_file(run.place / _FILE, json.dumps({"voice": voice}) + "\n")


VOICE = Stage("voice", _run, needs=("sound",), settings=lambda config: {"voice": config.voice}, cost_ms=0.2)
