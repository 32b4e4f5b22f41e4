"""A film of one of our own people, whose pictures may be shown: it talks, nods and turns its head before a wall."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import avatron
from avatron.avatar.store import load_avatar
from avatron.core.motion import FaceMotion
from avatron.face.shipped import shipped_head
from avatron.io.npz import read_npz, write_npz
from avatron.io.video import VideoWriter
from avatron.pipeline.pieces import joined_motion
from avatron.render.portrait import PortraitRenderer

__all__ = ["SIZE_PX", "own_film", "own_renderer", "turned"]

SIZE_PX = 256
_NAME = "ava"
_TEXT = (
    "Maybe Bob may pay for the blue umbrella before breakfast. Five very fine vines cover the front of the village "
    "farm. How now? You knew who moved the blue moon, too. Our voice over the wire was weaker than the wind that "
    "evening. She usually chooses a measure of sugar for each cheesecake. Oh, what a wonderful, wide open world!"
)
_YAW_RAD, _YAW_S = 0.24, 5.3
_PITCH_RAD, _PITCH_S = 0.08, 3.7
_SWAY_M, _SWAY_S = 0.008, 6.1


def own_film(folder: Path) -> tuple[Path, FaceMotion]:
    """The film in `folder`, made unless it is there, and the motion that it was drawn with."""
    video, kept = folder / "film.mp4", folder / "drawn.npz"
    if video.exists() and kept.exists():
        arrays = dict(read_npz(kept, "the motion of a film", tuple(FaceMotion.at_rest(1).arrays())))
        return video, replace(FaceMotion.at_rest(len(arrays["gaze"])), **arrays)
    folder.mkdir(parents=True, exist_ok=True)
    motion = _performed()
    with VideoWriter(video, (SIZE_PX, SIZE_PX), motion.fps, None, quality=90, overwrite=True) as film:
        for picture in own_renderer((SIZE_PX, SIZE_PX)).frames(motion):
            film.write_frame(picture)
    write_npz(kept, motion.arrays(), overwrite=True)
    return video, motion


def own_renderer(size: tuple[int, int]) -> PortraitRenderer:
    """What the film was drawn with."""
    look = load_avatar(_NAME).appearance()
    return PortraitRenderer(shipped_head(), look, size=size, framing="close-up", background=_wall(size))


def turned(motion: FaceMotion, yaw_rad: float) -> FaceMotion:
    """`motion` with the head turned by `yaw_rad` more."""
    head = motion.head_rotation.copy()
    head[:, 1] += yaw_rad
    return replace(motion, head_rotation=head)


def _performed() -> FaceMotion:
    spoken = joined_motion(list(avatron.stream(_TEXT, avatar=_NAME, seed=3)))
    time = np.arange(len(spoken)) / float(spoken.fps)
    head, torso = spoken.head_rotation.copy(), spoken.torso_translation.copy()
    head[:, 1] += _YAW_RAD * np.sin(2 * np.pi * time / _YAW_S)
    head[:, 0] += _PITCH_RAD * np.sin(2 * np.pi * time / _PITCH_S)
    torso[:, 0] += _SWAY_M * np.sin(2 * np.pi * time / _SWAY_S)
    return replace(spoken, head_rotation=head.astype(np.float32), torso_translation=torso.astype(np.float32))


def _wall(size: tuple[int, int]) -> NDArray[np.uint8]:
    """[H, W, 3] paint with a shelf and a frame: what is wrong behind the person is seen."""
    across, down = np.meshgrid((np.arange(size[0]) + 0.5) / size[0], (np.arange(size[1]) + 0.5) / size[1])
    wall = np.stack([168 - 30 * down, 160 - 20 * across, 138 + 24 * across], -1)
    shelf = (np.abs(down - 0.42) < 0.02)[..., None]
    wall = np.where(shelf, np.array([112.0, 84.0, 60.0]), wall)
    frame = (np.maximum(np.abs(across - 0.84), np.abs(down - 0.2)) < 0.1)[..., None]
    wall = np.where(frame, np.stack([90 + 90 * across, 120 + 200 * down, np.full_like(across, 140.0)], -1), wall)
    return np.rint(np.clip(wall, 0, 255)).astype(np.uint8)
