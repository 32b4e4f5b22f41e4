"""How long each stage of a frame takes, for real speech motion."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from avatron.avatar.avatar import Avatar
from avatron.core.motion import FaceMotion
from avatron.face.shipped import shipped_head
from avatron.pipeline.speak import stream
from avatron.render.portrait import PortraitRenderer

__all__ = ["measure_times", "speech_motion"]

_SENTENCE = "The morning train was late again, so we walked along the river and talked about the weather."
_WARM_UP = 3


def speech_motion() -> FaceMotion:
    """The motion of one spoken sentence, with blinks, glances and a moving head."""
    (piece,) = stream(_SENTENCE, size=(64, 64))
    return piece.motion


def measure_times(
    avatar: Avatar, motion: FaceMotion, sizes: Sequence[tuple[int, int]], repeats: int = 3
) -> list[dict[str, Any]]:
    """Milliseconds of each stage at each size: the best of `repeats` medians over the frames of `motion`.

    Rows have `avatar`, `size`, `frame_ms`, `frames_per_s` and one entry for every stage that the renderer names; what
    is not in a stage is `head_ms`: blend shapes, joints and normals.
    """
    rows = []
    for size in sizes:
        renderer = PortraitRenderer(shipped_head(), avatar.look, size=size, light=avatar.default_light)
        medians = [_medians(renderer, motion) for _ in range(repeats)]
        best = min(medians, key=lambda median: median["frame_ms"])
        rows.append(
            {
                "avatar": avatar.name,
                "size": f"{size[0]}x{size[1]}",
                **{stage: round(value, 3) for stage, value in best.items()},
                "frames_per_s": round(1000 / best["frame_ms"], 1),
            }
        )
    return rows


def _medians(renderer: PortraitRenderer, motion: FaceMotion) -> dict[str, float]:
    frames: dict[str, list[float]] = {}
    pictures = renderer.frames(motion)
    for number in range(len(motion)):
        start = time.perf_counter()
        next(pictures)
        whole_ms = (time.perf_counter() - start) * 1000
        if number < _WARM_UP or renderer.last_times is None:
            continue
        stages = {key: float(value) for key, value in dataclasses.asdict(renderer.last_times).items()}
        row = {"frame_ms": whole_ms, "head_ms": whole_ms - sum(stages.values()), **stages}
        for stage, value in row.items():
            frames.setdefault(stage, []).append(value)
    return {stage: float(np.median(values)) for stage, values in frames.items()}
