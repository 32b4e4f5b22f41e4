"""A tracked face on the mean head, from its own rest: what moved, without what the person looks like.

A tracker shares a face between identity and expression as it likes, in each clip anew: lips that are a little fuller,
or a jaw that hangs, become weights that never go back to zero, another set in every clip. Nothing in the speech
explains them. So the weights are counted from those that the person rests at in this clip, and what would become
negative is said with the shapes that oppose it: weights in 0 .. 1 that move the face as nearly as they can by the same
millimetres. At last jaw and `mouthClose` are set so that the lips of the mean head are as far apart as those of the
person were: closures survive.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_INDEX, EXPRESSION_NAMES, FaceMotion
from avatron.face.balance import PRESS
from avatron.face.head import PosedHead

__all__ = ["NeutralConfig", "RestedMotion", "lip_gaps_mm", "rested_motion", "same_movement"]

Floats = NDArray[np.float64]

_JAW, _CLOSE = EXPRESSION_INDEX["jawOpen"], EXPRESSION_INDEX["mouthClose"]
MOVED = np.array(
    [
        index
        for name, index in EXPRESSION_INDEX.items()
        if name.startswith(("jaw", "mouth", "cheek", "nose", "brow")) and name != "mouthClose"
    ]
    + [_CLOSE]
)
"""Channels that are weighed against each other; `mouthClose` comes last."""
FROM_REST = np.array(
    [EXPRESSION_INDEX[f"{name}{side}"] for name in ("eyeWide", "eyeSquint") for side in ("Left", "Right")]
)
"""Channels that are only counted from rest. Blinks and looks are taken as they are, and the tongue is not seen."""
_REGIONS = ("lips_upper", "lips_lower", "jaw", "cheeks", "nose", "brows")
LEAST_REGION = 0.2
"""Vertices that belong less to a region do not count."""
_SWEEPS = 80


@dataclass(frozen=True)
class NeutralConfig:
    """How a face is counted from its rest."""

    lip_weight: float = 4.0
    """Of the lips' vertices, against those of the rest of the face."""
    faithfulness_mm2: float = 0.02
    """What a weight that is off by 1 costs, as a mean square of millimetres: ties go to the tracker's own shapes."""
    gap_tolerance_mm: float = 0.12
    """How nearly the lips' gap is that of the person."""
    rounds: int = 7
    """At most, of looking for it."""


@dataclass(frozen=True, eq=False)
class RestedMotion:
    """A motion on the mean head, and what it cost to put it there."""

    motion: FaceMotion
    gap_mm: Floats
    """[T] between the lips of the mean head."""
    wanted_gap_mm: Floats
    """[T] between the lips of the person; negative where they press."""
    error_mm: Floats
    """[T] root mean square distance of the face's vertices from where the person's movement would have put them."""


def rested_motion(
    motion: FaceMotion,
    rest_frames: NDArray[np.bool_],
    wanted_gap_mm: Floats,
    mean_head: PosedHead,
    config: NeutralConfig | None = None,
) -> RestedMotion:
    """`motion` on the mean head, counted from the median of its `rest_frames` [T], of which one at least is true.

    `wanted_gap_mm` [T] is how far the lips of the person were apart. Blinks and looks stay as they are, and so do head
    and gaze.
    """
    config = config or NeutralConfig()
    rest = np.median(motion.expression[rest_frames], axis=0)
    expression, error_mm = same_movement(motion.expression, rest, mean_head, config)
    expression, gap_mm = _with_gaps(expression, wanted_gap_mm, mean_head, config)
    return RestedMotion(replace(motion, expression=expression, first_frame=0), gap_mm, wanted_gap_mm, error_mm)


def same_movement(
    expression: NDArray[np.float32],
    rest: NDArray[np.float32],
    mean_head: PosedHead,
    config: NeutralConfig | None = None,
) -> tuple[NDArray[np.float32], Floats]:
    """Weights [T, E] that move the face from zero as `expression` [T, E] moves it from `rest` [E], and the error [T].

    The error is the root mean square distance of the face's vertices, millimetres. Least squares in a box, by
    coordinate descent: each channel in turn takes the value that is best while the others hold still.
    """
    config = config or NeutralConfig()
    basis = _basis(mean_head)
    rows = basis.weight * (config.lip_weight * basis.lips + ~basis.lips)
    rows = rows / rows.sum()
    flat = basis.deltas_mm.reshape(len(MOVED), -1)
    gram = (flat * np.repeat(rows, 3)) @ flat.T
    change = (expression - rest).astype(np.float64)[:, MOVED]
    near = change.clip(0, 1)
    stiff = gram + config.faithfulness_mm2 * np.eye(len(MOVED))
    wanted = change @ gram + config.faithfulness_mm2 * near
    weights = near.copy()
    for _ in range(_SWEEPS):
        for place in range(len(MOVED)):
            others = weights @ stiff[place] - weights[:, place] * stiff[place, place]
            weights[:, place] = ((wanted[:, place] - others) / stiff[place, place]).clip(0, 1)
    off = (weights - change) @ flat
    error_mm = np.sqrt(off**2 @ np.repeat(rows, 3))
    moved = np.array(expression)
    moved[:, FROM_REST] = (expression - rest)[:, FROM_REST].clip(0, 1)
    moved[:, MOVED] = weights
    moved[:, _CLOSE] = np.minimum(moved[:, _CLOSE], moved[:, _JAW] + PRESS)
    return moved, error_mm


