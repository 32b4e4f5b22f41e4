"""Pictures of an avatar as arrays, decoded with a limit on their size."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from avatron.errors import DamagedModelError

__all__ = ["MAX_SIDE_PX", "decode_picture", "encode_picture", "slopes"]

MAX_SIDE_PX = 4096
"""Longest side of a picture in an avatar: larger ones cost memory and show nothing more."""

MIN_SIDE_PX = 4
"""Shortest side: maps are halved down to it."""
FORMATS = ("JPEG", "PNG", "WEBP")


def decode_picture(data: bytes, mode: str, shown: str) -> NDArray[np.uint8]:
    """A picture as uint8: [H, W, 3] for mode `RGB`, [H, W, 4] for `RGBA`, [H, W] for `L`; messages call it `shown`.

    Raises:
        DamagedModelError: not a JPEG, PNG or WebP file of that mode, damaged, or longer than `MAX_SIDE_PX` on a side.
    """
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as picture:
            # The header is read first: an oversized picture is never decoded.
            if not MIN_SIDE_PX <= min(picture.size) <= max(picture.size) <= MAX_SIDE_PX:
                width, height = picture.size
                raise DamagedModelError(
                    f"picture `{shown}` is {width}x{height} px; an avatar's pictures have {MIN_SIDE_PX} .. "
                    f"{MAX_SIDE_PX} px a side"
                )
            if picture.mode != mode:
                raise DamagedModelError(f"picture `{shown}` has colour mode {picture.mode}, expected {mode}")
            return np.asarray(picture)
    except DamagedModelError:
        raise
    except Exception as error:
        # Pillow's decoders raise nearly anything for damaged files (`struct.error`, `IndexError`, `KeyError` ...).
        reason = str(error) or type(error).__name__
        raise DamagedModelError(
            f"picture `{shown}` cannot be decoded ({reason}); copy the avatar's folder again from where it came"
        ) from error


def encode_picture(picture: NDArray[np.uint8], name: str) -> bytes:
    """The file of a picture [H, W] or [H, W, C] of the type that the ending of `name` says: jpg, png or webp."""
    kind = name.rpartition(".")[2].lower()
    settings: dict[str, object] = {
        "png": {"format": "PNG", "optimize": True},
        "webp": {"format": "WEBP", "quality": 90, "method": 4},
    }.get(kind, {"format": "JPEG", "quality": 92, "subsampling": 0})
    stream = BytesIO()
    Image.fromarray(picture).save(stream, **settings)  # type: ignore[arg-type]
    return stream.getvalue()


def slopes(height: NDArray[np.uint8], height_scale_m: float, slope_scale_m: float, *, tiled: bool) -> NDArray[np.uint8]:
    """Slopes d height/du and d height/dv [H, W, 2] of a height map [H, W], as the renderer's bytes about 128.

    A byte of the height map stands for `height_scale_m / 255` metres; a slope of 255 for `slope_scale_m` metres per
    unit of u or v. Central differences; a `tiled` map goes on at its borders.
    """
    rows, columns = height.shape
    metres = height.astype(np.float32) * np.float32(height_scale_m / 255)
    metres = np.pad(metres, 1, mode="wrap") if tiled else np.pad(metres, 1, mode="edge")
    along_u = (metres[1:-1, 2:] - metres[1:-1, :-2]) * np.float32(0.5 * columns)
    along_v = (metres[:-2, 1:-1] - metres[2:, 1:-1]) * np.float32(0.5 * rows)
    scaled = np.stack([along_u, along_v], -1) * np.float32(127 / slope_scale_m) + np.float32(128.5)
    levels: NDArray[np.uint8] = np.clip(scaled, 1, 255).astype(np.uint8)
    return levels
