"""A short film of one of our people with its true track and matte: nothing has to be tracked to learn from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from avatron.avatar.store import load_avatar
from avatron.core.motion import EXPRESSION_INDEX, FaceMotion
from avatron.core.track import FaceTrack
from avatron.face.shipped import shipped_head
from avatron.io.clips import ClipInfo, probe_clip
from avatron.io.codecs import codecs_here
from avatron.io.video import VideoWriter
from avatron.render.portrait import PortraitRenderer

__all__ = ["PersonClip", "person_motion", "write_person_clip"]

FPS = Fraction(25)


@dataclass(frozen=True, eq=False)
class PersonClip:
    """A film, and what is true of it."""

    info: ClipInfo
    track: FaceTrack
    mattes: NDArray[np.uint8]
    """[T, H, W] how much of each pixel is the person."""


def person_motion(frames: int) -> FaceMotion:
    """Somebody who talks, nods and sways."""
    rest = FaceMotion.at_rest(frames, FPS)
    time = np.arange(frames, dtype=np.float32)
    expression = rest.expression.copy()
    expression[:, EXPRESSION_INDEX["jawOpen"]] = 0.3 * (0.5 - 0.5 * np.cos(time / 2.1))
    expression[:, EXPRESSION_INDEX["mouthSmileLeft"]] = 0.4 * (0.5 - 0.5 * np.cos(time / 4.7))
    expression[:, EXPRESSION_INDEX["mouthSmileRight"]] = 0.4 * (0.5 - 0.5 * np.cos(time / 4.7))
    head, torso = rest.head_rotation.copy(), rest.torso_translation.copy()
    head[:, 0], head[:, 1] = 0.06 * np.sin(time / 5.3), 0.12 * np.sin(time / 6.1)
    torso[:, 0] = 0.006 * np.sin(time / 7.7)
    return replace(rest, expression=expression, head_rotation=head, torso_translation=torso)


def write_person_clip(path: Path, *, frames: int = 40, size: int = 128, name: str = "henry") -> PersonClip:
    """A film of `name` before a wall of two colours; skips where H.264 cannot be written."""
    if "h264" not in [codec.name for codec in codecs_here("mp4")]:
        pytest.skip("this FFmpeg does not encode H.264")
    look, head = load_avatar(name).appearance(), shipped_head()
    renderer = PortraitRenderer(head, look, size=(size, size), framing="head-and-shoulders", background="transparent")
    motion = person_motion(frames)
    across, down = np.meshgrid(np.linspace(0, 1, size), np.linspace(0, 1, size))
    wall = np.stack([90 + 80 * across, 120 + 40 * down, np.where(across > 0.5, 150, 90)], -1)
    mattes = np.empty((frames, size, size), np.uint8)
    with VideoWriter(path, (size, size), FPS, None) as film:
        for number, drawn in enumerate(renderer.frames(motion)):
            share = drawn[..., 3:].astype(np.float32) / 255
            film.write_frame(np.rint(share * drawn[..., :3] + (1 - share) * wall).astype(np.uint8))
            mattes[number] = drawn[..., 3]
    rest = look.rest_weights()
    track = FaceTrack(
        look.identity,
        np.zeros((0, 3), np.float32) if look.displacement is None else look.displacement,
        replace(motion, expression=(rest + (1 - rest) * motion.expression).astype(np.float32)),
        renderer.camera,
        0.0,
        np.zeros(frames, np.float32),
        np.ones(frames, np.bool_),
    )
    return PersonClip(probe_clip(path), track, mattes)
