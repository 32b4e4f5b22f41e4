"""Lexical stress that is heard, by rule: the stressed vowel stands out of its word by pitch, length and loudness.

A network that reads prosody from phonemes says most words so by itself. Where the three cues that it has chosen, each
in standard deviations of the utterance's vowels, do not add up in favour of the stressed vowel (a wide vowel such as
/ʌ/ is louder and longer by nature than /i/), they are moved by small steps until they do, or until a bound is reached.
That listeners weigh all three was shown by Fry (Duration and intensity as physical correlates of linguistic stress,
JASA 27, 1955).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from avatron.core.speech import PhonemeSequence
from avatron.text.inventory import is_vowel, stress_of
from avatron.voice.intonation.prosody import SEMITONE, Prosody

__all__ = ["GREATEST_STEPS", "prominence", "stressed"]

MARGIN = 1.0
"""How far the stressed vowel should lead, in sums of standard deviations: what is read is not quite what is heard."""
GREATEST_STEPS = 6
"""More steps won one word of a hundred, and would be heard as exaggerated."""
STEP_LENGTH = 0.03
"""Of ln length: all steps make a stressed vowel longer by a fifth."""
STEP_SEMITONES = 0.25
STEP_DECIBELS = 0.33
LEAST_SPREAD = np.array([1.0, 0.25, 0.25])
"""Semitones, ln length, energy: an utterance of few vowels has no spread to speak of."""
_DECIBEL = float(np.log(10) / 20)


def prominence(prosody: Prosody, vowels: NDArray[np.int64]) -> NDArray[np.float64]:
    """[V] sum of the z-scores of pitch, ln length and energy of the vowels at these places."""
    cues = _cues(prosody, vowels)
    return np.asarray(((cues - cues.mean(0)) / _spread(cues)).sum(1))


def stressed(phonemes: PhonemeSequence, prosody: Prosody) -> Prosody:
    """With the vowel of primary stress ahead of the others of its word, where it was not."""
    vowels = np.array([place for place, symbol in enumerate(phonemes.symbols) if is_vowel(symbol)], np.int64)
    if not len(vowels):
        return prosody
    scores = prominence(prosody, vowels)
    # The spread stays that of the reading as it was, or a step would change what it is worth.
    step = np.array([STEP_SEMITONES, STEP_LENGTH, STEP_DECIBELS * _DECIBEL])
    worth = float((step / _spread(_cues(prosody, vowels))).sum())
    steps = np.zeros(len(phonemes))
    word_of_vowel = phonemes.word_index[vowels]
    for word in np.unique(word_of_vowel):
        own = np.flatnonzero(word_of_vowel == word)
        primary = [place for place in own if stress_of(phonemes.symbols[vowels[place]]) == 1]
        if len(primary) != 1:
            continue
        leader = primary[0]
        for place in own[own != leader]:
            lacking = scores[place] + MARGIN - scores[leader]
            if lacking > 0:
                # Both give way: the stressed one comes forward as the other steps back.
                taken = min(lacking / worth / 2, GREATEST_STEPS)
                steps[vowels[place]] = -taken
                steps[vowels[leader]] = max(steps[vowels[leader]], taken)
    return replace(
        prosody,
        durations=prosody.durations * np.exp(steps * STEP_LENGTH),
        log_pitch=prosody.log_pitch + steps * STEP_SEMITONES * SEMITONE,
        decibels=prosody.decibels + steps * STEP_DECIBELS,
    )


def _cues(prosody: Prosody, vowels: NDArray[np.int64]) -> NDArray[np.float64]:
    """[V, 3] semitones, ln frames, ln mel."""
    return np.stack(
        [
            prosody.log_pitch[vowels] / SEMITONE,
            np.log(np.maximum(prosody.durations[vowels], 1)),
            prosody.energy[vowels] + prosody.decibels[vowels] * _DECIBEL,
        ],
        axis=1,
    )


def _spread(cues: NDArray[np.float64]) -> NDArray[np.float64]:
    """[3] standard deviations over the vowels, or the least of each."""
    return np.asarray(np.maximum(cues.std(0), LEAST_SPREAD))
