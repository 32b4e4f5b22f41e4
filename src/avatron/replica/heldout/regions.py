"""Where face and mouth are in a frame, from the tracked head: the same for every way to draw it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.core.motion import FaceMotion
from avatron.core.track import FaceTrack
from avatron.face.shipped import shipped_head
from avatron.native.raster import interpolate, rasterize
from avatron.track.landmarks.crop import FaceCrop
from avatron.track.photometric.surface import FaceSurface

__all__ = ["FaceRegions", "RegionFinder"]

_MOUTH_MARGIN = 0.25
"""Of the lips' box, on each side: what speech moves around them."""


@dataclass(frozen=True, eq=False)
class FaceRegions:
    """Of one frame."""

    face: NDArray[np.bool_]
    """[H, W] brows to chin, eyes and the mouth's inside with it; no hair, ears or neck."""
    mouth: NDArray[np.bool_]
    """[H, W] the lips' box and a quarter more on each side."""
    crop: FaceCrop
    """Where a landmark network has to look."""


class RegionFinder:
    """Finds the regions of one tracked person."""

    def __init__(self, track: FaceTrack) -> None:
        """Of the person and the camera of `track`."""
        self._camera, self._k1 = track.camera, track.radial_distortion
        self._surface = surface = FaceSurface.of(shipped_head(), track.identity, track.displacement)
        self._face = np.where(surface.skin, surface.face, 1.0).astype(np.float32)[:, None]
        self._lips = np.flatnonzero(surface.lips > 0.5)

    def regions(self, motion: FaceMotion, frame: int) -> FaceRegions:
        """Of frame `frame` of `motion`, counted from its first."""
        surface, camera = self._surface, self._camera
        places = next(surface.person.frames(motion.part(frame, frame + 1)))
        local = np.asarray(camera.to_camera(places), np.float32)
        square = (local[:, :2] ** 2).sum(1) / local[:, 2] ** 2
        local[:, :2] *= (1 + np.float32(self._k1) * square)[:, None]
        still = Camera(camera.width, camera.height, camera.focal_px, camera.centre_px, np.eye(3), np.zeros(3))
        picture = rasterize(local, surface.look.triangles, still)
        face = interpolate(picture, surface.look.triangles, self._face)[..., 0] > 0.5
        lips = still.project(local[self._lips])
        low, high = lips.min(0), lips.max(0)
        margin = _MOUTH_MARGIN * (high - low)
        mouth = np.zeros_like(face)
        left, top = np.maximum(np.floor(low - margin), 0).astype(int)
        right, bottom = np.maximum(np.ceil(high + margin), 0).astype(int)
        mouth[top:bottom, left:right] = True
        seen = still.project(shipped_head().landmarks(local))
        return FaceRegions(face, mouth, FaceCrop.of_landmarks(seen))
