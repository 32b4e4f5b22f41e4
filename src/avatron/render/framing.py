"""Framing: where the camera stands for a picture of any shape."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.errors import UnknownNameError

__all__ = ["FRAMINGS", "Framing", "camera_for", "camera_values", "framing_named"]


@dataclass(frozen=True)
class Framing:
    """What must be seen. The head is scaled to fit, never stretched."""

    height_m: float
    """Height of the picture at the head, where the picture is wide enough."""
    least_width_m: float
    """Width that must be seen: narrow pictures show more height instead."""
    eye_line: float
    """How far down the eyes are, as a share of the picture's height."""
    across: float = 0.5
    """Where the person is, as a share of the picture's width; nearer to the middle where there is no room aside."""
    distance_m: float = 1.2
    """From the camera to the head: 1.2 m is the perspective of a portrait lens."""


_CROWN_ROOM = 0.03
"""What is left free above the crown, as a share of the picture's height."""
_LOWEST_EYES = 0.52
"""For tall hair the eyes are moved down to here, and then the picture shows more."""

FRAMINGS = MappingProxyType(
    {
        "close-up": Framing(height_m=0.285, least_width_m=0.215, eye_line=0.43),
        "head-and-shoulders": Framing(height_m=0.415, least_width_m=0.33, eye_line=0.385),
        "bust": Framing(height_m=0.53, least_width_m=0.41, eye_line=0.335),
        "left-third": Framing(height_m=0.46, least_width_m=0.36, eye_line=0.36, across=1 / 3),
        "right-third": Framing(height_m=0.46, least_width_m=0.36, eye_line=0.36, across=2 / 3),
    }
)
"""The framings by name."""


def framing_named(name: str) -> Framing:
    """The framing of that name.

    Raises:
        UnknownNameError: no such framing.
    """
    if name not in FRAMINGS:
        raise UnknownNameError("framing", name, FRAMINGS)
    return FRAMINGS[name]


def camera_for(
    framing: Framing, size: tuple[int, int], eyes_m: NDArray[Any], lowest_m: float, highest_m: float = -math.inf
) -> Camera:
    """The camera at eye level for a picture of `size` (width, height).

    Args:
        framing: what must be seen.
        size: pixels.
        eyes_m: [3] the middle between the eyes at rest.
        lowest_m: y at which the body ends; the picture ends above it where that is possible.
        highest_m: y of the crown, hair included, which is never cut.
    """
    width, height = size
    pixels_per_m = min(height / framing.height_m, width / framing.least_width_m)
    crown_m = highest_m - float(eyes_m[1])
    if crown_m > 0:
        pixels_per_m = min(pixels_per_m, height * (_LOWEST_EYES - _CROWN_ROOM) / crown_m)
    seen_m = height / pixels_per_m
    eye_line = max(framing.eye_line, crown_m / seen_m + _CROWN_ROOM)
    middle_y = float(eyes_m[1]) - (0.5 - eye_line) * seen_m
    middle_y = max(middle_y, lowest_m + 0.5 * seen_m)
    # The lens is shifted instead of tilted or turned, so that upright lines stay upright and faces keep their shape.
    position = np.array([eyes_m[0], eyes_m[1], framing.distance_m])
    focal_px = pixels_per_m * framing.distance_m
    level = Camera.looking_at(position - [0, 0, 1], position, width, height, focal_px)
    shift_px = (float(eyes_m[1]) - middle_y) * pixels_per_m
    room_px = max(0.0, (width - framing.least_width_m * pixels_per_m) / 2)
    aside_px = float(np.clip((framing.across - 0.5) * width, -room_px, room_px))
    return Camera(
        width, height, focal_px, (width / 2 + aside_px, height / 2 - shift_px), level.rotation, level.position
    )


def camera_values(camera: Camera) -> dict[str, object]:
    """A camera as the fields of a frame that the kernels read."""
    return {
        "eye": camera.position,
        "right": camera.rotation[0],
        "down": camera.rotation[1],
        "forward": camera.rotation[2],
        "focal": camera.focal_px,
        "centre": camera.centre_px,
    }
