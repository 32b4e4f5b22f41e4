"""Emotions that a script or a request may ask for, and how two of them meet."""

from __future__ import annotations

from dataclasses import dataclass

from avatron.errors import InvalidValueError, UnknownNameError

__all__ = ["EMOTIONS", "NEUTRAL", "NOTHING_ASKED", "Border", "Emotion"]

EMOTIONS: tuple[str, ...] = ("neutral", "happy", "sad", "angry", "surprised", "calm")
"""The names, in the order in which they are counted."""


@dataclass(frozen=True)
class Emotion:
    """What a speaker feels, and how strongly it shows.

    Raises:
        UnknownNameError: no emotion of that name.
        InvalidValueError: an intensity outside 0 .. 1.
    """

    name: str = "neutral"
    """One of `EMOTIONS`."""
    intensity: float = 1.0
    """0 is neutral, 1 as strong as it is while somebody speaks."""

    def __post_init__(self) -> None:
        if self.name not in EMOTIONS:
            raise UnknownNameError("emotion", self.name, EMOTIONS)
        # Written so that NaN fails.
        if not 0 <= self.intensity <= 1:
            raise InvalidValueError(f"emotion intensity {self.intensity:g} is outside 0 .. 1")

    @property
    def shows(self) -> bool:
        """Whether it is anything but neutral."""
        return self.name != "neutral" and self.intensity > 0


NEUTRAL = Emotion()


@dataclass(frozen=True)
class Border:
    """What is felt on both sides of the moment at which two utterances meet; None: nothing is asked there.

    Both utterances hold the same value, so that each can work out on its own what the face does at that moment.
    """

    before: Emotion | None = None
    after: Emotion | None = None


NOTHING_ASKED = Border()
