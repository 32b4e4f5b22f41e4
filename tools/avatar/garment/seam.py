"""Seams and stitched edges: narrow strips of the same cloth with a groove and a thread drawn into it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from avatar.garment.body import Body
from avatar.garment.cloth import Cloth
from avatar.garment.flap import front_points, grid_normals, smooth_curve
from avatar.garment.laid import FallenSheet
from avatar.garment.piece import Piece, joined
from avatar.garment.sheet import grid_triangles
from avatar.images import to_linear, to_srgb
from avatar.radial_shape import unit

__all__ = [
    "SEAM",
    "STITCH",
    "crossing",
    "inset",
    "join_seams",
    "on_grid",
    "seam_cloth",
    "sew_armholes",
    "sew_seam",
    "sew_shoulders",
]

Floats = NDArray[np.float64]

STITCH, SEAM = 0.25, 0.75
"""Where in the tile, as a share of its height, the stitched edge and the plain seam lie."""

STITCH_M = 0.0032
"""From stitch to stitch."""
RELIEF_M = 0.0009
"""Depth of the drawn grooves, from black to white."""
WIDTH_M = 0.0036
"""Half width of a strip."""

BACK_M = -0.050
"""Depth (z) behind which nobody looks for a seam."""

ARMHOLE_M = np.array([(-0.001, -0.004), (-0.005, -0.026), (-0.014, -0.058), (-0.019, -0.090), (-0.014, -0.125)])
"""Places (x, y) of the armhole's seam in front, from its upper end."""
RIDGE_M = -0.030
"""Depth (z) of a shoulder's highest line."""


def seam_cloth(cloth: Cloth, *, thread: float = 1.10) -> Cloth:
    """The tile of a cloth with a stitched line and a seam across it; `thread` is how much lighter its stitches are."""
    size = len(cloth.height)
    linear = to_linear(np.asarray(cloth.albedo, np.float32))
    # Light that goes through pale cloth fills its grooves.
    dark = 0.68 + 0.34 * float(linear.mean())
    thread = 1 + (thread - 1) * (1 - float(linear.mean()) / 0.6)
    v, u = (np.mgrid[0:size, 0:size] + 0.5) / size
    stitches = max(round(cloth.width_m / STITCH_M), 1)
    to_stitch, to_seam = ((v - (1 - place)) * cloth.width_m for place in (STITCH, SEAM))
    phase = np.abs((u * stitches) % 1 - 0.5) * STITCH_M
    on = np.clip((0.0012 - phase) / 0.0003, 0, 1) * np.clip((0.00038 - np.abs(to_stitch)) / 0.0002, 0, 1)
    valley = np.exp(-0.5 * (to_stitch / 0.00055) ** 2)
    pulled = 0.6 + 0.4 * np.cos(2 * np.pi * u * stitches)
    groove = np.exp(-0.5 * (to_seam / 0.00040) ** 2)
    broad = np.exp(-0.5 * (to_seam / 0.0016) ** 2)
    light = (1 - (1 - dark) * 0.75 * valley * (1 - on)) * (1 + (thread - 1) * on)
    light = light * (1 - (1 - dark) * (1.05 * groove + 0.25 * broad))
    height = 0.62 + (cloth.height - 0.5) * min(cloth.relief_m / RELIEF_M, 0.6)
    profile = 0.22 * on - 0.30 * valley * pulled - 0.34 * groove - 0.14 * broad
    height = height + profile * (1 - float(linear.mean()))
    albedo = linear * light[..., None]
    return replace(
        cloth,
        albedo=to_srgb(albedo.astype(np.float32)),
        height=np.clip(height, 0, 1).astype(np.float32),
        relief_m=RELIEF_M,
    )


def on_grid(grid_m: Floats, columns: Floats, rows: Floats) -> tuple[Floats, Floats]:
    """(points [N, 3], normals [N, 3]) of a grid [C, R, 3] at fractional columns and rows [N]."""
    normals = grid_normals(grid_m)
    place = np.stack([columns, rows])
    points, facing = (
        np.stack([map_coordinates(values[..., axis], place, order=1, mode="nearest") for axis in range(3)], -1)
        for values in (grid_m, normals)
    )
    return points, unit(facing)


def inset(grid_m: Floats, depth_m: float) -> Floats:
    """Fractional rows [C] that lie `depth_m` before the last row of a grid [C, R, 3]."""
    step = np.linalg.norm(np.diff(grid_m, axis=1), axis=2)
    left = np.concatenate([np.cumsum(step[:, ::-1], 1)[:, ::-1], np.zeros((len(grid_m), 1))], 1)
    rows = np.arange(grid_m.shape[1])
    return np.array([np.interp(depth_m, way[::-1], rows[::-1]) for way in left])


