"""The folder of a person's motion: what is theirs, and which shipped decoder it changes.

    motion/  config.json  habits.json  reels.safetensors  mouth.safetensors  [changes.safetensors]

`mouth.safetensors` makes the decoder's curves the person's; `changes.safetensors` is what training has made of the
decoder itself, where there was any.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from avatron.errors import DamagedModelError, MissingComponentError
from avatron.io.config_values import ConfigValues
from avatron.io.folders import FileSource, ModelFolder, load_folder, tensor_bytes, write_folder
from avatron.io.onnx_weights import changed_graph
from avatron.io.sessions import open_session
from avatron.motion.decoder.config import KIND as ANIMATOR_KIND
from avatron.motion.decoder.decoder import MotionDecoder
from avatron.motion.decoder.shipped import find_weights
from avatron.motion.personal.habits import MotionHabits
from avatron.motion.personal.mouth import MouthFilter
from avatron.motion.personal.observe import PersonSeen
from avatron.motion.personal.reel import Reel

__all__ = ["KIND", "PersonalMotion", "load_personal_motion", "personal_decoders", "write_personal_motion"]

KIND = "personal-motion"
"""What `config.json` names as its kind."""
GRAPH = "decoder.onnx"
HABITS, REELS, MOUTH, CHANGES = "habits.json", "reels.safetensors", "mouth.safetensors", "changes.safetensors"
_REELS = ("talk", "idle")


@dataclass(frozen=True, eq=False)
class PersonalMotion:
    """How a person moves."""

    seen: PersonSeen
    mouth: MouthFilter
    changes: Mapping[str, NDArray[Any]] | None
    """Of the decoder's graph, for `io.onnx_weights.changed_graph`; None where nothing was trained."""
    base_name: str
    """The animator that is changed, ..."""
    base_sha256: str
    """... and the hash of its graph."""


def write_personal_motion(
    path: Path, motion: PersonalMotion, measured: Mapping[str, Any] | None = None, *, overwrite: bool = False
) -> ModelFolder:
    """Writes the folder, whole or not at all; `measured` is put into the config as it is.

    Raises:
        OutputExistsError: the folder is there and `overwrite` is not set.
        OutputError: it cannot be written.
    """
    reels = {f"{name}/{key}": value for name in _REELS for key, value in getattr(motion.seen, name).tensors().items()}
    files: dict[str, FileSource] = {
        HABITS: motion.seen.habits.to_json(),
        REELS: tensor_bytes(reels),
        MOUTH: tensor_bytes(motion.mouth.tensors()),
    }
    if motion.changes is not None:
        files[CHANGES] = tensor_bytes(motion.changes)
    config = {
        "base_name": motion.base_name,
        "base_sha256": motion.base_sha256,
        "trained": int(motion.changes is not None),
        "measured": dict(measured or {}),
    }
    return write_folder(path, KIND, config, files, overwrite=overwrite)


def load_personal_motion(folder: Path | ModelFolder) -> PersonalMotion:
    """What is in the folder.

    Raises:
        UnreadableFileError: no folder at that path.
        DamagedModelError: a file is missing, altered or not what it should be.
        NewerFormatError: the folder was written by a newer avatron.
    """
    checked = folder if isinstance(folder, ModelFolder) else load_folder(folder, KIND)
    config = ConfigValues.of(checked)
    habits = MotionHabits.from_json(checked.read_bytes(HABITS), str(checked.path / HABITS))
    tensors = checked.tensors(REELS)
    reels = {
        name: Reel.of(
            {key.removeprefix(f"{name}/"): value for key, value in tensors.items() if key.startswith(f"{name}/")},
            str(checked.path / REELS),
        )
        for name in _REELS
    }
    return PersonalMotion(
        seen=PersonSeen(habits, reels["talk"], reels["idle"]),
        mouth=MouthFilter.of_tensors(checked.tensors(MOUTH), str(checked.path / MOUTH)),
        changes=checked.tensors(CHANGES) if config.whole("trained", 0, 1) else None,
        base_name=config.text("base_name", r"[\w.-]{1,64}", "the name of an animator"),
        base_sha256=config.text("base_sha256", r"[0-9a-f]{64}", "a sha256"),
    )


def personal_decoders(motion: PersonalMotion, *, threads: int = 1) -> tuple[MotionDecoder, MotionDecoder | None]:
    """(the decoder as it is shipped, and with the person's changes in its weights, where there are any).

    Raises:
        MissingComponentError: the animator that is changed is not installed.
        DamagedModelError: it is not the one that was changed, or a change does not fit.
    """
    try:
        base = load_folder(find_weights(motion.base_name), ANIMATOR_KIND)
    except MissingComponentError as error:
        raise MissingComponentError(
            f"this person's motion changes the animator `{motion.base_name}`, which is not installed: {error}"
        ) from error
    found = base.files.get(GRAPH, "missing")
    if found != motion.base_sha256:
        raise DamagedModelError(
            f"this person's motion changes a `{motion.base_name}` with a `{GRAPH}` of sha256 "
            f"{motion.base_sha256[:12]}..., but that of `{base.path}` is {found[:12]}...; build the replica again, or "
            "use the avatron that built it"
        )
    shipped = MotionDecoder.load(base, threads=threads)
    if len(motion.mouth.middle) != len(shipped.config.channels):
        raise DamagedModelError(
            f"this person's mouth has {len(motion.mouth.middle)} channels, `{base.path}` "
            f"{len(shipped.config.channels)}; build the replica again"
        )
    if motion.changes is None:
        return shipped, None
    try:
        graph = changed_graph(base.read_bytes(GRAPH), dict(motion.changes))
    except (KeyError, ValueError) as error:
        raise DamagedModelError(
            f"a change of this person's motion does not fit `{base.path / GRAPH}` ({error}); build the replica again"
        ) from error
    session = open_session(graph, threads=threads, name=f"{base.path / GRAPH}, changed")
    return shipped, MotionDecoder(shipped.config, session)
