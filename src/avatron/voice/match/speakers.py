"""Encoders of speakers: a recording to a vector that is the same whatever is said."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.errors import MissingComponentError
from avatron.io.optional import optional_package
from avatron.io.resample import resample_audio
from avatron.signal.level import at_loudness

__all__ = ["ResemblyzerEncoder", "SpeakerEncoder", "installed_encoder"]


class SpeakerEncoder(Protocol):
    """A recording to a vector."""

    @property
    def name(self) -> str:
        """What its vectors are called by."""

    def embed(self, audio: Audio) -> NDArray[np.float32]:
        """[N] unit length."""
        ...


class ResemblyzerEncoder:
    """Resemblyzer's: 256 numbers of unit length for each utterance (Wan et al., Generalized end-to-end loss, 2018)."""

    SAMPLE_RATE = 16_000

    def __init__(self) -> None:
        """Loads it.

        Raises:
            MissingComponentError: Resemblyzer or torch is not installed.
        """
        # webrtcvad only trims silence when it reads files, and needs a compiler.
        package = optional_package("resemblyzer", "--no-deps resemblyzer", unused=("webrtcvad",))
        self._encoder = package.VoiceEncoder("cpu", verbose=False)

    @property
    def name(self) -> str:
        """What its vectors are called by."""
        return "resemblyzer"

    def embed(self, audio: Audio) -> NDArray[np.float32]:
        """[256] unit length."""
        samples = at_loudness(resample_audio(audio, self.SAMPLE_RATE)).samples
        return np.asarray(self._encoder.embed_utterance(samples), np.float32)


def installed_encoder() -> SpeakerEncoder | None:
    """Resemblyzer's where it is installed, with torch; None elsewhere: profiles then hold our own statistics alone."""
    try:
        return ResemblyzerEncoder()
    except MissingComponentError:
        return None
