"""Whether it is the same person: cosines of speaker embeddings."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.errors import InvalidValueError
from avatron.evaluation.measurement import Measurement, measured_mean
from avatron.evaluation.voice.level import at_loudness
from avatron.evaluation.voice.optional import optional_package
from avatron.io.resample import resample_audio

__all__ = ["SpeakerEncoder", "speaker_similarity"]

ENCODER_RATE = 16000


class SpeakerEncoder:
    """Resemblyzer's: 256 numbers of unit length for each utterance (Wan et al., Generalized end-to-end loss, 2018)."""

    def __init__(self) -> None:
        """Loads it.

        Raises:
            MissingComponentError: Resemblyzer or torch is not installed.
        """
        # webrtcvad only trims silence when it reads files, and needs a compiler.
        package = optional_package("resemblyzer", "--no-deps resemblyzer", unused=("webrtcvad",))
        self._encoder = package.VoiceEncoder("cpu", verbose=False)

    def embed(self, audio: Audio) -> NDArray[np.float32]:
        """[256] unit length."""
        samples = at_loudness(resample_audio(audio, ENCODER_RATE)).samples
        return np.asarray(self._encoder.embed_utterance(samples), np.float32)


def speaker_similarity(own: NDArray[np.float32], recordings: NDArray[np.float32]) -> Measurement:
    """Mean cosine of each utterance [C, 256] with the recordings [C, 256] of all other texts.

    The recordings against themselves are the ceiling.

    Raises:
        InvalidValueError: fewer than two recordings.
    """
    if len(recordings) < 2:
        raise InvalidValueError("speaker similarity needs at least two recordings")
    cosines = own @ recordings.T
    others = ~np.eye(len(own), dtype=bool)
    means = [float(row[keep].mean()) for row, keep in zip(cosines, others, strict=True)]
    return measured_mean("speaker_similarity", means, unit="cosine", better="higher", citation="Resemblyzer 0.1.4")
