"""Motion by rules for speech that nobody was filmed saying: sounds that films lack, in every neighbourhood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from avatron.core.speech import Speech
from avatron.errors import InvalidValueError
from avatron.motion.style import MotionStyle
from avatron.motion.viseme.animator import VisemeAnimator
from avatron.training.motion.clip import MotionClip

__all__ = ["TEACHER", "balanced_choice", "teacher_clip", "teacher_motion_style"]

TEACHER = "teacher"
"""The subject of clips whose motion is made by rules."""
ENOUGH = 120
"""Times that a sound is wanted."""
FAVOUR = 3.0
"""By how much a sound that is wanted counts more than another."""


def teacher_motion_style(speech: Speech, intensity: float = 1.0) -> MotionStyle:
    """The mouth alone, one frame for each column of the mel: a decoder of that clock, or half of it, reads it as is."""
    rate = Fraction(speech.acoustics.sample_rate, speech.acoustics.hop_length)
    return MotionStyle(
        fps=rate, intensity=intensity, blinks=False, gaze=False, head=False, brows=False, breathing=False
    )


def teacher_clip(name: str, split: str, speech: Speech, *, text: str = "", intensity: float = 1.0) -> MotionClip:
    """`speech` with the mouth that the rules of the animator `viseme` give it.

    Raises:
        InvalidValueError: speech without phonemes or durations, or with a phoneme that the rules do not know.
    """
    if speech.phonemes is None or speech.acoustics.durations is None:
        raise InvalidValueError(f"the speech of `{name}` has no phonemes with durations; align it first")
    motion = VisemeAnimator().animate(speech, teacher_motion_style(speech, intensity))
    clip = MotionClip.of_speech(speech, motion, name=name, subject=TEACHER, source="viseme", split=split)
    return replace(clip, word_initial=speech.phonemes.word_initial, text=text)


def balanced_choice(
    contents: Sequence[Sequence[str]], count: int, *, favoured: frozenset[str] = frozenset()
) -> list[int]:
    """Which `count` of the clips to take so that sounds are as evenly many as the clips allow; places, rising.

    `contents` are the sounds of each clip. One clip after another is taken, that whose sounds are worth most on
    average: a sound that was taken n times before is worth 1 / (n + 1), nothing from `ENOUGH` times on, and three times
    as much where it is `favoured`. So long clips have no advantage.
    """
    bags = [Counter(sounds) for sounds in contents]
    names = sorted(set().union(*bags))
    table: NDArray[np.float64] = np.array([[bag[name] for name in names] for bag in bags], float)
    table = table.reshape(len(bags), len(names))
    worth = np.array([FAVOUR if name in favoured else 1.0 for name in names])
    lengths = np.maximum(table.sum(axis=1), 1)
    heard = np.zeros(len(names))
    left = np.ones(len(bags), bool)
    chosen = []
    for _ in range(min(count, len(bags))):
        gain = table @ (worth * (heard < ENOUGH) / (heard + 1)) / lengths
        best = int(np.where(left, gain, -1.0).argmax())
        chosen.append(best)
        left[best] = False
        heard += table[best]
    return sorted(chosen)
