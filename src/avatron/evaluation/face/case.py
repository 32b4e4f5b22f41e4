"""What an animator is asked, and what a person did: speech, true motion, and the face that moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import FaceMotion
from avatron.core.speech import Speech
from avatron.errors import InvalidValueError, ShapeError
from avatron.evaluation.face.regions import DEFAULT_LIPS, regions_of
from avatron.evaluation.face.teeth import LipAndTeeth
from avatron.evaluation.tracking.closures import ClosureLabel
from avatron.face.head import HeadModel, PosedHead

__all__ = ["Face", "FaceCase", "Shapes", "phone_edges_s", "spoken_again"]


@dataclass(frozen=True, eq=False)
class Shapes:
    """What is measured of a motion of T frames, the head held still."""

    lips: NDArray[np.float32]
    """[T, L, 3] metres."""
    face: NDArray[np.float32]
    """[T, N, 3] metres."""
    gap_mm: NDArray[np.float64]
    """[T] the widest gap between the inner lips; negative where they press."""
    lip_height_mm: NDArray[np.float64]
    """[T] of the lower lip below the upper teeth."""
    lip_reach_mm: NDArray[np.float64]
    """[T] of the lower lip before the upper teeth."""

    def __len__(self) -> int:
        return len(self.gap_mm)

    def at(self, rows: NDArray[Any]) -> Shapes:
        """The frames `rows` [R], in that order."""
        return Shapes(**{name: values[rows] for name, values in vars(self).items()})


class Face:
    """One person's head, and the places on it where motions are measured."""

    def __init__(self, name: str, head: HeadModel, posed: PosedHead, lips: str = DEFAULT_LIPS) -> None:
        """`lips` is the name of a lip set.

        Raises:
            UnknownNameError: no such lip set.
        """
        self.name = name
        self._head, self._posed = head, posed
        self.regions = regions_of(head, lips)
        self._teeth = LipAndTeeth(head)

    @property
    def at_rest(self) -> NDArray[np.float32]:
        """[N, 3] metres: the vertices of `Shapes.face`."""
        return self._posed.rest[self.regions.face.vertices]

    @cached_property
    def upper_face(self) -> NDArray[np.int64]:
        """[U] which vertices of `Shapes.face` are those of the upper face."""
        return np.searchsorted(self.regions.face.vertices, self.regions.upper_face.vertices)

    def shapes(self, motion: FaceMotion) -> Shapes:
        """What is measured of `motion`; turns and shifts of head, neck and torso make no difference."""
        still = np.zeros((len(motion), 3), np.float32)
        turns = ("head_rotation", "neck_rotation", "torso_rotation", "head_translation", "torso_translation")
        none: dict[str, Any] = dict.fromkeys(turns, still)
        held = replace(motion, **none)
        gap, height, reach = (np.zeros(len(motion)) for _ in range(3))
        chosen = {name: getattr(self.regions, name).vertices for name in ("lips", "face")}
        kept = {name: np.zeros((len(motion), len(rows), 3), np.float32) for name, rows in chosen.items()}
        for frame, places in enumerate(self._posed.frames(held)):
            gap[frame] = self._head.lip_gap_mm(places).max()
            height[frame], reach[frame] = self._teeth.height_mm(places), self._teeth.reach_mm(places)
            for name, rows in chosen.items():
                kept[name][frame] = places[rows]
        return Shapes(**kept, gap_mm=gap, lip_height_mm=height, lip_reach_mm=reach)


@dataclass(frozen=True, eq=False)
class FaceCase:
    """One utterance whose motion is known.

    Raises:
        ShapeError: not as many marks of trust as frames.
        InvalidValueError: motion or speech that does not begin at the start of the clock, or speech without phonemes.
    """

    name: str
    speech: Speech
    """With the durations that the person spoke with: the oracle's alignment."""
    truth: FaceMotion
    trusted: NDArray[np.bool_]
    """[T] the frames of the truth that count."""
    face: Face
    labels: tuple[ClosureLabel, ...] = ()
    """Closures that were labelled from the pictures."""

    def __post_init__(self) -> None:
        if self.trusted.shape != (len(self.truth),):
            raise ShapeError(f"`{self.name}`: {list(self.trusted.shape)} trusted of {len(self.truth)} frames")
        if self.truth.first_frame or self.speech.start_sample:
            raise InvalidValueError(f"`{self.name}` does not begin at 0: speech and truth are on a clock of their own")
        if self.speech.phonemes is None:
            raise InvalidValueError(f"`{self.name}` has no phonemes; closures cannot be counted without")


def phone_edges_s(speech: Speech) -> NDArray[np.float64]:
    """[P + 1] the borders of the phones of `speech`, seconds."""
    return np.array([*(span.start_s for span in speech.spans), speech.spans[-1].end_s], np.float64)


def spoken_again(cases: list[FaceCase], voice: Any, pace: float) -> Iterator[Speech]:
    """The same phonemes as `voice` says them by itself, at `pace`: what a user gets."""
    from avatron.voice.style import VoiceStyle

    style = VoiceStyle(pace=pace)
    for case in cases:
        assert case.speech.phonemes is not None
        yield voice.speak(case.speech.phonemes, style)
