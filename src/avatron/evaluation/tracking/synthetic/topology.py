"""Which vertices of the source head are measured, what they are part of, and where MediaPipe's landmarks lie on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import ARKIT_NAMES
from avatron.evaluation.tracking.synthetic.light import occlusion
from avatron.evaluation.tracking.synthetic.lips import LipSeal
from avatron.evaluation.tracking.synthetic.source import MULTI_PIE, SourceHead
from avatron.face.head import HeadModel
from avatron.native.mesh import VertexNormals

__all__ = ["FaceTopology", "arkit_weights", "vertex_areas"]

_NARROW_FACE = 6706
"""ICT-FaceKit numbers the face without ears and neck first."""
_FREE_SKY = 0.2
"""Skin that sees less of its surroundings is inside the nose, the mouth or an eye."""
_IRIS_LANDMARKS = slice(468, 478)
_REST_PRESS = 0.30
"""How much of `mouthPress` is in the model's rest: its lips touch, the source's do not."""
_EYE_RIMS = (range(36, 42), range(42, 48))


@dataclass(frozen=True, eq=False)
class FaceTopology:
    """What is measured on every person of the films."""

    vertices: NDArray[np.int64]
    """[N] of the source head, outer skin of the face."""
    regions: dict[str, NDArray[np.bool_]]
    """[N] for each of `REGIONS`."""
    multi_pie: NDArray[np.int64]
    """[68] rows of `vertices`; -1 where the landmark is not among them."""
    landmark_vertices: NDArray[np.int64]
    """[478, 3] vertices of the source head around each MediaPipe landmark."""
    landmark_shares: NDArray[np.float64]
    """[478, 3] barycentric."""

    @staticmethod
    def of(source: SourceHead, model: HeadModel) -> FaceTopology:
        """Found on the neutral head; `model` says where the landmarks lie."""
        sealed = LipSeal.of(source).closed(source.neutral, 1.0)
        skin = np.concatenate([source.part("M_Face").triangles, source.part("M_BackHead").triangles])
        balls = np.concatenate([source.part(f"M_Sclera{side}").triangles for side in ("Left", "Right")])
        normals = VertexNormals(skin, len(sealed)).of(sealed)
        free = occlusion(sealed, normals, np.concatenate([skin, balls]), 96)
        chosen = np.unique(source.part("M_Face").triangles)
        chosen = chosen[(chosen < _NARROW_FACE) & (free[chosen] > _FREE_SKY)]
        places = sealed[chosen].astype(np.float64)
        marks = sealed[list(MULTI_PIE)].astype(np.float64)
        row_of = {int(vertex): row for row, vertex in enumerate(chosen)}
        corners, shares = _landmarks_on(source, model, balls)
        return FaceTopology(
            chosen.astype(np.int64),
            {
                "face": np.ones(len(chosen), np.bool_),
                "lips": _inside(places, marks[48:60]) & (places[:, 2] > 0.085),
                "eyelids": _near(places, marks, 0.009) & (places[:, 2] > 0.07),
                "jaw": places[:, 1] < marks[[48, 54], 1].mean() - 0.005,
            },
            np.array([row_of.get(vertex, -1) for vertex in MULTI_PIE]),
            corners,
            shares,
        )


def vertex_areas(places: NDArray[Any], triangles: NDArray[Any]) -> NDArray[np.float32]:
    """[V] a third of the area of the triangles around each of `places` [V, 3], in their unit squared."""
    corners = places[triangles]
    area = 0.5 * np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    return (np.bincount(triangles.reshape(-1), np.repeat(area, 3), len(places)) / 3).astype(np.float32)


def arkit_weights(weights: NDArray[Any], names: tuple[str, ...]) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """(weights [T, E], names [E]) of ARKit's expressions, from the source's [T, 57]; merged sides are averaged."""
    columns, found = [], []
    index = {name: number for number, name in enumerate(names)}
    for name in ARKIT_NAMES:
        sided = name.endswith(("Left", "Right")) and name not in index
        source = f"{name.removesuffix('Left').removesuffix('Right')}_{'L' if name.endswith('Left') else 'R'}"
        if sided and source in index:
            columns.append(weights[:, index[source]])
        elif name in index:
            columns.append(weights[:, index[name]])
        elif f"{name}_L" in index:
            columns.append(0.5 * (weights[:, index[f"{name}_L"]] + weights[:, index[f"{name}_R"]]))
        else:
            continue
        found.append(name)
    return np.stack(columns, 1).astype(np.float32), tuple(found)


def _landmarks_on(
    source: SourceHead, model: HeadModel, balls: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(corners [478, 3], shares [478, 3]) of the model's landmarks on the source head.

    The model's skin is a subset of the source's vertices, so what a landmark lies between is found exactly; by places
    alone, shut lips could not be told apart. Eyeballs are the model's own: their landmarks go to the nearest place.
    """
    press = [source.expression_names.index(f"mouthPress_{side}") for side in "LR"]
    rest = source.neutral + np.float32(_REST_PRESS) * source.expression[press].sum(0)
    corners = np.empty((478, 3), np.int64)
    shares = np.array(model.landmark_barycentric, np.float64)
    for landmark, triangle in enumerate(model.triangles[model.landmark_triangle]):
        for corner, vertex in enumerate(triangle):
            corners[landmark, corner] = np.square(rest - model.neutral[vertex]).sum(1).argmin()
    points = model.landmarks(model.neutral)[_IRIS_LANDMARKS]
    middles = source.neutral[balls].mean(1)
    for landmark, point in enumerate(points, _IRIS_LANDMARKS.start):
        triangle = balls[np.square(middles - point).sum(1).argmin()]
        a, b, c = source.neutral[triangle].astype(np.float64)
        share, *_ = np.linalg.lstsq(np.stack([b - a, c - a], 1), point - a, rcond=None)
        corners[landmark], shares[landmark] = triangle, [1 - share.sum(), *share]
    return corners, shares


def _inside(points: NDArray[Any], polygon: NDArray[Any]) -> NDArray[np.bool_]:
    """[Q] whether a point lies inside a polygon, seen from the front."""
    inside = np.zeros(len(points), np.bool_)
    x, y = points[:, 0], points[:, 1]
    for a, b in zip(polygon, np.roll(polygon, -1, 0), strict=True):
        crosses = (a[1] > y) != (b[1] > y)
        with np.errstate(divide="ignore", invalid="ignore"):
            inside ^= crosses & (x < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0])
    return inside


def _near(points: NDArray[Any], marks: NDArray[Any], within_m: float) -> NDArray[np.bool_]:
    """[Q] whether a point lies near the rim of an eye."""
    rims = []
    for eye in _EYE_RIMS:
        rim = marks[list(eye)]
        steps = np.linspace(0, 1, 6)[:, None]
        rims += [a + (b - a) * steps for a, b in zip(rim, np.roll(rim, -1, 0), strict=True)]
    rim = np.concatenate(rims)
    return np.asarray(np.linalg.norm(points[:, None] - rim[None], axis=2).min(1) < within_m)
