"""The triangles that Gaussians ride on: the person's head, and sheets for what the head model has not."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from avatron.face.head import PosedHead
from avatron.face.parts import PART_INDEX
from avatron.native.mesh import skin
from avatron.render.splats.sheets import Sheet

__all__ = ["LAYERS", "STRAINS", "SplatGeometry"]

Floats = NDArray[np.float32]

_LAYER_PARTS: dict[str, tuple[str, ...]] = {
    "skin": ("skin",),
    "mouth": ("mouth", "gums", "tongue"),
    "teeth": ("teeth_upper", "teeth_lower"),
    "eyes": ("eye_left", "eye_right"),
}
LAYERS: tuple[str, ...] = (*_LAYER_PARTS, "hair", "torso")
"""What a triangle belongs to. Lashes, lids' shades and tear lines are drawn by the Gaussians of skin and eyes."""

STRAINS = 2
"""Q: by how much a triangle is wider and how much higher than at rest, as logarithms."""

_MOST_STRAIN = 0.5


class SplatGeometry:
    """Vertices and triangles of a person, frame by frame."""

    def __init__(self, head: PosedHead, hair: Sheet, torso: Sheet) -> None:
        """The visible parts of `head`, and the sheets."""
        self.head, self.sheets = head, (hair, torso)
        model = head.model
        numbers = [[PART_INDEX[part] for part in parts] for parts in _LAYER_PARTS.values()]
        kept = np.isin(model.part, np.concatenate(numbers))
        triangles, layers = [model.triangles[kept]], [np.zeros(int(kept.sum()), np.uint8)]
        for layer, parts in enumerate(numbers):
            layers[0][np.isin(model.part[kept], parts)] = layer
        first = len(head.rest)
        for layer, sheet in enumerate(self.sheets, start=len(numbers)):
            triangles.append(sheet.triangles + first)
            layers.append(np.full(len(sheet.triangles), layer, np.uint8))
            first += len(sheet.vertices)
        self.triangles: NDArray[np.int32] = np.ascontiguousarray(np.concatenate(triangles), np.int32)
        """[K, 3] rows of what `vertices` gives."""
        self.layer: NDArray[np.uint8] = np.concatenate(layers)
        """[K] number in `LAYERS`."""
        self.vertex_count = first
        self.rest: Floats = np.concatenate([head.rest, *(sheet.vertices for sheet in self.sheets)])
        """[V, 3] metres, of nobody who moves."""
        self._sheet_weights = [sheet.joint_weights for sheet in self.sheets]

    def vertices(
        self, expression: NDArray[np.float32], rotations: NDArray[np.float64], translations: NDArray[np.float64]
    ) -> Floats:
        """[V, 3] metres of one frame, from its expression [E] and its joints' motions [J, 3, 3] and [J, 3]."""
        moved = [self.head.moved(expression, rotations, translations)]
        turns, shifts = rotations.astype(np.float32), translations.astype(np.float32)
        for sheet, weights in zip(self.sheets, self._sheet_weights, strict=True):
            moved.append(skin(sheet.vertices, weights, turns, shifts))
        return np.concatenate(moved)

    def strains(self, vertices: Floats) -> Floats:
        """[K, `STRAINS`] how far the skin's triangles of a frame are stretched; 0 for everything else."""
        lengths = self._extents(vertices)
        strains = np.zeros((len(self.triangles), STRAINS), np.float32)
        skin_rows = self._skin_rows
        strains[skin_rows] = np.log(lengths / self._rest_extents).clip(-_MOST_STRAIN, _MOST_STRAIN)
        return strains

    @cached_property
    def _skin_rows(self) -> NDArray[np.int64]:
        return np.flatnonzero(self.layer == LAYERS.index("skin"))

    @cached_property
    def _axes(self) -> tuple[Floats, Floats]:
        """[K', 3] shares of the corners whose sums are the triangle's extent across and upwards, at rest."""
        corners = self.head.rest[self.triangles[self._skin_rows]]
        plane = corners[..., :2] - corners.mean(1, keepdims=True)[..., :2]
        return plane[..., 0], plane[..., 1]

    def _extents(self, vertices: Floats) -> Floats:
        """[K', 2] root of the second moment of the corners along what is across and upwards at rest."""
        corners = vertices[self.triangles[self._skin_rows]]
        corners = corners - corners.mean(1, keepdims=True)
        extents = [
            np.linalg.norm(np.einsum("kc,kcd->kd", shares, corners), axis=1) / (np.abs(shares).max(1) + 1e-9)
            for shares in self._axes
        ]
        return np.stack(extents, 1).astype(np.float32) + np.float32(1e-6)

    @cached_property
    def _rest_extents(self) -> Floats:
        return self._extents(self.rest)
