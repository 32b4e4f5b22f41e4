"""What is seen of the lips, as normal equations on pose and expression of each frame.

The lips that are solved for are sums of shapes, as the landmarks are. The gaps are those between the middle, the right
and the left of the inner lips, and the contact that of the lower lip's middle with the upper teeth, in the head's own
axes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_INDEX
from avatron.face.head import PosedHead
from avatron.face.teeth import incisor_edge
from avatron.track.config import LipsConfig
from avatron.track.fit.landmark_basis import PersonLandmarks
from avatron.track.fit.lens import Lens
from avatron.track.fit.parameters import EXPRESSION, FITTED, FITTED_INDEX, LOOKS
from avatron.track.fit.pose_model import FrameUnknowns, placed_landmarks
from avatron.track.lips.crop import EYE_SPAN_MM, eye_span_px
from avatron.track.lips.energies import closure_residuals, contact_residuals, contour_residuals, slit_residuals
from avatron.track.lips.observations import LipObservations
from avatron.track.lips.points import LipPoints

__all__ = ["LipBasis", "LipEvidence"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LipBasis:
    """The lips of one person."""

    points: PersonLandmarks
    """Those of `LipPoints`."""
    gap_mm: Floats
    """[3] at rest, millimetres: right, middle, left."""
    gap_by_expression: Floats
    """[3, P] for weight 1 of `FITTED`."""
    below_teeth_mm: float
    """How far the middle of the lower lip is below the edge of the upper teeth at rest; negative where it covers it."""
    below_teeth_by_expression: Floats
    """[P] for weight 1 of `FITTED`."""
    slit_scale: float
    """The person's millimetres for those of the lip network, which has all eyes equally far apart."""

    @staticmethod
    def of(head: PosedHead) -> LipBasis:
        """The lips of `head`."""
        model, places = head.model, LipPoints.of(head.model)
        starts, vertices, deltas = head.shapes.sparse
        lower = model.lip_pairs[1, 1]
        edge = head.rest[incisor_edge(model), 1].min()
        shapes, gaps, sinks = [], [], []
        for name in FITTED:
            rows = slice(*starts[EXPRESSION_INDEX[name] :][:2].tolist())
            dense = np.zeros_like(head.rest)
            dense[vertices[rows]] = deltas[rows]
            shapes.append(places.places(dense.astype(np.float64)))
            gaps.append(model.lip_gap_mm(dense.astype(np.float64)))
            sinks.append(-1000 * float(dense[lower, 1]))
        expression, gap_by_expression, sink = np.stack(shapes), np.stack(gaps, 1), np.array(sinks)
        close, jaw = FITTED_INDEX["mouthClose"], FITTED_INDEX["jawOpen"]
        # As of the landmarks: `mouthClose` is fitted as a jaw that sinks behind sealed lips.
        expression[close] += expression[jaw]
        gap_by_expression[:, close] += gap_by_expression[:, jaw]
        sink[close] += sink[jaw]
        rest = places.places(head.rest.astype(np.float64))
        none = np.zeros(0, np.int64)
        points = PersonLandmarks(
            rest,
            expression,
            np.zeros((2, len(LOOKS), *rest.shape)),
            np.zeros((2, 3)),
            (none, none),
            np.zeros_like(rest),
        )
        span_mm = 1000 * float(eye_span_px(model.landmarks(head.rest)[None])[0])
        return LipBasis(
            points,
            model.lip_gap_mm(head.rest.astype(np.float64)),
            gap_by_expression,
            1000 * float(edge - head.rest[lower, 1]),
            sink,
            span_mm / EYE_SPAN_MM,
        )


@dataclass(frozen=True, eq=False)
class LipEvidence:
    """The lips of some frames, and whose they are."""

    basis: LipBasis
    seen: LipObservations
    config: LipsConfig
    contact: Floats | None = None
    """[T] how likely it is that the lower lip touches the upper teeth, by what is heard; None: nothing is heard."""

    def add(self, curvature: Floats, gradient: Floats, lens: Lens, unknowns: FrameUnknowns) -> None:
        """Add to the normal equations [T, SIZE, SIZE] and half the gradient [T, SIZE] at `unknowns`, in place."""
        placed = placed_landmarks(self.basis.points, unknowns)
        projected = lens.project(placed.points)
        residual, jacobian = contour_residuals(
            projected.pixels,
            projected.by_point @ placed.by_unknowns,
            self.seen.points,
            self.seen.whitening / self.config.contour_spread,
            self.config.cutoff,
        )
        _add(curvature, gradient, residual, jacobian, slice(None))
        gap = self.basis.gap_mm + unknowns.fitted @ self.basis.gap_by_expression.T
        slope = np.broadcast_to(self.basis.gap_by_expression, (len(gap), *self.basis.gap_by_expression.shape))
        slit = self.seen.slit_mm * self.basis.slit_scale
        deviation = np.hypot(self.seen.slit_deviation_mm, self.config.slit_floor_mm) * self.basis.slit_scale
        deviation = np.where(self.seen.valid, deviation, np.inf)
        _add(curvature, gradient, *slit_residuals(gap, slope, slit, deviation), EXPRESSION)
        closed = np.where(self.seen.valid, self.seen.closed**self.config.closure_power, 0.0)
        _add(curvature, gradient, *closure_residuals(gap, slope, closed, self.config.closed_spread_mm), EXPRESSION)
        if self.contact is not None and self.contact.any():
            sink = self.basis.below_teeth_by_expression
            below = self.basis.below_teeth_mm + unknowns.fitted @ sink
            contact, spread = np.where(self.seen.valid, self.contact, 0.0), self.config.contact_spread_mm
            _add(curvature, gradient, *contact_residuals(below, sink, contact, spread), EXPRESSION)


def _add(curvature: Floats, gradient: Floats, residual: NDArray[Any], jacobian: NDArray[Any], columns: slice) -> None:
    turned = np.swapaxes(jacobian, 1, 2)
    curvature[:, columns, columns] += turned @ jacobian
    gradient[:, columns] += (turned @ residual[..., None])[..., 0]
