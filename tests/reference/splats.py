"""Gaussian splatting as it is written down, slowly: float64, one Gaussian after another over the whole picture.

Kerbl et al., 3D Gaussian Splatting (2023), with the constants of gsplat; the compensated opacity of Yu et al. (2024).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.native.splats import SplatOptions, SplatView

LEAST_ALPHA, MOST_ALPHA, LEAST_TRANSMITTANCE = 1 / 255, 0.999, 1e-4


@dataclass(frozen=True, eq=False)
class WorldGaussians:
    """Gaussians in the world, float64."""

    means: NDArray[np.float64]
    """[G, 3]"""
    quaternions: NDArray[np.float64]
    """[G, 4]"""
    scales: NDArray[np.float64]
    """[G, 3]"""
    opacities: NDArray[np.float64]
    """[G]"""
    colours: NDArray[np.float64]
    """[G, D]"""


def rotation_matrices(quaternions: NDArray[np.float64]) -> NDArray[np.float64]:
    """[G, 3, 3] of `quaternions` [G, 4] (w, x, y, z), normalised first."""
    w, x, y, z = (quaternions / np.linalg.norm(quaternions, axis=1, keepdims=True)).T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, -1) for row in rows], -2)


def draw(
    splats: WorldGaussians, view: SplatView, options: SplatOptions, background: NDArray[np.float64] | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(image [H, W, D], alpha [H, W])."""
    focal_x, focal_y = view.focal_px
    centre_x, centre_y = view.centre_px
    turned = np.einsum("ij,gjk->gik", view.rotation, rotation_matrices(splats.quaternions))
    half = turned * splats.scales[:, None, :]
    covariances = half @ half.transpose(0, 2, 1)
    places = splats.means @ view.rotation.T + view.translation
    columns, rows = np.meshgrid(np.arange(view.width) + 0.5, np.arange(view.height) + 0.5)
    image = np.zeros((view.height, view.width, splats.colours.shape[1]))
    passed = np.ones((view.height, view.width))
    finished = np.zeros(passed.shape, bool)
    for number in np.argsort(places[:, 2], kind="stable"):
        x, y, z = places[number]
        if z <= options.near_m:
            continue
        slope_x = np.clip(x / z, -(centre_x + 0.15 * view.width) / focal_x, (1.15 * view.width - centre_x) / focal_x)
        slope_y = np.clip(y / z, -(centre_y + 0.15 * view.height) / focal_y, (1.15 * view.height - centre_y) / focal_y)
        jacobian = np.array([[focal_x / z, 0, -focal_x * slope_x / z], [0, focal_y / z, -focal_y * slope_y / z]])
        own = jacobian @ covariances[number] @ jacobian.T
        blurred = own + options.blur_px2 * np.eye(2)
        opacity = splats.opacities[number]
        if options.compensated:
            opacity = opacity * np.sqrt(max(np.linalg.det(own), 0.0) / np.linalg.det(blurred))
        if opacity < LEAST_ALPHA:
            continue
        reach = np.sqrt(2 * np.log(255 * opacity) * np.diag(blurred))
        if reach.max() <= options.radius_clip_px:
            continue
        conic = np.linalg.inv(blurred)
        dx, dy = columns - (focal_x * x / z + centre_x), rows - (focal_y * y / z + centre_y)
        distance = conic[0, 0] * dx * dx + 2 * conic[0, 1] * dx * dy + conic[1, 1] * dy * dy
        alpha = np.minimum(opacity * np.exp(-0.5 * distance), MOST_ALPHA)
        seen = (alpha >= LEAST_ALPHA) & ~finished
        rest = passed * (1 - alpha)
        finished |= seen & (rest < LEAST_TRANSMITTANCE)
        counts = seen & (rest >= LEAST_TRANSMITTANCE)
        image += np.where(counts, alpha * passed, 0)[..., None] * splats.colours[number]
        passed = np.where(counts, rest, passed)
    if background is not None:
        image = image + passed[..., None] * background
    return image, 1 - passed


