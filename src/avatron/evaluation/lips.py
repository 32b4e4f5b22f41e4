"""What the eye checks first in a talking face: lips closed on P, B and M, and shut when nothing is said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import FaceMotion
from avatron.core.speech import Speech
from avatron.errors import ShapeError
from avatron.face.head import HeadModel
from avatron.text.inventory import PADDING, PAUSES

__all__ = ["CLOSED_GAP_MM", "bilabial_closures", "lip_gap_of", "silence_gaps"]

CLOSED_GAP_MM = 0.5
"""Inner lips nearer than this look closed: less than a pixel of a head at 512x512."""
BILABIALS = frozenset("pbm")
SETTLED_S = 0.25
"""The mouth may take this long to close after the last sound of a phrase."""
READY_S = 0.12
"""And may part this long before the next one."""


def lip_gap_of(motion: FaceMotion, head: HeadModel, identity: NDArray[Any] | None = None) -> NDArray[np.float64]:
    """[T] the widest of the three gaps between the inner lips in each frame, millimetres, with the head held still."""
    still = np.zeros((len(motion), 3), np.float32)
    held = replace(
        motion,
        head_rotation=still,
        neck_rotation=still,
        torso_rotation=still,
        head_translation=still,
        torso_translation=still,
    )
    posed = head.posed(identity)
    gaps = [head.lip_gap_mm(places).max() for places in posed.frames(held)]
    return np.array(gaps, np.float64)


def bilabial_closures(
    gap_mm: NDArray[Any], motion: FaceMotion, speech: Speech, closed_mm: float = CLOSED_GAP_MM
) -> NDArray[np.bool_]:
    """[bilabials] whether the lips close in some frame of each P, B and M of the utterance.

    `gap_mm` [T] belongs to the frames of `motion`. A phone that is shorter than a frame is judged by the frame that is
    nearest to its middle.

    Raises:
        ShapeError: another number of gaps than of frames.
    """
    _check(gap_mm, motion)
    closed = []
    for span in speech.spans:
        if span.label not in BILABIALS or not len(motion):
            continue
        first = _frame(motion, speech, span.start_s, np.ceil)
        last = _frame(motion, speech, span.end_s, np.floor)
        nearest = _frame(motion, speech, 0.5 * (span.start_s + span.end_s), np.round)
        closed.append(bool(gap_mm[min(first, nearest) : max(last, nearest) + 1].min() < closed_mm))
    return np.array(closed, np.bool_)


def silence_gaps(gap_mm: NDArray[Any], motion: FaceMotion, speech: Speech) -> NDArray[np.float64]:
    """Lip gap in mm, 0 where lips press, in each frame in which nothing is said and the mouth had time to close.

    Raises:
        ShapeError: another number of gaps than of frames.
    """
    _check(gap_mm, motion)
    times_s = (motion.first_frame + np.arange(len(motion))) / float(motion.fps) - speech.start_s
    silent = np.zeros(len(motion), np.bool_)
    quiet = {PADDING, *PAUSES}
    for index, span in enumerate(speech.spans):
        if span.label not in quiet:
            continue
        settle_s = 0.0 if index == 0 else SETTLED_S
        ready_s = 0.0 if index == len(speech.spans) - 1 else READY_S
        silent |= (times_s >= span.start_s + settle_s) & (times_s <= span.end_s - ready_s)
    return np.asarray(np.maximum(gap_mm[silent], 0.0), np.float64)


def _frame(motion: FaceMotion, speech: Speech, time_s: float, rounding: Any) -> int:
    frame = int(rounding((speech.start_s + time_s) * float(motion.fps))) - motion.first_frame
    return min(max(frame, 0), len(motion) - 1)


def _check(gap_mm: NDArray[Any], motion: FaceMotion) -> None:
    if gap_mm.shape != (len(motion),):
        raise ShapeError(f"`gap_mm` has shape {list(gap_mm.shape)}, expected [{len(motion)}], one for each frame")
