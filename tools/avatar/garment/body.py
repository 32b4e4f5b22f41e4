"""The body under the clothes: neck and collarbones of the person's skin; shoulders, arms and chest from numbers.

The head model ends in a plain bust; what a garment hangs on is made here, as a signed distance, so that cloth can be
laid on it at any height and can fall against it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import gaussian_filter, map_coordinates, spline_filter
from scipy.spatial import cKDTree

from avatar.nearest_skin import vertex_normals
from avatar.radial_shape import unit

__all__ = ["CHEST_CENTRE_M", "Body", "BodyRecipe", "broad_shouldered", "measure_body"]

Floats = NDArray[np.float64]

LOW_M = np.array([-0.30, -0.60, -0.20])
HIGH_M = np.array([0.30, -0.05, 0.20])
CELL_M = 0.005
"""The box in which the distance is known, and its grid."""

JAW_M = -0.088
"""Height below which no jaw is in the way."""
CHIN_M = (-0.135, 0.052)
"""Height and depth (y, z) above and before which what is met is a chin."""

CHEST_CENTRE_M = np.array([0.0, -0.245, -0.018])
"""A point in the chest from which all of the upper body is seen."""


@dataclass(frozen=True)
class BodyRecipe:
    """Build of the upper body, metres in the head frame."""

    shoulder_m: tuple[float, float, float] = (0.146, -0.214, -0.030)
    """Middle of the left shoulder joint; the top of the shoulder lies `shoulder_radius_m` above."""
    shoulder_radius_m: float = 0.043
    neck_root_m: tuple[float, float, float] = (0.050, -0.166, -0.038)
    """Where the shoulder's bar begins beside the neck."""
    neck_root_radius_m: float = 0.046
    elbow_m: tuple[float, float, float] = (0.186, -0.66, -0.020)
    arm_radius_m: tuple[float, float] = (0.047, 0.040)
    """Of the upper arm, at the shoulder and at the elbow."""
    heights_m: tuple[float, ...] = (-0.12, -0.15, -0.18, -0.22, -0.26, -0.30, -0.36, -0.46, -0.60)
    half_width_m: tuple[float, ...] = (0.060, 0.095, 0.118, 0.132, 0.140, 0.144, 0.148, 0.156, 0.165)
    """Of the ribcage at `heights_m`."""
    front_m: tuple[float, ...] = (0.030, 0.036, 0.058, 0.074, 0.083, 0.087, 0.088, 0.086, 0.090)
    back_m: tuple[float, ...] = (-0.062, -0.080, -0.096, -0.108, -0.114, -0.115, -0.110, -0.098, -0.105)
    breast_m: tuple[float, float, float] = (0.066, -0.325, 0.052)
    breast_radius_m: float = 0.058
    """0 for a flat chest."""
    pad_m: float = 0.0
    """Height of a shoulder pad."""


def broad_shouldered(pad_m: float = 0.0) -> BodyRecipe:
    """A man's build; `pad_m` is the height of his jacket's shoulder pads."""
    return BodyRecipe(
        shoulder_m=(0.170, -0.219, -0.032),
        shoulder_radius_m=0.047,
        neck_root_m=(0.056, -0.172, -0.040),
        neck_root_radius_m=0.050,
        elbow_m=(0.214, -0.66, -0.020),
        arm_radius_m=(0.054, 0.047),
        half_width_m=(0.062, 0.100, 0.130, 0.152, 0.162, 0.164, 0.164, 0.164, 0.165),
        front_m=(0.030, 0.037, 0.060, 0.082, 0.095, 0.101, 0.101, 0.098, 0.100),
        back_m=(-0.064, -0.084, -0.102, -0.118, -0.126, -0.128, -0.122, -0.110, -0.110),
        breast_m=(0.072, -0.270, 0.046),
        breast_radius_m=0.052,
        pad_m=pad_m,
    )


