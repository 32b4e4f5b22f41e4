"""Small round marks with soft edges, many at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["dot", "polyline"]


def dot(
    picture: NDArray[np.float32],
    places: NDArray[Any],
    radius_px: float,
    colour: tuple[int, int, int],
    alpha: float = 1.0,
) -> None:
    """Draw a dot at each of `places` [N, 2] (pixels x, y) into `picture` [h, w, 3], in place."""
    height, width = picture.shape[:2]
    reach = int(np.ceil(radius_px + 1))
    inside = (
        (places[:, 0] > -reach)
        & (places[:, 0] < width + reach)
        & (places[:, 1] > -reach)
        & (places[:, 1] < height + reach)
    )
    places = places[inside]
    if not len(places):
        return
    grid = np.arange(-reach, reach + 1)
    corner = np.floor(places).astype(np.int64)
    columns, rows = corner[:, 0, None] + grid, corner[:, 1, None] + grid
    away_x = columns + 0.5 - places[:, 0, None]
    away_y = rows + 0.5 - places[:, 1, None]
    cover = np.clip(radius_px + 0.5 - np.hypot(away_y[:, :, None], away_x[:, None, :]), 0, 1) * alpha
    shown = (rows >= 0)[:, :, None] & (rows < height)[:, :, None] & (columns >= 0)[:, None] & (columns < width)[:, None]
    index = (rows[:, :, None] * width + columns[:, None])[shown]
    # Where dots overlap the strongest counts: sorted, it is written last.
    strength = cover[shown].astype(np.float32)
    order = np.argsort(strength, kind="stable")
    pixels, last = np.unique(index[order][::-1], return_index=True)
    rows_of = picture.reshape(-1, 3)
    under = rows_of[pixels]
    rows_of[pixels] = under + strength[order][::-1][last][:, None] * (np.array(colour, np.float32) - under)


def polyline(
    picture: NDArray[np.float32],
    places: NDArray[Any],
    colour: tuple[int, int, int],
    width_px: float,
    alpha: float = 1.0,
) -> None:
    """Draw a line through `places` [N, 2] into `picture` [h, w, 3], in place: dots so near that they are one."""
    steps = np.maximum(np.linalg.norm(np.diff(places, axis=0), axis=1) / 0.8, 1).astype(np.int64)
    if steps.sum() > 20000:
        return
    along = [
        start + (end - start) * np.arange(count)[:, None] / count
        for start, end, count in zip(places[:-1], places[1:], steps, strict=True)
    ]
    if along:
        dot(picture, np.concatenate([*along, places[-1:]]), width_px / 2, colour, alpha)
