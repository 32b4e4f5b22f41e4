"""Small motion clips for tests: a mouth that opens and closes, and speech of that length."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from avatron.core.motion import EXPRESSION_INDEX, EXPRESSION_NAMES, FaceMotion
from avatron.text.inventory import SYMBOL_IDS
from avatron.training.motion.clip import MotionClip

RATE, HOP = 22050, 256


def jaw_motion(jaw: np.ndarray, fps: Fraction) -> FaceMotion:
    """A face of which only the jaw moves, as `jaw` [T]."""
    expression = np.zeros((len(jaw), len(EXPRESSION_NAMES)), np.float32)
    expression[:, EXPRESSION_INDEX["jawOpen"]] = jaw
    still = np.zeros((len(jaw), 3), np.float32)
    return FaceMotion(expression, still, still, still, still, still, np.zeros((len(jaw), 2, 2), np.float32), fps)


def motion_clip(
    name: str = "clip-1", *, frames: int = 120, fps: Fraction = Fraction(25), seed: int = 0, **changes: Any
) -> MotionClip:
    """A clip of `frames` mel frames: a pause, `m`, `ɑ`, and a pause."""
    random = np.random.default_rng(seed)
    durations = np.array([frames // 4] * 3 + [frames - 3 * (frames // 4)], np.int64)
    seconds = frames * HOP / RATE
    times_s = np.arange(int(seconds * fps)) / float(fps)
    mel = random.normal(-5, 1, (8, frames)).astype(np.float32)
    values: dict[str, Any] = {
        "name": name,
        "subject": "grid-s1",
        "source": "grid",
        "split": "train",
        "embedding": np.repeat(random.normal(size=(6, 4)).astype(np.float32), durations, axis=1),
        "embedding_space": "0" * 64,
        "phoneme_ids": np.array([SYMBOL_IDS[symbol] for symbol in ("|", "m", "ˈɑ", ".")]),
        "durations": durations,
        "mel": mel,
        "pitch": np.full(frames, 120, np.float32),
        "energy": mel.mean(axis=0),
        "sample_rate": RATE,
        "hop_length": HOP,
        "motion": jaw_motion((0.5 - 0.5 * np.cos(6 * times_s)).astype(np.float32), fps),
        "valid": np.ones(len(times_s), bool),
        "confidence": np.ones(len(times_s), np.float32),
        "word_initial": np.array([False, True, False, False]),
        "text": "ma",
    }
    return MotionClip(**{**values, **changes})
