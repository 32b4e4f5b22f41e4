"""What the listener tells apart: silence, and each sound of the inventory in two halves.

Stress is no sound of its own. The halves matter: the first half of a stop is its closure, the second its burst.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatron.text.inventory import CONSONANTS, VOWELS, base_of, is_pause

__all__ = [
    "HALVES",
    "MANNER_OF_SOUND",
    "SILENCE",
    "SOUNDS",
    "SOUND_IDS",
    "STATES",
    "manner_shares",
    "sound_id",
    "sound_shares",
]

SILENCE = 0
"""The sound of a pause; it has one state only."""
HALVES = 2
"""States of every other sound: how it begins and how it ends."""
SOUNDS: tuple[str, ...] = ("|", *CONSONANTS, *VOWELS)
"""By their number."""
SOUND_IDS: dict[str, int] = {sound: number for number, sound in enumerate(SOUNDS)}
STATES = 1 + HALVES * (len(SOUNDS) - 1)
"""Sound i has the states 2 i - 1 and 2 i; silence is state 0."""

_ALIKE = ("m n ŋ", "p t k", "b d ɡ", "f θ s ʃ", "v ð z ʒ", "tʃ dʒ", "l ɹ w j")
"""Sounds of one manner are hard to tell by ear, most of all nasals; a known text tells them."""
_FIRST_ALIKE = {sound: group.split()[0] for group in _ALIKE for sound in group.split()}
MANNER_OF_SOUND: NDArray[np.int64] = np.array([SOUND_IDS[_FIRST_ALIKE.get(sound, sound)] for sound in SOUNDS])
"""[number of sounds] the first sound of the same manner; vowels are each their own."""


def sound_id(symbol: str) -> int:
    """The number of the sound of a symbol of the inventory, of any stress; silence for pauses."""
    return SILENCE if is_pause(symbol) else SOUND_IDS[base_of(symbol)]


def sound_shares(state_shares: NDArray[np.float32]) -> NDArray[np.float32]:
    """[F, number of sounds] how probable each sound is, from those of the states [F, `STATES`]."""
    halves = state_shares[:, 1:].reshape(len(state_shares), -1, HALVES)
    return np.concatenate([state_shares[:, :1], halves.sum(axis=2)], axis=1)


def manner_shares(state_shares: NDArray[np.float32]) -> NDArray[np.float32]:
    """[F, number of sounds] how probable a sound of the manner of each is, from the states [F, `STATES`]."""
    alike = (MANNER_OF_SOUND[:, None] == MANNER_OF_SOUND).astype(np.float32)
    return np.asarray(sound_shares(state_shares) @ alike, np.float32)
