"""A clip of our own avatar with its consent, and builds of it that die where they are told to."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from avatron.replica.builder import build
from avatron.replica.builder.config import BuildConfig
from avatron.replica.builder.stage import StageRun
from avatron.replica.consent import Consent

__all__ = ["ClipOfPerson", "build_of", "consent_for", "main"]

CONFIG = BuildConfig(quality="draft")
"""Seconds, and nothing but the package."""


@dataclass(frozen=True)
class ClipOfPerson:
    """What a replica is built from."""

    video: Path
    consent: Path


def consent_for(path: Path, **changes: object) -> Path:
    """A record of Ada's at `path`."""
    given = Consent("Ada Example", "Ada Example", date(2026, 1, 1), ("evaluation", "personal"))
    replace(given, **changes).write(path, overwrite=True)
    return path


def build_of(clip: ClipOfPerson, output: Path, **options: object) -> build.Replica:
    """The replica of `clip`, tiny settings."""
    return build.build_replica(clip.video, clip.consent, output, CONFIG, **options)


def _mortal(run: Callable[[StageRun], None]) -> Callable[[StageRun], None]:
    """A stage that does all of its work and is killed before it can say so."""

    def die(given: StageRun) -> None:
        run(given)
        os.kill(os.getpid(), signal.SIGKILL)

    return die


def main(video: str, consent: str, output: str, last: str) -> None:
    """Build, and be killed at the end of the stage `last`."""
    build.STAGES = tuple(
        replace(stage, run=_mortal(stage.run)) if stage.name == last else stage for stage in build.STAGES
    )
    build_of(ClipOfPerson(Path(video), Path(consent)), Path(output))


if __name__ == "__main__":
    main(*sys.argv[1:])
