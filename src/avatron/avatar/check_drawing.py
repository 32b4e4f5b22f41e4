"""Draws an avatar in seven poses and measures the pictures and the time."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from avatron.avatar.avatar import Avatar
from avatron.avatar.report import AvatarReport
from avatron.core.motion import EXPRESSION_INDEX, FaceMotion
from avatron.face.head import HeadModel
from avatron.io.atomic import output_errors
from avatron.render.portrait import PortraitRenderer

__all__ = ["TEST_POSES", "check_drawing"]

TEST_POSES: Mapping[str, tuple[Mapping[str, float], float]] = MappingProxyType(
    {
        "rest": ({}, 0.0),
        "talking": ({"jawOpen": 0.3, "mouthUpperUpLeft": 0.2, "mouthUpperUpRight": 0.2}, 0.0),
        "blink": ({"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0}, 0.0),
        "smile": (
            {"mouthSmileLeft": 0.8, "mouthSmileRight": 0.8, "cheekSquintLeft": 0.5, "cheekSquintRight": 0.5},
            0.0,
        ),
        "pucker": ({"mouthPucker": 0.9, "mouthFunnel": 0.3}, 0.0),
        "looking-left": ({}, 0.5),
        "looking-right": ({"jawOpen": 0.2}, -0.5),
    }
)
"""Expression weights, and yaw of the head in radians."""

_SIZE = (512, 512)
_GREEN = (0, 200, 60)
"""Behind the test pictures: no skin, hair or common cloth has it."""
_LEAST_COVER, _MOST_COVER = 0.12, 0.95
_LEAST_CHANGE = 0.15
_MOST_CLIPPED = 0.06
_DARKEST = 8.0
_LONGEST_MS = 80.0
"""Of processor time: a frame at 25 frames a second on two cores."""


def check_drawing(avatar: Avatar, head: HeadModel, report: AvatarReport, pictures: Path | None) -> None:
    """Add what is wrong with the pictures, and the milliseconds that one takes at 512 x 512.

    Raises:
        AvatronError: it cannot be drawn, or the pictures cannot be written.
    """
    start = time.perf_counter()
    renderer = PortraitRenderer(head, avatar.look, size=_SIZE, light=avatar.default_light, background=_GREEN)
    report.numbers["prepare_ms"] = round((time.perf_counter() - start) * 1000)
    times, work, rest = [], [], None
    for name, (weights, yaw) in TEST_POSES.items():
        start, working = time.perf_counter(), time.process_time()
        picture = next(renderer.frames(_motion(weights, yaw)))
        times.append((time.perf_counter() - start) * 1000)
        work.append((time.process_time() - working) * 1000)
        rest = picture if rest is None else rest
        _measure(name, picture, rest, report)
        if pictures is not None:
            with output_errors(pictures):
                pictures.mkdir(parents=True, exist_ok=True)
                Image.fromarray(picture).save(pictures / f"{name}.png")
    # The least, and processor time to judge by: whatever else the machine does makes the others longer.
    report.numbers["frame_ms_at_512"] = round(min(times), 1)
    report.numbers["frame_processor_ms_at_512"] = round(min(work), 1)
    if min(work) > _LONGEST_MS:
        report.mend(
            "drawing",
            f"a frame takes {min(work):.0f} ms of processor time at 512x512",
            "use fewer triangles in hair and clothes",
        )


def _motion(weights: Mapping[str, float], yaw: float) -> FaceMotion:
    at_rest = FaceMotion.at_rest(1)
    expression, turn = at_rest.expression.copy(), np.zeros((1, 3), np.float32)
    for name, weight in weights.items():
        expression[0, EXPRESSION_INDEX[name]] = weight
    turn[0, 1] = yaw
    still = at_rest.head_rotation
    return FaceMotion(expression, turn, still, still, still, still, at_rest.gaze, at_rest.fps)


def _measure(name: str, picture: NDArray[np.uint8], rest: NDArray[np.uint8], report: AvatarReport) -> None:
    seen = (np.abs(picture.astype(np.int16) - _GREEN).max(-1)) > 2
    person = picture[seen]
    facts = {
        "covered": float(seen.mean()),
        "brightness": float(person.mean()) if len(person) else 0.0,
        "clipped": float((person.min(-1) >= 250).mean()) if len(person) else 0.0,
        "change_from_rest": float(np.abs(picture.astype(np.int16) - rest).mean()),
    }
    report.pictures[name] = {key: round(value, 3) for key, value in facts.items()}
    place = f"picture `{name}`"
    if not _LEAST_COVER <= facts["covered"] <= _MOST_COVER:
        report.mend(
            place,
            f"the person fills {facts['covered']:.0%} of it",
            "check identity, hidden_triangles and the meshes' units",
        )
    if facts["clipped"] > _MOST_CLIPPED:
        report.mend(place, f"{facts['clipped']:.0%} of the person is pure white", "darken the textures or tints")
    if len(person) and facts["brightness"] < _DARKEST:
        report.mend(place, "the person is nearly black", "lighten the textures or tints")
    if name != "rest" and facts["change_from_rest"] < _LEAST_CHANGE:
        report.mend(place, "looks like the face at rest", "check rest_expression and hidden_triangles")
