"""What a recording says of its speaker: pitch, how the spectrum moves, and a speaker vector where one can be had."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.core.audio import Audio
from avatron.errors import DamagedModelError, InvalidValueError, ShapeError
from avatron.io.resample import resample_audio
from avatron.signal.mel import MelConfig, log_mel
from avatron.signal.pitch import track_pitch
from avatron.voice.match.speakers import SpeakerEncoder

__all__ = ["VoiceProfile", "profile_of"]

_MEL = MelConfig(sample_rate=16_000, window_length=512, hop_length=160, bins=40, lowest_hz=80.0, highest_hz=7600.0)
_LOWEST_HZ = 60.0
_COEFFICIENTS, _RELATED = 20, 8
"""Of the cepstrum, and those whose relations are looked at."""
_FLOOR = 15.0 / 20.0 * math.log(10.0)
"""Natural log by which a band may fall below its loud moments: what is softer is the room's noise."""
_LOUD_PERCENT = 90.0
LEAST_VOICED_S = 1.0
"""Of voiced sound below which a speaker cannot be described."""


@dataclass(frozen=True, eq=False)
class VoiceProfile:
    """One speaker, as one or more recordings have them.

    Raises:
        ShapeError: arrays of other lengths.
        InvalidValueError: a pitch that is not positive.
    """

    pitch_hz: float
    """Median over voiced frames."""
    pitch_spread_semitones: float
    """Standard deviation over them."""
    relations: NDArray[np.float32]
    """[28] correlations of the first cepstral coefficients with one another: how tongue, jaw and lips go together.
    Neither loudness nor a microphone's colour changes them."""
    movement: NDArray[np.float32]
    """[20] natural log of how fast each cepstral coefficient changes."""
    voiced_s: float
    """Seconds of voiced sound that were heard."""
    source: str
    """What it was heard in: a path, or the name of a voice."""
    vector: NDArray[np.float32] | None = None
    """[N] of unit length, by a speaker encoder; None without one."""
    encoder: str | None = None
    """Name of that encoder: vectors of two encoders say nothing of one another."""

    def __post_init__(self) -> None:
        pairs = _RELATED * (_RELATED - 1) // 2
        object.__setattr__(self, "relations", checked_array("relations", self.relations, (pairs,), np.float32))
        object.__setattr__(self, "movement", checked_array("movement", self.movement, (_COEFFICIENTS,), np.float32))
        if self.vector is not None:
            object.__setattr__(self, "vector", checked_array("vector", self.vector, (None,), np.float32))
        if not (math.isfinite(self.pitch_hz) and self.pitch_hz > 0):
            raise InvalidValueError(f"a profile's pitch is {self.pitch_hz} Hz, expected above 0")
        if (self.vector is None) != (self.encoder is None):
            raise InvalidValueError("a speaker vector and the name of its encoder belong together")

    def to_json(self) -> bytes:
        """As a JSON object."""
        values = {name: getattr(self, name) for name in _NUMBERS}
        arrays = {name: None if (value := getattr(self, name)) is None else value.tolist() for name in _ARRAYS}
        text = {"source": self.source, "encoder": self.encoder}
        return (json.dumps({**values, **arrays, **text}, allow_nan=False) + "\n").encode()

    @classmethod
    def from_json(cls, data: bytes, source: str) -> Self:
        """What `to_json` wrote; `source` names the file in messages.

        Raises:
            DamagedModelError: something else.
        """
        try:
            values: dict[str, Any] = json.loads(data)
            numbers = {name: float(values[name]) for name in _NUMBERS}
            arrays = {name: None if values[name] is None else np.array(values[name], np.float32) for name in _ARRAYS}
            encoder = values["encoder"]
            given: dict[str, Any] = {**numbers, **arrays, "source": str(values["source"])}
            return cls(**given, encoder=None if encoder is None else str(encoder))
        except (KeyError, TypeError, ValueError, ShapeError, InvalidValueError) as error:
            raise DamagedModelError(f"`{source}` is no profile of a voice ({error!r}); build it again") from error


_NUMBERS = ("pitch_hz", "pitch_spread_semitones", "voiced_s")
_ARRAYS = ("relations", "movement", "vector")


def profile_of(audio: Audio, source: str, encoder: SpeakerEncoder | None = None) -> VoiceProfile:
    """The speaker of `audio`, with a speaker vector where an `encoder` is given.

    Raises:
        InvalidValueError: less than `LEAST_VOICED_S` of voiced sound.
    """
    heard = resample_audio(audio, _MEL.sample_rate)
    mel = log_mel(heard, _MEL)
    pitch_hz = track_pitch(heard, _MEL.hop_length, lowest_hz=_LOWEST_HZ)
    count = min(len(pitch_hz), mel.shape[1])
    pitch_hz, mel = pitch_hz[:count], mel[:, :count]
    voiced = pitch_hz > 0
    voiced_s = float(voiced.sum()) * _MEL.hop_length / _MEL.sample_rate
    if voiced_s < LEAST_VOICED_S:
        raise InvalidValueError(
            f"`{source}` has {voiced_s:.1f} s of voiced sound; a voice is known by {LEAST_VOICED_S:g} s at least"
        )
    spoken = mel[:, voiced].astype(np.float64)
    loud = np.percentile(spoken, _LOUD_PERCENT, axis=1, keepdims=True)
    cepstrum = _cosines() @ np.maximum(spoken - loud, -_FLOOR)
    spread = np.maximum(cepstrum[:_RELATED].std(axis=1), 1e-6)
    centred = (cepstrum[:_RELATED] - cepstrum[:_RELATED].mean(axis=1, keepdims=True)) / spread[:, None]
    related = centred @ centred.T / centred.shape[1]
    semitones = 12 * np.log2(pitch_hz[voiced].astype(np.float64))
    return VoiceProfile(
        pitch_hz=float(2 ** (np.median(semitones) / 12)),
        pitch_spread_semitones=float(semitones.std()),
        relations=related[np.triu_indices(_RELATED, 1)].astype(np.float32),
        movement=np.log(np.diff(cepstrum, axis=1).std(axis=1) + 1e-6).astype(np.float32),
        voiced_s=voiced_s,
        source=source,
        vector=None if encoder is None else encoder.embed(audio),
        encoder=None if encoder is None else encoder.name,
    )


@lru_cache(maxsize=1)
def _cosines() -> NDArray[np.float64]:
    """[C, M] the cosine transform from log mel to cepstrum, without its constant: loudness."""
    orders = np.arange(1, _COEFFICIENTS + 1)[:, None]
    return np.asarray(np.cos(np.pi / _MEL.bins * orders * (np.arange(_MEL.bins) + 0.5)) * np.sqrt(2 / _MEL.bins))
