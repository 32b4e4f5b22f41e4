"""How a small grey picture lies on another one: moved, turned and resized, by its brightness.

Inverse compositional alignment (Baker and Matthews, Lucas-Kanade 20 years on, IJCV 2004) with the robust weights of
Geman and McClure: collars that fold and hair that falls over them lose their say. Points are complex numbers x + iy
about the picture's middle, so that z -> turn z + shift is any similarity.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["MARGIN", "Alignment", "Reference"]

Floats = NDArray[np.float64]

MARGIN = 12
"""Pixels about the reference that a picture has more on each side."""
_ITERATIONS = 6
_SETTLED_PX = 0.02
_LEAST_SPREAD = 1.5
"""Of brightness, 0 .. 255: noise of the camera."""
_ALIKE = 9.0
"""So many pixels err together: noise of codecs, and folds."""


@dataclass(frozen=True)
class Alignment:
    """Where a point of the reference lies in the picture: at `turn` z + `shift`, pixels about the middle."""

    turn: complex = 1 + 0j
    """Turned by its angle (from x towards y), larger by its size."""
    shift: complex = 0j
    deviation_px: float = float("inf")
    """Standard deviation of the shift; infinite where the picture does not say."""
    deviation_rad: float = float("inf")
    """The same of the turn."""


class Reference:
    """What the other pictures are held against."""

    def __init__(self, picture: Floats, weight: Floats) -> None:
        """`picture` [h + 2 MARGIN, w + 2 MARGIN] 0 .. 255, of which the inner part counts by `weight` [h, w]."""
        inner = slice(MARGIN, -MARGIN)
        height, width = weight.shape
        down, across = np.gradient(picture)
        rows, columns = np.indices(weight.shape)
        places: NDArray[np.complex128] = columns - (width - 1) / 2 + 1j * (rows - (height - 1) / 2)
        self._places = places[weight > 0]
        self._weight = weight[weight > 0].astype(np.float64)
        self._wanted = picture[inner, inner][weight > 0].astype(np.float64)
        slope = np.asarray(across - 1j * down)[inner, inner][weight > 0]
        # Brightness follows a step d of the shift by Re(slope * d), of the turn's logarithm by Re(slope * z * d).
        moved = slope * self._places
        gain = self._wanted - self._wanted.mean()
        by_unknown = [slope.real, -slope.imag, moved.real, -moved.imag, gain, np.ones(len(gain))]
        self._jacobian: Floats = np.array(by_unknown, np.float64).T.copy()
        self._middle = complex((picture.shape[1] - 1) / 2, (picture.shape[0] - 1) / 2)

    def aligned(self, picture: Floats, start: Alignment) -> Alignment:
        """Where this lies in `picture`, of the size of the reference's, beginning at `start`."""
        turn, shift = start.turn, start.shift
        gain, bias = 1.0, 0.0
        residual = covariance = None
        for _ in range(_ITERATIONS):
            values = _sampled(picture, turn * self._places + shift + self._middle)
            if values is None:
                return Alignment()
            residual = values - self._wanted * gain - bias
            spread = max(1.5 * float(np.median(np.abs(residual))), _LEAST_SPREAD)
            weight = self._weight * np.square(9 * spread**2 / (9 * spread**2 + np.square(residual)))
            weighted = self._jacobian * weight[:, None]
            curvature = weighted.T @ self._jacobian
            try:
                covariance = np.linalg.inv(curvature + 1e-9 * np.diag(np.diag(curvature) + 1))
            except np.linalg.LinAlgError:
                return Alignment()
            step = covariance @ (weighted.T @ residual)
            gain, bias = gain + step[4], bias + step[5] - step[4] * float(self._wanted.mean())
            moved, turned = -complex(step[0], step[1]), -complex(step[2], step[3])
            shift += turn * moved
            turn *= complex(np.exp(turned))
            if abs(moved) < _SETTLED_PX and abs(turned) * 20 < _SETTLED_PX:
                break
        assert residual is not None and covariance is not None
        noise = _ALIKE * float(np.average(np.square(residual), weights=weight))
        within = abs(shift) < MARGIN and 0.8 < abs(turn) < 1.25 and 0.5 < gain < 2.0
        # What most of the picture has left is another picture.
        believed = weight.sum() > 0.4 * self._weight.sum()
        if not (within and believed and np.isfinite(noise)):
            return Alignment()
        deviation = np.sqrt(noise * np.diag(covariance))
        return Alignment(turn, shift, float(np.hypot(*deviation[:2])), float(deviation[3]))


def _sampled(picture: Floats, places: NDArray[np.complex128]) -> Floats | None:
    """Brightness of `picture` at `places`, bilinear; None where most lie outside."""
    across, down = places.real, places.imag
    height, width = picture.shape
    if not np.isfinite(across).all() or np.mean((across < 0) | (across > width - 1)) > 0.5:
        return None
    left = np.clip(across.astype(np.int64), 0, width - 2)
    top = np.clip(down.astype(np.int64), 0, height - 2)
    share_x, share_y = np.clip(across - left, 0, 1), np.clip(down - top, 0, 1)
    flat, place = picture.reshape(-1), top * width + left
    upper = flat[place] + share_x * (flat[place + 1] - flat[place])
    lower = flat[place + width] + share_x * (flat[place + width + 1] - flat[place + width])
    return np.asarray(upper + share_y * (lower - upper))
