"""The rows of a public protocol: the truth, what costs nothing, and what models of the field left in a folder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from avatron.errors import InvalidValueError, UnreadableFileError
from avatron.evaluation.face.protocols.layout import MeshFolder, Sequence3d, read_vertices
from avatron.io.audio import read_audio
from avatron.signal.mel import MelConfig, log_mel

__all__ = ["KeptMeshes", "MeanMesh", "MeshContender", "MeshRow", "MeshTruth", "NearestSound"]

Floats = NDArray[np.float32]

_BANK_BYTES = 256 * 2**20
"""What nearest frames may take in memory."""
_CONTEXT = 2
"""Frames of sound on each side that a neighbour is chosen by."""
_MEL = MelConfig()


class MeshContender(Protocol):
    """Something that moves a mesh."""

    def predict(self, sequence: Sequence3d, true: Floats, template: Floats) -> list[Floats]:
        """One or more [T, V, 3] for a sequence whose truth [T, V, 3] only references look at."""
        ...


@dataclass(frozen=True, eq=False)
class MeshRow:
    """One line of the table."""

    name: str
    contenders: tuple[MeshContender, ...]
    """One, or one a seed."""
    about: str = ""
    reference: bool = False


class MeshTruth:
    """What the person did, some frames too late."""

    def __init__(self, late_frames: int = 0) -> None:
        """`late_frames` 0 or more."""
        self._late = late_frames

    def predict(self, sequence: Sequence3d, true: Floats, template: Floats) -> list[Floats]:
        """The truth, its first frame held where it is late."""
        return [true[np.maximum(np.arange(len(true)) - self._late, 0)]]


class MeanMesh:
    """The mean displacement of the training set on the person's own template."""

    def __init__(self, displacements: Floats) -> None:
        """From frames of training motion [R, V, 3], less their subjects' templates."""
        self._mean = displacements.mean(axis=0, dtype=np.float64).astype(np.float32)

    def predict(self, sequence: Sequence3d, true: Floats, template: Floats) -> list[Floats]:
        """The mean, for as long as the truth lasts."""
        return [np.broadcast_to(template + self._mean, true.shape)]


class NearestSound:
    """For each frame the training frame that sounds most alike, by its mel and that of the frames around.

    The protocols have no phonemes; sound stands for them.
    """

    def __init__(self, folder: MeshFolder, sequences: Iterable[Sequence3d]) -> None:
        """Hear all of `sequences`, and keep as many of their frames as fit, evenly.

        Raises:
            InvalidValueError: nothing to learn from.
            UnreadableFileError: a sound or mesh that is damaged.
        """
        self._fps = folder.protocol.fps
        chosen = list(sequences)
        if not chosen:
            raise InvalidValueError("there is no training sequence to take neighbours from")
        most = max(1, _BANK_BYTES // (12 * folder.protocol.vertices) // len(chosen))
        heard, moved = [], []
        for sequence in chosen:
            vertices = folder.vertices(sequence)
            rows = np.unique(np.linspace(0, len(vertices) - 1, min(most, len(vertices))).astype(int))
            heard.append(self._hear(sequence, len(vertices))[rows])
            moved.append(vertices[rows] - folder.templates[sequence.subject])
        self._sound, self._moved = np.concatenate(heard), np.concatenate(moved)

    def predict(self, sequence: Sequence3d, true: Floats, template: Floats) -> list[Floats]:
        """Neighbours, smoothed over three frames."""
        sound = self._hear(sequence, len(true))
        squares = np.square(sound).sum(1)[:, None] + np.square(self._sound).sum(1)[None] - 2 * sound @ self._sound.T
        found = self._moved[squares.argmin(1)]
        padded = np.concatenate([found[:1], found, found[-1:]])
        return [template + (padded[:-2] + padded[1:-1] + padded[2:]) / 3]

    def _hear(self, sequence: Sequence3d, frames: int) -> Floats:
        """[T, M * (2 context + 1)] of the sequence's sound, its loudness taken out."""
        audio = read_audio(sequence.wav_path, sample_rate=_MEL.sample_rate)
        mel = log_mel(audio, _MEL)
        columns = np.arange(frames) / self._fps * _MEL.sample_rate / _MEL.hop_length
        rows = mel.T[np.clip(columns.round().astype(int), 0, mel.shape[1] - 1)]
        rows = rows - rows.mean()
        around = [np.clip(np.arange(frames) + shift, 0, frames - 1) for shift in range(-_CONTEXT, _CONTEXT + 1)]
        return np.concatenate([rows[places] for places in around], axis=1).astype(np.float32)


class KeptMeshes:
    """Results of any model, as the field's code leaves them: `NAME.npy`, or `NAME_condition_SUBJECT.npy` for each.

    All styles of a sequence count alike.
    """

    def __init__(self, folder: Path, vertices: int) -> None:
        """Raises:
        UnreadableFileError: no npy in `folder`.
        """
        self._folder, self._vertices = folder, vertices
        if not any(folder.glob("*.npy")):
            raise UnreadableFileError(f"`{folder}` has no results: expected `NAME.npy` or `NAME_condition_SUBJECT.npy`")

    def predict(self, sequence: Sequence3d, true: Floats, template: Floats) -> list[Floats]:
        """What the folder holds of the sequence.

        Raises:
            UnreadableFileError: nothing, or something damaged or of another mesh, which is named.
        """
        own = self._folder / f"{sequence.name}.npy"
        paths = [own] if own.is_file() else sorted(self._folder.glob(f"{sequence.name}_condition_*.npy"))
        if not paths:
            raise UnreadableFileError(f"`{own}` is missing; a result of every judged sequence is needed")
        return [read_vertices(path, self._vertices) for path in paths]


def training_displacements(folder: MeshFolder, sequences: list[Sequence3d], most: int = 300) -> Floats:
    """[R, V, 3] at most `most` frames of the sequences, evenly, less their subjects' templates.

    Raises:
        InvalidValueError: no sequence.
        UnreadableFileError: a mesh that is damaged.
    """
    if not sequences:
        raise InvalidValueError("there is no training sequence; the splits of the protocol name their subjects")
    chosen = sequences[:: max(1, len(sequences) // 30)]
    each = max(2, most // len(chosen))
    found: list[Any] = []
    for sequence in chosen:
        vertices = folder.vertices(sequence)
        rows = np.unique(np.linspace(0, len(vertices) - 1, min(each, len(vertices))).astype(int))
        found.append(vertices[rows] - folder.templates[sequence.subject])
    return np.concatenate(found)
