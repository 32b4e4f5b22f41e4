"""How fast and how smoothly curves move."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.errors import ShapeError

__all__ = ["derivative", "log_dimensionless_jerk"]


def derivative(curves: NDArray[Any], fps: float, order: int = 1) -> NDArray[np.float64]:
    """[T - order, ...] finite differences of `curves` [T, ...], per second to the power of `order`.

    Order 1 is velocity, 2 acceleration, 3 jerk.

    Raises:
        ShapeError: fewer than order + 1 frames.
    """
    if len(curves) <= order:
        raise ShapeError(f"{len(curves)} frames have no derivative of order {order}; give at least {order + 1}")
    return np.asarray(np.diff(np.asarray(curves, np.float64), n=order, axis=0) * fps**order)


def log_dimensionless_jerk(curve: NDArray[Any], fps: float) -> float:
    """ln of the jerk of a curve [T], without unit; lower is smoother, whatever the movement's length and size.

    ln(integral of jerk^2 dt * duration^3 / peak velocity^2): Balasubramanian, Melendez-Calderon and Burdet, A robust
    and sensitive metric for quantifying movement smoothness, 2012, eq. 7, without its minus sign. A minimum-jerk
    movement from rest to rest has ln(204.8) = 5.32.

    Raises:
        ShapeError: fewer than 4 frames, or a curve that does not move.
    """
    jerk = derivative(curve, fps, 3)
    peak = float(np.abs(derivative(curve, fps)).max())
    if peak == 0:
        raise ShapeError("a curve that does not move has no smoothness; leave it out")
    duration_s = (len(curve) - 1) / fps
    return float(np.log(np.square(jerk).sum() / fps * duration_s**3 / peak**2))
