"""Colours of hair, cloth and eyes by name, and pictures in another colour."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from avatron.errors import InvalidValueError
from avatron.io.images import parse_colour

__all__ = ["HAIR_COLOURS", "IRIS_COLOURS", "colour_named", "from_linear", "recoloured", "to_linear"]

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

HAIR_COLOURS: Mapping[str, str] = MappingProxyType(
    {
        "black": "#1b1716",
        "dark-brown": "#33231b",
        "brown": "#4b3224",
        "chestnut": "#5d3626",
        "light-brown": "#725139",
        "auburn": "#5a3226",
        "red": "#74402a",
        "copper": "#8a5538",
        "dark-blond": "#7d6850",
        "blond": "#a08a68",
        "light-blond": "#bba887",
        "grey": "#85817c",
        "silver": "#a9a8a6",
        "white": "#d2cfc9",
    }
)
"""sRGB of the middle of the strands."""
IRIS_COLOURS: Mapping[str, str] = MappingProxyType(
    {
        "dark-brown": "#3a2418",
        "brown": "#5c3d28",
        "amber": "#785838",
        "hazel": "#625238",
        "green": "#525c48",
        "blue": "#556777",
        "dark-blue": "#3d4b5a",
        "grey": "#6a7075",
    }
)
"""sRGB of the ring between pupil and rim."""

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)


def to_linear(encoded: NDArray[np.uint8]) -> Floats:
    """[...] linear 0 .. 1 of sRGB bytes."""
    level = np.arange(256, dtype=np.float64) / 255
    table = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4).astype(np.float32)
    return np.asarray(table[encoded])


def from_linear(linear: NDArray[np.floating]) -> Bytes:
    """[...] sRGB bytes of linear values, clipped to 0 .. 1."""
    clipped = np.clip(linear, 0, 1)
    encoded = np.where(clipped <= 0.0031308, clipped * 12.92, 1.055 * clipped ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(encoded * 255), np.uint8)


def colour_named(what: str, text: str, known: Mapping[str, str] = MappingProxyType({})) -> Floats:
    """[3] linear RGB of a name of `known`, of `#rgb`, `#rrggbb` or a CSS name; messages call it `what`.

    Raises:
        InvalidValueError: none of them.
    """
    name = text.strip().lower().replace(" ", "-").replace("_", "-")
    try:
        parsed = parse_colour(known.get(name, text))
    except InvalidValueError:
        parsed = None
    if parsed is None:
        names = f"{', '.join(known)}, " if known else ""
        raise InvalidValueError(f"{what} `{text}` is not a colour; expected {names}#rgb, #rrggbb or a CSS name")
    return to_linear(np.array(parsed, np.uint8))


def recoloured(picture: Bytes, colour: Floats, weight: NDArray[np.floating], contrast: float, tint: Floats) -> Bytes:
    """[H, W, 3] `picture` (sRGB) in a linear `colour` [3] at its weighted middle, light and dark kept.

    Args:
        picture: [H, W, 3].
        colour: what the middle becomes.
        weight: [H, W] which texels make the middle.
        contrast: exponent on a texel's brightness over the middle's.
        tint: [3] linear factor that the picture was drawn with; the new one needs none.
    """
    brightness = (to_linear(picture) * tint) @ _LUMINANCE
    middle = float((brightness * weight).sum() / max(float(weight.sum()), 1e-6))
    relative = np.clip(brightness / max(middle, 1e-4), 0, 12) ** contrast
    return from_linear(relative[..., None] * colour)
