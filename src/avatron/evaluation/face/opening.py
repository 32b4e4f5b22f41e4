"""How far the mouth opens, against the truth and against what the sounds ask for. Gaps are those between the lips."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import FaceMotion
from avatron.core.speech import Speech
from avatron.errors import InvalidValueError, ShapeError
from avatron.evaluation.lips import CLOSED_GAP_MM
from avatron.text.inventory import base_of, is_vowel

__all__ = ["false_closures", "opening_difference_mm", "opening_range_mm", "range_ratio"]

_RANGE_PERCENT = (5.0, 95.0)
"""A range between percentiles does not hang on one frame."""


def opening_difference_mm(true_gap_mm: NDArray[Any], predicted_gap_mm: NDArray[Any]) -> float:
    """MOD in mm: mean over frames of |true - predicted| gap [T] between the lips; lower is better.

    Sun et al., DiffPoseTalk, 2024: mouth opening difference. Lips that press count as closed.

    Raises:
        ShapeError: different lengths, or no frames.
    """
    true, predicted = np.maximum(true_gap_mm, 0.0), np.maximum(predicted_gap_mm, 0.0)
    if true.shape != predicted.shape or not len(true):
        raise ShapeError(
            f"{list(true.shape)} true gaps and {list(predicted.shape)} predicted; expected as many, not none"
        )
    return float(np.abs(true - predicted).mean())


def opening_range_mm(gap_mm: NDArray[Any]) -> float:
    """From the 5th to the 95th percentile of a gap [T], mm: how much of its reach the mouth uses; no direction.

    Raises:
        ShapeError: no frames.
    """
    if not len(gap_mm):
        raise ShapeError("no frame, no range; give one frame at least")
    low, high = np.percentile(np.maximum(gap_mm, 0.0), _RANGE_PERCENT)
    return float(high - low)


def range_ratio(true_gap_mm: NDArray[Any], predicted_gap_mm: NDArray[Any]) -> float:
    """Predicted over true `opening_range_mm`, no unit: 1 is as lively, below 1 mumbles, above 1 overacts.

    Raises:
        ShapeError: no frames.
        InvalidValueError: a true mouth that does not move.
    """
    true = opening_range_mm(true_gap_mm)
    if true <= 0:
        raise InvalidValueError("the true mouth does not move, so nothing has a share of its range; leave the clip out")
    return opening_range_mm(predicted_gap_mm) / true


def false_closures(
    gap_mm: NDArray[Any], motion: FaceMotion, speech: Speech, closed_mm: float = CLOSED_GAP_MM
) -> NDArray[np.bool_]:
    """[vowels] whether the lips are shut in the middle of each vowel, where no mouth is; a true value is a fault.

    `gap_mm` [T] belongs to the frames of `motion`. The frame nearest to the middle judges, so that the closure of a
    neighbour is not held against a short vowel.

    Raises:
        ShapeError: another number of gaps than of frames.
    """
    if gap_mm.shape != (len(motion),):
        raise ShapeError(f"`gap_mm` has shape {list(gap_mm.shape)}, expected [{len(motion)}], one for each frame")
    shut = []
    for span in speech.spans:
        if not is_vowel(base_of(span.label)) or span.end_s <= span.start_s or not len(motion):
            continue
        middle_s = speech.start_s + 0.5 * (span.start_s + span.end_s)
        frame = round(middle_s * float(motion.fps)) - motion.first_frame
        shut.append(bool(gap_mm[min(max(frame, 0), len(motion) - 1)] < closed_mm))
    return np.array(shut, np.bool_)
