"""Pose, expression and gaze of every frame, with what comes before and after: Gauss-Newton over windows of the clip."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from avatron.track.config import SequenceConfig
from avatron.track.fit.bounded import bounded_step
from avatron.track.fit.energies.temporal import TemporalEnergy, differences
from avatron.track.fit.frames import Evidence, FrameEnergies, active_bounds
from avatron.track.fit.landmark_basis import PersonLandmarks
from avatron.track.fit.lens import Lens
from avatron.track.fit.parameters import EXPRESSION, FITTED, GAZE, SIZE
from avatron.track.fit.pose_model import FrameUnknowns

__all__ = ["FurtherEvidence", "Window", "solve_window", "temporal_energy", "windows"]

Floats = NDArray[np.float64]

_RIDGE = 1e-6
"""Keeps the equations of clips without any valid frame solvable."""


class FurtherEvidence(Protocol):
    """What is known of the frames of a window besides their landmarks."""

    def add(self, curvature: Floats, gradient: Floats, lens: Lens, unknowns: FrameUnknowns) -> None:
        """Add to the normal equations [T, SIZE, SIZE] and half the gradient [T, SIZE] at `unknowns`, in place."""


@dataclass(frozen=True)
class Window:
    """Frames that are solved together, and those of them that are kept."""

    start: int
    stop: int
    keep_start: int
    keep_stop: int


def windows(frames: int, config: SequenceConfig) -> Iterator[Window]:
    """The windows of a clip; what they keep covers it once, and lies inside by the overlap."""
    step = max(config.window_frames - 2 * config.overlap_frames, 1)
    kept = 0
    while kept < frames:
        until = min(kept + step, frames)
        yield Window(max(kept - config.overlap_frames, 0), min(until + config.overlap_frames, frames), kept, until)
        kept = until


def temporal_energy(config: SequenceConfig, fps: float) -> TemporalEnergy:
    """The energy over time of a config at a frame rate."""
    velocity, acceleration = np.empty(SIZE), np.empty(SIZE)
    velocity[:3], acceleration[:3] = config.rotation_velocity, config.rotation_acceleration
    velocity[3:6], acceleration[3:6] = config.translation_velocity, config.translation_acceleration
    speed = np.array([_speed(name, config) for name in FITTED])
    velocity[EXPRESSION] = config.expression_velocity * speed
    acceleration[EXPRESSION] = config.expression_acceleration * speed
    velocity[GAZE], acceleration[GAZE] = config.gaze_velocity, config.gaze_acceleration
    return TemporalEnergy.of(velocity, acceleration, fps)


def solve_window(
    person: PersonLandmarks,
    lens: Lens,
    energies: FrameEnergies,
    temporal: TemporalEnergy,
    evidence: Evidence,
    start: FrameUnknowns,
    iterations: int,
    on_step: Callable[[int, float], None] | None = None,
    further: Sequence[FurtherEvidence] = (),
) -> FrameUnknowns:
    """The unknowns of a window's frames, from `start`. `on_step` hears each step's number and its largest change;
    `further` evidence is added to that of the landmarks."""
    unknowns = start
    own, next_one, next_but_one = temporal.bands(len(start))
    diagonal = np.arange(SIZE)
    for iteration in range(iterations):
        curvature, gradient = energies.normals(person, lens, evidence, unknowns)
        for one in further:
            one.add(curvature, gradient, lens, unknowns)
        curvature[:, diagonal, diagonal] += own + _RIDGE
        gradient += temporal.gradient(differences(unknowns))
        active = active_bounds(unknowns.fitted, gradient)
        step = bounded_step(curvature, next_one, next_but_one, gradient, active, unknowns.fitted)
        unknowns = unknowns.stepped(step)
        if on_step is not None:
            on_step(iteration, float(np.abs(step).max()))
    return unknowns


def _speed(name: str, config: SequenceConfig) -> float:
    if name.startswith(("mouth", "jaw")):
        return config.lips_speed
    return config.lids_speed if name.startswith("eye") else 1.0
