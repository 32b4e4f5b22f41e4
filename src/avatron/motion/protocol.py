"""What every animator promises."""

from __future__ import annotations

from typing import Protocol, Self, runtime_checkable

from avatron.core.motion import FaceMotion
from avatron.core.speech import Speech
from avatron.motion.style import MotionStyle

__all__ = ["Animator", "EmbeddingReader", "MovesAsSubject"]


class Animator(Protocol):
    """Speech to face motion.

    Utterances are animated one by one, in any order, and joined: at both ends of an utterance the mouth is at rest,
    and whatever else moves is a function of the script's clock and the style's seed.
    """

    def animate(self, speech: Speech, style: MotionStyle) -> FaceMotion:
        """The motion over the video frames t with speech.start <= t / fps < speech.end, on the script's clock.

        Raises:
            InvalidValueError: speech that this animator cannot read, such as one without phonemes.
        """
        ...


@runtime_checkable
class EmbeddingReader(Protocol):
    """An animator that was trained on the text embedding of one encoder, and says of which."""

    @property
    def embedding_space(self) -> str | None:
        """sha256 of that text encoder; None where it reads no embedding after all."""


@runtime_checkable
class MovesAsSubject(Protocol):
    """An animator that knows how several people move."""

    def moving_as(self, subject: str) -> Self:
        """One that moves as `subject` does.

        Raises:
            UnknownNameError: a subject that it does not know.
        """
        ...
