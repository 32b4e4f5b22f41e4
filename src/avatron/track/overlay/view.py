"""The part of a video that shows the face, enlarged to a picture of its own, and the camera that sees it so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.core.track import FaceTrack
from avatron.face.head import PosedHead
from avatron.face.rig import JOINTS

__all__ = ["FaceView", "FaceViews", "lens_space"]

Floats = NDArray[np.float64]

_HEAD = JOINTS.index("head")
_FACE_TOP_M, _FACE_BOTTOM_M, _FACE_HALF_M = 0.135, 0.145, 0.115
"""What is shown above, below and beside the middle between the eyes, metres."""
_FOLLOW_S = 1.2
"""Where a head goes further than one picture shows, the picture follows this slowly."""


def lens_space(points: NDArray[Any], camera: Camera, k1: float) -> Floats:
    """[..., 3] `points` [..., 3] of the world in camera space, moved so that a pinhole shows them where the lens does.

    A point at distance r from the axis, in focal lengths, is seen at r (1 + `k1` r^2).
    """
    local = camera.to_camera(points)
    if not k1:
        return local
    radius = np.hypot(local[..., 0], local[..., 1]) / np.maximum(local[..., 2], 1e-6)
    # Beyond the fold of a strong negative k1 the polynomial means nothing.
    factor = np.maximum(1 + k1 * radius**2, 0.2)
    return np.concatenate([local[..., :2] * factor[..., None], local[..., 2:]], -1)


@dataclass(frozen=True)
class FaceView:
    """One frame's part of the video."""

    left: float
    top: float
    width: float
    """Pixels of the video."""
    height: float
    scale: float
    """Pixels of the view for one of the video."""
    size: tuple[int, int]
    """Of the view, pixels."""

    def picture(self, frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """[h, w, 3] the part of `frame` [H, W, 3]."""
        from PIL import Image

        box = (self.left, self.top, self.left + self.width, self.top + self.height)
        how = Image.Resampling.BICUBIC if self.scale > 1 else Image.Resampling.BOX
        return np.array(Image.fromarray(frame).resize(self.size, how, box=box))

    def places(self, pixels: NDArray[Any]) -> Floats:
        """[..., 2] pixels of the view for `pixels` [..., 2] of the video."""
        return np.asarray((pixels - np.array([self.left, self.top])) * self.scale)

    def pinhole(self, camera: Camera) -> Camera:
        """A camera for points in `lens_space` of `camera`."""
        centre = self.places(np.array(camera.centre_px))
        across, down = float(centre[0]), float(centre[1])
        width, height = self.size
        return Camera(width, height, camera.focal_px * self.scale, (across, down), np.eye(3), np.zeros(3))


class FaceViews:
    """The views of a whole clip: one and the same where it can show all of the head's way."""

    def __init__(self, track: FaceTrack, posed: PosedHead, size: tuple[int, int]) -> None:
        """Views of `size` pixels."""
        camera = track.camera
        rotations, translations = posed.joint_motions(track.motion)
        eyes = posed.joints[[JOINTS.index("eye_left"), JOINTS.index("eye_right")]].mean(0)
        middle = np.einsum("tij,j->ti", rotations[:, _HEAD], eyes) + translations[:, _HEAD]
        middle[:, 1] += (_FACE_TOP_M - _FACE_BOTTOM_M) / 2
        local = lens_space(middle, camera, track.radial_distortion)
        depth = np.maximum(local[:, 2:], 1e-3)
        centres = local[:, :2] / depth * camera.focal_px + np.array(camera.centre_px)
        valid = track.valid if track.valid.any() else np.ones(len(track), bool)
        pixels_per_m = float(camera.focal_px / np.median(depth[valid]))
        need = np.array([2 * _FACE_HALF_M, _FACE_TOP_M + _FACE_BOTTOM_M]) * pixels_per_m
        low, high = np.percentile(centres[valid], [1, 99], axis=0)
        aspect = size[0] / size[1]
        height = max(need[1] + high[1] - low[1], (need[0] + high[0] - low[0]) / aspect)
        still = height <= 1.5 * max(need[1], need[0] / aspect)
        if not still:
            height = 1.15 * max(need[1], need[0] / aspect)
        self._height = float(min(height, camera.height, camera.width / aspect))
        self._width = self._height * aspect
        fixed = np.broadcast_to((low + high) / 2, centres.shape)
        self._centres = fixed if still else _slow(centres, valid, _FOLLOW_S * float(track.motion.fps))
        self._camera, self._size = camera, size

    def of(self, frame: int) -> FaceView:
        """The view of a frame."""
        centre = self._centres[frame]
        left = float(np.clip(centre[0] - self._width / 2, 0, self._camera.width - self._width))
        top = float(np.clip(centre[1] - self._height / 2, 0, self._camera.height - self._height))
        return FaceView(left, top, self._width, self._height, self._size[1] / self._height, self._size)


def _slow(places: Floats, valid: NDArray[np.bool_], deviation: float) -> Floats:
    """[T, 2] a Gaussian mean over the valid places around each frame."""
    reach = max(int(3 * deviation), 1)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
    weight = np.convolve(valid.astype(np.float64), kernel)[reach : reach + len(places)]
    sums = [np.convolve(np.where(valid, places[:, axis], 0), kernel)[reach : reach + len(places)] for axis in (0, 1)]
    middle = np.median(places[valid], axis=0)
    return np.where(weight[:, None] > 1e-6, np.stack(sums, -1) / np.maximum(weight, 1e-6)[:, None], middle)
