"""How a question ends, by rule.

The reading voice that we train on asks next to nothing, so its prosody ends every sentence with a fall. In English, a
question that a question word does not begin ends with a rise from its last stressed syllable on (Pierrehumbert and
Hirschberg, The meaning of intonational contours, 1990: L* H-H%). One that offers a choice (`tea or coffee?`) rises on
what it offers first and falls at its end; a tag (`isn't it?`) rises by itself, whatever it hangs on.
"""

from __future__ import annotations

from avatron.core.speech import PhonemeSequence
from avatron.text.inventory import stress_of
from avatron.voice.intonation.clauses import AUXILIARIES, PRONOUNS, Clause, Word, nucleus, words_in
from avatron.voice.intonation.prosody import Prosody

__all__ = ["RISE_SEMITONES", "asked", "question_kind"]

RISE_SEMITONES = 7.0
"""How far the last sound lies above the last stressed vowel: a fifth, the middle of what speakers do."""
LOWEST_START, HIGHEST_START = -3.0, 2.0
LOWEST_END = 4.0
"""The rise begins between the first two and ends no lower than the third, from the middle of the utterance."""
CHOICE_SEMITONES = 3.0
"""Rise of what is offered first: smaller than the rise that ends a question, larger than that of a list."""
QUESTION_WORDS = frozenset(("who", "whom", "whose", "what", "which", "when", "where", "why", "how"))
BEFORE_QUESTION_WORDS = frozenset(
    ("and", "but", "so", "or", "well", "then", "now", "in", "at", "on", "to", "for", "from", "by", "with", "of", "oh")
)
"""May stand before the question word: `And what then?`, `In which city?`."""
TAGS = frozenset(("right", "ok", "okay", "eh", "huh", "yes", "no", "correct", "really"))
LONGEST_TAG = 3
"""Words, as in `will you not?`."""
LONGEST_CHOICE = 4
"""Words after `or`; what is longer is seldom an alternative of the sort that ends with a fall."""
NO_CHOICES = frozenset(("not", "so", "something", "anything", "somebody", "anybody", "what", "whatever"))
"""After `or` these only make vague: `or something?` rises like any question."""


def question_kind(phonemes: PhonemeSequence, clause: Clause) -> str:
    """`yes_no`, `tag`, `choice` or `question_word`; empty where nothing is asked."""
    words = words_in(phonemes, clause.start, clause.end)
    if clause.mark != "?" or not words:
        return ""
    if clause.pauses and _is_tag(words_in(phonemes, *clause.phrases[-1])):
        return "tag"
    leading = [word.bare for word in words[:3]]
    while len(leading) > 1 and leading[0] in BEFORE_QUESTION_WORDS:
        leading.pop(0)
    if leading[0].split("'")[0] in QUESTION_WORDS:
        return "question_word"
    return "yes_no" if _choice(words) is None else "choice"


def asked(phonemes: PhonemeSequence, clause: Clause, prosody: Prosody) -> Prosody:
    """With the rise of a question; a clause that is none stays as it was."""
    kind = question_kind(phonemes, clause)
    if kind == "choice":
        return _offered(phonemes, clause, prosody)
    if kind not in ("yes_no", "tag"):
        return prosody
    start, end = clause.phrases[-1]
    place = _first_stressed(phonemes, start, end) if kind == "tag" else nucleus(phonemes, start, end)
    if place is None:
        return prosody
    # The reading voice has fallen by then; a question that rises from the floor only comes back to where it was.
    low = min(max(prosody.height(place), LOWEST_START), HIGHEST_START)
    high = max(low + RISE_SEMITONES, LOWEST_END)
    return prosody.through(place, clause.end, [0.0, prosody.seconds(place, clause.end)], [low, high])


def _offered(phonemes: PhonemeSequence, clause: Clause, prosody: Prosody) -> Prosody:
    words = words_in(phonemes, clause.start, clause.end)
    parting = _choice(words)
    assert parting is not None
    start, stop = words[0].start, words[parting - 1].stop
    place = nucleus(phonemes, start, stop)
    if place is None:
        return prosody
    low = min(max(prosody.height(place), LOWEST_START), HIGHEST_START)
    return prosody.through(place, stop, [0.0, prosody.seconds(place, stop)], [low, low + CHOICE_SEMITONES])


def _first_stressed(phonemes: PhonemeSequence, start: int, end: int) -> int | None:
    return next((place for place in range(start, end) if stress_of(phonemes.symbols[place]) == 1), None)


def _choice(words: list[Word]) -> int | None:
    """Place of the `or` that parts two alternatives, if the last words are one."""
    places = [place for place, word in enumerate(words) if word.bare == "or"]
    if not places or places[-1] == 0:
        return None
    after = [word.bare for word in words[places[-1] + 1 :]]
    if not 1 <= len(after) <= LONGEST_CHOICE or after[0] in NO_CHOICES:
        return None
    return places[-1]


def _is_tag(words: list[Word]) -> bool:
    bare = [word.bare for word in words]
    if len(bare) == 1:
        return bare[0] in TAGS
    return (
        2 <= len(bare) <= LONGEST_TAG
        and (bare[0].removesuffix("n't") in AUXILIARIES or bare[0] in ("won't", "can't", "shan't", "ain't"))
        and bare[1] in PRONOUNS
    )
