"""How something is said, apart from what is said."""

from __future__ import annotations

import math
from dataclasses import dataclass

from avatron.errors import InvalidValueError

__all__ = ["HIGHEST_FACTOR", "LOWEST_FACTOR", "STYLE_FACTORS", "VoiceStyle"]

LOWEST_FACTOR, HIGHEST_FACTOR = 0.5, 2.0
STYLE_FACTORS = ("pace", "pitch", "pitch_range", "energy", "dynamics", "pauses")
"""The fields of a style that are factors on the voice's own."""


@dataclass(frozen=True)
class VoiceStyle:
    """Choices of one request.

    Raises:
        InvalidValueError: a factor that is not a number in 0.5 .. 2, or a seed outside 0 .. 2**32 - 1.
    """

    pace: float = 1.0
    """Speed relative to the voice's own; 2 is twice as fast. Named values: slow 0.8, normal 1, fast 1.25."""
    pitch: float = 1.0
    """Factor on the pitch in Hz; 2 is an octave up, 2 ** (1 / 12) a semitone."""
    pitch_range: float = 1.0
    """Factor on how far the pitch moves about its middle, in semitones; 0.5 is flat, 2 lively."""
    energy: float = 1.0
    """Factor on the magnitude that the voice aims at, pauses apart; 2 is 6 dB more."""
    dynamics: float = 1.0
    """Factor on how far loudness moves from syllable to syllable, in dB; 0.5 is even, 2 declaims."""
    pauses: float = 1.0
    """Factor on the length of pauses, besides what the pace does to them; the script's own are as it says."""
    seed: int = 0
    """Chooses the noise in breath and consonants; the same seed gives the same samples."""

    def __post_init__(self) -> None:
        for name in STYLE_FACTORS:
            value = getattr(self, name)
            if not (math.isfinite(value) and LOWEST_FACTOR <= value <= HIGHEST_FACTOR):
                called = name.replace("_", " ")
                raise InvalidValueError(
                    f"{called} {value:g} is outside {LOWEST_FACTOR:g} .. {HIGHEST_FACTOR:g}; 1 is the voice's own"
                )
        if not 0 <= self.seed < 2**32:
            raise InvalidValueError(f"seed {self.seed} is outside 0 .. {2**32 - 1}")
