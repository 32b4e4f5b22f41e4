"""Small scenes for the portrait kernels, and what they are drawn with."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.native.shade import (
    RECORD_LENGTH,
    Portrait,
    SurfaceKind,
    pack_frame,
)
from avatron.render.light import LightRig
from avatron.render.mesh import plain_frame_values

Array = NDArray[Any]


Picture = NDArray[np.uint8]


EYE_M = np.array([0.0, 0.0, 1.0])
"""The camera of every scene looks along -Z from here; the plane z = 0 is one metre away."""


NO_TRIANGLES = np.zeros((0, 4), np.int32)


STILL = np.eye(3, 4, dtype=np.float32)


DARK = LightRig(
    key=(0, 0, 1),
    key_colour=(0, 0, 0),
    rim=(0, 0, 1),
    rim_colour=(0, 0, 0),
    softboxes=(),
    floor=(0, 0, 0),
    ceiling=(0, 0, 0),
    exposure=1.0,
    window=(0, 0, 0),
    backdrop_centre=(0, 0, 0),
    backdrop_edge=(0, 0, 0),
)


EVEN = replace(DARK, floor=(1, 1, 1), ceiling=(1, 1, 1))
"""The same radiance from everywhere."""


def frame_values(size: tuple[int, int], light: LightRig, **changed: Any) -> NDArray[np.float32]:
    """One pixel is 1 / 1000 m on the plane z = 0, whose origin is in the picture's middle."""
    camera = Camera(*size, 1000.0, (size[0] / 2, size[1] / 2), np.diag([1.0, -1.0, -1.0]), EYE_M)
    values = plain_frame_values(light, camera)
    return pack_frame({**values, **changed})


def placed(corners_px: Array, depths_m: Array, size: tuple[int, int]) -> NDArray[np.float32]:
    """[..., 3] points that appear at `corners_px` [..., 2] and lie `depths_m` [...] before the camera."""
    offset = (corners_px - np.array(size) / 2) / 1000 * depths_m[..., None]
    return np.stack([offset[..., 0], -offset[..., 1], EYE_M[2] - depths_m], -1).astype(np.float32)


def set_mesh(
    portrait: Portrait,
    solid: Array,
    records: Array,
    *,
    hidden: Array = NO_TRIANGLES,
    layers: Array = NO_TRIANGLES,
    casters: tuple[int, ...] = (),
    attached: Array | None = None,
) -> None:
    portrait.set_mesh(
        solid.astype(np.int32),
        hidden,
        layers,
        np.array(casters, np.int32),
        records.astype(np.float32),
        np.zeros((0, 12), np.float32) if attached is None else attached.astype(np.float32),
    )


def drawn(
    portrait: Portrait,
    positions: Array,
    normals: Array,
    size: tuple[int, int],
    light: LightRig,
    background: Picture | None = None,
    creases: NDArray[np.float32] | None = None,
    **changed: Any,
) -> Picture:
    image = np.empty((size[1], size[0], 4 if background is None else 3), np.uint8)
    places, facing = np.asarray(positions, np.float32), np.asarray(normals, np.float32)
    values = frame_values(size, light, **changed)
    portrait.draw(places, facing, STILL, STILL, values, background, image, creases=creases)
    return image


class RandomScene:
    """Plain triangles of every size and shape, each with its own colour, before and behind the camera."""

    size = (75, 53)

    def __init__(self, seed: int, two_sided: bool = True) -> None:
        generator = np.random.default_rng(seed)
        count = 40
        middle = generator.uniform(-20, 95, (count, 1, 2))
        reach = generator.choice([0.3, 2.0, 10.0, 40.0, 600.0], (count, 1, 1))
        corners = middle + reach * generator.uniform(-1, 1, (count, 3, 2))
        # Every fifth is a sliver.
        corners[::5, 2] = corners[::5, 0] + 0.999 * (corners[::5, 1] - corners[::5, 0]) + 0.01
        self.depths = generator.uniform(0.3, 3.0, (count, 1)) * generator.uniform(0.7, 1.3, (count, 3))
        self.depths[7::9, 1] *= -1
        # As the kernels see them: rounded to float32.
        self.positions = placed(corners, self.depths, self.size).reshape(-1, 3)
        exact = self.positions.astype(float) - EYE_M
        self.depths = -exact[:, 2].reshape(count, 3)
        self.corners_px = (exact[:, :2] * [1, -1] / -exact[:, 2:] * 1000 + np.array(self.size) / 2).reshape(count, 3, 2)
        self.colours = generator.uniform(0.05, 1.0, (count, 3))
        self.normals = np.tile(np.array([0, 0, 1], np.float32), (3 * count, 1))
        self.triangles = np.column_stack([np.arange(3 * count).reshape(count, 3), np.arange(count)]).astype(np.int32)
        self.two_sided = two_sided

    def portrait(self, order: Array | None = None) -> Portrait:
        portrait = Portrait()
        for colour in self.colours:
            portrait.add_surface(SurfaceKind.PLAIN, colour.tolist(), two_sided=self.two_sided)
        triangles = self.triangles if order is None else self.triangles[order]
        records = np.zeros((len(self.positions), RECORD_LENGTH), np.float32)
        set_mesh(portrait, triangles, records)
        return portrait

    def picture(self, order: Array | None = None) -> Picture:
        return drawn(self.portrait(order), self.positions, self.normals, self.size, EVEN)
