"""Phonemes of a word that no lexicon has, guessed from its letters by gruut's model."""

from __future__ import annotations

from avatron.text.english.crf import decoded, encoded, open_model
from avatron.text.inventory import is_vowel, stress_of
from avatron.text.pronunciation import nearest_symbols

__all__ = ["guess_phonemes"]

_REACH = 3
"""Letters to either side that the model looks at."""
_EMPTY, _JOINT = "_", "|"


def guess_phonemes(word: str) -> tuple[str, ...]:
    """The phonemes of a word in lower case, with exactly one primary stress; empty where the model sees no vowel."""
    labels = open_model("g2p").tag([_features(word, place) for place in range(len(word))])
    phonemes = [phoneme for label in labels for phoneme in decoded(label).split(_JOINT) if phoneme != _EMPTY]
    symbols, _ = nearest_symbols("".join(phonemes))
    vowels = [place for place, symbol in enumerate(symbols) if is_vowel(symbol)]
    if not vowels:
        return ()
    if not any(stress_of(symbols[place]) == 1 for place in vowels):
        first = vowels[0]
        strong, _ = nearest_symbols(f"ˈ{symbols[first].lstrip('ˌ')}")
        return (*symbols[:first], *strong, *symbols[first + 1 :])
    return symbols


def _features(word: str, place: int) -> dict[str, str | float | bool]:
    # The names are those the model was trained with.
    features: dict[str, str | float | bool] = {"bias": 1.0, "grapheme": encoded(word[place])}
    if place == 0:
        features["begin"] = True
    if place == len(word) - 1:
        features["end"] = True
    for distance in range(1, _REACH + 1):
        if place >= distance:
            features[f"grapheme-{distance}"] = encoded(word[place - distance])
        if place + distance < len(word):
            features[f"grapheme+{distance}"] = encoded(word[place + distance])
    return features
