"""What a request to track a video may ask for, and where its results go: refused before any work is done."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from avatron.errors import UnknownNameError, UsageError
from avatron.io.atomic import check_target
from avatron.track.fit.person import PersonBefore
from avatron.track.speech.evidence import check_audio_offset
from avatron.track.subject import LARGEST, Subject, check_subject

__all__ = ["QUALITIES", "TRACK_FORMATS", "Quality", "TrackOptions", "TrackTarget", "plan_track_outputs"]

TRACK_FORMATS = {
    "npz": "the whole track: identity, motion, camera, trust in each frame",
    "csv": "ARKit curves with Live Link Face's column names",
    "glb": "the tracked head with its motion, for engines and the web",
    "obj": "the tracked head at rest with its texture; materials and picture beside it",
    "mp4": "the model drawn over the video, with its errors and curves",
    "webm": "the same",
    "json": "the numbers of every frame",
}
"""Types of outputs and what they hold."""

Quality = Literal["landmarks", "full"]
QUALITIES: tuple[str, ...] = get_args(Quality)


@dataclass(frozen=True)
class TrackOptions:
    """How a video is tracked.

    Raises:
        UnknownNameError: no such quality.
        InvalidValueError: an offset that no recording has, or no subject.
    """

    quality: Quality = "full"
    """`landmarks` stops after the fit to landmarks, `full` refines it on the pictures themselves."""
    audio: bool = True
    """Whether the sound may have a say."""
    transcript: str | None = None
    """What is said, where it is known."""
    words: tuple[tuple[float, float, str], ...] | None = None
    """(start, end, word) in seconds of everything that is said, where that is known."""
    audio_offset_s: float | None = None
    """By how much the sound comes after the picture, in place of what would be measured."""
    subject: Subject = LARGEST
    """Whose face it is, where there are several."""
    force: bool = False
    """Whether a clip that the report refuses is tracked all the same."""
    person: PersonBefore | None = None
    """Who is seen through which lens, where that is known from other clips."""

    def __post_init__(self) -> None:
        if self.quality not in QUALITIES:
            raise UnknownNameError("quality", self.quality, QUALITIES)
        check_subject(self.subject)
        if self.audio_offset_s is not None:
            check_audio_offset(self.audio_offset_s)


@dataclass(frozen=True)
class TrackTarget:
    """One output."""

    path: Path
    format: str
    """Key of `TRACK_FORMATS`."""


def plan_track_outputs(
    outputs: Sequence[str | os.PathLike[str]], *, overwrite: bool = False
) -> tuple[TrackTarget, ...]:
    """The outputs by name, the track itself first.

    Raises:
        UsageError: none, one of an unknown type, or one named twice.
        OutputExistsError: one is there and `overwrite` is not set.
        OutputError: one could not be written.
    """
    if not outputs:
        raise UsageError("nothing says where to write; give `-o PATH`, e.g. `-o motion.npz`")
    targets: list[TrackTarget] = []
    seen: set[str] = set()
    for output in outputs:
        name = os.fspath(output)
        path = Path(name)
        if not name or "\0" in name or path.name in ("", ".."):
            raise UsageError(f"`{name!r}` is not a file name")
        suffix = path.suffix.lower().lstrip(".")
        if suffix not in TRACK_FORMATS:
            what = f"has the unknown type `{suffix}`" if suffix else "has no type"
            raise UsageError(f"the output `{name}` {what}; known: {', '.join(TRACK_FORMATS)}")
        real = os.path.realpath(path)
        if real in seen:
            raise UsageError(f"the output `{path}` is named twice")
        seen.add(real)
        _check(path, suffix, overwrite)
        targets.append(TrackTarget(path, suffix))
    return tuple(sorted(targets, key=lambda target: target.format != "npz"))


def _check(path: Path, format_name: str, overwrite: bool) -> None:
    if format_name in ("glb", "obj"):
        # Late: the writers of scenes are not needed for a track alone.
        from avatron.export.scene import check_scene

        check_scene(path, overwrite=overwrite)
    else:
        check_target(path, overwrite=overwrite)
