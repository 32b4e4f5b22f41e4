"""One stage of a build: what it needs, what it depends on, and what it leaves in a folder of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from avatron.io.clips import ClipInfo
from avatron.replica.builder.config import BuildConfig

__all__ = ["BuildSource", "Stage", "StageRun"]


@dataclass(frozen=True)
class BuildSource:
    """What a replica is built from."""

    video: Path
    sha256: str
    """Of the video."""
    info: ClipInfo
    config: BuildConfig
    name: str
    """Of the replica."""

    @property
    def learned_frames(self) -> int:
        """Frames from the first on that may be learned from."""
        return self.config.learned_frames(self.info.frames)


@dataclass(frozen=True, eq=False)
class StageRun:
    """What a stage is given when it runs."""

    source: BuildSource
    results: Mapping[str, Path]
    """Folders of the stages that it needs, by their names."""
    place: Path
    """An empty folder for its result; it counts when the stage has returned."""
    unfinished: Path
    """A folder for checkpoints: a run that was killed finds there again what it had written."""
    on_progress: Callable[[float], None]
    """Hears the share that is done, 0 .. 1."""
    on_note: Callable[[str], None]
    """Hears what the user should know."""


@dataclass(frozen=True)
class Stage:
    """A step that is done once."""

    name: str
    run: Callable[[StageRun], None]
    needs: tuple[str, ...] = ()
    """Stages before it whose results it reads: when one of them changes, it is done again."""
    settings: Callable[[BuildConfig], Mapping[str, Any]] = field(default=lambda config: {})
    """What of the config it depends on."""
    cost_ms: float = 1.0
    """A frame, about; only the time that is said to be left depends on it."""
    version: int = 1
    """Raised when the code makes something else of the same input."""
