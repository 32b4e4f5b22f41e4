"""VOCASET and BIWI as FaceFormer laid them out, which everybody since has kept: subjects, sentences, files.

    vocaset/  vertices_npy/SUBJECT_sentenceNN.npy   wav/SUBJECT_sentenceNN.wav   templates.pkl   [FLAME_masks.pkl]
    biwi/     vertices_npy/SUBJECT_NN.npy           wav/SUBJECT_NN.wav           templates.pkl   [regions/*.txt]

Vertices are [T, V * 3] or [T, V, 3]. In place of `templates.pkl` there may be `templates/SUBJECT.npy` [V, 3]. Neither
data set may be handed on: whoever has agreed to its licence gives the folder.

Cudeiro et al., Capture, learning, and synthesis of 3D speaking styles, 2019 (VOCASET). Fanelli et al., A 3-D
audio-visual corpus of affective communication, 2010 (BIWI). Fan et al., FaceFormer, 2022 (layout and split).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.errors import UnreadableFileError
from avatron.evaluation.face.protocols.array_pickle import read_array_pickle

__all__ = ["PROTOCOLS", "MeshFolder", "Protocol", "Sequence3d", "Split", "read_vertices"]

Floats = NDArray[np.float32]
_NUMBER = re.compile(r"(\d\d)$")


@dataclass(frozen=True)
class Split:
    """Who says what."""

    subjects: frozenset[str]
    sentences: range


@dataclass(frozen=True)
class Protocol:
    """How a data set is used in the field."""

    name: str
    vertices: int
    """V."""
    fps: int
    """Frames per second that are compared."""
    every: int
    """Frames of the files that make one: VOCASET is stored at 60 fps and used at 30."""
    metres: bool
    """Whether places are metres; otherwise they have a unit of the data set's own, and there are no millimetres."""
    splits: Mapping[str, Split]
    """`train`, `valid` and those that are judged."""
    judged: tuple[str, ...]


_VOCASET_TRAIN = frozenset(
    f"FaceTalk_{name}_TA"
    for name in (
        *("170728_03272", "170904_00128", "170725_00137", "170915_00223"),
        *("170811_03274", "170913_03279", "170904_03276", "170912_03278"),
    )
)
_VOCASET_VALID = frozenset({"FaceTalk_170811_03275_TA", "FaceTalk_170908_03277_TA"})
_VOCASET_TEST = frozenset({"FaceTalk_170809_00138_TA", "FaceTalk_170731_00024_TA"})
_BIWI_SEEN = frozenset(["F2", "F3", "F4", "M3", "M4", "M5"])
_BIWI_UNSEEN = frozenset(["F1", "F5", "F6", "F7", "F8", "M1", "M2", "M6"])

PROTOCOLS: Mapping[str, Protocol] = {
    "vocaset": Protocol(
        "vocaset",
        5023,
        30,
        2,
        True,
        {
            "train": Split(_VOCASET_TRAIN, range(1, 41)),
            "valid": Split(_VOCASET_VALID, range(21, 41)),
            "test": Split(_VOCASET_TEST, range(21, 41)),
        },
        ("test",),
    ),
    "biwi": Protocol(
        "biwi",
        23370,
        25,
        1,
        False,
        {
            "train": Split(_BIWI_SEEN, range(1, 33)),
            "valid": Split(_BIWI_SEEN, range(33, 37)),
            "test-a": Split(_BIWI_SEEN, range(37, 41)),
            "test-b": Split(_BIWI_UNSEEN, range(37, 41)),
        },
        ("test-a", "test-b"),
    ),
}
"""By name. BIWI's papers report errors on `test-a`, the seen subjects, and show people `test-b`, the others."""


@dataclass(frozen=True)
class Sequence3d:
    """One sentence of one subject."""

    name: str
    subject: str
    sentence: int
    vertices_path: Path
    wav_path: Path


