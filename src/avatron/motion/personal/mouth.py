"""A mouth's curves brought to one person's statistics: where their lips rest and how far each shape goes.

This is what is known of a person without any training, and what the training rehearses other texts with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.core.motion import EXPRESSION_INDEX
from avatron.core.speech import Speech
from avatron.core.timeline import sample_curve
from avatron.core.track import FaceTrack
from avatron.errors import InvalidValueError
from avatron.motion.decoder.channels import TONGUE_CHANNELS
from avatron.motion.decoder.decoder import MotionDecoder

__all__ = ["MouthManner", "learn_mouth_manner", "manner_in_clip", "person_curves"]

GAINS = (0.3, 2.5)
"""Factors on how far a shape goes; a decoder that leaves a shape at rest says nothing of it."""
_STILL = 0.01
"""Standard deviation of a weight below which a shape does not move."""


@dataclass(frozen=True, eq=False)
class MouthManner:
    """Curves [T, O] of a decoder to those of a person, shape by shape.

    Raises:
        ShapeError: lengths that disagree.
    """

    base_middle: NDArray[np.float32]
    """[O] mean of the decoder's curves in the person's speech."""
    middle: NDArray[np.float32]
    """[O] mean of the person's."""
    gain: NDArray[np.float32]
    """[O] factor on the distance from the middle."""

    def __post_init__(self) -> None:
        count = len(self.middle)
        for name in ("base_middle", "middle", "gain"):
            object.__setattr__(self, name, checked_array(name, getattr(self, name), (count,), np.float32))

    def of(self, curves: NDArray[np.floating]) -> NDArray[np.float32]:
        """[T, O] the person's curves, within 0 .. 1."""
        moved = self.middle + self.gain * (curves.astype(np.float32) - self.base_middle)
        return np.asarray(np.clip(moved, 0, 1), np.float32)


def learn_mouth_manner(
    person: NDArray[np.floating], base: NDArray[np.floating], channels: tuple[str, ...]
) -> MouthManner:
    """From the person's curves [T, O] and what the decoder makes of the same speech; the tongue stays the decoder's.

    Means and spreads are matched, not the curves: least squares would shrink what it cannot predict, and a mouth that
    moves half as far looks asleep.
    """
    theirs, ours = person.astype(np.float64), np.clip(base, 0, 1).astype(np.float64)
    spread, base_spread = theirs.std(0), ours.std(0)
    gain = np.where(base_spread > _STILL, spread / np.maximum(base_spread, _STILL), 1.0).clip(*GAINS)
    tongue = np.array([name in TONGUE_CHANNELS for name in channels])
    middle, base_middle = theirs.mean(0), ours.mean(0)
    return MouthManner(
        base_middle=base_middle.astype(np.float32),
        middle=np.where(tongue, base_middle, middle).astype(np.float32),
        gain=np.where(tongue, 1.0, gain).astype(np.float32),
    )


def manner_in_clip(
    track: FaceTrack, speeches: Sequence[Speech], frames: range, decoder: MotionDecoder, *, offset_s: float
) -> MouthManner:
    """From the trusted ones of the track's `frames`, while the `speeches` are said; see `person_curves`.

    Raises:
        InvalidValueError: nobody is heard in them.
    """
    channels, person, base = decoder.config.channels, [], []
    for speech in speeches:
        curves = decoder.curves(speech)
        theirs, trusted = person_curves(
            track, speech, frames, channels, len(curves), decoder.config.frame_rate, offset_s=offset_s
        )
        person.append(theirs[trusted])
        base.append(curves[trusted])
    if not sum(map(len, person)):
        raise InvalidValueError("nobody is heard to speak in the part of the clip that is learned from")
    return learn_mouth_manner(np.concatenate(person), np.concatenate(base), channels)


def person_curves(
    track: FaceTrack,
    speech: Speech,
    frames: range,
    channels: tuple[str, ...],
    count: int,
    rate_hz: float,
    *,
    offset_s: float,
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """(curves [count, O] of the person while `speech` is said, [count] which of them were seen in `frames`).

    The first is at the start of the speech, on the clock of the file's sound; its sound comes `offset_s` after its
    picture. A curve between two frames was seen if both can be trusted.
    """
    fps = float(track.motion.fps)
    shown_s = speech.start_s + np.arange(count) / rate_hz - offset_s - track.start_s
    columns = [EXPRESSION_INDEX[name] for name in channels]
    curves = sample_curve(track.motion.expression[:, columns].T, fps, shown_s).T
    allowed = np.zeros(len(track), bool)
    allowed[frames.start : frames.stop] = track.valid[frames.start : frames.stop]
    last = len(track) - 1
    # To a thousandth of a frame: a moment that is a frame's needs that one only.
    before, after = (np.floor(shown_s * fps + side).astype(np.int64) for side in (1e-3, 1 - 1e-3))
    inside = (before >= 0) & (after <= last)
    return curves, inside & allowed[np.clip(before, 0, last)] & allowed[np.clip(after, 0, last)]
