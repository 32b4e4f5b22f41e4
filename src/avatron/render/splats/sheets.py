"""Sheets: planes of triangles behind the face that carry what the head model has not: hair, shoulders, clothes.

A clip shows these from one side and by a few degrees only, so a plane at about their depth moves them right; what it
gets wrong, the Gaussians' own places and corrections make up for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.core.camera import Camera
from avatron.errors import InvalidValueError
from avatron.face.rig import JOINTS

__all__ = ["Sheet", "hair_sheet", "torso_sheet"]

Floats = NDArray[np.float32]

_CELLS = 24
"""Along the longer side of the picture: finer than hair bends between head and shoulders, and cheap."""
_MARGIN = 0.2
"""Beyond the picture, as a share of its longer side: what is cut off at the border swings into it."""
_HAIR_Z_M = -0.02
"""Of hair seen beside the head: a little behind its middle, where its outline is."""
_TORSO_Z_M = 0.045
"""Before the neck and behind the chin."""
_CHIN_Y_M, _SHOULDERS_Y_M = -0.07, -0.22
"""Hair moves with the head above the one and with the torso below the other."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """A surface that goes with the head, the torso, or something between.

    Raises:
        ShapeError: arrays of other shapes.
        InvalidValueError: a triangle of vertices that are not there.
    """

    vertices: Floats
    """[V, 3] metres at rest."""
    triangles: NDArray[np.int32]
    """[K, 3]"""
    head_share: Floats
    """[V] 0 .. 1: how much each goes with the head; the rest goes with the torso."""

    def __post_init__(self) -> None:
        vertices = checked_array("vertices", self.vertices, (None, 3), np.float32)
        triangles = checked_array("triangles", self.triangles, (None, 3), np.int32)
        if triangles.size and not 0 <= triangles.min() <= triangles.max() < len(vertices):
            raise InvalidValueError(f"a triangle of a sheet names a vertex beyond its {len(vertices)}")
        object.__setattr__(self, "vertices", vertices)
        object.__setattr__(self, "triangles", triangles)
        object.__setattr__(
            self, "head_share", checked_array("head_share", self.head_share, (len(vertices),), np.float32)
        )

    @property
    def joint_weights(self) -> Floats:
        """[V, J] for linear skinning."""
        weights = np.zeros((len(self.vertices), len(JOINTS)), np.float32)
        weights[:, JOINTS.index("head")] = self.head_share
        weights[:, JOINTS.index("torso")] = 1 - self.head_share
        return weights


def hair_sheet(camera: Camera) -> Sheet:
    """What is beside and above the head: it goes with the head, and lower down more and more with the shoulders."""
    vertices, triangles = _facing(camera, _HAIR_Z_M)
    share = (vertices[:, 1] - _SHOULDERS_Y_M) / (_CHIN_Y_M - _SHOULDERS_Y_M)
    share = np.clip(share, 0, 1)
    return Sheet(vertices, triangles, (share * share * (3 - 2 * share)).astype(np.float32))


def torso_sheet(camera: Camera) -> Sheet:
    """Shoulders, chest and clothes."""
    vertices, triangles = _facing(camera, _TORSO_Z_M)
    return Sheet(vertices, triangles, np.zeros(len(vertices), np.float32))


def _facing(camera: Camera, z_m: float) -> tuple[Floats, NDArray[np.int32]]:
    """A grid square to the camera through the point (0, 0, `z_m`), as wide as the picture and its margin."""
    depth = float(camera.to_camera(np.array([0.0, 0.0, z_m]))[2])
    if not depth > 0:
        raise InvalidValueError(f"the head lies {-depth:.3f} m behind the camera")
    cell = max(camera.width, camera.height) / _CELLS
    margin = _MARGIN * max(camera.width, camera.height)
    across = np.arange(-margin, camera.width + margin + cell, cell)
    down = np.arange(-margin, camera.height + margin + cell, cell)
    pixels = np.stack(np.meshgrid(across, down), -1).reshape(-1, 2)
    local = np.column_stack([(pixels - camera.centre_px) * (depth / camera.focal_px), np.full(len(pixels), depth)])
    vertices = local @ camera.rotation + camera.position
    corner = (np.arange(len(down) - 1)[:, None] * len(across) + np.arange(len(across) - 1)).reshape(-1)
    right, below = corner + 1, corner + len(across)
    triangles = np.concatenate([np.stack([corner, below, right], 1), np.stack([right, below, below + 1], 1)])
    return vertices.astype(np.float32), triangles.astype(np.int32)
