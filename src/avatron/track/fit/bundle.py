"""Camera and identity from key frames: Gauss-Newton on all of them at once.

    E = sum_kl |W_kl (project(X_kl + o_l) - y_kl)|^2 + sum_l |o_l|^2 / p_l^2 + |identity|^2 + ... priors of each frame

The offsets o_l are a person's own, which no identity explains. They are integrated out, so that a point that lies
beside the model in every key frame is one observation of the identity and not one for each of them: per landmark the
residuals of all frames have the covariance 1 + B_l p_l^2 B_l^T, with B_l their derivatives by o_l, and its inverse is
the identity less something of rank 3 (Woodbury).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.errors import InputError
from avatron.track.config import BundleConfig
from avatron.track.fit.energies.landmarks import robust_weights
from avatron.track.fit.frames import Evidence, FrameEnergies, active_bounds
from avatron.track.fit.landmark_basis import LandmarkBasis
from avatron.track.fit.lens import Lens
from avatron.track.fit.parameters import SIZE
from avatron.track.fit.pose_model import FrameUnknowns, placed_landmarks
from avatron.track.fit.start import EYE_DISTANCE_M

__all__ = ["Bundle", "solve_bundle"]

Floats = NDArray[np.float64]

_RIDGE = 1e-6
_SETTLED = 2e-2
"""Steps smaller than this in every identity coefficient end the search."""
_MOST_FOCAL_STEP = 0.2
"""The logarithm of the focal length moves by no more in one step."""


@dataclass(frozen=True, eq=False)
class Bundle:
    """What all frames share, and the key frames."""

    identity: Floats
    """[S] standard deviations."""
    lens: Lens
    offset: Floats
    """[L, 3] head frame, metres: where the person's landmarks are seen beside those of the identity."""
    frames: FrameUnknowns


def solve_bundle(
    basis: LandmarkBasis,
    energies: FrameEnergies,
    config: BundleConfig,
    evidence: Evidence,
    start: FrameUnknowns,
    lens: Lens,
    person_spread: NDArray[np.float64],
) -> Bundle:
    """Identity, camera and the K key frames themselves.

    `person_spread` [L] is how far people's landmarks are beside every identity, a share of the irises' distance.

    Raises:
        InputError: no frame to go by, or a solution that is not finite.
    """
    if not evidence.valid.any():
        raise InputError(
            "no frame of the clip shows a face that can be trusted; record the face larger and from the front"
        )
    modes = len(basis.identity)
    identity, unknowns = np.zeros(modes), start
    offset = np.zeros((basis.identity.shape[1], 3))
    first_focal_px = lens.focal_px
    precision = np.concatenate(
        [
            np.full(modes, 1 / config.identity_spread**2),
            [np.inf if config.focal_px is not None else 1 / config.focal_spread**2],
            [1 / config.k1_spread**2 if config.k1_spread else np.inf],
        ]
    )
    fixed = ~np.isfinite(precision)
    precision[fixed] = 0.0
    shared_count = len(precision)
    for _ in range(config.iterations):
        shared = np.concatenate([identity, [np.log(lens.focal_px / first_focal_px), lens.k1]])
        equations = _equations(basis, energies, evidence, unknowns, identity, lens, offset, person_spread)
        curvature, gradient = equations.curvature, equations.gradient
        curvature[np.diag_indices(len(gradient))] += _RIDGE
        curvature[np.diag_indices(shared_count)] += precision
        gradient[:shared_count] += precision * shared
        own = gradient[shared_count:].reshape(len(unknowns), SIZE)
        held = np.concatenate([fixed, active_bounds(unknowns.fitted, own).reshape(-1)])
        free = np.flatnonzero(~held)
        step = np.zeros(len(gradient))
        step[free] = -np.linalg.solve(curvature[np.ix_(free, free)], gradient[free])
        if not np.isfinite(step).all():
            raise InputError("camera and identity could not be found: the landmarks of the clip contradict each other")
        offset = equations.offset
        identity = identity + step[:modes]
        focal_step = float(np.clip(step[modes], -_MOST_FOCAL_STEP, _MOST_FOCAL_STEP))
        lens = Lens(
            lens.width, lens.height, lens.focal_px * float(np.exp(focal_step)), lens.k1 + float(step[modes + 1])
        )
        unknowns = unknowns.stepped(step[shared_count:].reshape(-1, SIZE))
        if np.abs(step[:shared_count]).max() < _SETTLED:
            break
    return Bundle(identity, lens, offset, unknowns)


