"""Lights of the films: suns and lamps with hard shadows, a screen near the face, skies. None is a spherical harmonic.

Directions and places are in camera space (x right, y down, z away from the camera); the lights stand still while the
head turns under them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.native.raster import rasterize

__all__ = ["LIGHTS", "Lamp", "LightRig", "ShadowMap", "occlusion"]

Floats = NDArray[np.float32]

_FAR_M = 12.0
"""Shadow maps are drawn from this far: nearly parallel rays."""


@dataclass(frozen=True)
class Lamp:
    """One light."""

    towards: tuple[float, float, float]
    """Direction to the lamp, or its place relative to the face, metres, where `near`."""
    colour: tuple[float, float, float]
    """Linear, at the face."""
    shadow: bool = True
    near: bool = False
    """A small lamp near the face: its light falls with the square of the distance."""
    flicker: float = 0.0
    """How much its strength wanders in time."""


@dataclass(frozen=True)
class LightRig:
    """All the light of a film."""

    lamps: tuple[Lamp, ...]
    sky: tuple[float, float, float]
    """Light from above, linear."""
    ground: tuple[float, float, float]
    exposure: float = 1.0


LIGHTS: dict[str, LightRig] = {
    "soft": LightRig(
        (
            Lamp((-0.6, -0.7, -0.8), (0.75, 0.72, 0.68)),
            Lamp((0.9, -0.2, -0.6), (0.28, 0.30, 0.34), shadow=False),
            Lamp((0.7, -0.6, 0.7), (0.5, 0.5, 0.52)),
        ),
        (0.42, 0.42, 0.43), (0.25, 0.23, 0.21),
    ),
    "window": LightRig(
        (Lamp((0.95, -0.45, -0.35), (1.35, 1.32, 1.28)), Lamp((-0.8, 0.0, -0.5), (0.10, 0.09, 0.08), shadow=False)),
        (0.26, 0.28, 0.32), (0.18, 0.16, 0.14),
    ),
    "sun": LightRig((Lamp((-0.35, -0.9, -0.55), (2.0, 1.85, 1.6)),), (0.34, 0.42, 0.56), (0.24, 0.24, 0.20), 0.85),
    "side": LightRig(
        (
            Lamp((-1.0, -0.15, -0.25), (1.5, 1.2, 0.85)),
            Lamp((0.9, -0.3, 0.5), (0.25, 0.35, 0.6)),
        ),
        (0.14, 0.14, 0.16), (0.10, 0.09, 0.08), 1.15,
    ),
    "screen": LightRig(
        (
            Lamp((0.05, 0.16, -0.42), (0.75, 0.85, 1.1), near=True, flicker=0.25),
            Lamp((-0.7, -0.6, -0.4), (0.30, 0.22, 0.12)),
        ),
        (0.10, 0.10, 0.12), (0.08, 0.07, 0.07), 1.25,
    ),
}  # fmt: skip
"""By name."""


@dataclass(frozen=True, eq=False)
class ShadowMap:
    """What a far lamp sees first."""

    depth: Floats
    """[P, P] metres from the lamp; infinity where nothing is."""
    camera: Camera

    @staticmethod
    def of(vertices: Floats, triangles: NDArray[np.int32], direction: NDArray[Any], size_px: int) -> ShadowMap:
        """Drawn from `direction` [3] (towards the lamp) over everything that `vertices` [N, 3] span."""
        low, high = vertices.min(0).astype(np.float64), vertices.max(0).astype(np.float64)
        middle, radius = 0.5 * (low + high), 0.5 * float(np.linalg.norm(high - low))
        towards = np.asarray(direction, np.float64) / np.linalg.norm(direction)
        up = (0.0, 0.0, 1.0) if abs(towards[1]) > 0.9 else (0.0, -1.0, 0.0)
        focal_px = 0.5 * size_px * _FAR_M / radius
        camera = Camera.looking_at(middle, middle + _FAR_M * towards, size_px, size_px, focal_px, up)
        # Both sides: hair and clothes are sheets.
        return ShadowMap(rasterize(vertices, triangles, camera, cull_back_faces=False).depth, camera)

    def lit(self, points: Floats, bias_m: float, taps: tuple[tuple[float, float], ...] = ((0.0, 0.0),)) -> Floats:
        """[Q] 0 .. 1 how much of the lamp `points` [Q, 3] see; `taps` are steps in texels that are averaged."""
        rotation = self.camera.rotation.astype(np.float32)
        local = points @ rotation.T - (self.camera.rotation @ self.camera.position).astype(np.float32)
        scale = np.float32(self.camera.focal_px) / local[:, 2]
        middle = np.float32(self.camera.centre_px[0])
        across, down = local[:, 0] * scale + middle, local[:, 1] * scale + middle
        last = len(self.depth) - 1
        total = np.zeros(len(points), np.float32)
        for x, y in taps:
            column = np.clip(across + np.float32(x), 0, last).astype(np.int32)
            row = np.clip(down + np.float32(y), 0, last).astype(np.int32)
            total += self.depth[row, column] > local[:, 2] - np.float32(bias_m)
        return total / np.float32(len(taps))


def occlusion(vertices: Floats, normals: Floats, triangles: NDArray[np.int32], directions: int = 48) -> Floats:
    """[N] 0 .. 1 how much of the sky around each vertex is free, weighted by the cosine to its normal."""
    number = np.arange(directions) + 0.5
    height = 1 - 2 * number / directions
    angle = np.pi * (1 + 5**0.5) * number
    flat = np.sqrt(1 - height**2)
    seen = np.zeros(len(vertices), np.float32)
    weight = np.zeros(len(vertices), np.float32)
    for way in np.stack([flat * np.cos(angle), height, flat * np.sin(angle)], 1):
        cosine = np.maximum(normals @ way.astype(np.float32), 0)
        lit = ShadowMap.of(vertices, triangles, way, 256).lit(vertices, 0.004)
        seen += lit * cosine
        weight += cosine
    return np.asarray(seen / np.maximum(weight, 1e-6), np.float32)
