"""How a face moves while it speaks: what a request to an animator may ask for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from avatron.core.emotion import Emotion
from avatron.core.timeline import FrameClock
from avatron.errors import InvalidValueError
from avatron.motion.manner import MANNERS, Manner

__all__ = ["MotionStyle"]

LARGEST_FACTOR = 2.0


@dataclass(frozen=True)
class MotionStyle:
    """The frame rate of the motion, its strength, what is felt and by whom, and which idle layers are on.

    Raises:
        InvalidValueError: a value out of range; the message names it and the range.
        UnknownNameError: no emotion of that name.
    """

    fps: Fraction = Fraction(25)
    """Video frames per second, 0 .. 240."""
    seed: int = 0
    """Chooses blinks, glances, head and brow motion, breathing; never what the mouth does."""
    intensity: float = 1.0
    """Factor on how far the mouth moves, 0 .. 2; contacts (closed lips, teeth on lip) are kept at any value."""
    liveliness: float = 1.0
    """Factor on the size of head, brow and torso motion, 0 .. 2."""
    emotion: str = "neutral"
    """What is felt where the script asks for nothing: one of `avatron.core.emotion.EMOTIONS`."""
    emotion_intensity: float = 1.0
    """How strongly, 0 .. 1."""
    manner: Manner = MANNERS["plain"]
    """How this person moves, whatever is said and felt."""
    blinks: bool = True
    """The lids close now and then."""
    gaze: bool = True
    """The eyes make small saccades, hold the camera while the head moves, and the lids follow them."""
    head: bool = True
    """Head and neck drift, and nod with stress."""
    brows: bool = True
    """The brows rise with emphasis and questions."""
    breathing: bool = True
    """The torso breathes."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "fps", FrameClock(self.fps).fps)
        if not 0 <= self.seed < 2**32:
            raise InvalidValueError(f"seed {self.seed} is outside 0 .. {2**32 - 1}")
        for name in ("intensity", "liveliness"):
            value = getattr(self, name)
            if not (math.isfinite(value) and 0 <= value <= LARGEST_FACTOR):
                raise InvalidValueError(f"{name} {value:g} is outside 0 .. {LARGEST_FACTOR:g}")
        Emotion(self.emotion, self.emotion_intensity)

    @property
    def felt(self) -> Emotion:
        """What is felt where the script asks for nothing."""
        return Emotion(self.emotion, self.emotion_intensity)
