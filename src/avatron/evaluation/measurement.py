"""One measured number, with what is needed to read it: unit, direction, count, interval, source."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from avatron.errors import InvalidValueError

__all__ = ["Measurement", "measured_mean", "measured_share"]

_NORMAL_95 = 1.959963984540054
"""97.5 % quantile of the normal distribution."""


@dataclass(frozen=True)
class Measurement:
    """A mean over observations, and the interval that holds the true mean with 95 % confidence."""

    name: str
    unit: str
    better: Literal["higher", "lower", "neither"]
    citation: str
    """Where the measure comes from; empty for our own."""
    count: int
    """Number of observations."""
    mean: float
    low: float
    high: float

    def as_json(self) -> dict[str, Any]:
        """All fields by name."""
        return dict(vars(self))

    def __str__(self) -> str:
        direction = {"higher": "higher is better", "lower": "lower is better", "neither": "no direction"}[self.better]
        return (
            f"{self.name} {self.mean:.4g} {self.unit} (95 % {self.low:.4g} .. {self.high:.4g}, "
            f"n = {self.count}, {direction})"
        )


def measured_mean(
    name: str,
    values: Sequence[float] | NDArray[Any],
    *,
    unit: str,
    better: Literal["higher", "lower", "neither"],
    citation: str = "",
) -> Measurement:
    """The mean of `values`, with the normal interval mean +- 1.96 standard errors.

    Raises:
        InvalidValueError: no values.
    """
    array = np.asarray(values, np.float64).reshape(-1)
    if not len(array):
        raise InvalidValueError(f"`{name}` was measured on nothing; give at least one value")
    error = float(array.std(ddof=1)) / math.sqrt(len(array)) if len(array) > 1 else 0.0
    mean = float(array.mean())
    return Measurement(
        name, unit, better, citation, len(array), mean, mean - _NORMAL_95 * error, mean + _NORMAL_95 * error
    )


def measured_share(
    name: str, hits: Sequence[bool] | NDArray[Any], *, better: Literal["higher", "lower"], citation: str = ""
) -> Measurement:
    """The share of true values, with Wilson's score interval, which stays honest near 0 and 1.

    Wilson, Probable inference, the law of succession, and statistical inference, 1927.

    Raises:
        InvalidValueError: no values.
    """
    array = np.asarray(hits, np.bool_).reshape(-1)
    count = len(array)
    if not count:
        raise InvalidValueError(f"`{name}` was measured on nothing; give at least one value")
    share = float(array.mean())
    squared = _NORMAL_95**2
    centre = (share + squared / (2 * count)) / (1 + squared / count)
    half = _NORMAL_95 * math.sqrt(share * (1 - share) / count + squared / (4 * count**2)) / (1 + squared / count)
    # At a share of 0 or 1 the bound is the share itself; rounding must not push it past.
    low, high = min(centre - half, share), max(centre + half, share)
    return Measurement(name, "share", better, citation, count, share, max(low, 0.0), min(high, 1.0))
