"""A frame's head, placed and rasterised in the window of its face."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.native.photometric import Comparison, Outlines, compare
from avatron.native.raster import Rasterization, rasterize
from avatron.track.fit.lens import Lens
from avatron.track.photometric.light import harmonics
from avatron.track.photometric.pose import FramePose, head_vertices
from avatron.track.photometric.surface import FaceSurface
from avatron.track.photometric.window import FaceWindow

__all__ = ["DrawnFrame", "Look"]

Floats = NDArray[np.float32]

_LIT_GAP_M = 0.008
"""Lips this far apart let all the light in that a mouth gets."""
_DARKEST = 0.2
"""What of it is left behind lips that hardly part."""


@dataclass(frozen=True, eq=False)
class Look:
    """What a frame is drawn with."""

    textures: tuple[Floats, ...]
    """Albedo [TH, TW, 3] and its halves."""
    light: Floats
    """[9, 3] spherical harmonics of the frame."""

    def texture(self, level: int) -> Floats:
        """Of a window that is halved `level` times."""
        return self.textures[min(level, len(self.textures) - 1)]


@dataclass(frozen=True, eq=False)
class DrawnFrame:
    """A head where a pose puts it, as a window shows it."""

    surface: FaceSurface
    pose: FramePose
    positions: Floats
    """[V, 3] metres, camera space, with the lens's distortion in x and y: a pinhole camera sees them right."""
    screen: Floats
    """[V, 2] pixels of the window."""
    normals: Floats
    """[V, 3] camera space."""
    picture: Rasterization
    focal_px: float
    """Of the window."""

    @staticmethod
    def of(surface: FaceSurface, pose: FramePose, lens: Lens, window: FaceWindow) -> DrawnFrame:
        """The head of `pose` in `window`."""
        turn = pose.rotation.astype(np.float32)
        positions = head_vertices(surface, pose) @ turn.T + pose.translation.astype(np.float32)
        # Normals are those of the head itself, before the lens bends what is seen of it.
        normals = surface.normals.of(positions, alone=True)
        if lens.k1:
            square = (positions[:, :2] ** 2).sum(1) / positions[:, 2] ** 2
            positions[:, :2] *= (1 + np.float32(lens.k1) * square)[:, None]
        camera = window.camera(lens)
        depth = np.maximum(positions[:, 2:], 0.02)
        centre = np.array(camera.centre_px, np.float32)
        screen = positions[:, :2] / depth * np.float32(camera.focal_px) + centre
        picture = rasterize(positions, surface.look.triangles, camera)
        return DrawnFrame(surface, pose, positions, screen, normals, picture, camera.focal_px)

    def shading(self, light: NDArray[Any]) -> Floats:
        """[V, 3] what the albedo is multiplied with."""
        shade = np.maximum(harmonics(self.normals) @ np.asarray(light, np.float32), 0.02)
        # No distant light explains the mouth's inside: it is the brighter the further the lips let light in.
        gap = np.linalg.norm(self.positions[self.surface.gap[0]] - self.positions[self.surface.gap[1]], axis=1).mean()
        opening = _DARKEST + (1 - _DARKEST) * min(float(gap) / _LIT_GAP_M, 1.0)
        shade[self.surface.inside >= 0] = np.maximum(opening * np.asarray(light, np.float32)[0], 0.02)
        contact = self.surface.contact
        shade[contact.vertices] *= contact.light(self.positions)[:, None]
        return np.asarray(shade, np.float32)

    def compare(
        self, seen: Floats, look: Look, level: int, *, trust: Floats | None = None, outlines: Outlines | None = None
    ) -> Comparison:
        """How the head differs from `seen` [H, W, 3]."""
        return compare(
            self.picture,
            self.surface.look,
            self.screen,
            self.positions[:, 2],
            self.shading(look.light),
            look.texture(level),
            seen,
            trust=trust,
            outlines=outlines,
        )

    def visible(self, margin_m: float = 0.003) -> NDArray[np.bool_]:
        """[V] whether a vertex is seen: in the window, with nothing before it."""
        size = np.array(self.picture.depth.shape[::-1])
        place = np.floor(self.screen).astype(np.int64)
        inside = ((place >= 0) & (place < size)).all(1)
        place = np.clip(place, 0, size - 1)
        behind_m = np.abs(self.picture.depth[place[:, 1], place[:, 0]] - self.positions[:, 2])
        return np.asarray(inside & (behind_m < margin_m))