class MeshFolder:
    """A data set on disk: what is there is checked by name at once, arrays are read one sequence at a time."""

    def __init__(self, folder: Path, protocol: Protocol) -> None:
        """Look at all names.

        Raises:
            UnreadableFileError: no such folder, another layout, a sequence without its sound, a sequence without
                a template, or no sequence that the protocol judges.
        """
        self.folder, self.protocol = folder, protocol
        _check_layout(folder, protocol)
        self.sequences = tuple(_sequences(folder))
        self.templates = self._templates()
        for sequence in self.sequences:
            if sequence.subject not in self.templates:
                raise UnreadableFileError(
                    f"`{sequence.vertices_path}` is of `{sequence.subject}`, of whom `{folder}` has no template; "
                    f"it has {', '.join(sorted(self.templates)) or 'none'}"
                )
        if not any(self.of(name) for name in protocol.judged):
            raise UnreadableFileError(
                f"`{folder}` has no sequence that {protocol.name} judges ({', '.join(protocol.judged)}); expected "
                f"names such as `{self._example()}.npy` in `vertices_npy/`"
            )

    def of(self, split: str) -> list[Sequence3d]:
        """The sequences of a split, in the order of their names."""
        wanted = self.protocol.splits[split]
        return [one for one in self.sequences if one.subject in wanted.subjects and one.sentence in wanted.sentences]

    def vertices(self, sequence: Sequence3d) -> Floats:
        """[T, V, 3] of a sequence at the protocol's frame rate.

        Raises:
            UnreadableFileError: a file that is damaged, half there, or of another mesh; it is named.
        """
        values = read_vertices(sequence.vertices_path, self.protocol.vertices)[:: self.protocol.every]
        if len(values) < 3:
            raise UnreadableFileError(f"`{sequence.vertices_path}` has {len(values)} frames, expected at least 3")
        return values

    def _templates(self) -> dict[str, Floats]:
        count, pickled, folder = self.protocol.vertices, self.folder / "templates.pkl", self.folder / "templates"
        found: dict[str, Floats] = {}
        if pickled.is_file():
            for name, values in read_array_pickle(pickled).items():
                if values.size != 3 * count:
                    raise UnreadableFileError(
                        f"`{pickled}` has {values.size} numbers for `{name}`, expected {3 * count}: another mesh"
                    )
                found[name] = values.reshape(count, 3).astype(np.float32)
        for path in sorted(folder.glob("*.npy")) if folder.is_dir() else ():
            found[path.stem] = read_vertices(path, count).reshape(-1, count, 3)[0]
        if not found:
            raise UnreadableFileError(
                f"`{self.folder}` has no templates: expected `templates.pkl` or `templates/NAME.npy`"
            )
        return found

    def _example(self) -> str:
        split = self.protocol.splits[self.protocol.judged[0]]
        middle = "_sentence" if self.protocol.name == "vocaset" else "_"
        return f"{min(split.subjects)}{middle}{split.sentences.start}"


def read_vertices(path: Path, count: int) -> Floats:
    """[T, V, 3] of an npy of [T, V * 3], [T, V, 3] or [V, 3]; no pickle is opened.

    Raises:
        UnreadableFileError: damaged, of another mesh, or with values that are not finite.
    """
    try:
        stored = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UnreadableFileError(f"`{path}` is damaged or half there: {reason}; get it again") from error
    values: NDArray[Any] = np.asarray(stored)
    if values.dtype.kind not in "fiu" or values.size % (3 * count) or not values.size:
        raise UnreadableFileError(
            f"`{path}` has the shape {list(values.shape)} of {values.dtype}, expected frames of {count} vertices"
        )
    if values.shape[-1] not in (3, 3 * count):
        raise UnreadableFileError(f"`{path}` has the shape {list(values.shape)}, expected [T, {3 * count}]")
    result = values.reshape(-1, count, 3).astype(np.float32)
    if not np.isfinite(result).all():
        raise UnreadableFileError(f"`{path}` has places that are not numbers; get it again")
    return result


def _check_layout(folder: Path, protocol: Protocol) -> None:
    if not folder.is_dir():
        raise UnreadableFileError(f"`{folder}` is not a folder; expected that of {protocol.name}")
    missing = [name for name in ("vertices_npy", "wav") if not (folder / name).is_dir()]
    if not missing:
        return
    hint = "expected `vertices_npy/`, `wav/` and `templates.pkl`, as FaceFormer lays it out"
    if (folder / "data_verts.npy").exists():
        hint += ". It holds VOCASET as it is downloaded: cut `data_verts.npy` and the sound into sequences first"
    if (folder / "faces").is_dir():
        hint += ". It holds BIWI as it is downloaded: convert `faces/` to `vertices_npy/` first"
    raise UnreadableFileError(f"`{folder}` has no `{missing[0]}/`: {hint}")


def _sequences(folder: Path) -> list[Sequence3d]:
    meshes = {path.stem: path for path in (folder / "vertices_npy").glob("*.npy")}
    sounds = {path.stem: path for path in (folder / "wav").glob("*.wav")}
    # Sound without a mesh is in both sets as they are handed out; a mesh without sound is in neither.
    if alone := sorted(set(meshes) - set(sounds)):
        raise UnreadableFileError(
            f"`{folder / 'wav' / alone[0]}.wav` is missing ({len(alone)} such): the folder is half there"
        )
    found = []
    for name, path in sorted(meshes.items()):
        number, subject = _NUMBER.search(name), name.rpartition("_")[0]
        if number is None or not subject:
            raise UnreadableFileError(f"`{path}` is not called SUBJECT_NN: its subject and sentence are not known")
        found.append(Sequence3d(name, subject, int(number[1]), path, sounds[name]))
    if not found:
        raise UnreadableFileError(f"`{folder / 'vertices_npy'}` is empty; expected `SUBJECT_NN.npy`")
    return found