def triangle_frames(
    vertices: NDArray[np.float64], triangles: NDArray[np.int32]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """(axes [K, 3, 3] as columns, origins [K, 3], units [K]) of GaussianAvatars."""
    a, b, c = vertices[triangles].transpose(1, 0, 2)
    first = (b - a) / np.linalg.norm(b - a, axis=1, keepdims=True)
    normal = np.cross(first, c - a)
    normal = normal / np.linalg.norm(normal, axis=1, keepdims=True)
    third = np.cross(first, normal)
    units = (np.linalg.norm(b - a, axis=1) + np.abs(np.sum(third * (c - a), axis=1))) / 2
    return np.stack([first, normal, third], -1), (a + b + c) / 3, units


@dataclass(frozen=True, eq=False)
class RiggedGaussians:
    """Gaussians on triangles, float64; shapes as in `avatron.native.splat_rig.SplatRig`."""

    positions: NDArray[np.float64]
    quaternions: NDArray[np.float64]
    log_scales: NDArray[np.float64]
    opacity_logits: NDArray[np.float64]
    colours: NDArray[np.float64]
    triangle: NDArray[np.int32]
    corrections: NDArray[np.float64]
    response: NDArray[np.float64]


def placed(
    rig: RiggedGaussians,
    vertices: NDArray[np.float64],
    triangles: NDArray[np.int32],
    coefficients: NDArray[np.float64],
    features: NDArray[np.float64],
) -> WorldGaussians:
    """The Gaussians of `rig` in the world, on a mesh of `vertices` [V, 3]."""
    axes, origins, units = (part[rig.triangle] for part in triangle_frames(vertices, triangles))
    corrected = np.concatenate([rig.positions, rig.colours, rig.opacity_logits[:, None]], 1) + np.einsum(
        "r,grk->gk", coefficients, rig.corrections
    )
    colours = corrected[:, 3:6] + np.einsum("gq,gqk->gk", features[rig.triangle], rig.response)
    turned = axes @ rotation_matrices(rig.quaternions)
    return WorldGaussians(
        origins + units[:, None] * np.einsum("gij,gj->gi", axes, corrected[:, :3]),
        np.stack([quaternion_of(matrix) for matrix in turned]).reshape(-1, 4),
        units[:, None] * np.exp(rig.log_scales),
        1 / (1 + np.exp(-corrected[:, 6])),
        colours,
    )


def quaternion_of(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """[4] (w, x, y, z) of a rotation [3, 3]: the eigenvector of Bar-Itzhack (2000)."""
    m = matrix
    symmetric = np.array(
        [
            [m[0, 0] + m[1, 1] + m[2, 2], m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1]],
            [m[2, 1] - m[1, 2], m[0, 0] - m[1, 1] - m[2, 2], m[0, 1] + m[1, 0], m[0, 2] + m[2, 0]],
            [m[0, 2] - m[2, 0], m[0, 1] + m[1, 0], m[1, 1] - m[0, 0] - m[2, 2], m[1, 2] + m[2, 1]],
            [m[1, 0] - m[0, 1], m[0, 2] + m[2, 0], m[1, 2] + m[2, 1], m[2, 2] - m[0, 0] - m[1, 1]],
        ]
    )
    return np.asarray(np.linalg.eigh(symmetric)[1][:, -1])


def slope(
    loss: Callable[[NDArray[np.float64]], float], values: NDArray[np.float64], step: float
) -> NDArray[np.float64]:
    """d loss / d `values`, of its shape, by central differences."""
    result = np.zeros(values.size)
    for place in range(values.size):
        ends = []
        for sign in (1, -1):
            moved = values.copy()
            moved.reshape(-1)[place] += sign * step
            ends.append(loss(moved))
        result[place] = (ends[0] - ends[1]) / (2 * step)
    return result.reshape(values.shape)