def crossing(values: Floats, first: int = 1, jump: float = 4.0) -> list[tuple[Floats, Floats]]:
    """Lines (columns [N], fractional rows [N]) in which values [C, R] first rise through 0 along their columns.

    Columns that begin above 0 or never rise have no part in it; a line ends where its neighbour has none
    or is further away than `jump` rows.
    """
    lines: list[tuple[list[float], list[float]]] = []
    last = -9
    for column, value in enumerate(values):
        above = np.nonzero(value[first:] >= 0)[0]
        if not len(above) or above[0] == 0:
            continue
        row = int(above[0]) + first
        place = row - value[row] / (value[row] - value[row - 1])
        if column != last + 1 or abs(place - lines[-1][1][-1]) > jump:
            lines.append(([], []))
        lines[-1][0].append(column)
        lines[-1][1].append(float(place))
        last = column
    return [(np.array(columns), np.array(rows)) for columns, rows in lines if len(columns) > 3]


def sew_seam(
    line_m: Floats, facing: Floats, cloth: Cloth, kind: float, *, lift_m: float = 0.0005, width_m: float = WIDTH_M
) -> Piece:
    """A strip along a line [N, 3] on cloth that faces [N, 3]; its edges dip into the cloth below."""
    facing = unit(facing)
    along = np.gradient(line_m, axis=0)
    down = unit(np.cross(facing, along))
    # Half a seam's tile is the most that a strip may show.
    across = min(width_m, 0.24 * cloth.width_m) * np.array([-1.0, -0.5, 0.5, 1.0])
    height = lift_m * np.array([-1.2, 1.0, 1.0, -1.2])
    points = line_m[:, None] + across[:, None] * down[:, None] + height[:, None] * facing[:, None]
    way = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(line_m, axis=0), axis=1))]
    texture = np.stack(np.broadcast_arrays(-way[:, None] / cloth.width_m, kind - across[None] / cloth.width_m), -1)
    triangles = grid_triangles(len(line_m), len(across), closed=False)
    count = points.size // 3
    return Piece(
        "seams", points.reshape(-1, 3), triangles, texture.reshape(-1, 2), np.zeros(count), cloth, np.ones(count)
    )


def join_seams(name: str, seams: list[Piece]) -> Piece:
    """All seams of a garment as one piece, without those behind the shoulders."""
    whole = joined(name, tuple(seams))
    kept = whole.triangles[(whole.vertices_m[whole.triangles][:, :, 2] > BACK_M).any(1)]
    used, triangles = np.unique(kept, return_inverse=True)
    return Piece(
        name,
        whole.vertices_m[used],
        triangles.reshape(kept.shape),
        whole.texture_coordinates[used],
        whole.head_weight[used],
        whole.cloth,
        whole.light()[used],
    )


def sew_armholes(body: Body, under: FallenSheet, cloth: Cloth, breadth_m: float, lift_m: float) -> list[Piece]:
    """The front halves of the seams between body and sleeves of a sheet that has fallen, `breadth_m` from the middle.

    `lift_m` is about where the sheet lies over the body.
    """
    height = np.linspace(-0.10, -0.26, 161)
    ridge = np.stack([np.full(161, breadth_m), height, np.full(161, RIDGE_M)], -1)
    top = float(height[np.argmax(body.distance(ridge) < 0)])
    # The seam curves inwards on its way down to the armpit.
    front = front_points(body, np.array([[breadth_m, top]]) + ARMHOLE_M)
    line = smooth_curve(np.concatenate([[[breadth_m, top, RIDGE_M - 0.012]], front]), 34)
    sewn = []
    for side in (1, -1):
        # Columns of a strip run leftwards or down: both sides begin at the top.
        points = under.lay(body.lifted(line * [side, 1, 1], lift_m), 0.0)
        sewn.append(sew_seam(points, body.outward(points), cloth, SEAM))
    return sewn


def sew_shoulders(grid_m: Floats, flat_m: Floats, cloth: Cloth, breadth_m: float, depth_m: float) -> list[Piece]:
    """The seams over the shoulders of a sheet [C, R, 3], from the collar to the armholes, `depth_m` (z) in front."""
    count = len(flat_m)
    left = flat_m[: count // 2 + 1]
    beyond = np.where(np.abs(left[..., 0]) < breadth_m, left[..., 2] - depth_m, -1.0)
    sewn = []
    # The seam runs nearly along the columns: it is looked for row by row, from the back to the front.
    for rows, columns in crossing(beyond.swapaxes(0, 1), jump=1.2)[:1]:
        for place, along in ((columns, rows), (count - columns[::-1], rows[::-1])):
            sewn.append(sew_seam(*on_grid(grid_m, place, along), cloth, SEAM))
    return sewn
