"""Breathing: the chest rises and sinks unevenly, a little more where a pause lets air in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.speech import Speech
from avatron.motion.curves import plateau
from avatron.motion.idle.accents import pauses_of
from avatron.motion.noise import smooth_noise

__all__ = ["Breath", "breath"]

RATE_HZ = 0.25
"""Breaths per second, on average: 15 a minute."""
PHASE_WANDER = 1.6
"""Radians by which the phase runs ahead or behind, so that no two breaths are alike."""
RISE_M = np.array([0.0, 0.0016, 0.0010])
"""How far the shoulders move up and forward in a full breath."""
LEAN = np.radians(0.40)
"""How far the chest leans back in a full breath."""
SWAY = np.radians([0.15, 0.30, 0.25])
"""Slow turn of the torso."""
SWAY_PERIODS_S = (4.3, 5.9, 5.1)
INHALE_GAIN = 0.55
"""A pause of half a second or more adds this part of a breath."""
INHALE_S, EXHALE_S = 0.40, 1.60


@dataclass(frozen=True, eq=False)
class Breath:
    """Motion of the torso."""

    rotation: NDArray[np.float64]
    """[T, 3] axis-angle, radians."""
    translation: NDArray[np.float64]
    """[T, 3] metres."""


def breath(speech: Speech, times_s: NDArray[np.float64], seed: int) -> Breath:
    """The torso's motion at `times_s` [T] on the script's clock."""
    phase = 2 * np.pi * RATE_HZ * times_s + PHASE_WANDER * smooth_noise(seed, "breath/phase", times_s, 6.1)
    depth = 0.8 + 0.3 * smooth_noise(seed, "breath/depth", times_s, 7.3)
    # The second harmonic makes breathing in faster than breathing out.
    filled = depth * (np.sin(phase) - 0.18 * np.sin(2.0 * phase))
    local_s = times_s - float(speech.start)
    length_s = float(speech.end - speech.start)
    for pause in pauses_of(speech):
        inhale_s = INHALE_S
        peak_s = max(0.5 * (pause.start_s + pause.end_s), inhale_s)
        exhale_s = min(EXHALE_S, length_s - peak_s)
        if exhale_s < INHALE_S:
            continue
        size = INHALE_GAIN * min((pause.end_s - pause.start_s) / 0.5, 1.0)
        filled = filled + size * plateau(local_s, peak_s, peak_s, inhale_s, exhale_s)
    sway = np.stack(
        [
            size * smooth_noise(seed, f"torso/{axis}", times_s, period_s)
            for axis, size, period_s in zip("xyz", SWAY, SWAY_PERIODS_S, strict=True)
        ],
        axis=1,
    )
    rotation = sway
    rotation[:, 0] -= LEAN * filled
    return Breath(rotation, filled[:, None] * RISE_M)