@dataclass(frozen=True)
class Body:
    """Signed distance from the upper body on a grid, negative inside."""

    distance_m: NDArray[np.float32]
    """[X, Y, Z] at `LOW_M` + index * `CELL_M`."""
    coefficients: Floats
    """[X, Y, Z] of the cubic spline through `distance_m`."""

    def distance(self, points_m: Floats) -> Floats:
        """Distance [...] of points [..., 3], metres."""
        place = ((points_m - LOW_M) / CELL_M).reshape(-1, 3).T
        found = map_coordinates(self.coefficients, place, order=3, mode="nearest", prefilter=False)
        return np.asarray(found.reshape(points_m.shape[:-1]))

    def outward(self, points_m: Floats) -> Floats:
        """Directions [..., 3] straight away from the body."""
        step = 0.003 * np.eye(3)
        slope = [self.distance(points_m + step[axis]) - self.distance(points_m - step[axis]) for axis in range(3)]
        return unit(np.stack(slope, -1))

    def lifted(self, points_m: Floats, height_m: Floats | float, *, least_only: bool = False) -> Floats:
        """Points [..., 3] moved straight off the body to `height_m` [...]; with `least_only` only those below it."""
        points = points_m
        for _ in range(3):
            lack = height_m - self.distance(points)
            if least_only:
                lack = np.maximum(lack, 0)
            points = points + lack[..., None] * self.outward(points)
        return np.asarray(points)

    def cast(self, directions: Floats, centre_m: Floats = CHEST_CENTRE_M) -> Floats:
        """Outermost points [..., 3] of the body in directions [..., 3] from a point inside."""
        rays = unit(directions)
        reach = np.linspace(0.30, 0.02, 71)

        def contains(length: Floats | float) -> NDArray[np.bool_]:
            points = centre_m + rays * np.expand_dims(length, -1)
            # Chin and jaw are no part of what clothes hang on.
            chin = (points[..., 1] > CHIN_M[0]) & (points[..., 2] > CHIN_M[1])
            return np.asarray((self.distance(points) < 0) & (points[..., 1] < JAW_M) & ~chin)

        inside = np.stack([contains(length) for length in reach], -1)
        first = np.clip(inside.argmax(-1), 1, None)
        near, far = reach[first], reach[first - 1]
        for _ in range(12):
            middle = 0.5 * (near + far)
            within = contains(middle)
            near, far = np.where(within, middle, near), np.where(within, far, middle)
        return np.asarray(centre_m + rays * near[..., None])

    def ring(self, front_m: Floats, back_m: Floats, azimuth_rad: Floats, *, side_up_m: float = 0.0) -> Floats:
        """The line [N, 3] in which the plane through two points [3] (x = 0) cuts the neck; azimuth 0 is the back.

        `side_up_m` lifts it at the sides, where the neck goes over into the shoulders.
        """
        middle = 0.5 * (front_m + back_m) + np.array([0, side_up_m, 0]) * np.sin(azimuth_rad)[:, None] ** 2
        slope = (front_m[1] - back_m[1]) / (front_m[2] - back_m[2])
        x, z = np.sin(azimuth_rad), -np.cos(azimuth_rad)
        rays = np.stack([x, slope * z, z], -1)
        reach = np.linspace(0.015, 0.25, 95)
        outside = np.stack([self.distance(middle + rays * length) > 0 for length in reach], -1)
        first = np.clip(outside.argmax(-1), 1, None)
        near, far = reach[first - 1], reach[first]
        for _ in range(14):
            half = 0.5 * (near + far)
            within = self.distance(middle + rays * half[:, None]) < 0
            near, far = np.where(within, half, near), np.where(within, far, half)
        # The skin's facets must not show in a neckline.
        return np.asarray(middle + rays * gaussian_filter_ring(near)[:, None])


def gaussian_filter_ring(values: Floats, share: float = 0.012) -> Floats:
    """Values [N] round a ring, smoothed over a share of it."""
    wave = np.fft.rfft(values)
    wave *= np.exp(-2 * (np.pi * share * np.arange(len(wave))) ** 2)
    return np.fft.irfft(wave, len(values))


def measure_body(skin_m: Floats, triangles: NDArray[np.integer], recipe: BodyRecipe) -> Body:
    """The body of a person: skin [V, 3] with its triangles [K, 3] where it is seen, `recipe` below."""
    axes = [np.arange(round((high - low) / CELL_M) + 1) * CELL_M + low for low, high in zip(LOW_M, HIGH_M, strict=True)]
    x, y, z = np.meshgrid(*axes, indexing="ij")
    drawn = _drawn_body(x, y, z, recipe)
    drawn = drawn / np.maximum(np.linalg.norm(np.gradient(drawn, CELL_M), axis=0), 0.35)
    # In front skin is seen further down than elsewhere.
    across = np.hypot(x, (z + 0.018) / np.where(z > -0.018, 1.25, 0.85))
    share = np.maximum(_ramp(0.072, 0.115, across), _ramp(0.150, 0.190, -y - 0.045 * _ramp(0.0, 0.04, z)))
    near = share < 1
    points = np.stack([x[near], y[near], z[near]], -1)
    distance = drawn.copy()
    distance[near] = share[near] * drawn[near] + (1 - share[near]) * _skin_distance(points, skin_m, triangles)
    distance = gaussian_filter(distance, 0.8)
    return Body(distance.astype(np.float32), spline_filter(distance, order=3))


