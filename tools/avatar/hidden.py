"""Skin that is never seen: under the top and under the thick of the hair."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from avatar.garment_mesh import GarmentSurface
from avatar.hair_flow import HairStyle, grow_strands
from avatar.head_target import HeadTarget
from avatar.radial_shape import RadialShape

__all__ = ["hidden_triangles"]

Floats = NDArray[np.float64]

UNDER_CLOTH_M = 0.012
"""How far from the neckline, along the cloth, skin is dropped: the collar leaves room to look in."""

ROOT_MARGIN_RAD = 0.16
"""How far behind the root line skin under hair must lie, seen from the middle of the skull."""

PARTING_MARGIN_RAD = 0.07
"""The same beside the parting."""


def hidden_triangles(
    target: HeadTarget, person_m: Floats, skull: RadialShape, style: HairStyle, garment: GarmentSurface, chest_m: Floats
) -> NDArray[np.int32]:
    """Indices of the head's triangles that hair or garment always hides, for a head of shape [V, 3].

    `chest_m` [3] is the point from which the garment was built.
    """
    cloth = garment.vertices_m[garment.distance_m > UNDER_CLOTH_M] - chest_m
    cloth_reach = np.linalg.norm(cloth, axis=1)
    from_chest = person_m - chest_m
    chest_reach = np.linalg.norm(from_chest, axis=1)
    gap, nearest = cKDTree(cloth / cloth_reach[:, None]).query(from_chest / chest_reach[:, None])
    under_cloth = (gap < 0.05) & (chest_reach < cloth_reach[nearest] + 0.004) & (person_m[:, 1] < -0.09)
    sheet, roots, parting = [], [], []
    for left in (True, False):
        position = np.linspace(0, 1, 160)
        strands = grow_strands(style, skull, left=left, position=position, travel=np.linspace(0, 1, 40))
        sheet.append(strands.outward.reshape(-1, 3))
        # The parting is a root line too; hair lies over it from both sides, so that only a narrow line shows.
        parting.append(strands.outward[position <= 0.3, 0])
        roots.append(strands.outward[position > 0.3, 0])
    offset = person_m - skull.centre_m
    reach = np.linalg.norm(offset, axis=1)
    rays = offset / reach[:, None]
    over, _ = cKDTree(np.concatenate(sheet)).query(rays)
    margin, _ = cKDTree(np.concatenate(roots)).query(rays)
    beside, _ = cKDTree(np.concatenate(parting)).query(rays)
    on_skull = np.abs(reach - skull.radius(offset)) < 0.004
    under_hair = (over < 0.03) & (margin > ROOT_MARGIN_RAD) & (beside > PARTING_MARGIN_RAD) & on_skull
    skin = np.isin(target.part, ("skin", "bust"))
    hidden = under_cloth[target.triangles].all(1) | under_hair[target.triangles].all(1)
    return np.nonzero(skin & hidden)[0].astype(np.int32)
