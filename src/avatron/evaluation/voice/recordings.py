"""What a voice is compared with: recordings that no stage of its training saw, aligned with their texts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.core.speech import PhonemeSequence, Span

__all__ = ["AlignedRecording"]


@dataclass(frozen=True, eq=False)
class AlignedRecording:
    """One recording on the clock of the mel, led by `lead_frames` of its own sound played backwards.

    Voices begin with a pause, most recordings in the middle of a sound: the lead gives every frame of the recording
    neighbours on both sides, and is never measured.
    """

    name: str
    text: str
    audio: Audio
    """The recording alone, F_own * hop samples."""
    phonemes: PhonemeSequence
    """The first is the pause of the lead."""
    durations: NDArray[np.int64]
    """[P] mel frames; sum = F."""
    log_pitch: NDArray[np.float32]
    """[P] ln Hz, mean of each phoneme."""
    energy: NDArray[np.float32]
    """[P] mean of the ln mel of each phoneme."""
    mel: NDArray[np.float32]
    """[M, F] natural log, lead included."""
    pitch_hz: NDArray[np.float32]
    """[F], 0 where unvoiced, lead included."""
    lead_frames: int

    @property
    def own_mel(self) -> NDArray[np.float32]:
        """[M, F_own] without the lead."""
        return self.mel[:, self.lead_frames :]

    @property
    def own_pitch_hz(self) -> NDArray[np.float32]:
        """[F_own] without the lead."""
        return self.pitch_hz[self.lead_frames :]

    def spans(self, frame_rate: float) -> tuple[Span, ...]:
        """When each phoneme is said, in seconds from the beginning of `audio`; the lead's begins before it."""
        ends = (np.cumsum(self.durations) - self.lead_frames) / frame_rate
        starts = ends - self.durations / frame_rate
        rows = zip(self.phonemes.symbols, starts, ends, strict=True)
        return tuple(Span(symbol, float(start), float(end)) for symbol, start, end in rows)