@dataclass(frozen=True, eq=False)
class _Equations:
    curvature: Floats
    """[Q + K P, Q + K P], what is shared first."""
    gradient: Floats
    """[Q + K P]."""
    offset: Floats
    """[L, 3] the offsets' mean, given everything else."""


def _equations(
    basis: LandmarkBasis,
    energies: FrameEnergies,
    evidence: Evidence,
    unknowns: FrameUnknowns,
    identity: Floats,
    lens: Lens,
    offset: Floats,
    person_spread: NDArray[np.float64],
) -> _Equations:
    person = basis.person(identity)
    frames, count = len(unknowns), len(person.rest)
    placed = placed_landmarks(person, unknowns, energies.sliding(person, unknowns))
    seen = lens.project(placed.points)
    by_offset = np.einsum("klij,kjm->klim", seen.by_point, unknowns.rotation)
    by_shared = np.concatenate(
        [
            np.einsum("klim,slm->klis", by_offset, basis.identity, optimize=True),
            seen.by_log_focal[..., None],
            seen.by_k1[..., None],
        ],
        -1,
    )
    away = seen.pixels - evidence.seen
    precision = energies.precision(evidence, unknowns, lens).astype(np.float64)
    beside = away + np.einsum("klim,lm->kli", by_offset, offset)
    scale = precision * np.sqrt(robust_weights(np.square(beside).sum(-1) * np.square(precision), energies.cutoff))
    residual = away * scale[..., None]
    by_offset *= scale[..., None, None]
    by_shared *= scale[..., None, None]
    by_frame = (seen.by_point @ placed.by_unknowns) * scale[..., None, None]
    modes = by_shared.shape[-1]
    total = modes + frames * SIZE
    curvature, gradient = np.zeros((total, total)), np.zeros(total)
    rows = by_shared.reshape(-1, modes)
    curvature[:modes, :modes] = rows.T @ rows
    gradient[:modes] = rows.T @ residual.reshape(-1)
    flat = by_frame.reshape(frames, 2 * count, SIZE)
    own = np.swapaxes(flat, 1, 2) @ flat
    slope = (np.swapaxes(flat, 1, 2) @ residual.reshape(frames, -1, 1))[..., 0]
    energies.add_priors(own, slope, evidence, unknowns)
    mixed = np.swapaxes(by_shared.reshape(frames, 2 * count, modes), 1, 2) @ flat
    for frame in range(frames):
        columns = slice(modes + frame * SIZE, modes + (frame + 1) * SIZE)
        curvature[columns, columns], gradient[columns] = own[frame], slope[frame]
        curvature[:modes, columns], curvature[columns, :modes] = mixed[frame], mixed[frame].T
    # What the offsets explain is taken out: C^T C with C_l = M_l^(1/2) B_l^T J_l, M_l the offsets' covariance.
    prior = 1 / np.square(person_spread * EYE_DISTANCE_M)
    inner = np.einsum("klia,klib->lab", by_offset, by_offset) + prior[:, None, None] * np.eye(3)
    lower = np.linalg.inv(np.linalg.cholesky(inner))
    explained = np.empty((count, 3, total))
    explained[..., :modes] = np.einsum("klia,klis->las", by_offset, by_shared, optimize=True)
    explained[..., modes:] = np.einsum("klia,klip->lakp", by_offset, by_frame, optimize=True).reshape(count, 3, -1)
    pull = np.einsum("klia,kli->la", by_offset, residual)
    weighted = (lower @ explained).reshape(3 * count, total)
    curvature -= weighted.T @ weighted
    gradient -= weighted.T @ (lower @ pull[..., None]).reshape(-1)
    mean = -np.linalg.solve(inner, pull[..., None])[..., 0]
    return _Equations(curvature, gradient, mean)
