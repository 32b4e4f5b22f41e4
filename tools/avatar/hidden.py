"""Skin that is never seen: under the thick of the hair. (What clothes cover is in `garment.outfit`.)"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from avatar.hair_flow import HairStyle, grow_strands
from avatar.head_target import HeadTarget
from avatar.radial_shape import RadialShape

__all__ = ["hidden_triangles"]

Floats = NDArray[np.float64]

ROOT_MARGIN_RAD = 0.16
"""How far behind the root line skin under hair must lie, seen from the middle of the skull."""

PARTING_MARGIN_RAD = 0.07
"""The same beside the parting."""


def hidden_triangles(target: HeadTarget, person_m: Floats, skull: RadialShape, style: HairStyle) -> NDArray[np.int64]:
    """Indices of the head's triangles that hair always hides, for a head of shape [V, 3]."""
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
    return np.nonzero(skin & under_hair[target.triangles].all(1))[0]
