"""The rise at the end of a yes/no question, by rule.

The reading voice that we train on asks next to nothing, so its prosody ends every sentence with a fall. In English, a
question that a question word does not begin ends with a rise from its last stressed syllable on (Pierrehumbert and
Hirschberg, The meaning of intonational contours, 1990: L* H-H%).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatron.core.speech import PhonemeSequence

__all__ = ["RISE_SEMITONES", "final_rise", "is_yes_no_question"]

RISE_SEMITONES = 7.0
"""How far the last sound lies above the last stressed vowel: a fifth, the middle of what speakers do."""
QUESTION_WORDS = frozenset(("who", "whom", "whose", "what", "which", "when", "where", "why", "how"))
STRESS = "ˈ"


def is_yes_no_question(phonemes: PhonemeSequence) -> bool:
    """Whether the utterance is English, ends with `?`, and begins with no question word."""
    if not phonemes.language.startswith("en") or not phonemes.words or phonemes.symbols[-1] != "?":
        return False
    return phonemes.words[0].strip("\"'“‘(").lower().split("'")[0].split("’")[0] not in QUESTION_WORDS


def final_rise(phonemes: PhonemeSequence, log_pitch: NDArray[np.float32]) -> NDArray[np.float32]:
    """[P] ln Hz with a steady rise from the last stressed vowel to the end; as it was for any other utterance."""
    stressed = [place for place, symbol in enumerate(phonemes.symbols) if symbol.startswith(STRESS)]
    if not stressed or not is_yes_no_question(phonemes):
        return log_pitch
    nucleus = stressed[-1]
    risen = log_pitch.copy()
    steps = np.linspace(0, 1, len(log_pitch) - nucleus + 1)[1:]
    risen[nucleus:] = log_pitch[nucleus] + steps * RISE_SEMITONES * np.log(2) / 12
    return risen
