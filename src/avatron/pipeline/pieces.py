"""A performance in pieces: one sentence each, with its sound, its motion and its pictures.

Sentences are independent of one another: each begins with a short pause and ends with one, idle motion is a
function of the script's clock alone, and each is placed by its sample count. So a stream needs the memory of one
sentence, and the whole is exactly the joined stream.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.core.motion import FaceMotion
from avatron.core.speech import Span, Speech

__all__ = ["Piece", "joined_audio", "joined_motion", "joined_words"]


@dataclass(frozen=True, eq=False)
class Piece:
    """One sentence of a performance."""

    speech: Speech
    motion: FaceMotion
    """The video frames t with speech.start <= t / fps < speech.end."""
    draw: Callable[[FaceMotion], Iterator[NDArray[Any]]] | None
    """The renderer's; None for sound and curves alone."""
    progress: float
    """Share of the script that is done with this piece, 0 .. 1."""

    @property
    def audio(self) -> Audio:
        """The sentence's sound."""
        return self.speech.audio

    def frames(self) -> Iterator[NDArray[Any]]:
        """The pictures, uint8 [H, W, 3], or [H, W, 4] on a transparent background, drawn as they are asked for."""
        if self.draw is None:
            return iter(())
        return self.draw(self.motion)

    def words(self) -> tuple[Span, ...]:
        """The words on the clock of the whole script."""
        start_s = self.speech.start_s
        return tuple(Span(word.label, start_s + word.start_s, start_s + word.end_s) for word in self.speech.words)


def joined_audio(pieces: Sequence[Piece]) -> Audio:
    """The sound of the whole."""
    return Audio.joined([piece.audio for piece in pieces])


def joined_motion(pieces: Sequence[Piece]) -> FaceMotion:
    """The motion of the whole."""
    return FaceMotion.joined([piece.motion for piece in pieces])


def joined_words(pieces: Sequence[Piece]) -> tuple[Span, ...]:
    """The words of the whole."""
    return tuple(word for piece in pieces for word in piece.words())
