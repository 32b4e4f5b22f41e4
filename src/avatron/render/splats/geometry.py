"""The triangles that Gaussians ride on: the person's head, and sheets for what the head model has not."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.errors import InvalidValueError
from avatron.face.head import PosedHead
from avatron.face.parts import PART_INDEX
from avatron.native.mesh import skin, strains
from avatron.render.splats.sheets import Sheet
from avatron.render.splats.sway import Sway

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

    def __init__(self, head: PosedHead, hair: Sheet, torso: Sheet, sway: Sway | None = None) -> None:
        """The visible parts of `head`, and the sheets, which move on their own as `sway` says.

        Raises:
            ShapeError: a sway of other sheets.
        """
        self.head, self.sheets, self.sway = head, (hair, torso), sway
        if sway is not None:
            checked_array("modes", sway.modes, (None, sum(len(sheet.vertices) for sheet in self.sheets), 2), np.float32)
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
        order = np.argsort(np.concatenate(layers), kind="stable")
        self.triangles: NDArray[np.int32] = np.ascontiguousarray(np.concatenate(triangles)[order], np.int32)
        """[K, 3] rows of what `vertices` gives, layer by layer."""
        self.layer: NDArray[np.uint8] = np.concatenate(layers)[order]
        """[K] number in `LAYERS`."""
        self.vertex_count = first
        self.rest: Floats = np.concatenate([head.rest, *(sheet.vertices for sheet in self.sheets)])
        """[V, 3] metres, of nobody who moves."""
        self._sheet_weights = [sheet.joint_weights for sheet in self.sheets]

    def vertices(
        self,
        expression: NDArray[np.float32],
        rotations: NDArray[np.float64],
        translations: NDArray[np.float64],
        sway: Floats | None = None,
    ) -> Floats:
        """[V, 3] metres of one frame, from its expression [E], its joints' motions [J, 3, 3] and [J, 3] and sway [K].

        Raises:
            InvalidValueError: a sway of another number of modes than the person has.
        """
        moved = [self.head.moved(expression, rotations, translations)]
        turns, shifts = rotations.astype(np.float32), translations.astype(np.float32)
        swayed = self._swayed(sway)
        for sheet, weights in zip(self.sheets, self._sheet_weights, strict=True):
            places, swayed = sheet.vertices + swayed[: len(sheet.vertices)], swayed[len(sheet.vertices) :]
            moved.append(skin(places, weights, turns, shifts))
        return np.concatenate(moved)

    def _swayed(self, sway: Floats | None) -> Floats:
        """[S, 3] metres by which the sheets' vertices are elsewhere."""
        if self.sway is None or sway is None or not len(sway):
            return np.zeros((sum(len(sheet.vertices) for sheet in self.sheets), 3), np.float32)
        if len(sway) != len(self.sway):
            raise InvalidValueError(f"a sway of {len(sway)} modes was given, and the person has {len(self.sway)}")
        return self.sway.shifts(sway)

    def strains(self, vertices: Floats) -> Floats:
        """[K, `STRAINS`] how far the skin's triangles of a frame are stretched; 0 for everything else."""
        result = np.zeros((len(self.triangles), STRAINS), np.float32)
        rows = self._skin_rows
        result[rows] = strains(vertices, self.triangles[rows], self._shares, limit=_MOST_STRAIN)
        return result

    @cached_property
    def _skin_rows(self) -> slice:
        first, last = np.searchsorted(self.layer, [LAYERS.index("skin"), LAYERS.index("skin") + 1])
        return slice(int(first), int(last))

    @cached_property
    def _shares(self) -> Floats:
        """[K', 2, 3] of the corners: their sums are as long as the triangle is wide and high, 1 at rest."""
        corners = self.rest[self.triangles[self._skin_rows]]
        shares = np.swapaxes(corners - corners.mean(1, keepdims=True), 1, 2)[:, :2]
        lengths = np.linalg.norm(np.einsum("kac,kcd->kad", shares, corners), axis=2)
        return np.ascontiguousarray(shares / np.maximum(lengths, 1e-9)[..., None], np.float32)
