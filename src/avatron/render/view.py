"""Where a person who was filmed is shown: as filmed, framed anew, or alone; in pictures of any size and shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.native.warp import sample_affine
from avatron.render.framing import framing_named

__all__ = ["View", "ViewOfClip"]


@dataclass(frozen=True)
class View:
    """What is asked of a person's pictures.

    Raises:
        UnknownNameError: no such framing.
    """

    size: tuple[int, int]
    """(width, height) in pixels; any shape."""
    framing: str | None = None
    """A framing's name frames the head anew; None shows what was filmed, cut to the shape that is asked for."""
    alone: bool = False
    """Whether nothing is behind the person, so that pictures have straight alpha; else the scene that was filmed."""

    def __post_init__(self) -> None:
        if self.framing is not None:
            framing_named(self.framing)


@dataclass(frozen=True)
class ViewOfClip:
    """The part of a clip's picture that a view shows, and how large."""

    camera: Camera
    """Of the view."""
    left_px: float
    top_px: float
    """Upper left corner in the clip's pixels."""
    scale: float
    """Pixels of the view that one pixel of the clip is."""

    @staticmethod
    def of(clip: Camera, eyes_m: NDArray[Any], view: View) -> ViewOfClip:
        """The view of a person whose middle between the eyes is at `eyes_m` [3] in the world of `clip`."""
        width, height = view.size
        across, down = clip.project(np.asarray(eyes_m, np.float64))
        if view.framing is not None:
            framing = framing_named(view.framing)
            depth = float(clip.to_camera(np.asarray(eyes_m, np.float64))[2])
            wished = min(height / framing.height_m, width / framing.least_width_m) * depth / clip.focal_px
            # Beyond the clip's upper and lower border there is nobody: the portrait ends there.
            wished = max(wished, height / clip.height)
            left = across - framing.across * width / wished
            top = down - framing.eye_line * height / wished
            return _placed(clip, view, left, _within(top, clip.height - height / wished), wished)
        scale = max(width / clip.width, height / clip.height)
        left = _within(across - width / scale / 2, clip.width - width / scale)
        top = _within(down - 0.4 * height / scale, clip.height - height / scale)
        return _placed(clip, view, left, top, scale)

    def shown(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """[h, w, 3] the view's part of a picture [H, W, 3] of the clip; beyond it its border goes on."""
        width, height = self.camera.width, self.camera.height
        if self.scale == 1 and self.left_px == 0 == self.top_px and picture.shape[:2] == (height, width):
            return picture
        out = np.empty((height, width, 3), np.float32)
        to_clip = np.array([[1 / self.scale, 0, self.left_px], [0, 1 / self.scale, self.top_px]])
        sample_affine(picture, to_clip, out, gain=1.0)
        return np.asarray(np.rint(out), np.uint8)


def _within(wished: float, room: float) -> float:
    """`wished` where the picture has room for it."""
    return float(min(max(wished, 0.0), max(room, 0.0)))


def _placed(clip: Camera, view: View, left_px: float, top_px: float, scale: float) -> ViewOfClip:
    centre = ((clip.centre_px[0] - left_px) * scale, (clip.centre_px[1] - top_px) * scale)
    camera = Camera(*view.size, clip.focal_px * scale, centre, clip.rotation, clip.position)
    return ViewOfClip(camera, left_px, top_px, scale)
