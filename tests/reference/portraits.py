"""What the tests of the portrait renderer draw, and how they look at it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.core.motion import EXPRESSION_INDEX, EXPRESSION_NAMES, FaceMotion
from avatron.render.appearance import Appearance
from avatron.render.portrait import PortraitRenderer

Picture = NDArray[np.uint8]

SIZE = (192, 192)
GREY = (128, 128, 128)


def motion_of(expression: dict[str, float] | None = None, **fields: Any) -> FaceMotion:
    """One frame: weights by name, and rows of other fields."""
    rest = FaceMotion.at_rest(1)
    weights = rest.expression.copy()
    for name, weight in (expression or {}).items():
        weights[0, EXPRESSION_INDEX[name]] = weight
    rows: dict[str, Any] = {name: np.asarray(value, np.float32)[None] for name, value in fields.items()}
    return replace(rest, expression=weights, **rows)


def lively_motion(frames: int, seed: int = 4) -> FaceMotion:
    """Every channel moves."""
    generator = np.random.default_rng(seed)

    def noise(*shape: int, reach: float) -> NDArray[np.float32]:
        return generator.uniform(-reach, reach, (frames, *shape)).astype(np.float32)

    return replace(
        FaceMotion.at_rest(frames),
        expression=np.abs(noise(len(EXPRESSION_NAMES), reach=0.4)),
        head_rotation=noise(3, reach=0.2),
        neck_rotation=noise(3, reach=0.1),
        torso_rotation=noise(3, reach=0.05),
        head_translation=noise(3, reach=0.003),
        torso_translation=noise(3, reach=0.01),
        gaze=noise(2, 2, reach=0.3),
    )


def picture_of(renderer: PortraitRenderer, motion: FaceMotion | None = None, camera: Camera | None = None) -> Picture:
    (picture,) = renderer.frames(motion_of() if motion is None else motion, camera)
    return picture


def differences(first: Picture, second: Picture) -> NDArray[np.int64]:
    """[H, W] the largest difference of a channel."""
    return np.asarray(np.abs(first.astype(int) - second).max(-1))


def painted(ava: Appearance) -> Appearance:
    """Skin red, irises green, everything else as it is: so parts can be found in a picture."""
    albedo = np.zeros_like(ava.skin.albedo)
    albedo[..., 0] = 200
    iris = np.zeros_like(ava.eyes.iris)
    iris[..., 1] = 255
    skin = replace(
        ava.skin, albedo=albedo, detail=np.broadcast_to(np.array([128, 128, 0, 0], np.uint8), ava.skin.detail.shape)
    )
    eyes = replace(ava.eyes, iris=iris, iris_tint=(1.0, 1.0, 1.0))
    return replace(ava, skin=skin, eyes=eyes)


def greens(picture: Picture) -> NDArray[np.bool_]:
    red, green, blue = np.moveaxis(picture[..., :3].astype(int), -1, 0)
    return np.asarray((green > red + 25) & (green > blue + 25) & (picture[..., 3] == 255))


def reds(picture: Picture) -> NDArray[np.bool_]:
    red, green, blue = np.moveaxis(picture[..., :3].astype(int), -1, 0)
    return np.asarray((red > green + 60) & (red > blue + 60) & (picture[..., 3] == 255))
