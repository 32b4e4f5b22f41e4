"""Seeds become Gaussians in the frames of their triangles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatron.native.splat_rig import CORRECTED, SplatRig
from avatron.render.splats.geometry import SplatGeometry
from avatron.training.appearance.seeds import SeedConfig, Seeds

__all__ = ["gaussians_of_seeds", "triangle_frames"]

Floats = NDArray[np.float32]


def triangle_frames(vertices: Floats, triangles: NDArray[np.int32]) -> tuple[Floats, Floats, Floats]:
    """(origins [K, 3], axes [K, 3, 3] in columns, lengths [K]) as the kernels place them.

    Axes are the first edge, the normal, and their cross product; the length is the mean of the first edge and the
    height over it.
    """
    corners = vertices[triangles]
    edge, other = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    edge_length = np.linalg.norm(edge, axis=1)
    first = edge / np.maximum(edge_length, 1e-12)[:, None]
    normal = np.cross(first, other)
    height = np.linalg.norm(normal, axis=1)
    normal = normal / np.maximum(height, 1e-12)[:, None]
    axes = np.stack([first, normal, np.cross(first, normal)], -1)
    return corners.mean(1), axes, ((edge_length + height) / 2).astype(np.float32)


def gaussians_of_seeds(
    seeds: Seeds, geometry: SplatGeometry, coefficients: int, strains: int, config: SeedConfig, *, seed: int
) -> SplatRig:
    """Flat round Gaussians where the seeds are, a little uneven, that follow nothing but their triangles yet."""
    count = len(seeds.triangle)
    triangles = geometry.triangles[seeds.triangle]
    origins, axes, lengths = triangle_frames(geometry.rest, triangles)
    places = np.einsum("gc,gcd->gd", seeds.barycentrics, geometry.rest[triangles])
    positions = np.einsum("gca,gc->ga", axes, places - origins) / lengths[:, None]
    log_size = np.log(seeds.size_m / lengths)
    log_scales = np.repeat(log_size[:, None], 3, 1)
    log_scales[:, 1] += np.log(config.thickness)
    positions[:, 1] += config.unevenness * seeds.size_m / lengths * np.random.default_rng(seed).normal(size=count)
    opacities = np.clip(seeds.opacities, 0.01, 0.99)
    return SplatRig(
        positions.astype(np.float32),
        np.tile(np.array([1, 0, 0, 0], np.float32), (count, 1)),
        log_scales.astype(np.float32),
        np.log(opacities / (1 - opacities)).astype(np.float32),
        seeds.colours.copy(),
        seeds.triangle,
        np.zeros((count, coefficients, CORRECTED), np.float32),
        np.zeros((count, strains, 3), np.float32),
    )
