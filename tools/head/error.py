"""How far our head is from the source's, in millimetres, region by region."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from avatron.core.motion import EXPRESSION_INDEX
from avatron.face.parts import PART_INDEX
from head.assemble import Assembly
from head.source import Source

__all__ = ["SAMPLED_EXPRESSIONS", "reconstruction_error"]

Floats = NDArray[np.float64]

SAMPLED_EXPRESSIONS = ("jawOpen", "mouthPucker", "mouthSmileLeft", "eyeBlinkLeft", "mouthFunnel", "browInnerUp")
IDENTITIES = 8


def reconstruction_error(
    source: Source,
    assembly: Assembly,
    identity: Floats,
    expression: Floats,
    rotation: Floats,
    regions: dict[str, Floats],
) -> dict[str, dict[str, float]]:
    """Region to `rms_mm`, `p99_mm`, `max_mm` and `count`: from points of the source's skin to our surface.

    Over eight random identities (seed 0), each at rest and with one expression, after compression. `identity`
    [S, V, 3] and `expression` [E, V, 3] are the restored bases, `rotation` [S, 100] takes the source's coefficients to
    ours.
    """
    mesh = assembly.mesh
    skin = source.part("M_Face", "M_BackHead")
    surface = mesh.triangles[np.isin(mesh.part, [PART_INDEX["skin"], PART_INDEX["mouth"]])]
    _, nearest = cKDTree(mesh.rest).query(assembly.rest[skin.vertices])
    generator = np.random.default_rng(0)
    distances = []
    for number in range(IDENTITIES):
        coefficients = generator.normal(size=len(source.identity))
        person = np.tensordot(coefficients, source.identity.astype(np.float64), 1)
        name = SAMPLED_EXPRESSIONS[number % len(SAMPLED_EXPRESSIONS)] if number % 2 else None
        truth = assembly.rest + person
        ours = mesh.rest + np.tensordot(rotation @ coefficients, identity, 1)
        if name is not None:
            truth = truth + assembly.expression[EXPRESSION_INDEX[name]]
            ours = ours + expression[EXPRESSION_INDEX[name]]
        distances.append(_to_surface(truth[skin.vertices], ours, surface))
    found = np.array(distances) * 1000
    table = {}
    for region, weight in {"all": np.ones(len(mesh.rest)), **regions}.items():
        chosen = found[:, weight[nearest] > 0.5]
        table[region] = {
            "rms_mm": round(float(np.sqrt((chosen**2).mean())), 3),
            "p99_mm": round(float(np.percentile(chosen, 99)), 3),
            "max_mm": round(float(chosen.max()), 3),
            "count": int(chosen.size),
        }
    return table


def _to_surface(points: Floats, vertices: Floats, triangles: NDArray[np.int64]) -> Floats:
    """[N] metres from `points` [N, 3] to the nearest of each point's 12 nearest triangles."""
    corners = vertices[triangles]
    _, candidates = cKDTree(corners.mean(1)).query(points, k=12)
    best = np.full(len(points), np.inf)
    for column in candidates.T:
        best = np.minimum(best, _distance(points, *corners[column].transpose(1, 0, 2)))
    return best


def _distance(point: Floats, a: Floats, b: Floats, c: Floats) -> Floats:
    """[N] from points to triangles: inside by the plane, outside by the nearest edge."""
    normal = np.cross(b - a, c - a)
    square = np.maximum((normal**2).sum(1), 1e-24)
    u = (np.cross(c - b, point - b) * normal).sum(1) / square
    v = (np.cross(a - c, point - c) * normal).sum(1) / square
    inside = (u >= 0) & (v >= 0) & (u + v <= 1)
    plane = np.abs(((point - a) * normal).sum(1)) / np.sqrt(square)
    edges = np.min([_to_segment(point, p, q) for p, q in ((a, b), (b, c), (c, a))], axis=0)
    return np.where(inside, plane, edges)


def _to_segment(point: Floats, start: Floats, end: Floats) -> Floats:
    along = end - start
    share = np.clip(((point - start) * along).sum(1) / np.maximum((along**2).sum(1), 1e-24), 0, 1)
    return np.linalg.norm(point - start - share[:, None] * along, axis=1)
