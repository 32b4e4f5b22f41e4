"""How far lids are apart: E = sum over pairs of |(x_u - x_l) - (y_u - y_l)|^2 / s^2, s a share of the eyes' distance.

Landmarks of lids are off together, up or down with the brow or the whole eye; their distance is seen better than they
are. It is not robust: a blink is far from everything that was expected, and must not be let go of for that.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

__all__ = ["aperture_residuals"]

Floats = NDArray[Any]


def aperture_residuals(projected: Floats, jacobian: Floats, seen: Floats, spread_px: Floats) -> tuple[Floats, Floats]:
    """(residuals [T, 2K], Jacobian [T, 2K, P]) of K pairs of lids, in standard deviations.

    `projected` and `seen` [T, 2K, 2] are pixels, K points of the upper lids and behind them those across;
    `jacobian` [T, 2K, 2, P] is the derivative of `projected`, `spread_px` [T] infinite in frames that are not seen.
    """
    frames, count = len(seen), seen.shape[1] // 2
    scale = 1 / spread_px[:, None, None]
    beside = projected - seen
    residual = (beside[:, :count] - beside[:, count:]) * scale
    slope = (jacobian[:, :count] - jacobian[:, count:]) * scale[..., None]
    return residual.reshape(frames, 2 * count), slope.reshape(frames, 2 * count, -1)
