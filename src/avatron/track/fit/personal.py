"""What of a person's landmarks no identity explains: constant offsets, as far as key frames agree on them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.track.fit.energies.landmarks import robust_weights
from avatron.track.fit.frames import Evidence, FrameEnergies
from avatron.track.fit.landmark_basis import PersonLandmarks
from avatron.track.fit.lens import Lens
from avatron.track.fit.pose_model import FrameUnknowns, placed_landmarks
from avatron.track.fit.start import EYE_DISTANCE_M

__all__ = ["personal_offsets"]

Floats = NDArray[np.float64]


def personal_offsets(
    person: PersonLandmarks,
    energies: FrameEnergies,
    evidence: Evidence,
    unknowns: FrameUnknowns,
    lens: Lens,
    person_spread: NDArray[Any],
) -> Floats:
    """[L, 3] head frame, metres: where the landmarks of K key frames are seen beside the model, on average.

    Each is the mean of a Gaussian posterior: prior of `person_spread` [L] (a share of the distance between the irises),
    evidence of the energies' spread between frames.
    Faces differ from every identity, and networks see some faces otherwise; unexplained, both would be taken for a
    constant expression.
    """
    placed = placed_landmarks(person, unknowns, energies.sliding(person, unknowns))
    seen = lens.project(placed.points)
    by_offset = np.einsum("tlij,tjk->tlik", seen.by_point, unknowns.rotation)
    precision = np.square(energies.precision(evidence, unknowns, lens).astype(np.float64))
    away = evidence.seen - seen.pixels
    weight = precision * robust_weights(np.square(away).sum(-1) * precision, energies.cutoff)
    curvature = np.einsum("tl,tlia,tlib->lab", weight, by_offset, by_offset, optimize=True)
    gradient = np.einsum("tl,tlia,tli->la", weight, by_offset, away, optimize=True)
    prior = 1 / np.square(person_spread * EYE_DISTANCE_M)
    curvature += prior[:, None, None] * np.eye(3)
    return np.asarray(np.linalg.solve(curvature, gradient[..., None])[..., 0])
