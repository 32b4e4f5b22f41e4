"""The frames from which camera and identity are found: as different from each other as the clip has them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.rotation import matrix_to_axis_angle
from avatron.track.fit.pose_model import FrameUnknowns

__all__ = ["chosen_key_frames"]

TURN_SCALE = float(np.radians(12.0))
"""A turn of the head by this much is as different as a weight of 1."""


def chosen_key_frames(start: FrameUnknowns, blendshapes: NDArray[Any], valid: NDArray[Any], count: int) -> NDArray[Any]:
    """[K] numbers of frames, ascending: half of them the calmest faces, half spread over poses and expressions.

    Calm faces show the identity without an expression in the way; the others show depth, and what moves. Each of
    either half is the one furthest from all that are chosen already.
    """
    candidates = np.flatnonzero(valid)
    if len(candidates) <= count:
        return candidates
    middle = start.rotation[candidates[len(candidates) // 2]]
    turn = matrix_to_axis_angle(start.rotation[candidates] @ middle.T) / TURN_SCALE
    features = np.concatenate([turn, np.asarray(blendshapes, np.float64)[candidates]], 1)
    effort = np.asarray(blendshapes)[candidates].sum(1)
    calm = np.flatnonzero(effort <= np.quantile(effort, 0.3))
    chosen: list[int] = [int(calm[np.argmin(effort[calm])])]
    distance = np.linalg.norm(features - features[chosen[0]], axis=1)
    for number in range(1, count):
        pool = calm if number < count // 2 and distance[calm].max() > 0 else np.arange(len(candidates))
        furthest = int(pool[np.argmax(distance[pool])])
        chosen.append(furthest)
        distance = np.minimum(distance, np.linalg.norm(features - features[furthest], axis=1))
    return np.unique(candidates[chosen])
