"""Where the lids of an eye meet: they close over their whole width, and neither passes through the other.

A blink is a straight path per vertex, made for the mean head at rest. Over a squint the lower lid comes up through it,
at the corners it leaves slits, and what is stretched to close becomes uneven. Here the upper lid's rim is held above
the lower one as it stands in this frame, and comes down to it as the weight of the blink says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["LidSeam", "LidTissue"]

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

BEGIN = 0.1
"""Weight of a blink from which the seam is looked after."""
OVERLAP_M, THICKNESS_M = 0.0009, 0.0004
"""A closed upper lid reaches at most this far below the rim of the lower one, and lies this far before it."""
OPENING_SHARE = 1.3
"""Lids may be open by this much of what they are at rest, less the blink."""
ALONG_M = 0.0012
"""Tissue follows the rim's vertices this far along the lid (standard deviation)."""
RIM_M, LID_M = 0.0025, 0.008
"""Tissue this near to the rim follows it wholly, and from the second distance on not at all."""
MEETING_M = 0.002
"""Below this gap the upper lid comes to lie before the lower one."""


@dataclass(frozen=True, eq=False)
class LidTissue:
    """What all persons share: one eye's rims, and what follows the upper one."""

    upper: Integers
    """[A] the upper rim, sorted by x."""
    lower: Integers
    """[B] the lower rim, sorted by x."""
    vertices: Integers
    """[N] lid, lashes, and what the lid's shade and tear line are drawn on."""
    follow: Floats
    """[N, A] how much each of them follows each vertex of the upper rim."""

    @staticmethod
    def of(
        neutral: Floats,
        contours: Mapping[str, NDArray[np.int32]],
        side: str,
        around: Integers,
        hung: NDArray[np.bool_],
    ) -> LidTissue:
        """The tissue of the eye of `side` on the mean head `neutral` [V, 3].

        `around` [M] are the vertices about the eye; those that are `hung` [M] (lashes) follow the rim they are at
        wholly, however long they are.
        """
        upper, lower = (_across(contours[f"lid_{which}_{side}"], neutral) for which in ("upper", "lower"))
        places, rim, other = neutral[around], neutral[upper], neutral[lower]
        to_upper = np.linalg.norm(places[:, None] - rim[None], axis=2)
        nearest, below = to_upper.min(1), np.linalg.norm(places[:, None] - other[None], axis=2).min(1)
        line, under = (np.interp(places[:, 0], one[:, 0], one[:, 1]) for one in (rim, other))
        of_upper = (places[:, 1] > 0.5 * (line + under)) & ((nearest <= below) | (places[:, 1] > line))
        fade = np.clip((LID_M - nearest) / (LID_M - RIM_M), 0, 1)
        fade = np.where(hung, 1.0, fade * fade * (3 - 2 * fade)) * of_upper
        weights = np.exp(-0.5 * ((places[:, None, 0] - rim[None, :, 0]) / ALONG_M) ** 2) + 1e-12
        follow = weights / weights.sum(1, keepdims=True) * fade[:, None]
        at_rim = {int(vertex): row for row, vertex in enumerate(around)}
        for column, vertex in enumerate(upper):
            follow[at_rim[int(vertex)]] = np.eye(len(upper))[column]
        used = np.flatnonzero(follow.sum(1) > 1e-3)
        return LidTissue(upper, lower, around[used], follow[used].astype(np.float32))


@dataclass(frozen=True, eq=False)
class LidSeam:
    """One eye of a person."""

    tissue: LidTissue
    opening: Floats
    """[A] how far the rims are apart at rest, metres."""

    @staticmethod
    def of(tissue: LidTissue, rest: Floats) -> LidSeam:
        """The seam of a person at `rest` [V, 3]."""
        return LidSeam(tissue, np.maximum(_gap(tissue, rest)[0], 0).astype(np.float32))

    def close(self, shaped: Floats, blink: float) -> None:
        """Bring the upper lid of `shaped` [V, 3] to where a blink of this weight has it, in place."""
        if blink < BEGIN:
            return
        gap, depth = _gap(self.tissue, shaped)
        most = OPENING_SHARE * self.opening * max(1 - blink, 0.0)
        wanted = np.clip(gap, -OVERLAP_M, np.maximum(most, -OVERLAP_M))
        meeting = np.clip(1 - wanted / MEETING_M, 0, 1)
        forward = np.maximum(THICKNESS_M - depth, 0) * meeting
        vertices, follow = self.tissue.vertices, self.tissue.follow
        shaped[vertices, 1] += follow @ (wanted - gap).astype(np.float32)
        shaped[vertices, 2] += follow @ forward.astype(np.float32)


def _gap(tissue: LidTissue, places: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """([A] how far the upper rim is above the lower one at the same x, [A] how far before it), metres."""
    upper, lower = places[tissue.upper], places[tissue.lower]
    height, depth = (np.interp(upper[:, 0], lower[:, 0], lower[:, axis]) for axis in (1, 2))
    return upper[:, 1] - height, upper[:, 2] - depth


def _across(rim: NDArray[np.int32], neutral: Floats) -> Integers:
    return np.asarray(rim[np.argsort(neutral[rim, 0])], np.int64)