def lip_gaps_mm(posed: PosedHead, expression: NDArray[np.float32]) -> Floats:
    """[T] millimetres between the middle of the inner lips of a head with weights `expression` [T, E]."""
    still = replace(FaceMotion.at_rest(len(expression)), expression=np.asarray(expression, np.float32))
    return np.array([posed.model.lip_gap_mm(places)[1] for places in posed.frames(still)], np.float64)


def _with_gaps(
    expression: NDArray[np.float32], wanted_mm: Floats, posed: PosedHead, config: NeutralConfig
) -> tuple[NDArray[np.float32], Floats]:
    """The weights with jaw and `mouthClose` changed until the gaps are those wanted, and the gaps [T].

    To open, `mouthClose` gives way first; to close, it follows the jaw, and at last presses. Regula falsi, kept inside
    of what was too much and too little, because lips seal in a way that no straight line describes.
    """
    result = np.array(expression)
    gap = lip_gaps_mm(posed, result)
    jaw, close = (result[:, place].astype(np.float64) for place in (_JAW, _CLOSE))
    value = jaw - close
    low, high = np.full(len(value), -PRESS), np.maximum(jaw, 0.0) + 1.0
    slope = _gap_per_jaw_mm(posed)
    for _ in range(config.rounds):
        error = wanted_mm - gap
        # Lips that touch are closed, however hard they press.
        done = (np.abs(error) < config.gap_tolerance_mm) | ((wanted_mm < 0) & (gap < 0))
        if done.all():
            break
        frames = np.flatnonzero(~done)
        opens = error[frames] > 0
        low[frames] = np.where(opens, np.maximum(low[frames], value[frames]), low[frames])
        high[frames] = np.where(opens, high[frames], np.minimum(high[frames], value[frames]))
        step = value[frames] + error[frames] / slope
        inside = (step > low[frames]) & (step < high[frames])
        value[frames] = np.where(inside, step, (low[frames] + high[frames]) / 2)
        more = value[frames] - (jaw[frames] - close[frames])
        # Opening releases `mouthClose`, then lowers the jaw; closing raises `mouthClose` over the jaw that it has.
        released, raised = np.maximum(close[frames] - more, 0), np.minimum(close[frames] - more, jaw[frames] + PRESS)
        new_close = np.where(more > 0, released, raised)
        result[frames, _CLOSE] = new_close.clip(0, 1)
        result[frames, _JAW] = (value[frames] + new_close).clip(0, 1)
        gap[frames] = lip_gaps_mm(posed, result[frames])
    return result, gap


def _gap_per_jaw_mm(posed: PosedHead) -> float:
    probe = np.zeros((2, len(EXPRESSION_NAMES)), np.float32)
    probe[1, _JAW] = 0.25
    closed, opened = lip_gaps_mm(posed, probe)
    return float(opened - closed) / 0.25


@dataclass(frozen=True, eq=False)
class _Basis:
    deltas_mm: Floats
    """[C, V', 3] of `MOVED`."""
    weight: Floats
    """[V'] how far each vertex belongs to the face that moves."""
    lips: NDArray[np.bool_]
    """[V']."""


@lru_cache(maxsize=2)
def _basis(mean_head: PosedHead) -> _Basis:
    """The moving vertices of the mean head, and what shapes do to them."""
    regions = np.stack([mean_head.model.regions[name] for name in _REGIONS])
    vertices = np.flatnonzero(regions.max(axis=0) > LEAST_REGION)
    starts, indices, deltas = mean_head.shapes.sparse
    dense = np.zeros((len(MOVED), len(mean_head.rest), 3), np.float32)
    for row, shape in enumerate(MOVED):
        inside = slice(int(starts[shape]), int(starts[shape + 1]))
        dense[row, indices[inside]] = deltas[inside]
    chosen = regions[:, vertices].astype(np.float64)
    return _Basis(1000.0 * dense[:, vertices].astype(np.float64), chosen.max(axis=0), chosen[:2].max(axis=0) > 0.5)
