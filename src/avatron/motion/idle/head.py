"""Head motion: a slow drift that never repeats, nods on accents, tilts where phrases meet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatron.core.speech import Speech
from avatron.motion.curves import plateau
from avatron.motion.emotion.mood import Mood
from avatron.motion.idle.accents import accents_of, chance, is_question, pauses_of
from avatron.motion.noise import smooth_noise

__all__ = ["NECK_SHARE", "head_turn"]

NECK_SHARE = 0.4
"""Part of the turn that the neck takes; the skull on top of it the rest."""

DRIFT = np.radians([1.1, 1.9, 0.9])
"""Size of the drift: pitch, yaw, roll."""
DRIFT_PERIODS_S = (1.9, 2.6, 3.1)
TREMOR_SHARE = 0.22
TREMOR_PERIODS_S = (0.63, 0.77, 0.91)
"""A smaller, faster part, so that the head is never quite still."""
TALKING_GAIN = 0.5
"""The drift grows by this much in the middle of an utterance: heads move more while they talk (Hadar et al., Head
movement correlates of juncture and stress at sentence level, 1983)."""

NOD = np.radians(2.3)
"""Downward pitch on the strongest accent."""
NOD_FALL_S, NOD_RETURN_S = 0.17, 0.42
NOD_LEAD_S = 0.04
"""The nod is lowest this long before the middle of the stressed vowel."""
TURN_SHARE = 0.5
"""A nod carries a turn and a tilt of up to this part of it."""
TILT = np.radians(1.6)
TILT_S = 0.55
QUESTION_LIFT = np.radians(1.8)


def head_turn(speech: Speech, times_s: NDArray[np.float64], seed: int, mood: Mood | None = None) -> NDArray[np.float64]:
    """[T, 3] axis-angle of head and neck together, radians, at `times_s` [T] on the script's clock."""
    mood = mood or Mood(speech, seed=seed)
    tempo = mood.factor("head_tempo", times_s)
    drift = np.stack(
        [
            size
            * (
                smooth_noise(seed, f"head/{axis}", times_s, slow_s)
                + TREMOR_SHARE * tempo * smooth_noise(seed, f"head/{axis}/fast", times_s, fast_s)
            )
            for axis, size, slow_s, fast_s in zip("xyz", DRIFT, DRIFT_PERIODS_S, TREMOR_PERIODS_S, strict=True)
        ],
        axis=1,
    )
    local_s = times_s - float(speech.start)
    length_s = float(speech.end - speech.start)
    edge_s = min(0.6, 0.45 * length_s)
    talking = plateau(local_s, edge_s, length_s - edge_s, edge_s, edge_s)
    turn = drift * (1.0 + TALKING_GAIN * talking[:, None])
    for accent in accents_of(speech):
        bump = _bump(local_s, accent.time_s - NOD_LEAD_S, NOD_FALL_S, NOD_RETURN_S, length_s)
        yaw = 2.0 * chance(speech, seed, "head/nod/yaw", accent.word) - 1.0
        roll = 2.0 * chance(speech, seed, "head/nod/roll", accent.word) - 1.0
        size = NOD * accent.strength * (0.5 + 0.8 * chance(speech, seed, "head/nod/size", accent.word))
        turn += size * bump[:, None] * np.array([1.0, TURN_SHARE * yaw, TURN_SHARE * roll])
    for pause in pauses_of(speech):
        if pause.start_s <= 0:
            continue
        side = 2.0 * chance(speech, seed, "head/tilt", pause.number) - 1.0
        bump = _bump(local_s, 0.5 * (pause.start_s + pause.end_s), TILT_S, TILT_S, length_s)
        turn[:, 2] += TILT * side * bump
        turn[:, 1] -= 0.6 * TILT * side * bump
    if is_question(speech):
        voice_end_s = speech.spans[-1].start_s
        turn[:, 0] -= QUESTION_LIFT * _bump(local_s, voice_end_s - 0.05, 0.45, 0.5, length_s)
    return mood.manner.head * mood.factor("head_range", times_s)[:, None] * turn + mood.posture(times_s)


def _bump(
    times_s: NDArray[np.float64], peak_s: float, rise_s: float, fall_s: float, length_s: float
) -> NDArray[np.float64]:
    """A bump of height 1 that is 0 at both ends of the utterance: squeezed, and moved if need be, to fit inside."""
    rise_s, fall_s = min(rise_s, 0.4 * length_s), min(fall_s, 0.4 * length_s)
    peak_s = float(np.clip(peak_s, rise_s, max(length_s - fall_s, rise_s)))
    return plateau(times_s, peak_s, peak_s, rise_s, fall_s)
