"""The seam of the lips: where upper and lower lip meet, neither may pass through the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["LipSeam", "SeamTissue"]

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

REACH_M = 0.0012
"""Over this distance (standard deviation) the height of the other lip is averaged."""
SPREAD_M, FADE_M = 0.004, 0.005
"""A push is shared with tissue this far along the lip, and dies away this far from the seam."""
FAR_APART_M = 0.003
"""Lips that are further apart than this everywhere cannot touch."""
MIDDLE_M = 0.014
"""Half of the width in which lips must be apart to be called open; at the corners they always meet."""
TRUSTED_M, MOST_M = 0.008, 0.012
"""Overlaps up to the first are pushed away; beyond the second, lips are rolled over each other."""
SEALED_M = 0.003
"""Lips that seal are drawn together over at most this gap."""


@dataclass(frozen=True, eq=False)
class SeamTissue:
    """What all persons share: which rows of the lips face each other, and what follows them."""

    upper: Integers
    """[A] rows of `Lips.vertices` on the underside of the upper lip."""
    lower: Integers
    """[B] rows on the upper side of the lower lip."""
    opposite: Integers
    """[B] for each of `lower` the nearest of `upper` at rest (a number below A)."""
    in_middle: NDArray[np.bool_]
    """[B] whether it lies between the corners."""
    spread_upper: Floats
    """[N_upper, A] how much tissue of the upper lip follows the pushes of `upper`."""
    spread_lower: Floats
    """[N_lower, B]."""
    mean_upper: Floats
    """[A] overlap of the mean head's lips at rest, as in `LipSeam`."""
    mean_lower: Floats
    """[B]."""

    @staticmethod
    def of(places: Floats, normals: Floats, upper_count: int, from_rim_m: Floats) -> SeamTissue:
        """The seam of the mean head's lips at `places` [N, 3] with `normals` [N, 3], upper lip first."""
        near = from_rim_m < 0.005
        upper = np.flatnonzero(near[:upper_count] & (normals[:upper_count, 1] < -0.2))
        lower = np.flatnonzero(near[upper_count:] & (normals[upper_count:, 1] > 0.2)) + upper_count
        opposite = _squared(places[lower], places[upper]).argmin(1)
        return SeamTissue(
            upper,
            lower,
            opposite,
            np.abs(places[lower, 0]) < MIDDLE_M,
            _following(places[:upper_count], places[upper]),
            _following(places[upper_count:], places[lower]),
            *_overlap(places[upper], places[lower]),
        )

    def close(self, places: Floats) -> None:
        """Close the lips of a person at `places` [N, 3] at rest as those of the mean head are, in place.

        Features that make a face may leave its lips a little apart, or in each other.
        """
        LipSeam(self, self.mean_upper, self.mean_lower).part(places, 1.0)


@dataclass(frozen=True, eq=False)
class LipSeam:
    """One person's lips where they meet."""

    tissue: SeamTissue
    rest_upper: Floats
    """[A] overlap at rest, metres, negative where the lips are apart there: only what is more is pushed away, and lips
    that seal come back to it."""
    rest_lower: Floats
    """[B]."""

    @staticmethod
    def of(tissue: SeamTissue, places: Floats) -> LipSeam:
        """The seam of a person whose lips are at `places` [N, 3] at rest."""
        upper, lower = _overlap(places[tissue.upper], places[tissue.lower])
        return LipSeam(tissue, upper, lower)

    def part(self, places: Floats, seal: float = 0.0) -> None:
        """Push the lips at `places` [N, 3] apart where they overlap, each by half of it, in place.

        With `seal` 1 lips that have come apart by a little are drawn together as well, as they are at rest.
        """
        tissue = self.tissue
        upper, lower = places[tissue.upper], places[tissue.lower]
        apart = upper[tissue.opposite, 1] - lower[:, 1]
        if float(apart[tissue.in_middle].min()) > FAR_APART_M and not seal:
            return
        overlap_upper, overlap_lower = _overlap(upper, lower)
        push_upper = _push(overlap_upper, self.rest_upper, seal)
        push_lower = _push(overlap_lower, self.rest_lower, seal)
        if not (push_upper.any() or push_lower.any()):
            return
        count = len(tissue.spread_upper)
        follow_upper, follow_lower = tissue.spread_upper @ push_upper, tissue.spread_lower @ push_lower
        follow_upper[tissue.upper] = np.maximum(follow_upper[tissue.upper], push_upper)
        follow_lower[tissue.lower - count] = np.maximum(follow_lower[tissue.lower - count], push_lower)
        places[:count, 1] += follow_upper
        places[count:, 1] -= follow_lower


def _push(overlap: Floats, rest: Floats, seal: float) -> Floats:
    """[A] how far each lip gives way, metres: half of the overlap, nothing where it cannot be one.

    Negative where `seal` draws lips together that are further apart than at `rest` [A].
    """
    much = overlap - np.maximum(rest, 0)
    trust = np.clip((MOST_M - much) / (MOST_M - TRUSTED_M), 0, 1)
    push = 0.5 * np.maximum(much, 0) * trust
    if seal:
        push -= 0.5 * seal * np.clip(rest - overlap, 0, SEALED_M)
    return np.asarray(push, np.float32)


def _overlap(upper: Floats, lower: Floats) -> tuple[Floats, Floats]:
    """([A], [B]) how far points of each lip have passed the other's surface at the same place, metres."""
    near = np.exp(_squared(upper[:, ::2], lower[:, ::2]) * np.float32(-0.5 / REACH_M**2))
    faint = np.float32(1e-3)
    height_lower = near @ lower[:, 1] / (near.sum(1) + faint)
    height_upper = upper[:, 1] @ near / (near.sum(0) + faint)
    # Where nothing is near, the mean tells nothing: it fades into the point's own height.
    known_upper, known_lower = (np.minimum(near.sum(axis), 1) for axis in (1, 0))
    return (height_lower - upper[:, 1]) * known_upper, (lower[:, 1] - height_upper) * known_lower


def _following(tissue: Floats, pushed: Floats) -> Floats:
    """[N, A] weights by which `tissue` [N, 3] takes part in the pushes of `pushed` [A, 3]."""
    squared = _squared(tissue, pushed)
    weights = np.exp(-0.5 * squared / SPREAD_M**2)
    fade = np.exp(-squared.min(1) / FADE_M**2)
    return np.asarray(weights / np.maximum(weights.sum(1, keepdims=True), 1e-9) * fade[:, None], np.float32)


def _squared(first: NDArray[Any], second: NDArray[Any]) -> Floats:
    """[A, B] squared distances of `first` [A, C] and `second` [B, C]."""
    middle = first.mean(0)
    first, second = first - middle, second - middle
    squared = (first * first).sum(1)[:, None] + (second * second).sum(1)[None] - 2 * first @ second.T
    return np.asarray(np.maximum(squared, 0), np.float32)
