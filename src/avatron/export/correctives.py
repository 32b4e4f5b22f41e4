"""Extra morph targets for one clip: what plain targets cannot say, keyed by as few weights as the tolerance allows.

The residual of a clip (the jaw's arc, lids over the eyeball, shapes that correct one another) has few degrees of
freedom. Its principal directions become the targets `corrective_00`, `corrective_01` ..., with a curve each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.export.rig import MorphRig

__all__ = ["CorrectiveOptions", "Correctives", "find_correctives"]

Floats = NDArray[np.float32]

_FRAMES_AT_ONCE = 64


@dataclass(frozen=True)
class CorrectiveOptions:
    """How well a clip is followed, and at which cost."""

    tolerance_m: float = 0.0001
    """No vertex of the sampled frames is further from our own head than this, where `most` suffices."""
    most: int = 16
    """Targets at most."""
    sampled_frames: int = 240
    """Frames, evenly spread, from which the directions are learned; all frames are keyed."""


@dataclass(frozen=True, eq=False)
class Correctives:
    """The extra targets of a clip and their curves."""

    names: tuple[str, ...]
    offsets: Floats
    """[C, V, 3] metres."""
    weights: Floats
    """[T, C] between 0 and 1."""
    largest_error_m: float
    """What is still left out: the largest distance of a vertex in any frame."""


def find_correctives(
    rig: MorphRig, expression: NDArray[np.float32], options: CorrectiveOptions | None = None
) -> Correctives:
    """The correctives of a clip with weights `expression` [T, E]."""
    options = options or CorrectiveOptions()
    count = len(expression)
    sampled = np.unique(np.linspace(0, count - 1, min(count, options.sampled_frames)).round().astype(int))
    residual = rig.left_out(expression[sampled])
    moved = np.flatnonzero(np.abs(residual).max((0, 2)) > options.tolerance_m / 4)
    directions = _directions(residual[:, moved].reshape(len(sampled), -1), options)
    weights = np.empty((count, len(directions)), np.float32)
    largest = 0.0
    for start in range(0, count, _FRAMES_AT_ONCE):
        part = rig.left_out(expression[start : start + _FRAMES_AT_ONCE])
        rows = part[:, moved].reshape(len(part), -1)
        weights[start : start + len(part)] = rows @ directions.T
        part[:, moved] -= (weights[start : start + len(part)] @ directions).reshape(len(part), len(moved), 3)
        largest = max(largest, float(np.sqrt((part**2).sum(2).max(initial=0))))
    return _between_zero_and_one(directions, weights, moved, rig.base.shape, largest)


def _between_zero_and_one(
    directions: Floats, weights: Floats, moved: NDArray[Any], shape: tuple[int, ...], largest_error_m: float
) -> Correctives:
    """Targets whose weights are 0 .. 1: many programs clamp all others.

    The first target is the sum of all directions at their least weights, and is on throughout the clip; the others
    are what the directions have beyond that.
    """
    if not len(directions):
        return Correctives((), np.zeros((0, *shape), np.float32), weights, largest_error_m)
    least, span = weights.min(0), np.ptp(weights, axis=0)
    kept = span > 0
    rows = np.concatenate([(least @ directions)[None], directions[kept] * span[kept, None]])
    offsets = np.zeros((len(rows), *shape), np.float32)
    offsets[:, moved] = rows.reshape(len(rows), len(moved), 3)
    shares = (weights[:, kept] - least[kept]) / span[kept]
    return Correctives(
        names=tuple(f"corrective_{number:02}" for number in range(len(rows))),
        offsets=offsets,
        weights=np.column_stack([np.ones(len(weights)), shares]).astype(np.float32),
        largest_error_m=largest_error_m,
    )


def _directions(rows: Floats, options: CorrectiveOptions) -> Floats:
    """[C, D] orthonormal directions whose sum follows `rows` [T, D] within the tolerance, if `most` suffice."""
    left = rows.astype(np.float64)
    # Few frames, many vertices: the small Gram matrix has the same directions.
    values, vectors = np.linalg.eigh(left @ left.T)
    found: list[NDArray[Any]] = []
    for column in np.argsort(values)[::-1][: options.most]:
        furthest = (left.reshape(len(left), left.shape[1] // 3, 3) ** 2).sum(2).max(initial=0)
        if furthest <= options.tolerance_m**2 or values[column] <= 0:
            break
        direction = vectors[:, column] @ rows
        direction /= np.linalg.norm(direction)
        found.append(direction)
        left -= np.outer(left @ direction, direction)
    return np.asarray(found, np.float32).reshape(len(found), rows.shape[1])
