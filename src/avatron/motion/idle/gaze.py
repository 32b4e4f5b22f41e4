"""Gaze: fixations around the camera, saccades between them, now and then a glance away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_INDEX
from avatron.motion.curves import minimum_jerk
from avatron.motion.emotion.mood import Mood
from avatron.motion.noise import hashed_uniform, smooth_noise

__all__ = ["fixation_gaze", "lid_weights"]

CELL_S = 0.72
"""At most one saccade in each cell."""
SACCADE_CHANCE = 0.45
"""Share of the cells with a saccade: fixations last 1.6 s on average, as of listeners who look at a face."""
GLANCE_CHANCE = 0.07
"""Share of the saccades that leave the camera; the next cell always brings the eyes back."""
REMEMBERED_CELLS = 16
"""A saccade happens in every such cell at least, so that the present fixation is found without looking further."""

SMALL_YAW, SMALL_PITCH = np.radians(1.3), np.radians(0.8)
"""Fixations wander this far: between the eyes and the mouth of somebody across a table."""
GLANCE_YAW, GLANCE_PITCH = np.radians(7.0), np.radians(3.5)
SACCADE_BASE_S, SACCADE_PER_RADIAN_S = 0.021, 0.0022 * 180 / np.pi
"""Duration of a saccade by its size (Bahill, Clark and Stark, The main sequence, 1975)."""
DRIFT = np.radians(0.12)

FULL_LID_YAW, FULL_LID_PITCH = np.radians(30.0), np.radians(25.0)
"""Angles at which the `eyeLook` shapes are at 1."""
LID_COUPLING = 0.12
"""Part of a downward look that the upper lid adds as `eyeBlink`."""


@dataclass(frozen=True, eq=False)
class _Fixations:
    start_s: NDArray[np.float64]
    """Start of the saccade in each cell."""
    target: NDArray[np.float64]
    """[cells, 2] yaw and pitch after it."""


def _fixations(first_cell: int, last_cell: int, seed: int, glance_chance: float) -> _Fixations:
    first = (first_cell // REMEMBERED_CELLS - 1) * REMEMBERED_CELLS
    cells = np.arange(first, last_cell + 2)
    away = hashed_uniform(seed, "gaze/away", cells) < glance_chance
    returns = np.concatenate([[False], away[:-1]])
    moves = (
        away | returns | (hashed_uniform(seed, "gaze/move", cells) < SACCADE_CHANCE) | (cells % REMEMBERED_CELLS == 0)
    )
    yaw = 2.0 * hashed_uniform(seed, "gaze/yaw", cells) - 1.0
    pitch = 2.0 * hashed_uniform(seed, "gaze/pitch", cells) - 1.0
    target = np.stack([yaw * SMALL_YAW, pitch * SMALL_PITCH], axis=1)
    # Glances go sideways and mostly down; never straight past the camera.
    glance_yaw = np.copysign(0.45 + 0.55 * np.abs(yaw), yaw) * GLANCE_YAW
    glance = np.stack([glance_yaw, (0.8 * pitch - 0.35) * GLANCE_PITCH], axis=1)
    target = np.where(away[:, None], glance, target)
    last_move = np.maximum.accumulate(np.where(moves, np.arange(len(cells)), 0))
    start_s = CELL_S * (cells + 0.1 + 0.7 * hashed_uniform(seed, "gaze/time", cells))
    keep = slice(first_cell - first - 1, None)
    return _Fixations(start_s[keep], target[last_move][keep])


def fixation_gaze(times_s: NDArray[np.float64], seed: int, mood: Mood | None = None) -> NDArray[np.float64]:
    """[T, 2] where the eyes look, yaw and pitch in radians from the camera, head held still.

    How often they leave it follows what is felt throughout a script, not its marks: a glance may cross from one
    utterance to the next.
    """
    if not len(times_s):
        return np.zeros((0, 2))
    cell = np.floor(times_s / CELL_S).astype(np.int64)
    first = int(cell.min())
    glances = 1.0 if mood is None else mood.manner.glances * mood.base_factor("glances")
    fixations = _fixations(first, int(cell.max()), seed, GLANCE_CHANCE * glances)
    # The list begins one cell early: row 0 is the fixation before the first cell's saccade.
    row = cell - first + 1
    before, after = fixations.target[row - 1], fixations.target[row]
    size = np.linalg.norm(after - before, axis=1)
    duration_s = SACCADE_BASE_S + SACCADE_PER_RADIAN_S * size
    progress = minimum_jerk((times_s - fixations.start_s[row]) / duration_s)
    drift = np.stack(
        [
            smooth_noise(seed, "gaze/drift/yaw", times_s, 0.61),
            smooth_noise(seed, "gaze/drift/pitch", times_s, 0.73),
        ],
        1,
    )
    looked = before + progress[:, None] * (after - before) + DRIFT * drift
    if mood is not None and mood.feels:
        looked[:, 1] += mood.gaze_pitch(times_s)
    return np.asarray(looked)


def lid_weights(gaze: NDArray[np.float64]) -> dict[int, NDArray[np.float64]]:
    """Expression column -> [T] weight of the shapes by which lids follow gaze [T, 2, 2] (left, right; yaw, pitch)."""
    weights: dict[int, NDArray[np.float64]] = {}
    for eye, side, outwards in ((0, "Left", 1.0), (1, "Right", -1.0)):
        yaw = outwards * gaze[:, eye, 0] / FULL_LID_YAW
        pitch = gaze[:, eye, 1] / FULL_LID_PITCH
        for name, value in (("Out", yaw), ("In", -yaw), ("Up", pitch), ("Down", -pitch)):
            weights[EXPRESSION_INDEX[f"eyeLook{name}{side}"]] = np.clip(value, 0.0, 1.0)
        weights[EXPRESSION_INDEX[f"eyeBlink{side}"]] = LID_COUPLING * np.clip(-pitch, 0.0, 1.0)
    return weights
