"""The training set of the avatar decoder as it lies on disk: one npz a clip, never a pickle."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.errors import AvatronError, InvalidValueError, NewerFormatError, UnknownNameError, UnreadableFileError
from avatron.io.atomic import output_errors
from avatron.io.curves import MOTION_ARRAYS, motion_arrays, motion_from_arrays
from avatron.io.npz import read_npz, write_npz
from avatron.training.motion.clip import MotionClip

__all__ = ["CLIP_VERSION", "ClipLabel", "MotionCorpus", "read_clip", "write_clip"]

CLIP_VERSION = 1
"""Of the files that this avatron writes; newer ones are refused."""

_WHAT = "a motion clip"
_LABELS = ("name", "subject", "source", "split", "embedding_space")
_SPEECH = ("embedding", "phoneme_ids", "durations", "mel", "pitch", "energy")
_TRUST = ("valid", "confidence")
_NUMBERS = ("sample_rate", "hop_length")
_OPTIONAL = ("identity", "word_initial")
_REQUIRED = ("clip_version", *_LABELS, "text", *_NUMBERS, *_SPEECH, *_TRUST, *MOTION_ARRAYS)


def write_clip(folder: Path | str, clip: MotionClip, *, overwrite: bool = False) -> Path:
    """Write `clip` to `folder/NAME.npz`, and give that path; the folder is made where it is not there.

    Raises:
        OutputExistsError: the file is there and `overwrite` is not set.
        OutputError: it cannot be written.
    """
    path = Path(folder) / f"{clip.name}.npz"
    with output_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, NDArray[Any]] = {
        "clip_version": np.array(CLIP_VERSION, np.int64),
        **{name: np.array(getattr(clip, name)) for name in (*_LABELS, "text")},
        **{name: np.array(getattr(clip, name), np.int64) for name in _NUMBERS},
        **{name: getattr(clip, name) for name in (*_SPEECH, *_TRUST)},
        **{name: getattr(clip, name) for name in _OPTIONAL if getattr(clip, name) is not None},
        **motion_arrays(clip.motion),
    }
    write_npz(path, arrays, overwrite=overwrite)
    return path


def read_clip(path: Path | str) -> MotionClip:
    """The clip in an npz of `write_clip`, bit for bit.

    Raises:
        UnreadableFileError: missing, damaged, not a clip, or with values that no clip has.
        NewerFormatError: written by a newer avatron.
    """
    path = Path(path)
    _check_version(path, read_npz(path, _WHAT, ("clip_version",)))
    arrays = read_npz(path, _WHAT, _REQUIRED, _OPTIONAL)
    try:
        values: dict[str, Any] = {
            **{name: str(arrays[name]) for name in (*_LABELS, "text")},
            **{name: int(arrays[name]) for name in _NUMBERS},
            **{name: arrays[name] for name in (*_SPEECH, *_TRUST)},
            **{name: arrays[name] for name in _OPTIONAL if name in arrays},
        }
        return MotionClip(**values, motion=motion_from_arrays(path, arrays))
    except UnreadableFileError:
        raise
    except (AvatronError, TypeError, ValueError, OverflowError) as error:
        raise UnreadableFileError(f"`{path}` holds no motion clip: {error}; build it again") from error


@dataclass(frozen=True)
class ClipLabel:
    """What a clip is, without its arrays."""

    path: Path
    name: str
    subject: str
    source: str
    split: str
    embedding_space: str


class MotionCorpus:
    """The clips of one folder or of several, found at once and read when they are asked for."""

    def __init__(self, folder: Path | str, *more: Path | str) -> None:
        """Look at the label of every `*.npz` in the folders.

        Raises:
            UnreadableFileError: a folder that is not there or has no clip, a damaged file (which is named), one whose
                name is not that of its clip, or a name that is there twice.
            InvalidValueError: clips of different embedding spaces.
        """
        labels = [_label(path) for place in (folder, *more) for path in _files(Path(place))]
        self._labels = {label.name: label for label in labels}
        if len(self._labels) < len(labels):
            twice = next(label for label in labels if self._labels[label.name] is not label)
            raise UnreadableFileError(
                f"clip `{twice.name}` is there twice: `{twice.path}` and `{self._labels[twice.name].path}`; "
                "leave one of the folders out"
            )
        spaces = sorted({label.embedding_space for label in labels})
        if len(spaces) > 1:
            raise InvalidValueError(
                f"the clips of `{folder}` are of {len(spaces)} embedding spaces, {spaces[0][:12]} and {spaces[1][:12]} "
                "among them; build them all with one text encoder"
            )
        self.embedding_space = spaces[0]

    def __len__(self) -> int:
        return len(self._labels)

    @property
    def labels(self) -> tuple[ClipLabel, ...]:
        """Of all clips, sorted by name."""
        return tuple(self._labels[name] for name in sorted(self._labels))

    def names(self, split: str | None = None, *, source: str | None = None, subject: str | None = None) -> list[str]:
        """Sorted names of the clips of a split, source and subject; None stands for all."""
        return [
            label.name
            for label in self.labels
            if split in (None, label.split) and source in (None, label.source) and subject in (None, label.subject)
        ]

    def label(self, name: str) -> ClipLabel:
        """The label of the clip of that name.

        Raises:
            UnknownNameError: no such clip.
        """
        if name not in self._labels:
            few = [label.name for label in self.labels[:8]]
            raise UnknownNameError("motion clip", name, few, f"These are {len(few)} of {len(self)}")
        return self._labels[name]

    def clip(self, name: str) -> MotionClip:
        """The clip of that name, read anew each time.

        Raises:
            UnknownNameError: no such clip.
            UnreadableFileError: its file is damaged or gone.
        """
        return read_clip(self.label(name).path)

    def clips(self, split: str | None = None, *, source: str | None = None) -> Iterator[MotionClip]:
        """The clips of a split and source in the order of their names, one in memory at a time."""
        for name in self.names(split, source=source):
            yield self.clip(name)


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise UnreadableFileError(f"`{folder}` is not a folder; expected one of motion clips (`*.npz`)")
    # What is being written has another ending until it is whole.
    paths = sorted(folder / name for name in os.listdir(folder) if name.endswith(".npz") and not name.startswith("."))
    if not paths:
        raise UnreadableFileError(f"`{folder}` has no motion clip (`*.npz`) in it; build the corpus first")
    return paths


def _label(path: Path) -> ClipLabel:
    arrays = read_npz(path, _WHAT, ("clip_version", *_LABELS))
    _check_version(path, arrays)
    values = {name: str(arrays[name]) for name in _LABELS}
    if values["name"] != path.stem:
        raise UnreadableFileError(f"`{path}` holds the clip `{values['name']}`: give it back its name")
    return ClipLabel(path, **values)


def _check_version(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    version = arrays["clip_version"]
    if version.shape != () or version.dtype.kind not in "iu":
        raise UnreadableFileError(f"`{path}` is no npz of {_WHAT}: its version is not a whole number")
    if int(version) > CLIP_VERSION:
        raise NewerFormatError(
            f"`{path}` has clip version {int(version)}, and this avatron knows {CLIP_VERSION}; update avatron"
        )
