"""Normal equations of one frame: what its picture wants, held by what the landmarks found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.native.photometric import Outlines, normal_equations
from avatron.track.fit.parameters import FITTED_INDEX
from avatron.track.photometric.config import EnergyConfig
from avatron.track.photometric.drawing import DrawnFrame, Look
from avatron.track.photometric.surface import FaceSurface

__all__ = ["Evidence", "EvidenceSource", "facial_error"]

Floats = NDArray[np.float64]

_DISTURBED = ("cheekPuff",)
"""Weights that pictures hardly show: a change of shading that the light may explain too."""


_OUTLINES = (Outlines(robust_scale=0.15), Outlines(robust_scale=0.3))
"""Of full and half size: at first lids and lips may be far off, and what is far off must still pull."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """One frame at one pose."""

    normal: Floats
    """[6 + P, 6 + P] curvature of the energy."""
    right: Floats
    """[6 + P] its gradient."""
    loss: float
    """Half the sum of the robust squared differences of the picture alone."""


@dataclass(frozen=True, eq=False)
class EvidenceSource:
    """What is the same for all frames."""

    surface: FaceSurface
    config: EnergyConfig
    hold: NDArray[np.float32]
    """[V] the landmarks' say, sum 1."""

    @staticmethod
    def of(surface: FaceSurface, config: EnergyConfig) -> EvidenceSource:
        """For a person."""
        hold = surface.face * (1 - (1 - config.lip_freedom) * surface.lips)
        return EvidenceSource(surface, config, (hold / hold.sum()).astype(np.float32))

    def at(
        self,
        drawn: DrawnFrame,
        start_screen: NDArray[np.float32],
        start_fitted: Floats,
        pivot: Floats,
        seen: NDArray[np.float32],
        look: Look,
        level: int,
    ) -> Evidence:
        """The energy about the pose of `drawn`; `start_screen` [V, 2] is where the landmarks put the vertices."""
        config = self.config
        differences = drawn.compare(seen, look, level, outlines=_OUTLINES[level])
        # A window's pixel covers 4^level of the finest; errors that are shared by neighbours become fewer.
        share = 1 / (config.noise**2 * max(config.shared_pixels / 4**level, 1.0))
        skin = self.surface.skin[:, None]
        gradient = np.where(skin, differences.gradient, 0) * np.float32(share)
        matrix = np.where(skin, differences.matrix, 0) * np.float32(share)
        spread_px = config.landmark_mm / 1000 * drawn.focal_px / float(pivot[2])
        hold = self.hold * np.float32(config.landmark_count / spread_px**2)
        gradient += hold[:, None] * (drawn.screen - start_screen)
        matrix[:, 0] += hold
        matrix[:, 2] += hold
        normal, right = normal_equations(
            drawn.positions, drawn.pose.rotation, pivot, drawn.focal_px, self.surface.shapes, gradient, matrix
        )
        ridge = np.full(len(start_fitted), 1 / config.expression_spread**2)
        for name in _DISTURBED:
            ridge[FITTED_INDEX[name]] *= 10
        normal[np.arange(6, len(normal)), np.arange(6, len(normal))] += ridge
        right[6:] += ridge * (drawn.pose.fitted - start_fitted)
        # A millimetre nearer or further, a fortieth of a degree: hardly seen, so held where the landmarks have it.
        normal[np.arange(6), np.arange(6)] += 1 / np.array([0.02, 0.02, 0.02, 0.01, 0.01, 0.01]) ** 2
        return Evidence(normal, right, differences.loss)

    def loss(self, drawn: DrawnFrame, seen: NDArray[np.float32], look: Look, level: int) -> float:
        """`Evidence.loss` alone."""
        return drawn.compare(seen, look, level, outlines=_OUTLINES[level]).loss


def facial_error(drawn: DrawnFrame, seen: NDArray[np.float32], look: Look, level: int = 0) -> tuple[float, float]:
    """(sum of the squared differences over the channels, pixels) of the face: not robust, no outlines' weights.

    Pixels are counted by how much of the face they show; mouth and eyes are in it.
    """
    everything = Outlines(robust_scale=1e3)
    differences = drawn.compare(seen, look, level, outlines=everything)
    weight = differences.weight
    return float((weight[..., None] * (differences.model - seen) ** 2).sum() / 3), float(weight.sum())
