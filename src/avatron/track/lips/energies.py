"""How lips hold a fit: their contour in the picture, how far they are apart, and that they are closed.

    contour   E = sum_l rho(|W_l (project(X_l) - y_l)|^2)          rho as of the landmarks
    slit      E = (max_i g_i - s)^2 / d^2                          s, d the network's; g_i the gaps of the inner lips
    closure   E = p sum_i max(g_i, 0)^2 / c^2                      p how likely it is that the lips are closed
    contact   E = q max(h, 0)^2 / c^2                              h how far the lower lip is below the upper teeth's
                                                                   edge, q how likely it is that it touches them

All are pure functions of what was projected, or of gaps, and of their derivatives by a frame's unknowns. Lips may press
as they like: then residuals of closure are 0. Their Jacobian is not: as curvature it majorises an energy that is flat
on one side; without it steps swing between lips that press and lips that gape.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["closure_residuals", "contact_residuals", "contour_residuals", "slit_residuals"]

Floats = NDArray[Any]


def contour_residuals(
    projected: Floats, jacobian: Floats, points: Floats, whitening: Floats, cutoff: float
) -> tuple[Floats, Floats]:
    """(residuals [T, 2N], Jacobian [T, 2N, P]) in standard deviations, the root of the robust weight in both.

    `projected` and `points` are pixels [T, N, 2], `jacobian` [T, N, 2, P], `whitening` [T, N, 2, 2] (0: not seen).
    The weight is Geman and McClure's, of the whole point: what is far off in one direction is not believed in the
    other.
    """
    residual = (whitening @ (projected - points)[..., None])[..., 0]
    square = np.square(residual).sum(-1)
    root = cutoff**2 / (cutoff**2 + square)
    frames, count = root.shape
    weighted = (root[..., None, None] * whitening) @ jacobian
    return (residual * root[..., None]).reshape(frames, 2 * count), weighted.reshape(frames, 2 * count, -1)


def slit_residuals(gap_mm: Floats, jacobian: Floats, slit_mm: Floats, deviation_mm: Floats) -> tuple[Floats, Floats]:
    """(residuals [T, 1], Jacobian [T, 1, P]) of the widest gap against the slit that is seen.

    `gap_mm` is [T, G] and `jacobian` [T, G, P] its derivative, `slit_mm` and `deviation_mm` [T] (infinite: not seen).
    Lips that press have a slit of 0.
    """
    rows = np.arange(len(gap_mm))
    widest = gap_mm.argmax(1)
    gap = gap_mm[rows, widest]
    residual = (np.maximum(gap, 0) - slit_mm) / deviation_mm
    return residual[:, None], (jacobian[rows, widest] / deviation_mm[:, None])[:, None]


def closure_residuals(gap_mm: Floats, jacobian: Floats, closed: Floats, spread_mm: float) -> tuple[Floats, Floats]:
    """(residuals [T, G], Jacobian [T, G, P]) of gaps `gap_mm` [T, G] with derivative `jacobian` [T, G, P].

    `closed` [T] is how likely it is that the lips are closed, `spread_mm` how far closed lips are still apart.
    """
    weight = (np.sqrt(closed) / spread_mm)[:, None]
    return np.maximum(gap_mm, 0) * weight, jacobian * weight[..., None]


def contact_residuals(height_mm: Floats, slope: Floats, contact: Floats, spread_mm: float) -> tuple[Floats, Floats]:
    """(residuals [T, 1], Jacobian [T, 1, P]) of the lower lip `height_mm` [T] below the edge of the upper teeth, with
    derivative `slope` [P].

    `contact` [T] is how likely it is that it touches them, `spread_mm` how exactly. A lip that covers them is at them.
    """
    weight = (np.sqrt(contact) / spread_mm)[:, None]
    return np.maximum(height_mm, 0)[:, None] * weight, weight[..., None] * slope
