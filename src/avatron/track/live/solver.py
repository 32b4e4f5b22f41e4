"""Pose, expression and gaze of one frame after the other, from where the last one was."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.track.config import TrackConfig
from avatron.track.fit.bounded import bounded_step
from avatron.track.fit.energies.temporal import TemporalEnergy, differences
from avatron.track.fit.frames import Evidence, FrameEnergies, active_bounds
from avatron.track.fit.landmark_basis import PersonLandmarks
from avatron.track.fit.landmark_response import LandmarkResponse
from avatron.track.fit.landmark_trust import landmark_share
from avatron.track.fit.lens import Lens
from avatron.track.fit.pose_model import FrameUnknowns, landmark_places
from avatron.track.fit.sequence import temporal_energy
from avatron.track.fit.start import started
from avatron.track.landmarks.blendshapes import SUBSET
from avatron.track.lips.evidence import LipBasis, LipEvidence
from avatron.track.lips.observations import LipObservations

__all__ = ["SEEN", "FrameSolver", "KnownPerson"]

Floats = NDArray[np.float64]

SEEN: NDArray[np.int64] = np.array(SUBSET)
"""[N] the landmarks that are solved from, those that MediaPipe guesses expressions from: lips, lids, irises, brows,
nose, outline. They tell as much as all of them in less than half the time."""
_RIDGE = 1e-6
_SHORTEST_S, _LONGEST_S = 1 / 240, 0.2
"""Between two frames, for the energy over time."""


@dataclass(frozen=True, eq=False)
class KnownPerson:
    """Who is seen, and through which camera."""

    landmarks: PersonLandmarks
    """All 478."""
    lens: Lens
    identity: Floats
    """[S]"""
    calibrated: bool
    """Whether identity and camera were found, or are those of a mean head and a usual camera."""
    lips: LipBasis | None = None
    """None where lips are left to the landmarks."""


class FrameSolver:
    """Gauss-Newton on one frame at a time; what lies before it is a prior."""

    def __init__(self, config: TrackConfig, iterations: int) -> None:
        """With the energies of `config`, and so many steps a frame."""
        self._config, self._iterations = config, iterations
        # Fewer landmarks must weigh as much as all of them against what is expected.
        response = LandmarkResponse.load()
        share = landmark_share(config.evidence, response, lips_are_read=config.lips.used)
        self._energies = FrameEnergies.of(config, share[SEEN] * np.sqrt(len(SEEN) / len(share)), response.part(SEEN))
        self._person: KnownPerson | None = None
        self._seen: PersonLandmarks | None = None
        self._past: list[FrameUnknowns] = []
        self._elapsed_s = 0.0
        self._temporal: TemporalEnergy | None = None

    def forget(self) -> None:
        """Begin anew, as after a cut."""
        self._past = []

    def solve(
        self,
        person: KnownPerson,
        landmarks: NDArray[np.float32],
        guess: Floats,
        elapsed_s: float,
        lips: LipObservations | None = None,
    ) -> tuple[FrameUnknowns, float]:
        """(the unknowns of one frame, root mean square distance of its landmarks in pixels).

        `landmarks` [478, 3] px, `guess` [P] the network's own expressions, `elapsed_s` since the last frame,
        `lips` what was read of the lips in this one.
        """
        if self._seen is None or self._person is not person:
            if self._person is not None and self._person.lens != person.lens:
                # Another focal length is another distance: the last pose would pull at the new one.
                self._past = []
            self._person, self._seen = person, part_of(person.landmarks, SEEN)
        seen = landmarks[SEEN]
        evidence = Evidence(
            seen[None, :, :2].astype(np.float64), np.ones(1, bool), guess[None], np.zeros((1, len(seen)), np.float32)
        )
        steps = self._iterations
        if self._past:
            unknowns = self._past[-1]
        else:
            unknowns = self._start(person, landmarks, guess)
            steps += self._config.sequence.iterations
        temporal = self._temporal_energy(elapsed_s)
        read = None if lips is None or person.lips is None else LipEvidence(person.lips, lips, self._config.lips)
        for _ in range(steps):
            unknowns = self._stepped(self._seen, person.lens, evidence, unknowns, temporal, read)
        self._past = [*self._past[-1:], unknowns]
        pixels = person.lens.project(
            landmark_places(self._seen, unknowns, self._energies.sliding(self._seen, unknowns))
        ).pixels
        return unknowns, float(np.sqrt(np.square(pixels - evidence.seen).sum(-1).mean()))

    def _start(self, person: KnownPerson, landmarks: NDArray[np.float32], guess: Floats) -> FrameUnknowns:
        found = started(person.landmarks, person.lens, landmarks[None], np.zeros((1, 52)), 0.0)
        fitted = self._config.expression.guess_share * guess[None]
        return FrameUnknowns(found.rotation, found.translation, fitted, found.gaze)

    def _stepped(
        self,
        person: PersonLandmarks,
        lens: Lens,
        evidence: Evidence,
        unknowns: FrameUnknowns,
        temporal: TemporalEnergy,
        lips: LipEvidence | None,
    ) -> FrameUnknowns:
        curvature, gradient = self._energies.normals(person, lens, evidence, unknowns)
        if lips is not None:
            lips.add(curvature, gradient, lens, unknowns)
        matrix, slope = curvature[0], gradient[0]
        matrix[np.diag_indices(len(slope))] += _RIDGE
        if self._past:
            steps = differences(joined([*self._past, unknowns]))
            matrix[np.diag_indices(len(slope))] += temporal.first
            slope += temporal.first * steps[-1]
            if len(steps) > 1:
                matrix[np.diag_indices(len(slope))] += temporal.second
                slope += temporal.second * (steps[-1] - steps[-2])
        apart = np.zeros_like(gradient)
        active = active_bounds(unknowns.fitted, gradient)
        return unknowns.stepped(bounded_step(curvature, apart, apart, gradient, active, unknowns.fitted))

    def _temporal_energy(self, elapsed_s: float) -> TemporalEnergy:
        elapsed_s = float(np.clip(elapsed_s, _SHORTEST_S, _LONGEST_S))
        if self._temporal is None or abs(elapsed_s - self._elapsed_s) > 0.1 * self._elapsed_s:
            self._temporal = temporal_energy(self._config.sequence, 1 / elapsed_s)
            self._elapsed_s = elapsed_s
        return self._temporal


def part_of(person: PersonLandmarks, rows: NDArray[np.int64]) -> PersonLandmarks:
    """Some of a person's landmarks."""
    left, right = (np.flatnonzero(np.isin(rows, iris)) for iris in person.iris)
    return PersonLandmarks(
        person.rest[rows],
        person.expression[:, rows],
        person.look[:, :, rows],
        person.eye_centre,
        (left, right),
        person.normal[rows],
        person.shift[rows],
    )


def joined(frames: list[FrameUnknowns]) -> FrameUnknowns:
    """Several frames as one value."""
    return FrameUnknowns(
        *(np.concatenate([getattr(one, name) for one in frames]) for name in ("rotation", "translation")),
        *(np.concatenate([getattr(one, name) for one in frames]) for name in ("fitted", "gaze")),
    )
