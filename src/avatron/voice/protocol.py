"""What the rest of avatron asks of a voice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

from avatron.core.audio import Audio
from avatron.core.speech import Acoustics, PhonemeSequence, Speech
from avatron.voice.style import VoiceStyle

__all__ = ["Voice"]


@runtime_checkable
class Voice(Protocol):
    """Says phonemes. Saying never changes the voice: what belongs to one request is the style."""

    @property
    def name(self) -> str:
        """What the voice is called."""

    @property
    def languages(self) -> tuple[str, ...]:
        """BCP 47 tags, in lower case, of what it speaks."""

    @property
    def sample_rate(self) -> int:
        """Samples per second of its audio."""

    @property
    def embedding_space(self) -> str:
        """sha256 of its text encoder; an animator is trained on one space."""

    def acoustics(self, phonemes: PhonemeSequence, style: VoiceStyle) -> Acoustics:
        """How the phonemes will sound, without making the sound."""

    def speak(self, phonemes: PhonemeSequence, style: VoiceStyle, *, start_sample: int = 0) -> Speech:
        """The utterance; `start_sample` places it on the clock of a whole script."""

    def stream(self, phonemes: PhonemeSequence, style: VoiceStyle) -> Iterator[Audio]:
        """The audio of `speak` in pieces; joined they are exactly its samples."""
