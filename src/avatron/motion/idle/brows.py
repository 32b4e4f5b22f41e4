"""Brows: a faint drift, a raise with some accents, a longer one with questions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_INDEX
from avatron.core.speech import Speech
from avatron.motion.curves import plateau, soft_union
from avatron.motion.emotion.mood import Mood
from avatron.motion.idle.accents import accents_of, chance, is_question
from avatron.motion.noise import smooth_noise

__all__ = ["brow_weights"]

ACCENT_RAISE = 0.30
RAISE_CHANCE = 0.55
"""Share of the accents, the strongest ones rather than the others, that lift the brows (Flecha-Garcia, Eyebrow raises
in dialogue and their relation to discourse structure, 2010)."""
QUESTION_RAISE = 0.38
DRIFT = 0.035
RISE_S, HOLD_S, FALL_S = 0.16, 0.10, 0.38


def brow_weights(
    speech: Speech, times_s: NDArray[np.float64], seed: int, mood: Mood | None = None
) -> dict[int, NDArray[np.float64]]:
    """Expression column -> [T] weight of the brow shapes at `times_s` on the script's clock."""
    mood = mood or Mood(speech, seed=seed)
    lively = mood.manner.brows * mood.factor("brow_accents", times_s)
    local_s = times_s - float(speech.start)
    length_s = float(speech.end - speech.start)
    raised = np.zeros(len(times_s))
    for accent in accents_of(speech):
        if chance(speech, seed, "brow/raise", accent.word) > RAISE_CHANCE * 2.0 * accent.strength:
            continue
        size = ACCENT_RAISE * accent.strength * (0.6 + 0.8 * chance(speech, seed, "brow/size", accent.word))
        start_s = accent.time_s - 0.06
        raised = soft_union(raised, size * _raise(local_s, start_s, start_s + HOLD_S, length_s))
    if is_question(speech):
        voice_end_s = speech.spans[-1].start_s
        raised = soft_union(raised, QUESTION_RAISE * _raise(local_s, voice_end_s - 0.5, voice_end_s, length_s))
    raised = np.clip(raised * lively, 0.0, 1.0)
    drift = 0.5 * DRIFT * (1.0 + smooth_noise(seed, "brow/drift", times_s, 2.3))
    uneven = 0.12 * smooth_noise(seed, "brow/side", times_s, 3.7)
    inner = raised * 0.9 + drift
    return {
        EXPRESSION_INDEX["browInnerUp"]: np.clip(inner, 0.0, 1.0),
        EXPRESSION_INDEX["browOuterUpLeft"]: np.clip(raised * (0.8 + uneven) + 0.5 * drift, 0.0, 1.0),
        EXPRESSION_INDEX["browOuterUpRight"]: np.clip(raised * (0.8 - uneven) + 0.5 * drift, 0.0, 1.0),
    }


def _raise(times_s: NDArray[np.float64], start_s: float, end_s: float, length_s: float) -> NDArray[np.float64]:
    """1 from start to end with soft flanks, 0 at both ends of the utterance."""
    rise_s, fall_s = min(RISE_S, 0.4 * length_s), min(FALL_S, 0.4 * length_s)
    start_s = float(np.clip(start_s, rise_s, max(length_s - fall_s, rise_s)))
    end_s = float(np.clip(end_s, start_s, max(length_s - fall_s, start_s)))
    return plateau(times_s, start_s, end_s, rise_s, fall_s)
