"""Light rigs: a soft key, a rim light from behind and an environment of softboxes over a gradient."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from avatron.errors import UnknownNameError

__all__ = ["LIGHTS", "LightRig", "Softbox", "light_named"]

Vector = tuple[float, float, float]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Softbox:
    """One soft light of the environment: a spherical Gaussian."""

    direction: Vector
    """Towards the light, head frame; any length."""
    sharpness: float
    """4 is as broad as a window wall, 30 a small box."""
    colour: Vector
    """Radiance in its middle, linear RGB."""


@dataclass(frozen=True)
class LightRig:
    """Lights about a head that looks along +Z. Directions point towards the light and may have any length."""

    key: Vector
    key_colour: Vector
    rim: Vector
    rim_colour: Vector
    softboxes: tuple[Softbox, ...]
    """At most eight."""
    floor: Vector
    """Radiance from straight below."""
    ceiling: Vector
    """Radiance from straight above."""
    exposure: float
    window: tuple[float, float, float]
    """The key light as the cornea mirrors it: half width, half height (tangents) and strength."""
    backdrop_centre: Vector
    """Linear colour of the studio backdrop in its pool of light."""
    backdrop_edge: Vector
    """And away from it."""

    def mirrored(self) -> LightRig:
        """The same rig with left and right exchanged."""

        def flip(direction: Vector) -> Vector:
            return (-direction[0], direction[1], direction[2])

        boxes = tuple(replace(box, direction=flip(box.direction)) for box in self.softboxes)
        return replace(self, key=flip(self.key), rim=flip(self.rim), softboxes=boxes)

    def radiance(self, directions: Floats) -> Floats:
        """[..., 3] of the environment (without key and rim) from unit `directions` [..., 3]."""
        height = 0.5 + 0.5 * directions[..., 1:2]
        light = np.asarray(self.floor) * (1 - height) + np.asarray(self.ceiling) * height
        for box in self.softboxes:
            cosine = directions @ unit(box.direction)
            light = light + np.exp(box.sharpness * (cosine - 1))[..., None] * np.asarray(box.colour)
        return np.asarray(light, np.float32)

    def frame_values(self) -> dict[str, object]:
        """The rig as fields of the kernels' frame."""
        lobes = np.zeros((8, 7), np.float32)
        for row, box in zip(lobes, self.softboxes, strict=False):
            row[:3], row[3], row[4:] = unit(box.direction), box.sharpness, box.colour
        key = unit(self.key)
        across = unit(np.cross([0.0, 1.0, 0.0], key))
        return {
            "key": key,
            "key_colour": self.key_colour,
            "rim": unit(self.rim),
            "rim_colour": self.rim_colour,
            "lobes": lobes,
            "gradient": [*self.floor, *self.ceiling],
            "window_right": across,
            "window_up": np.cross(key, across),
            "window": self.window,
            "fill": unit((-key[0], key[1] - 0.55, key[2])),
            "exposure": self.exposure,
        }


def unit(vector: object) -> NDArray[np.float64]:
    """[3] `vector` scaled to length 1."""
    values = np.asarray(vector, np.float64)
    return np.asarray(values / np.linalg.norm(values))


_STUDIO = LightRig(
    key=(-0.52, 0.46, 0.84),
    key_colour=(1.45, 1.37, 1.28),
    rim=(0.80, 0.45, -0.75),
    rim_colour=(0.80, 0.84, 0.92),
    softboxes=(
        Softbox((-0.60, 0.45, 0.75), 9.0, (1.25, 1.17, 1.08)),
        # The reflector: low and before the face, it lights sockets, nostrils and the chin's underside.
        Softbox((0.62, -0.10, 0.78), 3.0, (0.44, 0.44, 0.45)),
        Softbox((0.0, 0.95, 0.2), 6.0, (0.38, 0.40, 0.44)),
        Softbox((-0.9, 0.2, -0.45), 10.0, (0.72, 0.75, 0.80)),
        Softbox((0.9, 0.3, -0.5), 10.0, (0.70, 0.70, 0.73)),
    ),
    floor=(0.15, 0.143, 0.136),
    ceiling=(0.20, 0.205, 0.215),
    exposure=0.90,
    window=(0.22, 0.30, 14.0),
    backdrop_centre=(0.29, 0.315, 0.335),
    backdrop_edge=(0.085, 0.098, 0.116),
)

