"""Slow and plain: what the portrait kernels compute, as far as a formula says it exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

SAMPLES = np.array([[0.375, 0.125], [0.875, 0.375], [0.125, 0.625], [0.625, 0.875]])
"""[4, 2] places inside of a pixel (right, down): a rotated grid."""
NEAREST_DEPTH_M = 0.01
"""A triangle with a corner nearer to the camera is not drawn."""


@dataclass(frozen=True)
class Visibility:
    """What the samples of each pixel show."""

    triangle: NDArray[np.int64]
    """[H, W, 4] the triangle, or -1."""
    certain: NDArray[np.bool_]
    """[H, W] no sample lies so near to an edge, or to another depth, that rounding could decide."""


def visible_triangles(
    corners_px: Array, depths: Array, size: tuple[int, int], two_sided: bool = True, margin_px: float = 0.02
) -> Visibility:
    """The nearest triangle at each sample, one triangle after another.

    Args:
        corners_px: [K, 3, 2] on the picture.
        depths: [K, 3] along the camera's axis; 1 / depth is linear on the picture.
        size: (width, height).
        two_sided: also those that face away (clockwise as seen).
        margin_px: distance from an edge within which a sample is uncertain.
    """
    width, height = size
    pixels = np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1)
    points = pixels[:, :, None] + SAMPLES
    seen = np.full((height, width, 4), -1)
    nearest = np.zeros((height, width, 4))
    certain = np.ones((height, width), bool)
    for number, (triangle, depth) in enumerate(zip(corners_px.astype(float), depths.astype(float), strict=True)):
        if (depth <= NEAREST_DEPTH_M).any():
            continue
        double_area = _cross(triangle[1] - triangle[0], triangle[2] - triangle[0])
        # y points down: what faces the camera turns the other way.
        if not two_sided and double_area >= 0:
            continue
        edges = [(triangle[(k + 1) % 3], triangle[(k + 2) % 3]) for k in range(3)]
        sides = np.stack([_cross(end - start, points - start) for start, end in edges], -1)
        certain &= ~(np.min([_segment_distance(points, *edge) for edge in edges], 0) < margin_px).any(-1)
        if double_area == 0:
            continue
        weights = sides / double_area
        nearness = weights @ (1 / depth)
        inside = (weights >= 0).all(-1)
        both = inside & (seen >= 0)
        certain &= ~(both & (np.abs(nearness - nearest) < 1e-4 * nearest)).any(-1)
        wins = inside & (nearness > nearest)
        seen[wins], nearest[wins] = number, nearness[wins]
    return Visibility(seen, certain)


def _cross(a: Array, b: Array) -> Array:
    return np.asarray(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])


def _segment_distance(points: Array, start: Array, end: Array) -> Array:
    along = end - start
    share = np.clip(((points - start) @ along) / max(float(along @ along), 1e-12), 0, 1)
    return np.asarray(np.linalg.norm(points - start - share[..., None] * along, axis=-1))


def sampled(texture: Array, u: float, v: float) -> Array:
    """[C] of `texture` [H, W, C] (row 0 on top, v up), bilinear, its border texels going on outside."""
    height, width = texture.shape[:2]
    right, down = np.clip(u * width - 0.5, 0, width - 1), np.clip((1 - v) * height - 0.5, 0, height - 1)
    column, row = min(int(right), width - 2), min(int(down), height - 2)
    across, below = right - column, down - row
    top = (1 - across) * texture[row, column] + across * texture[row, column + 1]
    bottom = (1 - across) * texture[row + 1, column] + across * texture[row + 1, column + 1]
    return np.asarray((1 - below) * top + below * bottom)


def sampled_tiled(texture: Array, u: float, v: float) -> Array:
    """[C] of a `texture` [H, W, C] that repeats: texel (0, 0) lies at u = 0, v = 1 and blends into its neighbours."""
    height, width = texture.shape[:2]
    right, down = (u % 1) * width, (1 - v % 1) * height
    column, row = int(right) % width, int(down) % height
    across, below = right % 1, down % 1
    next_column, next_row = (column + 1) % width, (row + 1) % height
    top = (1 - across) * texture[row, column] + across * texture[row, next_column]
    bottom = (1 - across) * texture[next_row, column] + across * texture[next_row, next_column]
    return np.asarray((1 - below) * top + below * bottom)


def ggx(normal: Array, to_light: Array, to_eye: Array, alpha: float) -> float:
    """D G / (4 n.l n.v) of a microfacet surface: GGX (Walter 2007) with Schlick masking (Karis 2013), no Fresnel."""
    half = to_light + to_eye
    half = half / np.linalg.norm(half)
    normal_half, normal_light, normal_view = (float(normal @ other) for other in (half, to_light, to_eye))
    distribution = alpha**2 / (np.pi * (normal_half**2 * (alpha**2 - 1) + 1) ** 2)

    def unmasked(cosine: float) -> float:
        k = alpha / 2
        return cosine / (cosine * (1 - k) + k)

    return float(distribution * unmasked(normal_light) * unmasked(normal_view) / (4 * normal_light * normal_view))


def schlick(to_light: Array, to_eye: Array, straight_on: float) -> float:
    """Fresnel reflectance (Schlick 1994) of a facet half way between light and eye."""
    half = to_light + to_eye
    cosine = to_eye @ (half / np.linalg.norm(half))
    return float(straight_on + (1 - straight_on) * (1 - cosine) ** 5)


def skin_sheen(normal: Array, to_light: Array, to_eye: Array, gloss: float, sheen: float, source: float) -> float:
    """What black skin without pores mirrors of a light of radiance 1 and half width `source`.

    Two lobes: 0.82 of the skin itself, 0.18 of the oil on it, whose alpha is 0.36 of that; oily skin is smoother, and
    of black skin's own lobe only 0.6 is left.
    """
    alpha = ((1.34 - 0.40 * sheen) * gloss + 0.03) ** 2
    broad, narrow = (ggx(normal, to_light, to_eye, share * alpha + source) for share in (1, 0.36))
    lobes = 0.82 * 0.6 * broad + 0.18 * narrow
    return float(0.85 * np.pi * lobes * sheen * schlick(to_light, to_eye, 0.028) * (normal @ to_light))


GAUSSIANS = (
    (0.0064, (0.233, 0.455, 0.649)),
    (0.0484, (0.100, 0.336, 0.344)),
    (0.187, (0.118, 0.198, 0.000)),
    (0.567, (0.113, 0.007, 0.007)),
    (1.99, (0.358, 0.004, 0.000)),
    (7.41, (0.078, 0.000, 0.000)),
)
"""Variance in mm^2 and weights RGB of skin's diffusion profile (d'Eon and Luebke 2007)."""


def scattered(radius_mm: float, cosine: float, steps: int = 4000) -> Array:
    """[3] light that leaves a sphere of skin where its normal has `cosine` to the light (Penner 2011).

    Every point of a great circle hands on what it receives, by its straight distance.
    """
    angle = np.arccos(cosine)
    total, norm = np.zeros(3), np.zeros(3)
    for step in range(steps):
        offset = -np.pi + (step + 0.5) * 2 * np.pi / steps
        distance_mm = 2 * radius_mm * abs(np.sin(offset / 2))
        profile = np.zeros(3)
        for variance, weights in GAUSSIANS:
            profile += np.array(weights) * np.exp(-(distance_mm**2) / (2 * variance)) / (2 * np.pi * variance)
        total += max(np.cos(angle + offset), 0.0) * profile
        norm += profile
    return np.asarray(total / norm)


def through_slot(ahead: float, below: float, depth: float) -> float:
    """Share of an endless slot's light at a point `depth` behind it whose edges are `ahead` above and `below` below."""
    return float((ahead / np.hypot(ahead, depth) + below / np.hypot(below, depth)) / 2)


