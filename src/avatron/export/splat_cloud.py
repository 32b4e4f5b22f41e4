"""Gaussians on triangles as a cloud in the world: what viewers of splats know."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.core.gaussians import GaussianSet
from avatron.errors import InvalidValueError

__all__ = ["SplatCloud", "cloud_of"]

Floats = NDArray[np.float32]

_SMALLEST = 1e-12


@dataclass(frozen=True, eq=False)
class SplatCloud:
    """G Gaussians, right-handed, +Y up, +Z out of the face, metres.

    Raises:
        ShapeError: arrays of other shapes, NaN or infinity.
    """

    positions: Floats
    """[G, 3]"""
    quaternions: Floats
    """[G, 4] (w, x, y, z), of length 1."""
    scales: Floats
    """[G, 3] standard deviations, metres."""
    opacities: Floats
    """[G] 0 .. 1."""
    colours: Floats
    """[G, 3] display RGB, 0 .. 1 but for overshoot."""

    def __post_init__(self) -> None:
        count = len(self.positions)
        for name, shape in (
            ("positions", (count, 3)),
            ("quaternions", (count, 4)),
            ("scales", (count, 3)),
            ("opacities", (count,)),
            ("colours", (count, 3)),
        ):
            object.__setattr__(self, name, checked_array(name, getattr(self, name), shape, np.float32))

    def __len__(self) -> int:
        return len(self.positions)

    def turned_down(self) -> SplatCloud:
        """The same cloud with +Y down and +Z away from the viewer, as trained scenes of 3DGS have it."""
        w, x, y, z = self.quaternions.T
        # Half a turn about x: the quaternion i, multiplied from the left.
        turned = np.stack([-x, w, -z, y], 1)
        flip = np.array([1, -1, -1], np.float32)
        return SplatCloud(self.positions * flip, turned, self.scales, self.opacities, self.colours)


def cloud_of(gaussians: GaussianSet, vertices: NDArray[np.floating], triangles: NDArray[np.int32]) -> SplatCloud:
    """`gaussians` where the `triangles` [K, 3] of `vertices` [V, 3] metres take them.

    Raises:
        InvalidValueError: a Gaussian that rides on a triangle that is not there.
    """
    if len(gaussians) and int(gaussians.triangle.max()) >= len(triangles):
        raise InvalidValueError(
            f"a Gaussian rides on triangle {int(gaussians.triangle.max())}, and there are {len(triangles)}"
        )
    corners = np.asarray(vertices, np.float64)[triangles[gaussians.triangle]]
    edge, other = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    length = np.linalg.norm(edge, axis=1)
    first = edge / np.maximum(length, _SMALLEST)[:, None]
    normal = np.cross(first, other)
    height = np.linalg.norm(normal, axis=1)
    normal = normal / np.maximum(height, _SMALLEST)[:, None]
    axes = np.stack([first, normal, np.cross(first, normal)], -1)
    units = ((length + height) / 2)[:, None]
    places = corners.mean(1) + np.einsum("gij,gj->gi", axes, gaussians.positions) * units
    turns = _products(_quaternions(axes), gaussians.rotations.astype(np.float64))
    turns /= np.linalg.norm(turns, axis=1, keepdims=True)
    return SplatCloud(
        places.astype(np.float32),
        turns.astype(np.float32),
        (gaussians.scales * units).astype(np.float32),
        gaussians.opacities,
        gaussians.colours,
    )


def _quaternions(matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    """[G, 4] (w, x, y, z) of rotations [G, 3, 3]; from the largest of the four, which is never near 0."""
    m = matrices
    trace = np.trace(m, axis1=1, axis2=2)
    squares = np.stack(
        [
            1 + trace,
            1 + 2 * m[:, 0, 0] - trace,
            1 + 2 * m[:, 1, 1] - trace,
            1 + 2 * m[:, 2, 2] - trace,
        ],
        1,
    )
    products = np.empty((len(m), 4, 4))
    products[:, range(4), range(4)] = squares
    for row, column, value in (
        (0, 1, m[:, 2, 1] - m[:, 1, 2]),
        (0, 2, m[:, 0, 2] - m[:, 2, 0]),
        (0, 3, m[:, 1, 0] - m[:, 0, 1]),
        (1, 2, m[:, 1, 0] + m[:, 0, 1]),
        (1, 3, m[:, 0, 2] + m[:, 2, 0]),
        (2, 3, m[:, 2, 1] + m[:, 1, 2]),
    ):
        products[:, row, column] = products[:, column, row] = value
    # Each row is the quaternion times four of one of its own entries.
    rows = products[np.arange(len(m)), squares.argmax(1)]
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def _products(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """[G, 4] Hamilton's products."""
    (a, b, c, d), (e, f, g, h) = left.T, right.T
    return np.stack(
        [
            a * e - b * f - c * g - d * h,
            a * f + b * e + c * h - d * g,
            a * g - b * h + c * e + d * f,
            a * h + b * g - c * f + d * e,
        ],
        1,
    )