_SOFT = LightRig(
    key=(-0.45, 0.45, 0.85),
    key_colour=(1.00, 0.98, 0.96),
    rim=(0.75, 0.50, -0.70),
    rim_colour=(0.42, 0.44, 0.48),
    softboxes=(
        # The window itself, the wall that it lights, the ceiling, and a little from behind for the hair.
        Softbox((-0.70, 0.35, 0.65), 5.0, (1.15, 1.16, 1.18)),
        Softbox((0.90, 0.05, 0.45), 3.0, (0.40, 0.39, 0.37)),
        Softbox((0.0, 1.0, 0.25), 4.0, (0.42, 0.42, 0.42)),
        Softbox((-0.85, 0.30, -0.45), 10.0, (0.75, 0.78, 0.82)),
        Softbox((0.85, 0.35, -0.50), 10.0, (0.60, 0.60, 0.60)),
    ),
    floor=(0.20, 0.185, 0.17),
    ceiling=(0.30, 0.305, 0.31),
    exposure=0.86,
    window=(0.34, 0.46, 9.0),
    backdrop_centre=(0.62, 0.63, 0.64),
    backdrop_edge=(0.33, 0.335, 0.345),
)

_DRAMATIC = LightRig(
    key=(-0.88, 0.50, 0.42),
    key_colour=(2.05, 1.88, 1.66),
    rim=(0.85, 0.40, -0.60),
    rim_colour=(0.95, 1.10, 1.35),
    softboxes=(
        Softbox((-0.85, 0.40, 0.45), 12.0, (1.30, 1.18, 1.02)),
        Softbox((0.80, 0.05, 0.65), 5.0, (0.085, 0.10, 0.125)),
        Softbox((0.95, 0.25, -0.35), 14.0, (0.75, 0.88, 1.10)),
        Softbox((-0.60, 0.70, -0.60), 14.0, (0.50, 0.52, 0.58)),
    ),
    floor=(0.030, 0.032, 0.038),
    ceiling=(0.055, 0.060, 0.072),
    exposure=0.88,
    window=(0.18, 0.26, 16.0),
    backdrop_centre=(0.055, 0.060, 0.070),
    backdrop_edge=(0.014, 0.015, 0.018),
)

_FLAT = LightRig(
    key=(-0.10, 0.35, 1.00),
    key_colour=(0.72, 0.71, 0.69),
    rim=(0.70, 0.60, -0.70),
    rim_colour=(0.30, 0.31, 0.33),
    softboxes=(
        Softbox((-0.70, 0.20, 0.75), 4.0, (0.62, 0.61, 0.60)),
        Softbox((0.70, 0.20, 0.75), 4.0, (0.62, 0.61, 0.60)),
        Softbox((0.0, 0.90, 0.40), 4.0, (0.50, 0.50, 0.50)),
        Softbox((-0.90, 0.25, -0.40), 10.0, (0.55, 0.56, 0.58)),
        Softbox((0.90, 0.25, -0.40), 10.0, (0.55, 0.56, 0.58)),
    ),
    floor=(0.26, 0.25, 0.24),
    ceiling=(0.34, 0.34, 0.34),
    exposure=0.80,
    window=(0.30, 0.30, 9.0),
    backdrop_centre=(0.90, 0.90, 0.91),
    backdrop_edge=(0.76, 0.765, 0.78),
)

LIGHTS = MappingProxyType({"studio": _STUDIO, "soft": _SOFT, "dramatic": _DRAMATIC, "flat": _FLAT})
"""The rigs by name: `studio` is a warm key from the left with a rim light, `soft` a large window in a bright room,
`dramatic` a warm light from the side against a cool one from behind in a dark room, `flat` nearly without shadows."""


def light_named(name: str) -> LightRig:
    """The rig of that name.

    Raises:
        UnknownNameError: no such rig.
    """
    if name not in LIGHTS:
        raise UnknownNameError("light", name, LIGHTS)
    return LIGHTS[name]
