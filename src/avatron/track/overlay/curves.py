"""Curves under the pictures: a strip that runs past a line that stands for now."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.track.overlay.style import FAINT, GRID, INK, PANEL, PAPER, RED, OverlayStyle, font

__all__ = ["Curve", "CurveRow", "CurveStrip"]

Bytes = NDArray[np.uint8]
Colour = tuple[int, int, int]

_BLOCK_FRAMES = 128
_FINE = 2
"""Drawn so much larger and shrunk: that is what makes lines smooth."""
_MARGIN = 7


@dataclass(frozen=True, eq=False)
class Curve:
    """One curve of a row."""

    name: str
    values: NDArray[Any]
    """[T]."""
    colour: Colour


@dataclass(frozen=True, eq=False)
class CurveRow:
    """Curves that share a scale."""

    curves: tuple[Curve, ...]
    low: float
    high: float
    lines: tuple[float, ...] = ()
    """Values with a line across."""
    unit: str = ""


class CurveStrip:
    """Rows of curves over T frames; frames that are not `valid` [T] have a red ground."""

    def __init__(self, rows: tuple[CurveRow, ...], valid: NDArray[np.bool_], fps: float, style: OverlayStyle) -> None:
        self._rows, self._valid, self._fps, self._style = rows, valid, fps, style
        self._width = style.size[0] - 2 * style.gap - style.label
        self._px_per_frame = self._width / (style.window_s * fps)
        # The last few blocks stay, whatever the length of the clip.
        self._block = lru_cache(maxsize=8)(self._drawn_block)
        self._labels = self._drawn_labels()

    @property
    def height(self) -> int:
        """Pixels."""
        return len(self._rows) * self._style.row

    def at(self, frame: int) -> Bytes:
        """[height, width, 3] the strip with `frame` in its middle."""
        strip = np.empty((self.height, self._style.label + self._width, 3), np.uint8)
        strip[:] = PAPER
        strip[:, : self._style.label] = self._labels
        plot = strip[:, self._style.label :]
        middle = (frame + 0.5) * self._px_per_frame
        first_px = round(middle - self._width / 2)
        block_px = self._block_px
        for number in range(first_px // block_px, (first_px + self._width) // block_px + 1):
            start = number * block_px - first_px
            low, high = max(start, 0), min(start + block_px, self._width)
            if high > low and number >= 0 and number * _BLOCK_FRAMES < len(self._valid):
                plot[:, low:high] = self._block(number)[:, low - start : high - start]
        now = round(middle - first_px)
        plot[:, max(now - 1, 0) : now + 1] = INK
        return strip

    @property
    def _block_px(self) -> int:
        return round(_BLOCK_FRAMES * self._px_per_frame)

    def _drawn_block(self, number: int) -> Bytes:
        from PIL import Image, ImageDraw

        row_px, width = self._style.row * _FINE, self._block_px * _FINE
        picture = Image.new("RGB", (width, row_px * len(self._rows)), PAPER)
        draw = ImageDraw.Draw(picture)
        start = number * _BLOCK_FRAMES
        frames = np.arange(max(start - 2, 0), min(start + _BLOCK_FRAMES + 3, len(self._valid)))
        across = (frames + 0.5 - start) / _BLOCK_FRAMES * width
        whole = float(len(self._valid) - start) / _BLOCK_FRAMES * width
        for index, row in enumerate(self._rows):
            top, bottom = index * row_px + 3 * _FINE, (index + 1) * row_px - 3 * _FINE
            draw.rectangle((0, top, min(width, whole), bottom), fill=PANEL)
            for run_start, run_end in _runs(~self._valid[frames]):
                left, right = (frames[run_start] - start) / _BLOCK_FRAMES, (frames[run_end] + 1 - start) / _BLOCK_FRAMES
                draw.rectangle((left * width, top, right * width, bottom), fill=_mixed(PANEL, RED, 0.35))
            for second in range(int(start / self._fps), int((start + _BLOCK_FRAMES) / self._fps) + 2):
                place = (second * self._fps - start) / _BLOCK_FRAMES * width
                if place <= whole:
                    draw.line((place, top, place, bottom), fill=GRID, width=_FINE)
            for value in row.lines:
                height = self._height_of(row, value, top, bottom)
                draw.line((0, height, min(width, whole), height), fill=GRID, width=_FINE)
            for curve in row.curves:
                heights = [self._height_of(row, float(value), top, bottom) for value in curve.values[frames]]
                points = list(zip(across.tolist(), heights, strict=True))
                if len(points) > 1:
                    draw.line(points, fill=curve.colour, width=2 * _FINE, joint="curve")
        shrunk = picture.resize((self._block_px, self._style.row * len(self._rows)), Image.Resampling.BOX)
        return np.asarray(shrunk)

    def _height_of(self, row: CurveRow, value: float, top: float, bottom: float) -> float:
        share = float(np.clip((value - row.low) / (row.high - row.low), -0.02, 1.02))
        margin = _MARGIN * _FINE
        return bottom - margin - share * (bottom - top - 2 * margin)

    def _drawn_labels(self) -> Bytes:
        from PIL import Image, ImageDraw

        picture = Image.new("RGB", (self._style.label, self.height), PAPER)
        draw = ImageDraw.Draw(picture)
        size = 15
        for index, row in enumerate(self._rows):
            line_px = size + 6
            top = index * self._style.row + (self._style.row - line_px * len(row.curves)) // 2
            for number, curve in enumerate(row.curves):
                height = top + number * line_px
                draw.rounded_rectangle((0, height + 6, 14, height + 10), 2, fill=curve.colour)
                draw.text((22, height - 1), curve.name, INK, font(size))
            right = self._style.label - 8
            for value, anchor, height in (
                (row.high, "ra", index * self._style.row + 6),
                (row.low, "rd", (index + 1) * self._style.row - 6),
            ):
                draw.text((right, height), f"{value:g}{row.unit}", FAINT, font(11), anchor=anchor)
        return np.asarray(picture)


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """(first, last) of each run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return [(int(first), int(end) - 1) for first, end in edges.reshape(-1, 2)]


def _mixed(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + share * (b - a)) for a, b in zip(one, other, strict=True))
    return red, green, blue
