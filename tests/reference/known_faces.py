"""Faces that are known: our own head, moved at random, seen as the networks see landmarks, with noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.rotation import axis_angle_to_matrix
from avatron.track.fit.landmark_basis import LandmarkBasis
from avatron.track.fit.landmark_response import LandmarkResponse
from avatron.track.fit.lens import Lens
from avatron.track.fit.parameters import FITTED
from avatron.track.fit.pose_model import FrameUnknowns, placed_landmarks
from avatron.track.fit.start import eye_distance_px
from avatron.track.observations import FaceObservations

UPRIGHT = np.diag([1.0, -1.0, -1.0])


@dataclass(frozen=True, eq=False)
class KnownFace:
    identity: NDArray[np.float64]
    lens: Lens
    unknowns: FrameUnknowns
    seen: FaceObservations


def smooth(random: np.random.Generator, frames: int, count: int, frames_wide: float) -> NDArray[np.float64]:
    """[T, C] noise of variance 1 that changes over about `frames_wide` frames."""
    kernel = np.exp(-0.5 * np.square(np.arange(-20, 21) / frames_wide))
    kernel /= np.sqrt(np.square(kernel).sum())
    raw = random.normal(size=(frames + 40, count))
    return np.stack([np.convolve(column, kernel, "valid") for column in raw.T], 1)


def known_face(basis: LandmarkBasis, frames: int, *, seed: int = 0, noise: float = 0.01) -> KnownFace:
    """A face of a random person at 1280 x 720; `noise` is a share of the distance between the irises."""
    random = np.random.default_rng(seed)
    identity = random.normal(0, 1, len(basis.identity))
    gaze = np.repeat(0.1 * smooth(random, frames, 2, 3.0)[:, None], 2, 1)
    unknowns = FrameUnknowns(
        axis_angle_to_matrix(smooth(random, frames, 3, 8.0) * [0.15, 0.25, 0.08]) @ UPRIGHT,
        0.02 * smooth(random, frames, 3, 8.0) + [0, 0, 0.7],
        np.clip(0.4 * smooth(random, frames, len(FITTED), 2.0) - 0.3, 0, 1),
        gaze,
    )
    lens = Lens(1280, 720, 1500.0)
    response = LandmarkResponse.load()
    sliding = response.by_view(unknowns.rotation, unknowns.translation)
    placed = placed_landmarks(basis.seen_as(response).person(identity), unknowns, sliding)
    pixels = lens.project(placed.points).pixels
    eyes = eye_distance_px(unknowns, lens)[:, None, None]
    pixels = pixels + noise * eyes * random.normal(size=pixels.shape)
    depth: NDArray[Any] = placed.points[..., 2:] - unknowns.translation[:, None, 2:]
    landmarks = np.concatenate([pixels, depth * (lens.focal_px / unknowns.translation[:, None, 2:])], -1)
    seen = FaceObservations(
        landmarks.astype(np.float32),
        np.ones(frames, np.float32),
        np.zeros((frames, 52), np.float32),
        np.ones(frames, bool),
    )
    return KnownFace(identity, lens, unknowns, seen)
