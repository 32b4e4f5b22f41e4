"""Sway: how hair and clothes move on their own, beside the head and the torso that carry them.

A sheet moves rigidly with its joints. What it does beyond that (strands that lag, collars that fold, shoulders that
lift, an outline nearer or farther than the sheet) is a weighted sum of a few fields of shifts, the person's own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array

__all__ = ["Sway"]

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Sway:
    """The modes of one person, of about unit weight each while they were filmed.

    Raises:
        ShapeError: arrays of other shapes.
    """

    modes: Floats
    """[K, S, 2] shifts of the vertices of hair and torso, one sheet after the other, to the right and down, metres."""
    axes: Floats
    """[2, 3] where right and down are in the world at rest."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "modes", checked_array("modes", self.modes, (None, None, 2), np.float32))
        object.__setattr__(self, "axes", checked_array("axes", self.axes, (2, 3), np.float32))

    def __len__(self) -> int:
        return len(self.modes)

    def shifts(self, weights: Floats) -> Floats:
        """[S, 3] metres at rest, for weights [K]."""
        return np.asarray(np.tensordot(weights, self.modes, 1) @ self.axes, np.float32)
