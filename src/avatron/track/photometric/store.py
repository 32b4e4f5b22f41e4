"""What refinement has finished, kept in the work folder: the person, each window, and where the next one goes on."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.face.head import HeadModel
from avatron.track.photometric.clip_look import ClipLook
from avatron.track.photometric.config import EnergyConfig
from avatron.track.photometric.evidence import EvidenceSource
from avatron.track.photometric.frames import FrameProgress
from avatron.track.photometric.person import PersonLook, trusting
from avatron.track.photometric.surface import FaceSurface
from avatron.track.work import WorkFolder

__all__ = ["Carried", "RefinedFrames", "RefinementStore"]

_PERSON, _CARRIED = "photometric-person", "photometric-carried"
_LOOK = ("albedo", "seen", "light", "trust")
_GAINS = ("detail_db", "wrinkle_db")


@dataclass(frozen=True, eq=False)
class RefinedFrames:
    """N frames that are done, one after another."""

    expression: NDArray[np.float32]
    """[N, E]"""
    rotation: NDArray[np.float64]
    """[N, 3] axis-angle, head frame to camera space."""
    translation: NDArray[np.float64]
    """[N, 3] metres."""
    light: NDArray[np.float32]
    """[N, 9, 3]"""
    kept: NDArray[np.int64]
    """[K] numbers of the valid frames among them that stayed as the fit had them."""
    moved_mm: NDArray[np.float64]
    """[N - K] at most: how far the face of each of the others moved."""
    held_out: NDArray[np.float64]
    """[J, 4] squares and pixels before and after, of frames without a say."""


@dataclass(frozen=True, eq=False)
class Carried:
    """What a window hands on to the next one."""

    windows: int
    """How many are done."""
    expected: NDArray[np.float32]
    """[9, 3] the light of the frames to come."""
    waiting: dict[int, FrameProgress]
    """Refined frames, by number, that are not changed any more and that the next ones hold on to."""
    spent_s: float
    """Processor time until here."""


class RefinementStore:
    """The photometric part of a work folder. It grows with the clip by 0.5 kB a frame."""

    def __init__(self, folder: WorkFolder) -> None:
        """With what is in `folder` already."""
        self._folder = folder

    def person(self, model: HeadModel, identity: NDArray[Any], config: EnergyConfig) -> PersonLook | None:
        """The person that was kept, on the head of `identity` [S]; None where none was."""
        if not self._folder.has(_PERSON):
            return None
        kept = self._folder.read(_PERSON, *_LOOK, *_GAINS, "displacement", "wrinkles", "plain")
        look = ClipLook(*(kept[name] for name in _LOOK))
        source = EvidenceSource.of(FaceSurface.of(model, identity, kept["displacement"]), config)
        return PersonLook(
            trusting(source, look),
            look,
            kept["displacement"],
            kept["wrinkles"],
            kept["plain"] if len(kept["plain"]) else None,
            *(float(kept[name]) for name in _GAINS),
        )

    def keep_person(self, person: PersonLook) -> None:
        """Keep all that cannot be made again from the identity.

        Raises:
            OutputError: it cannot be written.
        """
        arrays = {name: getattr(person.look, name) for name in _LOOK}
        arrays |= {name: np.asarray(getattr(person, name)) for name in (*_GAINS, "displacement", "wrinkles")}
        arrays["plain"] = np.zeros((0, 0, 3), np.float32) if person.plain is None else person.plain
        self._folder.write(_PERSON, arrays)

    def window(self, number: int) -> RefinedFrames:
        """The frames of a window that is done."""
        names = [field.name for field in fields(RefinedFrames)]
        return RefinedFrames(**self._folder.read(_window(number), *names))

    def carried(self) -> Carried | None:
        """What the last window that is done hands on; None where none is."""
        if not self._folder.has(_CARRIED):
            return None
        names = [field.name for field in fields(FrameProgress)]
        kept = self._folder.read(_CARRIED, "windows", "expected", "spent_s", "numbers", *names)
        waiting = {
            int(number): FrameProgress(**{name: kept[name][row] for name in names})
            for row, number in enumerate(kept["numbers"])
        }
        return Carried(int(kept["windows"]), kept["expected"], waiting, float(kept["spent_s"]))

    def keep(self, done: RefinedFrames, carried: Carried) -> None:
        """Keep the window before those that `carried` leaves.

        Raises:
            OutputError: they cannot be written.
        """
        # What is carried is written last: it says that the window is there, and is all that a killed run believes.
        self._folder.write(_window(carried.windows - 1), {one.name: getattr(done, one.name) for one in fields(done)})
        arrays: dict[str, NDArray[Any]] = {
            "windows": np.asarray(carried.windows),
            "expected": carried.expected,
            "spent_s": np.asarray(carried.spent_s),
            "numbers": np.array(list(carried.waiting), np.int64),
        }
        for one in fields(FrameProgress):
            arrays[one.name] = np.array([getattr(frame, one.name) for frame in carried.waiting.values()])
        self._folder.write(_CARRIED, arrays)


def _window(number: int) -> str:
    return f"photometric-window-{number:06d}"
