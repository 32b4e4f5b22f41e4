"""What a lens does to a background that is out of focus."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["defocused"]

Bytes = NDArray[np.uint8]

WIDEST = 0.035
"""Radius of the disc that a point becomes at full blur, as a share of the picture's height: a wall 2 m behind a head
that fills the picture, taken with 85 mm at f/2.8."""
_FINE_PX = 5.0
"""The disc is drawn at this radius at least; what is wider is worked out on a smaller picture."""


def defocused(picture: Bytes, blur: float) -> Bytes:
    """uint8 [H, W, 3]: `picture` out of focus by `blur`, 0 (as it is) .. 1.

    Points become discs of light: the mean is taken of light, not of bytes, so that bright spots stay bright. Outside of
    the picture its border goes on.
    """
    radius = blur * WIDEST * picture.shape[0]
    if radius < 0.5:
        return picture
    light = np.asarray((picture.astype(np.float32) / 255) ** 2.2, np.float32)
    step = max(1, int(radius / _FINE_PX))
    height, width = picture.shape[:2]
    small = _shrunk(light, step)
    blurred = _spread(small, radius / step)
    if step > 1:
        blurred = _grown(blurred, step, height, width)
    # Rounded with the noise of half a byte, or a smooth wall would show bands.
    noise = np.random.default_rng(0).random((height, width, 1), np.float32)
    return np.asarray(np.floor(np.clip(blurred, 0, 1) ** (1 / 2.2) * 255 + noise).clip(0, 255), np.uint8)


def _shrunk(light: NDArray[np.float32], step: int) -> NDArray[np.float32]:
    height, width = light.shape[:2]
    padded = np.pad(light, ((0, -height % step), (0, -width % step), (0, 0)), "edge")
    return np.asarray(padded.reshape(padded.shape[0] // step, step, -1, step, 3).mean((1, 3)))


def _spread(light: NDArray[np.float32], radius: float) -> NDArray[np.float32]:
    """The mean over a disc of `radius` texels about each."""
    reach = int(np.ceil(radius))
    ring = np.hypot(*np.mgrid[-reach : reach + 1, -reach : reach + 1])
    disc = np.clip(radius + 0.5 - ring, 0, 1).astype(np.float32)
    padded = np.pad(light, ((reach, reach), (reach, reach), (0, 0)), "edge")
    shape = padded.shape[:2]
    spectrum = np.fft.rfft2(padded, axes=(0, 1)) * np.fft.rfft2(disc / disc.sum(), shape)[..., None]
    whole = np.fft.irfft2(spectrum, shape, axes=(0, 1))
    return np.asarray(whole[2 * reach :, 2 * reach :], np.float32)


def _grown(light: NDArray[np.float32], step: int, height: int, width: int) -> NDArray[np.float32]:
    """[height, width, 3] between the texels' middles."""
    for axis, length in ((0, height), (1, width)):
        place = np.clip((np.arange(length) + 0.5) / step - 0.5, 0, light.shape[axis] - 1)
        below = np.minimum(place.astype(int), light.shape[axis] - 2) if light.shape[axis] > 1 else np.zeros(length, int)
        share = (place - below).astype(np.float32).reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
        above = np.minimum(below + 1, light.shape[axis] - 1)
        light = np.take(light, below, axis) * (1 - share) + np.take(light, above, axis) * share
    return light
