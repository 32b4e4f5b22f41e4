"""Pictures and colours that a user gives."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatron.errors import InvalidValueError, UnreadableFileError

__all__ = ["LARGEST_PIXELS", "cover_fit", "load_image", "parse_colour"]

LARGEST_PIXELS = 100_000_000
"""A picture with more is refused unread: small files can unpack to more than the memory holds."""

_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF", "PPM", "AVIF")


def parse_colour(text: str) -> tuple[int, int, int] | None:
    """(red, green, blue) 0 .. 255 of `#rgb`, `#rrggbb` or a CSS name; None for `transparent`.

    Raises:
        InvalidValueError: not a colour.
    """
    from PIL import ImageColor

    name = text.strip().lower()
    if name == "transparent":
        return None
    if re.fullmatch(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})|[a-z]{3,30}", name):
        try:
            return ImageColor.getrgb(name)[:3]
        except ValueError:
            pass
    raise InvalidValueError(f"`{text}` is not a colour; expected #rgb, #rrggbb, a name such as teal, or transparent")


def load_image(path: Path | str) -> NDArray[np.uint8]:
    """[H, W, 3] sRGB picture of a file, upright; transparent parts on white, the first picture of an animation.

    Raises:
        UnreadableFileError: missing, damaged, cut off, of another type, or of more than 100 million pixels.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    path = Path(path)
    if not path.is_file():
        raise UnreadableFileError(f"cannot read the image `{path}`: there is no such file")
    try:
        # Pillow only warns of what may be a decompression bomb; our own limit is the one that counts.
        with warnings.catch_warnings(), path.open("rb") as stream:
            warnings.simplefilter("ignore")
            with Image.open(stream, formats=_FORMATS) as opened:
                if opened.width * opened.height > LARGEST_PIXELS:
                    raise UnreadableFileError(
                        f"the image `{path}` is {opened.width}x{opened.height}; "
                        f"more than {LARGEST_PIXELS // 10**6} million pixels are not read: make it smaller"
                    )
                image = ImageOps.exif_transpose(opened)
                if image.mode.startswith(("I", "F")):
                    image = _from_deep(np.asarray(image))
                if image.has_transparency_data:
                    layer = image.convert("RGBA")
                    image = Image.new("RGBA", layer.size, "white")
                    image.alpha_composite(layer)
                return np.asarray(image.convert("RGB")).copy()
    except Image.DecompressionBombError as error:
        raise UnreadableFileError(f"the image `{path}` has too many pixels: make it smaller") from error
    except UnidentifiedImageError:
        known = ", ".join(_FORMATS)
        raise UnreadableFileError(f"`{path}` is not an image; known types: {known}") from None
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError, KeyError) as error:
        # Pillow's decoders raise all of these for damaged files.
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise UnreadableFileError(f"cannot read the image `{path}`: {reason}") from error


def _from_deep(samples: NDArray[np.generic]) -> "Image.Image":  # type: ignore[name-defined]  # noqa: F821, UP037
    """An 8-bit grey picture of a 16-bit or float one; Pillow itself would clip it to white."""
    from PIL import Image

    values = samples.astype(np.float64)
    top = 1.0 if samples.dtype.kind == "f" and values.max(initial=0) <= 1 else 65535.0
    return Image.fromarray((values.clip(0, top) / top * 255).round().astype(np.uint8))


def cover_fit(image: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """[height, width, 3] `image`, scaled evenly until it covers the size, its middle cut out; never stretched."""
    from PIL import Image, ImageOps

    fitted = ImageOps.fit(Image.fromarray(image), (width, height), Image.Resampling.LANCZOS)
    return np.asarray(fitted).copy()
