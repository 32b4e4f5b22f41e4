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
LOW_SEMITONES, HIGH_SEMITONES = 3.0, 4.0
"""The rise begins at most this far below the middle of the utterance, and ends at least this far above it."""
QUESTION_WORDS = frozenset(("who", "whom", "whose", "what", "which", "when", "where", "why", "how"))
SMALL_WORDS = frozenset(
    (
        *("am", "is", "are", "was", "were", "be", "been", "being", "do", "does", "did", "have", "has", "had"),
        *("can", "could", "will", "would", "shall", "should", "may", "might", "must"),
        *("i", "you", "he", "she", "it", "we", "they", "me", "him", "her", "us", "them", "there", "one", "ones"),
        *("a", "an", "the", "and", "or", "to", "of", "for", "at", "in", "on", "with", "from", "by", "about"),
    )
)
"""Words that carry no accent at the end of a question: the rise begins before them."""
STRESS = "ˈ"


def is_yes_no_question(phonemes: PhonemeSequence) -> bool:
    """Whether the utterance is English, ends with `?`, and begins with no question word."""
    if not phonemes.language.startswith("en") or not phonemes.words or phonemes.symbols[-1] != "?":
        return False
    return phonemes.words[0].strip("\"'“‘(").lower().split("'")[0].split("’")[0] not in QUESTION_WORDS


def final_rise(
    phonemes: PhonemeSequence, log_pitch: NDArray[np.float32], durations: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(mean ln Hz [P], how far each phoneme glides from its start to its end [P]).

    A steady rise over the time from the last stressed vowel to the last sound; any other utterance is as it was,
    without glides. `durations` [P] are frames.
    """
    glide = np.zeros_like(log_pitch)
    nucleus = _nucleus(phonemes)
    if nucleus is None or not is_yes_no_question(phonemes):
        return log_pitch, glide
    end = len(log_pitch) - 1
    rising = slice(nucleus, end)
    share = np.cumsum(durations[rising]) / max(int(durations[rising].sum()), 1)
    begins = np.concatenate([[0.0], share[:-1]])
    semitone = np.log(2) / 12
    middle = float(np.mean([pitch for pitch, word in zip(log_pitch, phonemes.word_index, strict=True) if word >= 0]))
    # The reading voice has fallen by then; a question that rises from the floor only comes back to where it was.
    low = max(float(log_pitch[nucleus]), middle - LOW_SEMITONES * semitone)
    height = max(RISE_SEMITONES * semitone, middle + HIGH_SEMITONES * semitone - low)
    risen = log_pitch.copy()
    risen[rising] = low + height * 0.5 * (begins + share)
    risen[end] = low + height
    glide[rising] = height * (share - begins)
    return risen, glide


def _nucleus(phonemes: PhonemeSequence) -> int | None:
    """Place of the last stressed vowel, of a word with a meaning of its own where there is one."""
    stressed = [place for place, symbol in enumerate(phonemes.symbols) if symbol.startswith(STRESS)]
    of_content = [place for place in stressed if _bare(phonemes.words[phonemes.word_index[place]]) not in SMALL_WORDS]
    chosen = of_content or stressed
    return chosen[-1] if chosen else None


def _bare(word: str) -> str:
    return word.strip(".,;:?!()\"'“”‘’").lower()
