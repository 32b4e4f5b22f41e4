"""Lengths, pitch and loudness of the phonemes of one utterance, and how a rule changes them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["SEMITONE", "Prosody"]

SEMITONE = float(np.log(2) / 12)
"""In ln Hz."""


@dataclass(frozen=True, eq=False)
class Prosody:
    """How each phoneme is said; rules give a changed copy."""

    durations: NDArray[np.float64]
    """[P] mel frames, not whole yet."""
    log_pitch: NDArray[np.float64]
    """[P] ln Hz, mean over the phoneme."""
    glide: NDArray[np.float64]
    """[P] ln Hz from the phoneme's start to its end."""
    energy: NDArray[np.float64]
    """[P] mean of the ln mel that the voice reads with; rules only look at it."""
    decibels: NDArray[np.float64]
    """[P] loudness beside that."""
    middle: float
    """ln Hz, the mean of the spoken phonemes before any rule: what rules are relative to, whoever speaks."""
    frame_rate: float
    """Mel frames a second."""

    @classmethod
    def of(
        cls,
        durations: NDArray[np.floating],
        log_pitch: NDArray[np.floating],
        energy: NDArray[np.floating],
        spoken: NDArray[np.bool_],
        frame_rate: float,
    ) -> Self:
        """As the voice reads by itself; all arrays [P], `spoken` False at pauses."""
        pitch = log_pitch.astype(np.float64)
        return cls(
            durations=durations.astype(np.float64),
            log_pitch=pitch,
            glide=np.zeros(len(pitch)),
            energy=energy.astype(np.float64),
            decibels=np.zeros(len(pitch)),
            middle=float(pitch[spoken].mean()) if spoken.any() else 0.0,
            frame_rate=frame_rate,
        )

    def through(self, first: int, stop: int, times_s: list[float], semitones: list[float]) -> Self:
        """The pitch of phonemes `first` .. `stop` drawn through points, straight lines between them.

        `times_s` count from the start of phoneme `first`, `semitones` from the middle of the utterance.
        """
        ends = np.cumsum(self.durations[first:stop]) / self.frame_rate
        edges = np.interp(np.concatenate([[0.0], ends]), times_s, semitones) * SEMITONE + self.middle
        log_pitch, glide = self.log_pitch.copy(), self.glide.copy()
        log_pitch[first:stop] = (edges[:-1] + edges[1:]) / 2
        glide[first:stop] = np.diff(edges)
        return replace(self, log_pitch=log_pitch, glide=glide)

    def seconds(self, first: int, stop: int) -> float:
        """How long phonemes `first` .. `stop` last together."""
        return float(self.durations[first:stop].sum()) / self.frame_rate

    def height(self, place: int) -> float:
        """Semitones of a phoneme over the middle of the utterance."""
        return float(self.log_pitch[place] - self.middle) / SEMITONE
