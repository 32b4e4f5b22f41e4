"""What an exclamation does that a statement does not, by rule.

Exclamations of actors differ from statements by a higher and wider pitch, a late and steep fall, and more effort
(Bänziger and Scherer, The role of intonation in emotional expressions, Speech Communication 46, 2005).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from avatron.core.speech import PhonemeSequence
from avatron.text.inventory import GLIDES, LIQUIDS, NASALS, PAUSES, VOWELS, base_of, is_vowel
from avatron.voice.intonation.clauses import Clause, nucleus, words_in
from avatron.voice.intonation.prosody import SEMITONE, Prosody

__all__ = ["EFFORT_DECIBELS", "exclaimed"]

WIDER = 1.3
"""Factor on how far the pitch of the clause lies over its floor."""
PEAK_SEMITONES = 3.0
"""How much higher the last stressed vowel is, once the range is wider."""
LEAST_PEAK, GREATEST_PEAK = 5.0, 9.0
"""That vowel is no lower and no higher, in semitones from the middle of the utterance."""
INTERJECTION_PEAKS = {1: 10.0, 2: 7.5}
"""That vowel at the least, by the vowels of the clause: `Wow!` has no other pitch to lie above, and is read low."""
FLOOR_SEMITONES = -6.0
"""The fall ends no higher than this from the middle; the decoder does not go all the way."""
FALL_S = 0.22
"""How long it falls, if there is voice for so long."""
HELD = 0.4
"""Share of the last stressed vowel that stays up before the fall."""
EFFORT_DECIBELS = 1.75
PEAK_DECIBELS = 1.0
"""More on the last stressed vowel."""
CALL_SEMITONES = 1.0
"""A name after the fall begins this far above the floor."""
LONGEST_NAME = 3
SONORANTS = GLIDES | LIQUIDS | NASALS | frozenset(VOWELS)
FLOOR_SHARE = 10
"""Percentile of the pitch that is the floor of a clause."""


def exclaimed(phonemes: PhonemeSequence, clause: Clause, prosody: Prosody) -> Prosody:
    """Higher, wider and with effort, where the clause ends with `!`."""
    *before, (start, end) = clause.phrases
    called = bool(before) and _is_vocative(phonemes, start, end)
    place = nucleus(phonemes, *(before[-1] if called else (start, end)))
    if clause.mark != "!" or place is None:
        return prosody
    spoken = [n for n in range(clause.start, clause.end) if phonemes.symbols[n] not in PAUSES]
    log_pitch, glide, decibels = prosody.log_pitch.copy(), prosody.glide.copy(), prosody.decibels.copy()
    floor = float(np.percentile(log_pitch[spoken], FLOOR_SHARE))
    log_pitch[spoken] += np.maximum(log_pitch[spoken] - floor, 0) * (WIDER - 1)
    glide[spoken] *= WIDER
    decibels[spoken] += EFFORT_DECIBELS
    decibels[place] += PEAK_DECIBELS
    wider = replace(prosody, log_pitch=log_pitch, glide=glide, decibels=decibels)
    least = INTERJECTION_PEAKS.get(sum(is_vowel(phonemes.symbols[n]) for n in spoken), LEAST_PEAK)
    peak = max(least, min(wider.height(place) + PEAK_SEMITONES, GREATEST_PEAK))
    low = min((floor - prosody.middle) / SEMITONE, FLOOR_SEMITONES)
    held_s = HELD * wider.seconds(place, place + 1)
    stop = before[-1][1] if called else end
    # What comes after the last sonorant has no voice to fall with.
    voiced = max(n for n in range(place, stop) if base_of(phonemes.symbols[n]) in SONORANTS)
    fallen_s = min(held_s + FALL_S, wider.seconds(place, voiced + 1))
    fallen = wider.through(place, stop, [0.0, held_s, fallen_s], [peak, peak, low])
    return (
        fallen.through(start, end, [0.0, fallen.seconds(start, end)], [low + CALL_SEMITONES, low]) if called else fallen
    )


def _is_vocative(phonemes: PhonemeSequence, start: int, end: int) -> bool:
    """Whether a phrase is someone's name, as in `Look out, Tom!`: it is said low, after the fall."""
    written = [phonemes.words[phonemes.word_index[word.start]] for word in words_in(phonemes, start, end)]
    return 0 < len(written) <= LONGEST_NAME and all(
        name[:1].isupper() and name[:2] not in ("I", "I'") for name in written
    )
