"""The model's surface in a view: as clay with lines that lie on the skin, and as a map of how far it is off."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.face.head import HeadModel, PosedHead
from avatron.face.rig import JOINTS
from avatron.native.mesh import VertexNormals
from avatron.native.raster import Rasterization, interpolate, rasterize
from avatron.track.overlay.style import AMBER, heat_colours

__all__ = ["ModelSurface", "SurfacePicture"]

Floats = NDArray[np.float32]

_PARTS = ("skin", "eye_left", "eye_right", "mouth", "teeth_upper", "teeth_lower", "gums", "tongue")
_LINE_EVERY_M, _LINE_EVERY_RAD = 0.0085, np.radians(7.5)
_LINE_PX, _DENSEST_LINES = 1.1, 0.25
_CLAY_COVER = 0.96
_HEAT_TABLE = heat_colours(np.linspace(0, 1, 256))
_KEY = np.array([-0.350, -0.550, -0.758], np.float32)
"""Where the light comes from in camera space: from above, left, before."""
_CLAY = {
    "skin": (0.70, 0.69, 0.67),
    "eye": (0.92, 0.92, 0.90),
    "inside": (0.38, 0.26, 0.25),
    "teeth": (0.93, 0.92, 0.88),
}
_IRIS_M, _IRIS_EDGE_M = 0.0058, 0.0006
_NEAREST = 6
"""Landmarks that say how far off a place on the skin is."""
_FACE_EDGE_M, _FACE_FADE_M = 0.006, 0.012
"""How far from the nearest landmark the map of errors begins to fade, and over which length."""


class SurfacePicture:
    """One frame's surface in one view, drawn once and coloured as often as one likes."""

    def __init__(self, raster: Rasterization, attributes: Floats, eyes: Floats) -> None:
        """`attributes` [h, w, 12] are those that `ModelSurface` gives to vertices, `eyes` [2, 3] the middles of the
        eyeballs at rest, metres."""
        self._eyes = eyes
        self._planes = attributes
        self._covered = np.flatnonzero(raster.covered)
        # Most of a view is not head: only its pixels are worked on.
        self._pixels = attributes.reshape(-1, attributes.shape[-1])[self._covered]

    def clay(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """[h, w, 3] the surface lit from above, with lines on its skin, over `picture` [h, w, 3]."""
        normal = self._pixels[:, 0:3]
        normal = normal / np.maximum(np.sqrt(np.einsum("pc,pc->p", normal, normal))[:, None], np.float32(1e-6))
        light = 0.34 + 0.62 * (normal @ _KEY).clip(0, 1) + 0.10 * (-normal[:, 2]).clip(0, 1)
        light *= 1 - 0.7 * self._irises()
        shade = np.minimum(self._pixels[:, 7:10] * light[:, None], 1) * np.float32(255)
        line = 0.55 * self._lines()[:, None]
        shade += line * (np.array(AMBER, np.float32) - shade)
        return self._laid_over(picture, shade, np.float32(_CLAY_COVER))

    def heat(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """[h, w, 3] the map of errors over a grey, darker `picture` [h, w, 3]."""
        grey = picture @ np.array([0.216, 0.425, 0.079], np.float32)
        shown = 0.82 * self._pixels[:, 6:7]
        under = grey.reshape(-1)[self._covered][:, None]
        steps = (self._pixels[:, 11] * 255).clip(0, 255).astype(np.int64)
        # What lies under it still shows, or nobody could see where an error is.
        colour = _HEAT_TABLE[steps] * (0.45 + 0.55 / 140 * under).clip(0.45, 1.25)
        dark = np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2)
        return self._laid_over(dark, colour, shown)

    def _laid_over(self, picture: NDArray[np.uint8], colour: Floats, cover: Any) -> NDArray[np.uint8]:
        result = picture.copy()
        rows = result.reshape(-1, 3)
        under = rows[self._covered].astype(np.float32)
        rows[self._covered] = (under + cover * (colour - under)).clip(0, 255)
        return result

    def _irises(self) -> Floats:
        """[P] how much of a pixel is iris."""
        cover = np.zeros(len(self._covered), np.float32)
        eyes = np.flatnonzero(self._pixels[:, 10] > 0.99)
        height_m, across_m, ahead_m = (self._pixels[eyes, column] for column in (3, 4, 5))
        away = np.min([np.hypot(across_m - eye[0], height_m - eye[1]) for eye in self._eyes], axis=0)
        cover[eyes] = ((_IRIS_M - away) / _IRIS_EDGE_M + 0.5).clip(0, 1) * (ahead_m > self._eyes[:, 2].mean())
        return cover

    def _lines(self) -> Floats:
        """[P] how much of a pixel lies on a line of equal height or of equal angle about the skull."""
        height, width = self._planes.shape[:2]
        lines = np.zeros(height * width, np.float32)
        rows, columns = np.divmod(self._covered, width)
        if not len(rows):
            return lines[self._covered]
        box = slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1)
        planes = self._planes[box]
        inside = np.zeros(planes.shape[:2], np.float32)
        for place in (planes[..., 3] / _LINE_EVERY_M, np.arctan2(planes[..., 4], planes[..., 5]) / _LINE_EVERY_RAD):
            steep = np.hypot(*np.gradient(place))
            away_px = np.abs(place - np.round(place)) / np.maximum(steep, np.float32(1e-6))
            # Where lines would touch, or surfaces meet, there are none.
            inside = np.maximum(inside, (_LINE_PX + 0.5 - away_px).clip(0, 1) * (steep < _DENSEST_LINES))
        lines.reshape(height, width)[box] = inside
        return np.asarray(lines[self._covered] * self._pixels[:, 6], np.float32)


