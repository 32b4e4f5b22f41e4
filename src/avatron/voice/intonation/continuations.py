"""What tells at a comma that the sentence goes on, by rule: the items of a list rise, other phrases do not fall deep.

A reader's items rise or stay level until the last one (Ladd, Intonational phonology, 2008, 3.2: H* H-L% or L* H-L%).
"""

from __future__ import annotations

from avatron.core.speech import PhonemeSequence
from avatron.voice.intonation.asides import asides_of
from avatron.voice.intonation.clauses import Clause, nucleus, words_in
from avatron.voice.intonation.prosody import Prosody

__all__ = ["ITEM_SEMITONES", "continued", "list_pauses"]

ITEM_SEMITONES = 2.5
"""Rise of an item that others follow, over its last stressed vowel and what comes after."""
LEVEL_SEMITONES = 0.5
"""Rise of any other phrase before a comma: next to level."""
LOWEST_START = -2.0
"""Where such a rise begins at the lowest, in semitones from the middle of the utterance."""
HIGHEST_END = 6.0
LONGEST_ITEM = 5
"""Words of an item of a list; the first may have more before it (`We bought apples, ...`)."""
LEAST_COMMAS = 2
SUBJECTS = frozenset(("i", "you", "he", "she", "it", "we", "they"))
"""What begins with these is a clause, not an item: `At last, he ate, and slept.`"""
CONJUNCTIONS = frozenset(("and", "or", "nor"))


def list_pauses(phonemes: PhonemeSequence, clause: Clause) -> frozenset[int]:
    """The commas between the items of a series: two or more, short items, `and` or `or` before the last item."""
    found: set[int] = set()
    run: list[int] = []
    phrases = clause.phrases
    for number, (start, end) in enumerate(phrases):
        words = [word.bare for word in words_in(phonemes, start, end)]
        if run and words and words[0] in CONJUNCTIONS:
            if len(run) >= LEAST_COMMAS:
                found.update(run)
            run = []
        elif run and len(words) <= LONGEST_ITEM and not CONJUNCTIONS.isdisjoint(words[1:-1]):
            # `apples, pears and plums`: the last comma is missing.
            if len(run) >= LEAST_COMMAS or _single_words(phonemes, phrases, number):
                found.update(run)
            run = []
        elif len(words) > LONGEST_ITEM or (words and words[0] in SUBJECTS):
            run = []
        run = [*run, end] if phonemes.symbols[end] == "," and end != clause.end else []
    return frozenset(found)


def continued(phonemes: PhonemeSequence, clause: Clause, prosody: Prosody) -> Prosody:
    """With the end of each phrase before a comma or an aside level, and that of each item of a list risen."""
    items = list_pauses(phonemes, clause)
    around_asides = {place for start, stop in asides_of(phonemes) for place in (start - 1, stop)}
    for start, end in clause.phrases:
        place = nucleus(phonemes, start, end)
        goes_on = phonemes.symbols[end] == "," or end in around_asides
        if not goes_on or end == clause.end or place is None:
            continue
        rise = ITEM_SEMITONES if end in items else LEVEL_SEMITONES
        low = max(prosody.height(place), LOWEST_START)
        if end not in items and prosody.height(end - 1) >= low:
            continue
        high = max(min(low + rise, HIGHEST_END), low)
        prosody = prosody.through(place, end, [0.0, prosody.seconds(place, end)], [low, high])
    return prosody


def _single_words(phonemes: PhonemeSequence, phrases: tuple[tuple[int, int], ...], number: int) -> bool:
    """Whether `red, white and blue`: one comma, but three items of a word each at the end of it."""
    return number >= 1 and len(words_in(phonemes, *phrases[number])) == 3
