"""Cloth that falls: a grid of particles with springs, gravity and a body to lie on.

Position based dynamics (Mueller et al. 2007): distances are restored one after another, in a fixed order, so that the
same sheet falls into the same folds on any machine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from avatar.garment.body import CELL_M, LOW_M, Body

__all__ = ["DrapeRecipe", "drape"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class DrapeRecipe:
    """How much cloth there is and how it falls."""

    ease_across: float = 0.020
    """Cloth round the body beyond what lies flat, as a share."""
    ease_armpit: float = 0.15
    """Additional cloth, both ways, where the sleeve meets chest and back."""
    ease_sleeve: float = 0.06
    """Additional cloth along the sleeves, which gathers in rings."""
    armpit_m: tuple[float, float, float] = (0.128, -0.262, 0.030)
    armpit_reach_m: float = 0.050
    bend: float = 0.50
    """How stiff against bending, 0..1: larger makes wider folds."""
    shear: float = 0.25
    lift_m: float = 0.0045
    """Least height over the body."""
    friction: float = 0.6
    steps: int = 160
    seed: int = 3


@numba.njit(cache=True)
def _relax(points, still, pairs, lengths, stiffness, heights, grid, low, cell, gravity, friction, steps, rounds):
    count = len(points)
    before = points.copy()
    size_x, size_y, size_z = grid.shape
    for _ in range(steps):
        for v in range(count):
            if still[v]:
                continue
            for axis in range(3):
                speed = 0.95 * (points[v, axis] - before[v, axis])
                before[v, axis] = points[v, axis]
                points[v, axis] += speed
            points[v, 1] -= gravity
        for _ in range(rounds):
            for c in range(len(pairs)):
                a, b = pairs[c, 0], pairs[c, 1]
                dx, dy, dz = points[a, 0] - points[b, 0], points[a, 1] - points[b, 1], points[a, 2] - points[b, 2]
                gap = np.sqrt(dx * dx + dy * dy + dz * dz) + 1e-12
                wa, wb = 0.0 if still[a] else 1.0, 0.0 if still[b] else 1.0
                if wa + wb == 0:
                    continue
                change = stiffness[c] * (gap - lengths[c]) / gap / (wa + wb)
                points[a, 0] -= wa * change * dx
                points[a, 1] -= wa * change * dy
                points[a, 2] -= wa * change * dz
                points[b, 0] += wb * change * dx
                points[b, 1] += wb * change * dy
                points[b, 2] += wb * change * dz
            for v in range(count):
                if still[v]:
                    continue
                gx, gy, gz = (
                    (points[v, 0] - low[0]) / cell,
                    (points[v, 1] - low[1]) / cell,
                    (points[v, 2] - low[2]) / cell,
                )
                if gx < 0 or gy < 0 or gz < 0 or gx >= size_x - 1 or gy >= size_y - 1 or gz >= size_z - 1:
                    continue
                i, j, k = int(gx), int(gy), int(gz)
                x, y, z = gx - i, gy - j, gz - k
                c00 = grid[i, j, k] * (1 - x) + grid[i + 1, j, k] * x
                c01 = grid[i, j, k + 1] * (1 - x) + grid[i + 1, j, k + 1] * x
                c10 = grid[i, j + 1, k] * (1 - x) + grid[i + 1, j + 1, k] * x
                c11 = grid[i, j + 1, k + 1] * (1 - x) + grid[i + 1, j + 1, k + 1] * x
                c0, c1 = c00 * (1 - y) + c10 * y, c01 * (1 - y) + c11 * y
                lack = heights[v] - (c0 * (1 - z) + c1 * z)
                if lack <= 0:
                    continue
                nz = c1 - c0
                ny = (c10 - c00) * (1 - z) + (c11 - c01) * z
                x0 = (grid[i + 1, j, k] - grid[i, j, k]) * (1 - y) + (grid[i + 1, j + 1, k] - grid[i, j + 1, k]) * y
                x1 = (grid[i + 1, j, k + 1] - grid[i, j, k + 1]) * (1 - y)
                x1 += (grid[i + 1, j + 1, k + 1] - grid[i, j + 1, k + 1]) * y
                nx = x0 * (1 - z) + x1 * z
                size = np.sqrt(nx * nx + ny * ny + nz * nz) + 1e-12
                nx, ny, nz = nx / size, ny / size, nz / size
                points[v, 0] += lack * nx
                points[v, 1] += lack * ny
                points[v, 2] += lack * nz
                # Friction: what slid along the body is partly taken back.
                mx, my, mz = points[v, 0] - before[v, 0], points[v, 1] - before[v, 1], points[v, 2] - before[v, 2]
                off = mx * nx + my * ny + mz * nz
                points[v, 0] -= friction * (mx - off * nx)
                points[v, 1] -= friction * (my - off * ny)
                points[v, 2] -= friction * (mz - off * nz)


def drape(points_m: Floats, body: Body, recipe: DrapeRecipe, *, closed: bool, held_m: Floats | None = None) -> Floats:
    """The sheet [C, R, 3] after it has fallen; its first two rows stay where they are.

    Args:
        points_m: where the cloth lies flat on the body.
        body: what it lies on.
        recipe: how much cloth there is.
        closed: the last column is joined to the first.
        held_m: [C, R] least height over the body, `recipe.lift_m` by default.
    """
    columns, rows = points_m.shape[:2]
    index = np.arange(columns * rows).reshape(columns, rows)
    right = (lambda step: np.roll(index, -step, axis=0)) if closed else (lambda step: index[step:])
    own = (lambda step: index) if closed else (lambda step: index[:-step])
    kinds = [
        (own(1), right(1), 0, 1.0),
        (index[:, :-1], index[:, 1:], 1, 1.0),
        (own(1)[:, :-1], right(1)[:, 1:], 2, recipe.shear),
        (own(1)[:, 1:], right(1)[:, :-1], 2, recipe.shear),
        (own(2), right(2), 0, recipe.bend),
        (index[:, :-2], index[:, 2:], 1, recipe.bend),
        (own(4), right(4), 0, recipe.bend),
        (index[:, :-4], index[:, 4:], 1, recipe.bend),
    ]
    flat = points_m.reshape(-1, 3)
    pairs, lengths, stiffness = [], [], []
    for first, second, way, firmness in kinds:
        pair = np.stack([first.ravel(), second.ravel()], 1)
        middle = 0.5 * (flat[pair[:, 0]] + flat[pair[:, 1]])
        across, along = _ease(middle, recipe)
        ease = (across, along, 0.5 * (across + along))[way]
        pairs.append(pair)
        lengths.append(np.linalg.norm(flat[pair[:, 0]] - flat[pair[:, 1]], axis=1) * (1 + ease))
        stiffness.append(np.full(len(pair), firmness))
    still = np.zeros((columns, rows), bool)
    still[:, :2] = True
    heights = np.full((columns, rows), recipe.lift_m) if held_m is None else held_m
    generator = np.random.default_rng(recipe.seed)
    moved = flat + generator.normal(0, 0.0004, flat.shape) * ~still.reshape(-1, 1)
    _relax(
        moved, still.ravel(), np.concatenate(pairs), np.concatenate(lengths), np.concatenate(stiffness),
        heights.ravel(), body.distance_m, LOW_M, CELL_M, 0.00022, recipe.friction, recipe.steps, 8,
    )  # fmt: skip
    return moved.reshape(points_m.shape)


def _ease(points_m: Floats, recipe: DrapeRecipe) -> tuple[Floats, Floats]:
    """(across [N], along [N]): shares of additional cloth at places on the body."""
    folded = points_m * [1, 1, 1]
    folded[:, 0] = np.abs(folded[:, 0])
    folded[:, 2] = np.abs(folded[:, 2] + 0.018)
    armpit = np.array(recipe.armpit_m)
    gap = np.linalg.norm((folded - armpit) * [1, 0.75, 0.6], axis=1)
    near = recipe.ease_armpit * np.exp(-0.5 * (gap / recipe.armpit_reach_m) ** 2)
    sleeve = np.clip((folded[:, 0] - 0.15) / 0.03, 0, 1) * np.clip((-0.24 - folded[:, 1]) / 0.05, 0, 1)
    return recipe.ease_across + 0.6 * near, near + recipe.ease_sleeve * sleeve
