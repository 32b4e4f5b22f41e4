"""Lips that stay before the teeth and off each other, for any person and any mixture of expressions.

Blend shapes know neither teeth nor the other lip: a rolled lower lip sinks into the incisors, a smile presses the lip
through the canines, and pressed lips pass through each other. What is left of the lips' shape is kept: skin further
from the rim stands further off the teeth, and a lip that is pushed takes its surroundings with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.face.arches import ToothArch
from avatron.face.lip_sides import lip_rims, of_upper_lip
from avatron.face.seam import LipSeam, SeamTissue
from avatron.native.mesh import VertexNormals

__all__ = ["LipTissue", "Lips"]

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

FILM_M = 0.0003
"""How far the inside of a lip stays off the teeth."""
THICKENING, FULL_THICKNESS_AT_M = 0.6, 0.008
"""By how much of its distance from the rim the outside of a lip stays further off, and up to which distance."""
KEPT_THICKNESS = 0.55
"""Part of its distance from the teeth at rest that a lip keeps at least, however far it is pressed."""
_MOUTH_BOX = ((0, -0.040, 0.040), (1, -0.062, -0.008), (2, 0.060, 1.0))
"""Axis and metres on the mean head: where tissue may meet the teeth's crowns."""
_MOST_FROM_TEETH_M, _MOST_IN_TEETH_M = 0.010, 0.0015
"""Tissue further before the teeth, or deeper behind their faces, has nothing to do with them ..."""
_LIP_M = 0.012
"""... but for what is this near to the rim of the lips, which may roll in."""


@dataclass(frozen=True, eq=False)
class LipTissue:
    """What all persons share: the skin and lining before the teeth's crowns."""

    vertices: Integers
    """[N] of the head model, upper lip first."""
    upper_count: int
    """How many of `vertices` lie above the seam of the lips."""
    from_rim_m: Floats
    """[N] distance from the rim of the lips."""
    seam: SeamTissue

    @staticmethod
    def of(
        neutral: Floats,
        flesh: NDArray[np.int32],
        weld: NDArray[np.int32],
        loop: NDArray[np.int32],
        teeth: tuple[NDArray[Any], NDArray[Any]],
    ) -> LipTissue:
        """The tissue of the mean head `neutral` [V, 3].

        `flesh` [K, 3] are the triangles of skin and lining, `loop` the inner rim of the lips, `teeth` the corners
        [K, 3, 3] of the upper and the lower ones.
        """
        boxed = np.all([(neutral[:, axis] > low) & (neutral[:, axis] < high) for axis, low, high in _MOUTH_BOX], axis=0)
        flesh = flesh[boxed[flesh].any(1)]
        candidates = np.intersect1d(np.unique(flesh), np.flatnonzero(boxed))
        places = neutral[candidates]
        clearance = np.minimum(*(ToothArch.of(row).clearance(places) for row in teeth))
        from_rim_m = np.linalg.norm(places[:, None] - neutral[loop][None], axis=2).min(1).astype(np.float32)
        near = (clearance < _MOST_FROM_TEETH_M) | (from_rim_m < _LIP_M)
        near &= clearance > -_MOST_IN_TEETH_M
        above = of_upper_lip(lip_rims(loop, neutral), neutral, flesh, weld)[candidates]
        upper, lower = np.flatnonzero(near & above), np.flatnonzero(near & ~above)
        chosen = np.concatenate([upper, lower])
        vertices, from_rim_m = candidates[chosen], from_rim_m[chosen]
        normals = VertexNormals(flesh, len(neutral), weld).of(neutral)
        seam = SeamTissue.of(neutral[vertices], normals[vertices], len(upper), from_rim_m)
        return LipTissue(vertices, len(upper), from_rim_m, seam)

    def close(self, rest: Floats) -> None:
        """Close the lips of a person at `rest` [V, 3], in place."""
        places = rest[self.vertices]
        self.seam.close(places)
        rest[self.vertices] = places


@dataclass(frozen=True, eq=False)
class Lips:
    """The tissue around one person's mouth, before it is posed by the joints."""

    vertices: Integers
    """[N] as of `LipTissue`."""
    upper_count: int
    arches: tuple[ToothArch, ToothArch]
    """The person's upper and lower teeth, jaw shut."""
    least: tuple[Floats, Floats]
    """[N] before the upper teeth and [N - upper_count] before the lower ones: the least clearance, metres."""
    seam: LipSeam
    """What keeps the lips off each other."""

    @staticmethod
    def of(tissue: LipTissue, rest: Floats, teeth: tuple[NDArray[Any], NDArray[Any]]) -> Lips:
        """Lips of a person at `rest` [V, 3]; `teeth` are the corners [K, 3, 3] of the upper and the lower ones there.

        Tissue that is nearer to the teeth at rest, or stands in them, may stay as near.
        """
        vertices, upper_count = tissue.vertices, tissue.upper_count
        arches = (ToothArch.of(teeth[0]), ToothArch.of(teeth[1]))
        places = rest[vertices]
        clearance = (arches[0].clearance(places), arches[1].clearance(places[upper_count:]))
        offs = FILM_M + THICKENING * np.minimum(tissue.from_rim_m, FULL_THICKNESS_AT_M)
        least = tuple(
            np.minimum(seen, np.minimum(off, KEPT_THICKNESS * np.maximum(seen, 0))).astype(np.float32)
            for seen, off in zip(clearance, (offs, offs[upper_count:]), strict=True)
        )
        return Lips(vertices, upper_count, arches, (least[0], least[1]), LipSeam.of(tissue.seam, places))

    def part(self, shaped: Floats, jaw_rotation: NDArray[Any], jaw_shift: NDArray[Any], seal: float = 0.0) -> None:
        """Push the lips of `shaped` [V, 3] out of teeth and each other, in place.

        The jaw takes a point p to `jaw_rotation` [3, 3] @ p + `jaw_shift` [3], before the head is posed; `seal` 0 .. 1
        is how much the lips are to be closed over it.
        """
        places: Floats = shaped[self.vertices]
        self.seam.part(places, seal)
        places = self.arches[0].lift(places, self.least[0])
        turn, shift = jaw_rotation.astype(np.float32), jaw_shift.astype(np.float32)
        carried = np.asarray((places[self.upper_count :] - shift) @ turn, np.float32)
        lifted = self.arches[1].lift(carried, self.least[1])
        if lifted is not carried:
            places[self.upper_count :] = lifted @ turn.T + shift
        shaped[self.vertices] = places
