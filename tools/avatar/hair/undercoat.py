"""The undercoat: the head's own scalp, raised a little, dark and dense inside, fading out towards the hairline.

It has the head's own shape, so it fits every identity, and the skin needs no hair colour of its own: any hair can be
worn on any skin.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatar.hair.grow import Comb
from avatar.hair.hair_mesh import HairMesh
from avatar.hair.scalp import Scalp, Skin
from avatar.hair.strand_atlas import Columns
from avatar.hair.style import HairStyle
from avatar.nearest_skin import vertex_normals
from avatar.radial_shape import unit

__all__ = ["make_undercoat"]

Floats = NDArray[np.float64]

SKIN_GAP_M = 0.0005
"""Height over the skin at the hairline: enough to lie in front of it in any view."""
LONGEST_EDGE_M = 0.0085
"""Longer edges near the hairline are halved: there the undercoat fades over little more than a centimetre."""
REPEATS = 9
"""Times the columns of the picture are run through along the hairline, to and fro."""


def make_undercoat(style: HairStyle, comb: Comb, scalp: Scalp, skin: Skin, columns: Columns) -> HairMesh:
    """The undercoat of a style on a person."""
    coat = style.undercoat
    triangles = skin.triangles[~skin.ear[skin.triangles].all(1)]
    used, local = np.unique(triangles, return_inverse=True)
    normals = vertex_normals(skin.vertices_m, skin.triangles)[used]
    vertices, triangles = skin.vertices_m[used], local.reshape(-1, 3)
    reach = np.linalg.norm(vertices - scalp.outline_m.mean(0), axis=1)
    near = (reach < 0.17) & (vertices[:, 1] > scalp.outline_m[:, 1].min() - 0.03)
    triangles = triangles[near[triangles].all(1)]
    margin = 0.004
    for _ in range(2):
        distance = scalp.distance(vertices)
        triangles = triangles[(distance[triangles] > -0.01).any(1)]
        behind = np.clip(-vertices[:, 2] / 0.03, 0, 1)
        longest = LONGEST_EDGE_M * (1 + 1.5 * np.clip(distance / 0.03 - 0.5, 0, 1) + behind)
        vertices, normals, triangles = _split(vertices, unit(normals), triangles, longest)
    distance = scalp.distance(vertices)
    shown = (distance > -margin) & (vertices[:, 2] > coat.behind_m)
    triangles = triangles[shown[triangles].any(1)]
    used, local = np.unique(triangles, return_inverse=True)
    vertices, normals, distance, triangles = (
        vertices[used],
        unit(normals[used]),
        distance[used],
        local.reshape(-1, 3),
    )
    inside = np.clip(distance / coat.rise_m, 0, 1)
    density = scalp.density(vertices)
    side = scalp.side(vertices)
    direction, values = comb.at(vertices, side)
    # Along a parting the coat lies on the skin and lets it shine through.
    away = scalp.from_parting(vertices)
    parted = np.clip(away / 0.006, 0, 1)
    # Strands climb slowly from their roots: the coat stays under them.
    thickness = np.minimum(coat.thickness_m, coat.share * values[:, 1]) * inside * inside * (3 - 2 * inside)
    height = SKIN_GAP_M + thickness * np.clip((density - 0.5) * 2, 0, 1) * np.clip(away / 0.035, 0, 1)
    vertices = vertices + normals * height[:, None]
    cover = np.clip(distance / coat.fade_m, 0, 1) * density * (0.35 + 0.65 * parted**0.5)
    legs = scalp.along(vertices) * 2 * REPEATS
    first, last = columns.edges("coat", np.zeros(1, np.int64))
    u = first[0] + (last[0] - first[0]) * np.abs((legs % 2) - 1)
    tangents = unit(direction - (direction * normals).sum(1, keepdims=True) * normals)
    return HairMesh(
        vertices,
        triangles,
        np.stack([u, np.clip(cover, 0, 1)], 1),
        tangents,
        normals,
        normals,
        0.65 + 0.2 * (1 - inside),
    )


def _split(
    vertices: Floats, normals: Floats, triangles: NDArray[np.int64], longest_m: Floats
) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Edges longer than `longest_m` [V] at their ends halved, the middles bulged along the normals.

    (Phong tessellation, Boubekeur and Alexa 2008.)
    """
    edges = np.sort(triangles[:, [[0, 1], [1, 2], [2, 0]]], axis=2)
    pairs, index = np.unique(edges.reshape(-1, 2), axis=0, return_inverse=True)
    a, b = vertices[pairs[:, 0]], vertices[pairs[:, 1]]
    long = np.linalg.norm(b - a, axis=1) > longest_m[pairs].mean(1)
    normal_a, normal_b = normals[pairs[:, 0]], normals[pairs[:, 1]]
    middle = 0.5 * (a + b)
    on_a = middle - ((middle - a) * normal_a).sum(1, keepdims=True) * normal_a
    on_b = middle - ((middle - b) * normal_b).sum(1, keepdims=True) * normal_b
    middle = 0.25 * middle + 0.375 * (on_a + on_b)
    number = np.where(long, np.cumsum(long) - 1 + len(vertices), -1)
    halves = number[index.reshape(-1, 3)]
    pieces = []
    count = (halves >= 0).sum(1)
    pieces.append(triangles[count == 0])
    # Turned so that the split edges come first: one pattern for each number of them.
    for split in (1, 2, 3):
        chosen, half = triangles[count == split], halves[count == split]
        turn = np.argmax(half >= 0, axis=1) if split < 3 else np.zeros(len(half), np.int64)
        if split == 2:
            turn = (np.argmin(half >= 0, axis=1) + 1) % 3
        row = np.arange(len(chosen))[:, None]
        order = (turn[:, None] + np.arange(3)) % 3
        (p, q, r), (m, n, o) = chosen[row, order].T, half[row, order].T
        if split == 1:
            pieces += [np.stack([p, m, r], 1), np.stack([m, q, r], 1)]
        elif split == 2:
            pieces += [np.stack([p, m, r], 1), np.stack([m, n, r], 1), np.stack([m, q, n], 1)]
        else:
            pieces += [np.stack(corner, 1) for corner in ((p, m, o), (m, q, n), (o, n, r), (m, n, o))]
    bulged = np.concatenate([normals, unit(normal_a + normal_b)[long]])
    return np.concatenate([vertices, middle[long]]), bulged, np.concatenate(pieces)
