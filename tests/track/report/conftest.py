"""Films of our own people and sounds like speech, made at test time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_INDEX, FaceMotion
from avatron.io.video import VideoWriter
from reference.drawn_person import DrawnFace, DrawnPerson

FPS = Fraction(25)
RATE_HZ = 16_000
FRAMES = 40


def talking_motion(frames: int = FRAMES) -> FaceMotion:
    """A head that looks about and opens its mouth four times a second."""
    rest = FaceMotion.at_rest(frames)
    time_s = np.arange(frames) / float(FPS)
    turned = np.zeros((frames, 3), np.float32)
    turned[:, 1] = 0.25 * np.sin(2 * np.pi * 0.6 * time_s)
    turned[:, 0] = 0.12 * np.cos(2 * np.pi * 0.6 * time_s)
    expression = rest.expression.copy()
    expression[:, EXPRESSION_INDEX["jawOpen"]] = 0.2 * (1 - np.cos(2 * np.pi * 4 * time_s))
    return replace(rest, head_rotation=turned, expression=expression)


@pytest.fixture(scope="session")
def ava_talks(person: DrawnPerson) -> list[DrawnFace]:
    return list(person.faces(talking_motion()))


@pytest.fixture(scope="session")
def henry_talks() -> list[DrawnFace]:
    return list(DrawnPerson("henry").faces(talking_motion(20)))


def images(faces: Sequence[DrawnFace]) -> list[NDArray[np.uint8]]:
    return [face.image for face in faces]


def voice(seconds: float, rate_hz: int = RATE_HZ, level: float = 0.3) -> NDArray[np.float32]:
    """[N] four syllables a second of a buzz at 120 Hz, with a pause every second."""
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    buzz = np.mean([np.sin(2 * np.pi * 120 * k * time_s) / k for k in range(1, 20)], axis=0) * 8
    syllables = np.maximum(np.sin(2 * np.pi * 4 * time_s), 0) * (time_s % 1 < 0.8)
    return (level * buzz * syllables).astype(np.float32)


def write_film(
    path: Path,
    pictures: Sequence[NDArray[np.uint8]],
    *,
    sound: NDArray[np.float32] | None = None,
    fps: Fraction = FPS,
    quality: int = 85,
) -> Path:
    """A film of pictures, all of the size of the first."""
    height, width = pictures[0].shape[:2]
    rate = None if sound is None else RATE_HZ
    with VideoWriter(path, (width, height), fps, rate, quality=quality, overwrite=True) as writer:
        if sound is not None:
            writer.write_audio(sound)
        for picture in pictures:
            writer.write_frame(np.ascontiguousarray(picture))
    return path
