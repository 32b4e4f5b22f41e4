"""What voices sound like: one sentence, the same for all, written to files or played."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from avatron.cli.report import note
from avatron.errors import UsageError
from avatron.io.atomic import output_errors
from avatron.io.player import Player
from avatron.pipeline.options import SpeakOptions
from avatron.pipeline.plan import OutputPlan, plan_outputs
from avatron.pipeline.speak import speak_to

__all__ = ["SAMPLE", "play_samples", "write_samples"]

SAMPLE = "Hello, this is my voice; would you like me to read something to you?"
"""It has a pause and a question, and the vowels of everyday words."""


def write_samples(names: Sequence[str], folder: Path, *, overwrite: bool) -> list[Path]:
    """`SAMPLE` by each of the voices, as NAME.wav in `folder`, which is made where it is missing.

    Raises:
        UsageError: `folder` is a file.
        OutputExistsError: one of the files is there and `overwrite` is not set; nothing is written.
        OutputError: one cannot be written.
        InputError: a voice that fails its checks.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"`{folder}` is a file; `--samples` needs a folder")
    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.wav" for name in names]
    plans = [plan_outputs([path], overwrite=overwrite, audio_only=True) for path in paths]
    for name, plan in zip(names, plans, strict=True):
        _speak(name, plan)
    return paths


def play_samples(names: Sequence[str], *, quiet: bool) -> str:
    """Play `SAMPLE` by each of the voices, one after another; gives the name of the program that played.

    Raises:
        MissingComponentError: nothing here plays sound.
        OutputError: no sound device.
        InputError: a voice that fails its checks.
    """
    player = Player("write files with `avatron voices --samples FOLDER`")
    used = ""
    with tempfile.TemporaryDirectory(prefix="avatron-") as folder:
        for name in names:
            path = Path(folder) / f"{name}.wav"
            _speak(name, plan_outputs([path], audio_only=True))
            note(f"playing `{name}`", quiet)
            used = player.play(path)
    return used


def _speak(name: str, plan: OutputPlan) -> None:
    speak_to(SAMPLE, plan, SpeakOptions(voice=name))