def plain_light(normal: Array, colour: Array, light: Any) -> Array:
    """[3] what a plain surface of `colour` sends out: a wrapped key, a rim and half of a blurred environment.

    `light` is a `LightRig`.
    """

    def towards(direction: Any) -> Array:
        return np.asarray(np.asarray(direction) / np.linalg.norm(direction))

    key = max((normal @ towards(light.key) + 0.2) / 1.2, 0.0)
    rim = max(normal @ towards(light.rim), 0.0)
    height = 0.5 + 0.5 * normal[1]
    around = np.asarray(light.floor) * (1 - height) + np.asarray(light.ceiling) * height
    for box in light.softboxes:
        # Widened by a lobe of alpha 0.98.
        sharpness = box.sharpness / (1 + box.sharpness * 2 * 0.98**2)
        weight = np.exp(sharpness * (normal @ towards(box.direction) - 1)) * sharpness / box.sharpness
        around = around + weight * np.asarray(box.colour)
    return np.asarray(colour * (np.asarray(light.key_colour) * key + np.asarray(light.rim_colour) * rim + 0.5 * around))


def hair_light(
    normal: Array, strand: Array, to_eye: Array, colour: Array, brightness: float, openness: float, light: Any,
    specular: tuple[float, float], ambient: float,
) -> Array:  # fmt: skip
    """[3] what hair of `colour` [3] sends out, with Gaussians where the kernels have powers.

    Kajiya and Kay 1989 with Marschner's three lobes; `brightness` (0 .. 1) is that of the single hair, which also lies
    askew by it; nothing throws a shadow, and all of the rim light arrives. `light` is a `LightRig`.
    """
    view_angle = np.arcsin(strand @ to_eye)
    wander, glint = (brightness - 0.5) * 0.5, 0.03 + 1.7 * brightness
    result = colour * ambient * (openness + (1 - openness) * np.sqrt(colour) / 2)
    for direction, shine, share in ((light.key, light.key_colour, 0.15), (light.rim, light.rim_colour, 0.25)):
        towards = np.asarray(direction) / np.linalg.norm(direction)
        along, facing = float(strand @ towards), float(normal @ towards)
        arrives = share + (1 - share) * openness
        angle = np.arcsin(along) + view_angle - wander
        body = 0.45 * np.sqrt(1 - along**2) + 0.55 * max((facing + 0.25) * 0.8, 0)
        body *= np.clip(2 * facing + 0.6, 0, 1) * arrives
        reaches = np.clip(1.5 * facing + 0.35, 0, 1) * arrives * glint
        white = np.exp(-(((angle - 0.10) / 0.13) ** 2)) * reaches * specular[0] * 0.05
        tinted = np.exp(-(((angle + 0.14) / 0.26) ** 2)) * reaches * specular[1] * 1.1
        behind = max(-float(to_eye @ towards), 0) ** 2 * arrives * openness
        through = np.exp(-((angle / 0.35) ** 2)) * behind * specular[1] * 0.22
        result = result + np.asarray(shine) * (colour * (body + tinted) + white + np.sqrt(colour) * through)
    return np.asarray(result)
