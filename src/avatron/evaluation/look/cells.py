"""Rows of labelled pictures, as bands of a contact sheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

__all__ = ["Cell", "Heading", "Layout", "bands"]

Bytes = NDArray[np.uint8]

_PAPER, _INK, _FAINT = (24, 26, 30), (236, 236, 236), (168, 172, 178)
_GAP = 4


@dataclass(frozen=True, eq=False)
class Cell:
    """One picture and what it shows."""

    label: str
    picture: Bytes
    """[h, w, 3]."""


@dataclass(frozen=True)
class Heading:
    """A line of text across the sheet; cells after it begin a new row."""

    text: str
    count: int
    """How many cells follow."""


@dataclass(frozen=True)
class Layout:
    """How a sheet is divided."""

    columns: int
    cell: tuple[int, int]
    """(width, height) of each picture, pixels."""

    @property
    def label_px(self) -> int:
        """Height of the line below a picture."""
        return max(13, self.cell[0] // 11)

    @property
    def heading_px(self) -> int:
        """Height of a heading."""
        return 2 * self.label_px

    @property
    def width(self) -> int:
        """Of the sheet."""
        return self.columns * (self.cell[0] + _GAP) + _GAP

    def height(self, headings: Sequence[Heading]) -> int:
        """Of a sheet with these headings and their cells."""
        rows = sum(-(-heading.count // self.columns) for heading in headings)
        return rows * self._row_px + len(headings) * self.heading_px + _GAP

    @property
    def _row_px(self) -> int:
        return self.cell[1] + self.label_px + _GAP

    def heading_band(self, text: str) -> Bytes:
        """[heading_px, width, 3]."""
        band = Image.new("RGB", (self.width, self.heading_px), _PAPER)
        size = round(self.label_px * 1.05)
        place = (_GAP + 2, self.heading_px - size - _GAP)
        ImageDraw.Draw(band).text(place, text, _INK, ImageFont.load_default(size))
        return np.asarray(band)

    def row_band(self, cells: Sequence[Cell]) -> Bytes:
        """[row_px, width, 3] one row of pictures."""
        band = Image.new("RGB", (self.width, self._row_px), _PAPER)
        draw = ImageDraw.Draw(band)
        for column, cell in enumerate(cells):
            left = _GAP + column * (self.cell[0] + _GAP)
            band.paste(Image.fromarray(np.ascontiguousarray(cell.picture)), (left, 0))
            size = self.label_px - 3
            font = ImageFont.load_default(size)
            while size > 6 and draw.textlength(cell.label, font) > self.cell[0] - 4:
                size -= 1
                font = ImageFont.load_default(size)
            draw.text((left + 2, self.cell[1]), cell.label, _FAINT, font)
        return np.asarray(band)

    def last_band(self) -> Bytes:
        """[gap, width, 3] below everything."""
        return np.full((_GAP, self.width, 3), _PAPER, np.uint8)


def bands(layout: Layout, items: Iterator[Heading | Cell]) -> Iterator[Bytes]:
    """The sheet from top to bottom; no more than one row of cells is held."""
    row: list[Cell] = []
    for item in items:
        if isinstance(item, Heading):
            if row:
                yield layout.row_band(row)
                row = []
            yield layout.heading_band(item.text)
        else:
            row.append(item)
            if len(row) == layout.columns:
                yield layout.row_band(row)
                row = []
    if row:
        yield layout.row_band(row)
    yield layout.last_band()
