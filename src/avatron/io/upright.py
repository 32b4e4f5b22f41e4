"""A decoded picture as it is meant to be seen: sRGB, upright, with square pixels."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.io.hdr import HLG, PQ, to_standard_range

__all__ = ["Orientation", "PictureReader", "orientation_of", "square_size"]

_MATRIX_709_FROM_WIDTH, _MATRIX_709_ABOVE_HEIGHT = 1280, 576
"""An untagged picture of at least this width, or of more than this height, is BT.709, otherwise BT.601 (as players)."""
_UNSPECIFIED_MATRIX = (2, 3)
_FULL_RANGE = 2
_WHITE = 255


@dataclass(frozen=True)
class Orientation:
    """How a stored picture is turned to be seen: transposed first (x and y change places), then mirrored."""

    transpose: bool = False
    flip_x: bool = False
    flip_y: bool = False

    @property
    def rotation_deg(self) -> int:
        """Clockwise, 0, 90, 180 or 270; of a mirrored picture, the turn after its mirroring left to right."""
        turns = {
            (False, False, False): 0,
            (True, True, False): 90,
            (False, True, True): 180,
            (True, False, True): 270,
            (False, True, False): 0,
            (True, False, False): 90,
            (False, False, True): 180,
            (True, True, True): 270,
        }
        return turns[self.transpose, self.flip_x, self.flip_y]

    @property
    def mirrored(self) -> bool:
        """Whether left and right are exchanged, besides any turn."""
        return self.transpose ^ self.flip_x ^ self.flip_y

    def apply(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """[H, W, C] the stored picture as it is seen, contiguous."""
        if self.transpose:
            picture = picture.swapaxes(0, 1)
        if self.flip_x:
            picture = picture[:, ::-1]
        if self.flip_y:
            picture = picture[::-1]
        return np.ascontiguousarray(picture)


def orientation_of(frame: Any) -> Orientation:
    """The orientation that a PyAV frame's display matrix asks for, to the nearest quarter turn."""
    data = frame.side_data.get("DISPLAYMATRIX") if len(frame.side_data) else None
    if data is None:
        return Orientation()
    # ISO/IEC 14496-12, 8.2.2: (x, y) is shown at (a x + c y, b x + d y).
    matrix = np.frombuffer(bytes(data), np.int32)[:9].reshape(3, 3)[:2, :2].T
    a, c, b, d = matrix.ravel().tolist()
    if abs(c) + abs(b) > abs(a) + abs(d):
        return Orientation(True, c < 0, b < 0)
    return Orientation(False, a < 0, d < 0)


class PictureReader:
    """Turns decoded frames into upright sRGB pictures of one size."""

    def __init__(self, orientation: Orientation, size: tuple[int, int]) -> None:
        """`size` is (width, height) of the upright pictures, pixels; a frame of another size is scaled to it."""
        from av.video.reformatter import Interpolation, VideoReformatter

        self._reformatter = VideoReformatter()
        self._orientation = orientation
        self._bilinear, self._bicubic = Interpolation.BILINEAR, Interpolation.BICUBIC
        self._size = size[::-1] if orientation.transpose else size

    def read(self, frame: Any) -> NDArray[np.uint8]:
        """[H, W, 3] the picture of a PyAV frame; what is transparent lies on white."""
        width, height = self._size
        scaled = (width, height) != (frame.width, frame.height)
        has_alpha = "a" in frame.format.name.replace("gray", "").replace("bayer", "") or frame.format.name == "pal8"
        converted = self._reformatter.reformat(
            frame,
            width,
            height,
            "rgba" if has_alpha else "rgb24",
            src_colorspace=_matrix_of(frame),
            src_color_range=_range_of(frame),
            dst_color_range=_FULL_RANGE,
            interpolation=self._bicubic if scaled else self._bilinear,
            # One thread: two share half a millisecond of work, and the decoder has the other core.
            threads=1,
        )
        picture: NDArray[Any] = converted.to_ndarray()
        if has_alpha:
            picture = _on_white(picture)
        if frame.color_trc in (PQ, HLG):
            # swscale can do this too, at a second a picture.
            picture = to_standard_range(picture, frame.color_trc)
        return self._orientation.apply(picture)


def square_size(width: int, height: int, aspect: Fraction) -> tuple[int, int]:
    """(width, height) with square pixels: the side that grows is scaled, so that nothing is lost."""
    if aspect >= 1:
        return round(width * aspect), height
    return width, round(height / aspect)


def _matrix_of(frame: Any) -> int | None:
    """swscale's number of the frame's YUV matrix (`Colorspace` of PyAV)."""
    from av.video.reformatter import Colorspace

    if not frame.format.name.startswith(("yuv", "nv", "p0", "uyvy", "yuy", "y2")):
        return None
    if frame.colorspace in _UNSPECIFIED_MATRIX:
        large = frame.width >= _MATRIX_709_FROM_WIDTH or frame.height > _MATRIX_709_ABOVE_HEIGHT
        return Colorspace.ITU709 if large else Colorspace.ITU601
    return {
        1: Colorspace.ITU709,
        4: Colorspace.FCC,
        7: Colorspace.SMPTE240M,
        9: Colorspace.BT2020,
        10: Colorspace.BT2020,
    }.get(frame.colorspace, Colorspace.ITU601)


def _range_of(frame: Any) -> int:
    """1 limited (16 .. 235), 2 full, as FFmpeg counts."""
    if frame.format.name.startswith("yuvj"):
        return _FULL_RANGE
    return int(frame.color_range) or 1


def _on_white(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """[H, W, 3] of [H, W, 4] with straight alpha."""
    alpha = picture[..., 3:].astype(np.uint16)
    mixed = picture[..., :3] * alpha + _WHITE * (_WHITE - alpha)
    return ((mixed + 127) // 255).astype(np.uint8)
