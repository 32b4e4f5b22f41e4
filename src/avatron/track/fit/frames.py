"""Normal equations of frames by themselves: landmarks, expression prior, gaze prior. Time is the sequence's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.track.config import EyelidsConfig, TrackConfig
from avatron.track.fit.energies.expression import ExpressionPrior
from avatron.track.fit.energies.gaze import GazePrior
from avatron.track.fit.energies.landmarks import LandmarkSpread
from avatron.track.fit.eyelids import add_aperture, add_gaze_hold, add_shut, irises_seen, openness
from avatron.track.fit.landmark_basis import PersonLandmarks
from avatron.track.fit.landmark_response import LandmarkResponse
from avatron.track.fit.lens import Lens
from avatron.track.fit.parameters import EXPRESSION, FITTED, GAZE, SIZE
from avatron.track.fit.pose_model import FrameUnknowns
from avatron.track.fit.start import EYE_DISTANCE_M, eye_distance_px
from avatron.track.observations import LANDMARKS

__all__ = ["Evidence", "FrameEnergies", "active_bounds"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is seen in T frames."""

    seen: NDArray[np.float32]
    """[T, L, 2] pixels."""
    valid: NDArray[np.bool_]
    """[T]"""
    guess: Floats
    """[T, P] the network's own expressions, as `FITTED`."""
    deviation: NDArray[np.float32]
    """[T, L] pixels, by the network's own account; 0 where it gives none."""

    def __len__(self) -> int:
        return len(self.seen)

    def part(self, rows: slice | NDArray[Any]) -> Evidence:
        """Some of the frames."""
        return Evidence(self.seen[rows], self.valid[rows], self.guess[rows], self.deviation[rows])


@dataclass(frozen=True, eq=False)
class FrameEnergies:
    """All that a frame's unknowns are held by, but time."""

    spread: LandmarkSpread
    expression: ExpressionPrior
    gaze: GazePrior
    cutoff: float
    guess_share: float
    response: LandmarkResponse | None
    told_scale: float
    """By how much more landmarks are off than their network says."""
    eyelids: EyelidsConfig | None = None
    """None where not all landmarks are there."""

    @staticmethod
    def of(config: TrackConfig, share: NDArray[Any], response: LandmarkResponse | None = None) -> FrameEnergies:
        """The energies of a config, with the landmarks' spreads `share` [L] of the distance between the eyes.

        Without a `response`, landmarks do not slide with the view.
        """
        return FrameEnergies(
            LandmarkSpread(np.asarray(share, np.float64), config.evidence.floor_px),
            ExpressionPrior.of(
                np.full(len(FITTED), config.expression.spread),
                config.expression.sparsity,
                config.expression.side_spread,
            ),
            GazePrior(config.gaze.vergence_spread, config.gaze.pitch_difference_spread, config.gaze.spread),
            config.evidence.cutoff,
            config.expression.guess_share,
            response,
            config.evidence.told_scale,
            config.eyelids if len(share) == LANDMARKS else None,
        )

    def precision(self, evidence: Evidence, unknowns: FrameUnknowns, lens: Lens) -> NDArray[np.float32]:
        """[T, L] one over the standard deviation in pixels, 0 in frames that are not valid."""
        spread = self.spread.pixels(eye_distance_px(unknowns, lens))
        told = np.hypot(self.told_scale * evidence.deviation, self.spread.floor_px)
        precision = 1 / np.where(evidence.deviation > 0, told, spread)
        precision[~evidence.valid] = 0.0
        return precision.astype(np.float32)

    def offsets(self, person: PersonLandmarks, unknowns: FrameUnknowns) -> NDArray[np.float32]:
        """[T, L, 3] by how much landmarks are seen beside the sum of shapes, head frame, metres."""
        return self.sliding(person, unknowns) + person.shift.astype(np.float32)

    def sliding(self, person: PersonLandmarks, unknowns: FrameUnknowns) -> NDArray[np.float32]:
        """[T, L, 3] the part of `offsets` that depends on the view."""
        if self.response is None:
            return np.zeros((len(unknowns), *person.rest.shape), np.float32)
        return self.response.by_view(unknowns.rotation, unknowns.translation)

    def normals(
        self, person: PersonLandmarks, lens: Lens, evidence: Evidence, unknowns: FrameUnknowns
    ) -> tuple[Floats, Floats]:
        """(curvature [T, SIZE, SIZE], half the gradient [T, SIZE]) at `unknowns`."""
        precision, offsets = self.precision(evidence, unknowns, lens), self.offsets(person, unknowns)
        opened = irises = np.ones((len(unknowns), 2))
        distance_px = eye_distance_px(unknowns, lens)
        if self.eyelids is not None:
            opened = openness(person, evidence.seen, distance_px / EYE_DISTANCE_M)
            opened = np.where(evidence.valid[:, None], opened, 1.0)
            irises = irises_seen(opened, self.eyelids)
            for eye, rows in enumerate(person.iris):
                precision[:, rows] *= irises[:, eye, None].astype(np.float32)
        found = person.kernel.normals(
            lens.numbers,
            unknowns.rotation,
            unknowns.translation,
            unknowns.fitted,
            unknowns.gaze,
            evidence.seen,
            precision,
            cutoff=self.cutoff,
            correction=offsets,
        )
        if self.eyelids is not None:
            spread_px = np.where(evidence.valid, self.eyelids.aperture_share * distance_px, np.inf)
            equations = found.curvature, found.gradient
            add_aperture(*equations, person, lens, unknowns, evidence.seen, spread_px, offsets)
            add_shut(*equations, unknowns.fitted, opened, self.eyelids)
            add_gaze_hold(*equations, unknowns.gaze, irises, self.eyelids)
        self.add_priors(found.curvature, found.gradient, evidence, unknowns)
        return found.curvature, found.gradient

    def add_priors(self, curvature: Floats, gradient: Floats, evidence: Evidence, unknowns: FrameUnknowns) -> None:
        """Add what is expected of expression and gaze, in place."""
        curvature[:, EXPRESSION, EXPRESSION] += self.expression.curvature
        gradient[:, EXPRESSION] += self.expression.gradient(unknowns.fitted, self.guess_share * evidence.guess)
        curvature[:, GAZE, GAZE] += self.gaze.curvature()
        gradient[:, GAZE] += self.gaze.gradient(unknowns.gaze)


def active_bounds(fitted: Floats, gradient: Floats) -> NDArray[np.bool_]:
    """[T, SIZE] what stands at 0 or 1 and would go further (Bertsekas, Projected Newton methods, 1982)."""
    active = np.zeros((len(fitted), SIZE), bool)
    slope = gradient[:, EXPRESSION]
    active[:, EXPRESSION] = ((fitted <= 0) & (slope > 0)) | ((fitted >= 1) & (slope < 0))
    return active
