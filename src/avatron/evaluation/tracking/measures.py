"""Pure measures of tracking: rotations against rotations, curves against curves, closures against closures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.errors import ShapeError
from avatron.evaluation.lips import CLOSED_GAP_MM

__all__ = [
    "ClosureMatches",
    "angle_between_deg",
    "area_mean",
    "correlations",
    "jitter_mm",
    "matched_closures",
    "mean_rotation",
    "rotation_error_deg",
]

Floats = NDArray[np.float64]

_STILL = 0.03
"""A curve with a smaller standard deviation does not move: nothing to correlate with."""


def rotation_error_deg(true: NDArray[Any], found: NDArray[Any]) -> Floats:
    """[...] angle of the rotation between `true` and `found` [..., 3, 3], degrees."""
    between = np.einsum("...ij,...ik->...jk", np.asarray(true), np.asarray(found))
    # By the skew part for small angles, where the trace has no digits left.
    skew = np.stack(
        [
            between[..., 2, 1] - between[..., 1, 2],
            between[..., 0, 2] - between[..., 2, 0],
            between[..., 1, 0] - between[..., 0, 1],
        ],
        -1,
    )
    trace = np.trace(between, axis1=-2, axis2=-1)
    return np.asarray(np.degrees(np.arctan2(np.linalg.norm(skew, axis=-1), trace - 1)))


def mean_rotation(rotations: NDArray[Any]) -> Floats:
    """[3, 3] the mean of rotations [T, 3, 3] in the sense of Frobenius (Moakher 2002)."""
    left, _, right = np.linalg.svd(np.asarray(rotations).mean(0))
    return np.asarray(left @ np.diag([1.0, 1.0, np.sign(np.linalg.det(left @ right))]) @ right)


def angle_between_deg(one: NDArray[Any], other: NDArray[Any]) -> Floats:
    """[...] angle between unit vectors [..., 3], degrees."""
    cross = np.linalg.norm(np.cross(one, other), axis=-1)
    return np.asarray(np.degrees(np.arctan2(cross, (np.asarray(one) * other).sum(-1))))


def area_mean(values: NDArray[Any], area: NDArray[Any], chosen: NDArray[np.bool_]) -> float:
    """The mean of `values` [N] over the points that are `chosen` [N], each counted by its `area` [N].

    Raises:
        ShapeError: no point is chosen.
    """
    if not chosen.any():
        raise ShapeError("a region without points has no mean; choose another region")
    return float((values[chosen] * area[chosen]).sum() / area[chosen].sum())


def correlations(true: NDArray[Any], found: NDArray[Any], names: tuple[str, ...]) -> dict[str, float]:
    """Pearson's r of each column of `true` [T, E] that moves with the same column of `found`, 0 where that is still."""
    result = {}
    for column, name in enumerate(names):
        one, other = true[:, column].astype(np.float64), found[:, column].astype(np.float64)
        if len(one) < 3 or one.std() < _STILL:
            continue
        spread = one.std() * other.std()
        covariance = ((one - one.mean()) * (other - other.mean())).mean()
        result[name] = float(covariance / spread) if other.std() > 1e-6 else 0.0
    return result


def jitter_mm(places: NDArray[Any]) -> float:
    """Mean length of the second difference in time of `places` [T, N, 3] (metres): mm per frame squared.

    What does not move at all has 0; noise of standard deviation s mm in each coordinate has about 3.9 s.

    Raises:
        ShapeError: fewer than three frames.
    """
    if len(places) < 3:
        raise ShapeError(f"{len(places)} frames have no second difference; give at least 3")
    return float(1000 * np.linalg.norm(np.diff(np.asarray(places, np.float64), n=2, axis=0), axis=-1).mean())


@dataclass(frozen=True)
class ClosureMatches:
    """How closures of the lips are caught."""

    true: int
    """Closures that there are."""
    found: int
    """Closures of the track."""
    matched: int
    """Pairs of a true one and a found one that overlap within the tolerance; each is in one pair at most."""

    @property
    def precision(self) -> float:
        """Share of the track's closures that are true; 1 where it has none."""
        return self.matched / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of the true closures that are caught; 1 where there is none."""
        return self.matched / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def __add__(self, other: ClosureMatches) -> ClosureMatches:
        return ClosureMatches(self.true + other.true, self.found + other.found, self.matched + other.matched)


def matched_closures(
    true_gap_mm: NDArray[Any], found_gap_mm: NDArray[Any], closed_mm: float = CLOSED_GAP_MM, tolerance_frames: int = 1
) -> ClosureMatches:
    """Closures of gaps [T], runs of one frame or more under `closed_mm`, against each other.

    Raises:
        ShapeError: different lengths.
    """
    if true_gap_mm.shape != found_gap_mm.shape:
        raise ShapeError(f"{list(true_gap_mm.shape)} true gaps and {list(found_gap_mm.shape)} found; expected as many")
    true, found = true_gap_mm < closed_mm, found_gap_mm < closed_mm
    left = _runs(found)
    total, caught = len(left), 0
    for start, stop in (runs := _runs(true)):
        # One for one: a mouth that never opens catches one closure, not all.
        match = next(
            (one for one in left if one[0] < stop + tolerance_frames and start - tolerance_frames < one[1]), None
        )
        if match is not None:
            left.remove(match)
            caught += 1
    return ClosureMatches(len(runs), total, caught)


def _runs(closed: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """(start, stop) of each run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], closed, [False]]).astype(np.int8)))
    return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]
