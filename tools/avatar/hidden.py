"""Skin that is never seen: under the top and under the thick of the hair."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from avatar.garment_mesh import GarmentRecipe
from avatar.hair_flow import HairStyle, grow_strands
from avatar.head_target import HeadTarget
from avatar.radial_shape import RadialShape, unit

__all__ = ["hidden_triangles"]

Floats = NDArray[np.float64]

UNDER_CLOTH_M = 0.022
"""How far below the neckline skin must lie to be dropped: the collar leaves room to look in."""

ROOT_MARGIN_RAD = 0.16
"""How far behind the root line skin under hair must lie, seen from the middle of the skull."""


def hidden_triangles(
    target: HeadTarget, person_m: Floats, skull: RadialShape, style: HairStyle, cut: GarmentRecipe
) -> NDArray[np.int32]:
    """Indices of the head's triangles that hair or garment always hides, for a head of shape [V, 3]."""
    front, back = (np.array([0.0, *point]) for point in (cut.front_m, cut.back_m))
    normal = unit(np.cross(front - back, [1.0, 0.0, 0.0]))
    normal = normal if normal[1] > 0 else -normal
    under_cloth = (person_m - front) @ normal < -UNDER_CLOTH_M
    sheet, roots = [], []
    for left in (True, False):
        position = np.linspace(0, 1, 160)
        strands = grow_strands(style, skull, left=left, position=position, travel=np.linspace(0, 1, 40))
        sheet.append(strands.outward.reshape(-1, 3))
        # The parting is a root line too, but hair lies over it from both sides.
        roots.append(strands.outward[position > 0.3, 0])
    offset = person_m - skull.centre_m
    reach = np.linalg.norm(offset, axis=1)
    rays = offset / reach[:, None]
    over, _ = cKDTree(np.concatenate(sheet)).query(rays)
    margin, _ = cKDTree(np.concatenate(roots)).query(rays)
    on_skull = np.abs(reach - skull.radius(offset)) < 0.004
    under_hair = (over < 0.03) & (margin > ROOT_MARGIN_RAD) & on_skull
    skin = np.isin(target.part, ("skin", "bust"))
    hidden = under_cloth[target.triangles].all(1) | under_hair[target.triangles].all(1)
    return np.nonzero(skin & hidden)[0].astype(np.int32)
