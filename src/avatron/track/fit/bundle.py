"""Camera and identity from key frames: Gauss-Newton on all of them at once, frames eliminated by Schur complements."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.errors import InputError
from avatron.track.config import BundleConfig
from avatron.track.fit.frames import Evidence, FrameEnergies, active_bounds, hold_active
from avatron.track.fit.landmark_basis import LandmarkBasis
from avatron.track.fit.lens import Lens
from avatron.track.fit.parameters import EXPRESSION, SIZE
from avatron.track.fit.pose_model import FrameUnknowns

__all__ = ["Bundle", "solve_bundle"]

Floats = NDArray[np.float64]

_RIDGE = 1e-6
_SETTLED = 1e-4
"""Steps smaller than this in every identity coefficient end the search."""
_MOST_FOCAL_STEP = 0.2
"""The logarithm of the focal length moves by no more in one step."""


@dataclass(frozen=True, eq=False)
class Bundle:
    """What all frames share, and the key frames."""

    identity: Floats
    """[S] standard deviations."""
    lens: Lens
    frames: FrameUnknowns


def solve_bundle(
    basis: LandmarkBasis,
    energies: FrameEnergies,
    config: BundleConfig,
    evidence: Evidence,
    start: FrameUnknowns,
    lens: Lens,
) -> Bundle:
    """Identity, camera and the K key frames themselves.

    Raises:
        InputError: no frame to go by, or a solution that is not finite.
    """
    if not evidence.valid.any():
        raise InputError(
            "no frame of the clip shows a face that can be trusted; record the face larger and from the front"
        )
    modes = len(basis.identity)
    identity, unknowns = np.zeros(modes), start
    prior_log_focal = np.log(lens.focal_px)
    precision = np.concatenate(
        [
            np.full(modes, 1 / config.identity_spread**2),
            [np.inf if config.focal_px is not None else 1 / config.focal_spread**2],
            [1 / config.k1_spread**2 if config.k1_spread else np.inf],
        ]
    )
    fixed = ~np.isfinite(precision)
    precision[fixed] = 0.0
    for _ in range(config.iterations):
        shared = np.concatenate([identity, [np.log(lens.focal_px) - prior_log_focal, lens.k1]])
        equations = _equations(basis, energies, evidence, unknowns, identity, lens)
        equations.shared_curvature[np.diag_indices(len(shared))] += precision + _RIDGE
        equations.shared_gradient[:] += precision * shared
        hold_active(equations.shared_curvature, equations.shared_gradient, fixed)
        equations.mixed[..., fixed] = 0.0
        step_shared, step_frames = equations.solved(active_bounds(unknowns.fitted, equations.frame_gradient))
        if not (np.isfinite(step_shared).all() and np.isfinite(step_frames).all()):
            raise InputError("camera and identity could not be found: the landmarks of the clip contradict each other")
        identity = identity + step_shared[:modes]
        focal_step = float(np.clip(step_shared[modes], -_MOST_FOCAL_STEP, _MOST_FOCAL_STEP))
        lens = Lens(
            lens.width, lens.height, lens.focal_px * np.exp(focal_step), lens.k1 + float(step_shared[modes + 1])
        )
        unknowns = unknowns.stepped(step_frames)
        if np.abs(step_shared).max() < _SETTLED:
            break
    return Bundle(identity, lens, unknowns)


@dataclass(frozen=True, eq=False)
class _Equations:
    frame_curvature: Floats
    """[K, P, P]."""
    frame_gradient: Floats
    """[K, P]."""
    mixed: Floats
    """[K, P, Q]."""
    shared_curvature: Floats
    """[Q, Q]."""
    shared_gradient: Floats
    """[Q]."""

    def solved(self, active: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """(shared step [Q], frames' steps [K, P]); what is `active` [K, P] stays."""
        frame_curvature, frame_gradient = self.frame_curvature.copy(), self.frame_gradient.copy()
        hold_active(frame_curvature, frame_gradient, active)
        mixed = self.mixed * ~active[..., None]
        solved = np.linalg.solve(frame_curvature, np.concatenate([mixed, frame_gradient[..., None]], -1))
        turned = np.swapaxes(mixed, 1, 2)
        reduced = self.shared_curvature - (turned @ solved[..., :-1]).sum(0)
        right = self.shared_gradient - (turned @ solved[..., -1:]).sum(0)[:, 0]
        shared = -np.linalg.solve(reduced, right)
        return shared, -(solved[..., -1] + solved[..., :-1] @ shared)


def _equations(
    basis: LandmarkBasis,
    energies: FrameEnergies,
    evidence: Evidence,
    unknowns: FrameUnknowns,
    identity: Floats,
    lens: Lens,
) -> _Equations:
    person = basis.person(identity)
    modes = len(identity)
    # The kernel's shapes are sums with weights; the person holds the identity already, so its modes stand at 0.
    found = person.kernel_with(basis.identity).normals(
        lens.numbers,
        unknowns.rotation,
        unknowns.translation,
        np.pad(unknowns.fitted, ((0, 0), (0, modes))),
        unknowns.gaze,
        evidence.seen,
        energies.precision(evidence, unknowns, lens),
        cutoff=energies.cutoff,
        correction=energies.offsets(person, unknowns),
        with_lens=True,
    )
    everything = np.arange(found.gradient.shape[1])
    modal = slice(EXPRESSION.stop, EXPRESSION.stop + modes)
    own = np.delete(everything, np.r_[modal, everything[-2:]])
    shared = np.r_[everything[modal], everything[-2:]]
    frame_curvature, frame_gradient = found.curvature[:, own[:, None], own], found.gradient[:, own]
    energies.add_priors(frame_curvature, frame_gradient, evidence, unknowns)
    frame_curvature[:, np.arange(SIZE), np.arange(SIZE)] += _RIDGE
    return _Equations(
        frame_curvature,
        frame_gradient,
        found.curvature[:, own[:, None], shared],
        found.curvature[:, shared[:, None], shared].sum(0),
        found.gradient[:, shared].sum(0),
    )
