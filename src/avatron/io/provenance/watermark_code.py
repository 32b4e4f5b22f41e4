"""The watermark's message: 40 bits of a replica's id and a checksum, in a code that forgives what is misread.

The 56 bits go through the convolutional code of rate 1/2 and constraint length 7 with the generators 171 and 133
(octal), as in deep-space telemetry (CCSDS 131.0-B), and are read back with soft decisions (Viterbi, 1967).
"""

from __future__ import annotations

import binascii
import hashlib
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["CODE_BITS", "PAYLOAD_BITS", "decode", "encode", "payload_of"]

PAYLOAD_BITS = 40
"""Of the hash of a replica's id."""
_CHECK_BITS = 16
_MEMORY = 6
_GENERATORS = (0o171, 0o133)
CODE_BITS = 2 * (PAYLOAD_BITS + _CHECK_BITS + _MEMORY)
"""Signs that are written into a picture."""


def payload_of(replica_id: str) -> int:
    """The 40 bits that stand for a replica: the first of the sha256 of its id."""
    return int.from_bytes(hashlib.sha256(replica_id.encode()).digest()[: PAYLOAD_BITS // 8], "big")


def encode(payload: int) -> NDArray[np.int8]:
    """[CODE_BITS] the signs, +1 or -1, of a payload of `PAYLOAD_BITS` bits."""
    word = payload << _CHECK_BITS | _checksum(payload)
    count = PAYLOAD_BITS + _CHECK_BITS
    bits = [word >> (count - 1 - place) & 1 for place in range(count)] + [0] * _MEMORY
    state, signs = 0, []
    for bit in bits:
        window = bit << _MEMORY | state
        signs += [1 - 2 * ((window & generator).bit_count() % 2) for generator in _GENERATORS]
        state = window >> 1
    return np.array(signs, np.int8)


def decode(evidence: NDArray[np.floating]) -> int | None:
    """The payload that fits [CODE_BITS] best, signs times how sure they are; None where its checksum does not hold."""
    previous, outputs = _trellis()
    score = np.full(1 << _MEMORY, -np.inf)
    score[0] = 0.0
    choices = np.empty((CODE_BITS // 2, 1 << _MEMORY), np.int8)
    states = np.arange(1 << _MEMORY)
    for step in range(CODE_BITS // 2):
        reached = score[previous] + outputs @ np.asarray(evidence[2 * step : 2 * step + 2], np.float64)
        choices[step] = reached.argmax(axis=1)
        score = reached[states, choices[step]]
    state, word = 0, 0
    for step in reversed(range(CODE_BITS // 2)):
        if step < PAYLOAD_BITS + _CHECK_BITS:
            word |= (state >> (_MEMORY - 1)) << (PAYLOAD_BITS + _CHECK_BITS - 1 - step)
        state = int(previous[state, choices[step, state]])
    payload = word >> _CHECK_BITS
    return payload if word & ((1 << _CHECK_BITS) - 1) == _checksum(payload) else None


def _checksum(payload: int) -> int:
    return binascii.crc_hqx(payload.to_bytes(PAYLOAD_BITS // 8, "big"), 0xFFFF)


@lru_cache(maxsize=1)
def _trellis() -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """[S, 2] the two states before each, and [S, 2, 2] the signs that are sent on the way from each of them."""
    count = 1 << _MEMORY
    previous = np.empty((count, 2), np.int64)
    outputs = np.empty((count, 2, 2))
    for state in range(count):
        for last in range(2):
            # The newest bit is the state's highest; the one that falls out was the lowest before.
            window = state << 1 | last
            previous[state, last] = window & (count - 1)
            outputs[state, last] = [1 - 2 * ((window & generator).bit_count() % 2) for generator in _GENERATORS]
    return previous, outputs
