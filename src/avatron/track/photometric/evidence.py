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
    shape: Floats
    """[P, P] mean squared distance by which weights move the face, weighted by `hold`, square metres."""

    @staticmethod
    def of(surface: FaceSurface, config: EnergyConfig) -> EvidenceSource:
        """For a person."""
        hold = surface.face * (1 - (1 - config.lip_freedom) * surface.lips)
        hold = (hold / hold.sum()).astype(np.float32)
        return EvidenceSource(surface, config, hold, _gram(surface, hold))

    def at(
        self,
        drawn: DrawnFrame,
        start_screen: NDArray[np.float32],
        start_gaps: Floats,
        start_fitted: Floats,
        pivot: Floats,
        seen: NDArray[np.float32],
        look: Look,
        level: int,
    ) -> Evidence:
        """The energy about the pose of `drawn`; `start_screen` [V, 2] is where the landmarks put the vertices,
        `start_gaps` [3] how far they put the lips apart, metres."""
        config = self.config
        gradient, matrix, loss = self._differences(drawn, seen, look, level)
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
        stiff = self.shape * (config.landmark_count / (config.shape_mm / 1000) ** 2)
        normal[6:, 6:] += stiff
        right[6:] += stiff @ (drawn.pose.fitted - start_fitted)
        curvature, slope = self.surface.gaps.cost(drawn.positions, start_gaps, config.lip_gap_price)
        normal[6:, 6:] += curvature
        right[6:] += slope
        # A millimetre nearer or further, a fortieth of a degree: hardly seen, so held where the landmarks have it.
        normal[np.arange(6), np.arange(6)] += 1 / np.array([0.02, 0.02, 0.02, 0.01, 0.01, 0.01]) ** 2
        return Evidence(normal, right, loss)

    def differences(
        self, drawn: DrawnFrame, seen: NDArray[np.float32], look: Look, level: int
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(gradient [V, 2], matrix [V, 3]) of the picture's part of the energy, for vertices on the window's plane."""
        return self._differences(drawn, seen, look, level)[:2]

    def _differences(
        self, drawn: DrawnFrame, seen: NDArray[np.float32], look: Look, level: int
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], float]:
        found = drawn.compare(seen, look, level, outlines=_OUTLINES[level])
        # A window's pixel covers 4^level of the finest; errors that are shared by neighbours become fewer.
        share = 1 / (self.config.noise**2 * max(self.config.shared_pixels / 4**level, 1.0))
        # What is behind the lips moves with the jaw, not by itself: only the skin is asked.
        asked = (self.surface.skin * np.float32(share))[:, None]
        return found.gradient * asked, found.matrix * asked, found.loss

    def loss(self, drawn: DrawnFrame, seen: NDArray[np.float32], look: Look, level: int) -> float:
        """`Evidence.loss` alone."""
        return drawn.compare(seen, look, level, outlines=_OUTLINES[level]).loss


def _gram(surface: FaceSurface, hold: NDArray[np.float32]) -> Floats:
    """[P, P] of the shapes' moves, each vertex with its share of `hold` [V]."""
    shapes = surface.shapes
    vertex = np.repeat(np.arange(len(hold)), np.diff(shapes.starts))
    dense = np.zeros((shapes.count, len(hold), 3))
    dense[shapes.columns, vertex] = shapes.deltas * np.sqrt(hold[vertex])[:, None]
    flat = dense.reshape(shapes.count, -1)
    return np.asarray(flat @ flat.T)


def facial_error(drawn: DrawnFrame, seen: NDArray[np.float32], look: Look, level: int = 0) -> tuple[float, float]:
    """(sum of the squared differences over the channels, pixels) of the face: not robust, no outlines' weights.

    Pixels are counted by how much of the face they show; mouth and eyes are in it.
    """
    everything = Outlines(robust_scale=1e3)
    differences = drawn.compare(seen, look, level, outlines=everything)
    weight = differences.weight
    return float((weight[..., None] * (differences.model - seen) ** 2).sum() / 3), float(weight.sum())
