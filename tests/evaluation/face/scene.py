"""A small case: synthetic speech, and the rules' animator as the person."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from avatron.core.speech import Speech
from avatron.evaluation.face.case import Face, FaceCase
from avatron.face.shipped import shipped_head
from avatron.motion.style import MotionStyle
from avatron.motion.viseme.animator import VisemeAnimator
from motion.synthetic import speech_of

TEXTS = ("| P AA1 P / M AY1 .", "| F AY1 V / B OW1 .", "| M IY1 / T UW1 .")


@lru_cache(maxsize=1)
def mean_face() -> Face:
    head = shipped_head()
    return Face("mean head", head, head.posed())


def case_of(text: str, name: str = "", *, pace: float = 1.0, seed: int = 0, still: bool = True) -> FaceCase:
    """`text` in ARPAbet, moved by rules; `still` is without idle layers."""
    speech = speech_of(text, pace=pace, seed=seed)
    none = dict.fromkeys(("blinks", "gaze", "head", "brows", "breathing"), False) if still else {}
    truth = VisemeAnimator().animate(speech, MotionStyle(seed=5, **none))
    return FaceCase(name or text, speech, truth, np.ones(len(truth), bool), mean_face())


class PacedVoice:
    """Says phonemes with durations by rule."""

    name = "paced"

    def speak(self, phonemes, style, *, start_sample: int = 0) -> Speech:  # type: ignore[no-untyped-def]
        from motion.synthetic import timed

        return timed(phonemes, pace=style.pace, seed=3, start_sample=start_sample)
