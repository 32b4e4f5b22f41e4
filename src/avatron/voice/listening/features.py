"""What the speech encoder hears: the mel of our clock, freed of loudness by a level that follows the past alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.signal.mel import MelConfig

__all__ = ["COLUMN_S", "HEARING", "SILENT_FEATURE", "LevelFollower"]

HEARING = MelConfig()
"""The mel of every acoustic model: one column per column of the text embedding."""
COLUMN_S = HEARING.hop_length / HEARING.sample_rate
TYPICAL_LEVEL = -3.0
"""Natural log of the mean mel magnitude while somebody speaks, at -20 dB of full scale or so."""
QUIETEST_LEVEL = -8.0
"""A level never falls below this: noise alone is not made as loud as speech."""
ATTACK_S, RELEASE_S = 0.1, 8.0
"""How fast the level follows a louder and a quieter sound."""
FIRST_RELEASE_S = 0.5
"""At the start, before anything is known, it falls as fast as this."""
SCALE = 0.35
"""Of the natural logs: brings them to about one standard deviation."""
RANGE = 3.5
"""Features are within this of nought."""
SILENT_FEATURE = -RANGE
"""The feature of digital silence: what lies before a recording and after it."""


@dataclass
class LevelFollower:
    """Mel columns in, features out, piece by piece: the level and how much it has heard are all that it keeps."""

    level: float = TYPICAL_LEVEL
    """Natural log."""
    columns: int = 0
    """Columns heard so far."""

    def features(self, mel: NDArray[np.float32]) -> NDArray[np.float32]:
        """[M, F] features, -3.5 .. 3.5, of the next columns of the log mel [M, F]."""
        loudness = 0.5 * np.log(np.mean(np.exp(2.0 * mel.astype(np.float64)), axis=0))
        levels = np.empty(mel.shape[1])
        attack = 1 - np.exp(-COLUMN_S / ATTACK_S)
        release = 1 - np.exp(-COLUMN_S / RELEASE_S)
        for column, loud in enumerate(loudness.tolist()):
            share = (
                attack if loud > self.level else max(release, COLUMN_S / (FIRST_RELEASE_S + self.columns * COLUMN_S))
            )
            self.level = max(self.level + share * (loud - self.level), QUIETEST_LEVEL)
            self.columns += 1
            levels[column] = self.level
        return np.clip(SCALE * (mel - levels), -RANGE, RANGE).astype(np.float32)