class ModelSurface:
    """Draws one person's head."""

    def __init__(self, head: HeadModel, posed: PosedHead) -> None:
        """Prepare what does not change from frame to frame."""
        self._triangles = head.triangles_of(*_PARTS)
        self._normals = VertexNormals(self._triangles, len(head.neutral), head.weld)
        rest = posed.rest
        landmarks = head.landmarks(rest)
        skin = np.unique(head.triangles_of("skin"))
        apart = np.linalg.norm(rest[skin][:, None] - landmarks[None, :468], axis=2)
        self._near = np.argpartition(apart, _NEAREST, axis=1)[:, :_NEAREST]
        near_m = np.take_along_axis(apart, self._near, 1)
        weights = 1 / np.maximum(near_m, 1e-4) ** 2
        self._near_weights = (weights / weights.sum(1, keepdims=True)).astype(np.float32)
        self._skin = skin
        self._raster: Rasterization | None = None
        face = np.zeros(len(rest), np.float32)
        face[skin] = np.clip(1 - (near_m.min(1) - _FACE_EDGE_M) / _FACE_FADE_M, 0, 1)
        self._still = np.zeros((len(rest), 8), np.float32)
        self._still[:, 0], self._still[:, 1], self._still[:, 2] = rest[:, 1], rest[:, 0], rest[:, 2]
        self._still[:, 3] = face
        self._still[:, 4:7] = _clay_colours(head)
        self._still[np.unique(head.triangles_of("eye_left", "eye_right")), 7] = 1
        self._eyes = np.asarray(posed.joints[[JOINTS.index("eye_left"), JOINTS.index("eye_right")]], np.float32)

    def draw(self, places: NDArray[Any], camera: Camera, landmark_share: NDArray[Any] | None) -> SurfacePicture:
        """The surface with vertices `places` [V, 3] in the space of `camera`; each landmark's error [478] as a share of
        the largest that is told apart, 0 .. 1, or None where nothing was seen."""
        positions = np.asarray(places, np.float32)
        if self._raster is None or self._raster.depth.shape != (camera.height, camera.width):
            self._raster = Rasterization.empty(camera.width, camera.height)
        raster = rasterize(positions, self._triangles, camera, into=self._raster)
        error = np.zeros(len(positions), np.float32)
        if landmark_share is not None:
            error[self._skin] = (np.asarray(landmark_share, np.float32)[self._near] * self._near_weights).sum(1)
        normals = self._normals.of(positions)
        values = np.column_stack([normals, self._still, error]).astype(np.float32)
        return SurfacePicture(raster, interpolate(raster, self._triangles, values), self._eyes)


def _clay_colours(head: HeadModel) -> Floats:
    """[V, 3] 0 .. 1."""
    colours = np.tile(np.array(_CLAY["inside"], np.float32), (len(head.neutral), 1))
    for parts, name in (
        (("skin",), "skin"),
        (("eye_left", "eye_right"), "eye"),
        (("teeth_upper", "teeth_lower"), "teeth"),
    ):
        colours[np.unique(head.triangles_of(*parts))] = _CLAY[name]
    return colours
