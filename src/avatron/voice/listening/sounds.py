"""What the speech encoder tells apart: silence and every sound of the inventory, vowels by their stress."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatron.text.inventory import LEAD_PAUSE, PADDING, SYMBOL_IDS, SYMBOLS, base_of, is_pause

__all__ = ["BASES", "BASE_OF_SOUND", "HEARD_SYMBOLS", "ID_OF_SOUND", "SILENCE", "SOUND_OF_ID"]

SILENCE = 0
"""The sound of all pauses: punctuation cannot be heard."""
HEARD_SYMBOLS: tuple[str, ...] = (
    LEAD_PAUSE,
    *(symbol for symbol in SYMBOLS if symbol != PADDING and not is_pause(symbol)),
)
"""The K sounds by their number."""
ID_OF_SOUND: NDArray[np.int64] = np.array([SYMBOL_IDS[symbol] for symbol in HEARD_SYMBOLS])
"""[K] place of each sound in the inventory."""


def _numbers() -> NDArray[np.int64]:
    numbers = np.full(len(SYMBOLS), -1, np.int64)
    for number, symbol in enumerate(HEARD_SYMBOLS):
        numbers[SYMBOL_IDS[symbol]] = number
    for symbol in SYMBOLS:
        if is_pause(symbol):
            numbers[SYMBOL_IDS[symbol]] = SILENCE
    return numbers


SOUND_OF_ID: NDArray[np.int64] = _numbers()
"""[number of symbols] the sound of each symbol of the inventory; -1 for the padding, whose sound nobody knows."""
BASES: tuple[str, ...] = tuple(dict.fromkeys(base_of(symbol) for symbol in HEARD_SYMBOLS))
"""The 40 sounds without stress, silence first."""
BASE_OF_SOUND: NDArray[np.int64] = np.array([BASES.index(base_of(symbol)) for symbol in HEARD_SYMBOLS])
"""[K] place in `BASES` of each sound."""
