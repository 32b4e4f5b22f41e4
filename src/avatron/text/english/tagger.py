"""Parts of speech (Penn tags) of a sentence's words, by gruut's model."""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import cast

from avatron.text.english.crf import encoded, open_model

__all__ = ["tag_words"]

_REACH = 2
"""Words to either side that the model looks at."""
_AFFIX = 3
"""Letters of the longest beginning and ending it looks at."""


def tag_words(words: Sequence[str]) -> list[str]:
    """The Penn tag of each word or mark: `NN`, `VBD`, `JJ` ..."""
    own = [_features(word) for word in words]
    sequence = []
    for place, features in enumerate(own):
        around = dict(features)
        if place == 0:
            around["BOS"] = True
        if place == len(own) - 1:
            around["EOS"] = True
        for distance in range(1, _REACH + 1):
            for sign, other in (("-", place - distance), ("+", place + distance)):
                if 0 <= other < len(own):
                    around.update({f"{sign}{distance}:{name}": value for name, value in own[other].items()})
        sequence.append(around)
    return cast("list[str]", open_model("pos").tag(sequence))


def _features(word: str) -> dict[str, str | float | bool | int]:
    # The names are those the model was trained with.
    features: dict[str, str | float | bool | int] = {
        "bias": 1.0,
        "word": encoded(word),
        "len(word)": len(word),
        "word.ispunctuation": word in string.punctuation,
        "word.isdigit()": word.isdigit(),
    }
    for length in range(2, _AFFIX + 1):
        features[f"word[:{length}]"] = word[:length]
        features[f"word[-{length}:]"] = word[-length:]
    return features
