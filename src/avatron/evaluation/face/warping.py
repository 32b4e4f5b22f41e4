"""Dynamic time warping: which frame of one motion belongs to which of another that was said at its own pace.

Sakoe and Chiba, Dynamic programming algorithm optimization for spoken word recognition, 1978, with steps of (1, 0),
(0, 1) and (1, 1) that all cost the same. Both have the same phones, so the path may only stray so far from where the
phones themselves say that it goes: a warp that is free to choose hides bad timing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.errors import InvalidValueError, ShapeError

__all__ = ["matched_frames", "phone_band", "phone_times", "warp"]


def warp(cost: NDArray[Any], allowed: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
    """[L, 2] the cheapest path of (row, column) pairs through `cost` [N, M], from its first to its last cell.

    Only cells that are `allowed` [N, M] are entered; None allows all.

    Raises:
        ShapeError: no cells, or masks of another shape.
        InvalidValueError: a cost that is not a number, or no path through what is allowed.
    """
    cost = np.asarray(cost, np.float64)
    if cost.ndim != 2 or not cost.size:
        raise ShapeError(f"a cost of shape {list(cost.shape)} has no path; expected [N, M] with a cell at least")
    if np.isnan(cost).any():
        raise InvalidValueError("the cost of a warp has a cell that is not a number; leave such frames out")
    if allowed is not None:
        if allowed.shape != cost.shape:
            raise ShapeError(
                f"`allowed` has shape {list(allowed.shape)}, expected that of the cost, {list(cost.shape)}"
            )
        cost = np.where(allowed, cost, np.inf)
    rows, columns = cost.shape
    # Row r is shifted by r, so that a diagonal of cells that do not depend on one another is a column.
    total = np.full((rows + 1, columns + 1), np.inf)
    total[0, 0] = 0.0
    for diagonal in range(rows + columns - 1):
        row = np.arange(max(0, diagonal - columns + 1), min(rows, diagonal + 1))
        column = diagonal - row
        before = np.minimum(np.minimum(total[row, column + 1], total[row + 1, column]), total[row, column])
        total[row + 1, column + 1] = cost[row, column] + before
    if not np.isfinite(total[rows, columns]):
        raise InvalidValueError("no path of the warp stays inside of what is allowed; widen the band")
    return _walked_back(total[1:, 1:])


def _walked_back(total: NDArray[np.float64]) -> NDArray[np.int64]:
    row, column = total.shape[0] - 1, total.shape[1] - 1
    path = [(row, column)]
    while row or column:
        steps = [
            (total[row - 1, column - 1] if row and column else np.inf, row - 1, column - 1),
            (total[row - 1, column] if row else np.inf, row - 1, column),
            (total[row, column - 1] if column else np.inf, row, column - 1),
        ]
        # The first of equals: straight on where it costs nothing to go round.
        _, row, column = min(steps, key=lambda step: step[0])
        path.append((row, column))
    return np.array(path[::-1], np.int64)


def matched_frames(path: NDArray[np.int64]) -> NDArray[np.int64]:
    """[N] for each row of a `path` [L, 2] one column: the middle of those that it meets.

    The middle, not the nearest: a choice by error would flatter whoever stands still for long.
    """
    starts = np.flatnonzero(np.concatenate([[True], np.diff(path[:, 0]) > 0]))
    stops = np.concatenate([starts[1:], [len(path)]])
    return np.asarray(path[(starts + stops - 1) // 2, 1])


def phone_times(times_s: NDArray[Any], from_edges_s: NDArray[Any], to_edges_s: NDArray[Any]) -> NDArray[np.float64]:
    """[T] where `times_s` [T] of one utterance are in another of the same phones: linear inside of each phone.

    `from_edges_s`, `to_edges_s` [P + 1] are the phones' borders in both, seconds. Times outside stay at the ends.

    Raises:
        ShapeError: not the same phones.
    """
    source, target = np.asarray(from_edges_s, np.float64), np.asarray(to_edges_s, np.float64)
    if source.shape != target.shape or len(source) < 2:
        raise ShapeError(f"{len(source) - 1} phones and {len(target) - 1}; expected the same, one at least")
    # Phones that take no time here are points there: the last of equal borders wins, as at the end of a phone.
    return np.asarray(np.interp(times_s, source, target))


def phone_band(true_in_predicted_s: NDArray[Any], predicted_times_s: NDArray[Any], reach_s: float) -> NDArray[np.bool_]:
    """[N, M] the pairs of frames that are within `reach_s` of where the phones put them.

    `true_in_predicted_s` [N] is where each true frame lies on the predicted clock, `predicted_times_s` [M] are the
    predicted frames. First and last cells are always allowed, and so is a way between any two frames.
    """
    wanted, have = np.asarray(true_in_predicted_s, np.float64), np.asarray(predicted_times_s, np.float64)
    band = np.abs(wanted[:, None] - have[None]) <= reach_s
    # Where phones are stretched a lot, neighbouring rows may share no column: what lies between joins them.
    nearest = np.abs(wanted[:, None] - have[None]).argmin(1)
    for row, column in enumerate(nearest):
        before = nearest[row - 1] if row else 0
        band[row, min(before, column) : max(before, column) + 1] = True
    band[0, 0] = True
    band[-1, nearest[-1] :] = True
    return np.asarray(band)
