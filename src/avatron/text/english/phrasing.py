# ruff: noqa: SIM905 - tables of words read better as one string
"""Where a reader breathes in a long stretch without punctuation."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["LONGEST_STRETCH", "phrase_breaks"]

LONGEST_STRETCH = 60
"""Phonemes, about 4.5 s. The reader of LJSpeech paused without punctuation in 84 % of her 164 stretches of 5 s and
more, in 49 % of those of 4 to 5 s, and in 9 % of those of 2 to 3 s."""
LEAST_PART = 18
"""Phonemes on each side of a break."""
_CONJUNCTIONS = frozenset(
    """
    and but or nor that which who whom whose because while when where whereas although though if unless until
    """.split()
)
_PREPOSITIONS = frozenset(
    """
    to by in for with from at on into between through during before after under over without within against about as
    """.split()
)
"""She paused before these: `and` 29, `that` 27, `to` 18, `by` 15, `in` 10, `as` 8, `which` 8, `for` 8 of 325 times."""
_JOINED = frozenset(
    """
    a an the my your his her its our their this these those no every each some any and but or nor so as of to in on at
    by for with from into than that which who if when is are was were be been has have had do does did will would can
    could should may might must shall not very more most i he she it we they you rather such so able unable willing
    likely unlikely ready about due according responsible intended used going
    """.split()
)
"""No break after these: they belong to what follows."""
_SCALES = frozenset("thousand million billion trillion".split())
_PREPOSITION_COST = 0.12
"""A preposition must lie this share of the stretch nearer to its middle to be chosen before a conjunction."""
_SCALE_COST = 0.05


def phrase_breaks(words: Sequence[str], lengths: Sequence[int]) -> tuple[int, ...]:
    """Places of the words that a pause should stand before, in a stretch without pauses.

    `words` are spoken ones in lower case, `lengths` their phonemes. A stretch that is long is parted at the best place
    near its middle, and its parts again.
    """
    total = sum(lengths)
    if total <= LONGEST_STRETCH:
        return ()
    best: tuple[float, int] | None = None
    before = 0
    for place, word in enumerate(words):
        if min(before, total - before) >= LEAST_PART:
            cost = _cost(words[place - 1], word, words[place + 1] if place + 1 < len(words) else "")
            if cost is not None:
                score = cost + abs(before / total - 0.5)
                best = min(best or (score, place), (score, place))
        before += lengths[place]
    if best is None:
        return ()
    place = best[1]
    left = phrase_breaks(words[:place], lengths[:place])
    right = phrase_breaks(words[place:], lengths[place:])
    return (*left, place, *(place + later for later in right))


def _cost(previous: str, word: str, following: str) -> float | None:
    """How unwelcome a break before a word is, None where there cannot be one."""
    if previous in _SCALES:
        return None if word in ("and", "dollars", "pounds", "euros", "years", "people") else _SCALE_COST
    if previous in _JOINED or previous == "hundred":
        return None
    if word in _CONJUNCTIONS:
        return 0.0
    return _PREPOSITION_COST if word in _PREPOSITIONS and following else None