def _skin_distance(points: Floats, skin_m: Floats, triangles: NDArray[np.integer]) -> Floats:
    """Signed distance [N] from the skin: planes through the nearest samples, averaged (Kolluri 2008)."""
    normals = vertex_normals(skin_m, triangles)
    low = skin_m[triangles][:, :, 1].max(1) < -0.02
    used = np.unique(triangles[low])
    middle, facing = skin_m[triangles[low]].mean(1), unit(normals[triangles[low]].sum(1))
    samples, directions = np.concatenate([skin_m[used], middle]), np.concatenate([normals[used], facing])
    gap, nearest = cKDTree(samples).query(points, k=14)
    weight = np.exp(-0.5 * ((gap - gap[:, :1]) / 0.006) ** 2)
    height = ((points[:, None] - samples[nearest]) * directions[nearest]).sum(-1)
    found = (weight * height).sum(1) / weight.sum(1)
    # Far away the planes mean little; the sign still does.
    return np.asarray(np.where(gap[:, 0] < 0.03, found, np.sign(found) * gap[:, 0]))


def _drawn_body(x: Floats, y: Floats, z: Floats, recipe: BodyRecipe) -> Floats:
    side = np.abs(x)
    order = np.argsort(recipe.heights_m)
    heights = np.array(recipe.heights_m)[order]

    def along(values: tuple[float, ...]) -> Floats:
        return np.asarray(
            PchipInterpolator(heights, np.array(values)[order], extrapolate=False)(np.clip(y, -0.60, -0.12))
        )

    width, front, back = along(recipe.half_width_m), along(recipe.front_m), along(recipe.back_m)
    depth, middle = 0.5 * (front - back), 0.5 * (front + back)
    power = 2.5
    ring = (side / width) ** power + (np.abs(z - middle) / depth) ** power
    chest = (ring ** (1 / power) - 1) * np.minimum(width, depth)
    top = np.maximum(y + 0.13, 0)
    chest = np.where(top > 0, np.maximum(chest, 0) + top, chest)
    point = np.stack([side, y, z], -1)
    bar = _cone(point, recipe.neck_root_m, recipe.shoulder_m, recipe.neck_root_radius_m, recipe.shoulder_radius_m)
    arm = _cone(point, recipe.shoulder_m, recipe.elbow_m, *recipe.arm_radius_m)
    shape = _joined(_joined(chest, bar, 0.030), arm, 0.014)
    if recipe.breast_radius_m:
        breast = np.linalg.norm((point - recipe.breast_m) * [0.92, 0.85, 1.0], axis=-1) - recipe.breast_radius_m
        shape = _joined(shape, breast, 0.045)
    if recipe.pad_m:
        # A pad squares the shoulder: widest and highest at the end of the bar, nothing at the neck.
        end = np.array(recipe.shoulder_m) + np.array([0.004, recipe.pad_m, 0.004])
        root = np.array(recipe.neck_root_m) + np.array([0.018, -0.004, 0.0])
        pad = _cone(point, tuple(root), tuple(end), recipe.neck_root_radius_m * 0.9, recipe.shoulder_radius_m)
        shape = _joined(shape, pad, 0.014)
    return shape


def _cone(
    point: Floats, first: tuple[float, ...], second: tuple[float, ...], first_radius: float, second_radius: float
) -> Floats:
    """Distance from a rounded cone between two points."""
    start, axis = np.array(first), np.array(second) - np.array(first)
    share = np.clip(((point - start) @ axis) / (axis @ axis), 0, 1)
    gap = np.linalg.norm(point - start - share[..., None] * axis, axis=-1)
    return np.asarray(gap - (first_radius + (second_radius - first_radius) * share))


def _joined(first: Floats, second: Floats, softness_m: float) -> Floats:
    """Smooth union (Quilez): the smaller distance, rounded where both are alike."""
    share = np.clip(0.5 + 0.5 * (second - first) / softness_m, 0, 1)
    return np.asarray(second + (first - second) * share - softness_m * share * (1 - share))


def _ramp(low: float, high: float, value: Floats) -> Floats:
    share = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(share * share * (3 - 2 * share))
