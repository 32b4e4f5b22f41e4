"""How an overlay looks: sizes, colours, letters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["AMBER", "CYAN", "FAINT", "GRID", "INK", "PANEL", "PAPER", "RED", "OverlayStyle", "font", "heat_colours"]

Colour = tuple[int, int, int]

PAPER: Colour = (18, 20, 24)
PANEL: Colour = (27, 30, 36)
GRID: Colour = (52, 57, 66)
INK: Colour = (236, 238, 241)
FAINT: Colour = (150, 157, 168)
CYAN: Colour = (64, 196, 255)
AMBER: Colour = (255, 176, 46)
RED: Colour = (242, 84, 84)

_HEAT = (
    (0.0, (38, 84, 160)),
    (0.3, (52, 168, 168)),
    (0.55, (236, 208, 84)),
    (0.8, (238, 122, 52)),
    (1.0, (196, 38, 52)),
)


@dataclass(frozen=True)
class OverlayStyle:
    """Sizes in pixels of the film."""

    pane: tuple[int, int] = (472, 560)
    """Width and height of each of the three pictures."""
    gap: int = 12
    header: int = 52
    caption: int = 40
    """Height of the line under each picture."""
    row: int = 66
    """Height of each row of curves."""
    label: int = 168
    """Width of what is said left of the curves."""
    window_s: float = 6.0
    """How much time the curves show."""
    most_error_percent: float = 5.0
    """Where the heat map ends."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the film; both even, as codecs want them."""
        width = 3 * self.pane[0] + 4 * self.gap
        height = self.header + self.pane[1] + self.caption + 4 * self.row + 2 * self.gap
        return width + width % 2, height + height % 2


@lru_cache(maxsize=16)
def font(size_px: int) -> Any:
    """Pillow's own letters, which need no file."""
    from PIL import ImageFont

    return ImageFont.load_default(size_px)


def heat_colours(shares: NDArray[Any]) -> NDArray[np.float32]:
    """[..., 3] sRGB 0 .. 255 of `shares` 0 .. 1: from blue over yellow to red; lightness rises, then falls."""
    stops = np.array([stop for stop, _ in _HEAT])
    colours = np.array([colour for _, colour in _HEAT], np.float64)
    shares = np.clip(shares, 0, 1)
    return np.stack([np.interp(shares, stops, colours[:, channel]) for channel in range(3)], -1).astype(np.float32)
