"""What is behind the person: rooms, streets, spots of light out of focus. Drawn from a seed, linear light."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatron.errors import UnknownNameError

__all__ = ["BACKDROPS", "backdrop", "blurred"]

Floats = NDArray[np.float32]

BACKDROPS = ("studio", "room", "outdoors", "bokeh", "dark")


def backdrop(name: str, width: int, height: int, seed: int) -> Floats:
    """[H, W, 3] linear light.

    Raises:
        UnknownNameError: no backdrop of that name.
    """
    if name not in BACKDROPS:
        raise UnknownNameError("backdrop", name, BACKDROPS)
    generator = np.random.default_rng([seed, 2])
    # Drawn small and enlarged: what is behind is out of focus anyway.
    rows, columns = 135, max(round(135 * width / height), 1)
    down, across = np.mgrid[0:rows, 0:columns].astype(np.float32) / rows
    base = (generator.uniform(0.08, 0.3) * generator.uniform(0.75, 1.25, 3)).astype(np.float32) * np.float32(
        0.5 if name == "dark" else 1
    )
    picture = np.empty((rows, columns, 3), np.float32)
    picture[:] = base
    if name == "studio":
        glow = np.exp(-((across - 0.5 * width / height) ** 2 + (down - 0.45) ** 2) / 0.35)
        picture = base * (0.5 + 0.8 * glow[..., None])
    elif name in ("room", "dark"):
        picture = base * (0.7 + 0.5 * (1 - down[..., None]))
        for _ in range(26):
            left, top = generator.uniform(0, columns), generator.uniform(0, 0.9 * rows)
            wide, tall = generator.uniform(2, 0.16 * columns), generator.uniform(8, 0.5 * rows)
            colour = generator.uniform(0.02, 0.45) * generator.uniform(0.7, 1.3, 3) * (0.3 if name == "dark" else 1)
            picture[int(top) : int(top + tall), int(left) : int(left + wide)] = colour
        if name == "room":
            left = int(generator.uniform(0, 0.8) * columns)
            picture[int(0.08 * rows) : int(0.55 * rows), left : left + columns // 5] = (1.1, 1.2, 1.35)
    elif name == "outdoors":
        sky = np.array([0.55, 0.75, 1.05], np.float32)
        green = np.array([0.09, 0.15, 0.04], np.float32)
        horizon = 0.45 + 0.1 * np.sin(9 * across + generator.uniform(0, 6)) + 0.05 * np.sin(23 * across)
        picture = np.where((down < horizon)[..., None], sky, green * (0.6 + 1.2 * generator.random((rows, columns, 1))))
    if name == "bokeh":
        for _ in range(40):
            x, y = generator.uniform(0, columns), generator.uniform(0, rows)
            radius = generator.uniform(2, 9)
            disc = (across * rows - x) ** 2 + (down * rows - y) ** 2 < radius**2
            picture[disc] += generator.uniform(0.05, 0.6, 3)
    soft = {"studio": 0.0, "room": 1.5, "outdoors": 2.0, "bokeh": 0.7, "dark": 1.2}[name]
    picture = blurred(picture.astype(np.float32), soft)
    return _enlarged(picture, width, height)


def blurred(picture: Floats, deviation_px: float) -> Floats:
    """`picture` [H, W, C] under a Gaussian of that standard deviation, edges repeated."""
    if deviation_px <= 0:
        return picture
    reach = max(round(3 * deviation_px), 1)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation_px) ** 2)
    kernel = (kernel / kernel.sum()).astype(np.float32)
    for axis in (0, 1):
        pad = [(reach, reach) if a == axis else (0, 0) for a in range(3)]
        wide = np.pad(picture, pad, mode="edge")
        length = picture.shape[axis]
        total = np.zeros_like(picture)
        for step, share in enumerate(kernel):
            window = [slice(None)] * 3
            window[axis] = slice(step, step + length)
            total += share * wide[tuple(window)]
        picture = total
    return picture


def _enlarged(picture: Floats, width: int, height: int) -> Floats:
    """Bilinear."""
    for axis, size in ((0, height), (1, width)):
        place = np.clip((np.arange(size) + 0.5) * picture.shape[axis] / size - 0.5, 0, picture.shape[axis] - 1)
        first = np.minimum(place.astype(int), picture.shape[axis] - 2)
        share = (place - first).astype(np.float32)
        share = share[:, None, None] if axis == 0 else share[None, :, None]
        picture = np.take(picture, first, axis) * (1 - share) + np.take(picture, first + 1, axis) * share
    return picture
