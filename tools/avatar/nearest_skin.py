"""The point of one mesh that lies next to a point of another: from our head to the ICT head and its face chart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from avatar.sources import FaceKit

__all__ = ["FacePoints", "SurfacePoints", "find_face_points", "find_surface_points", "vertex_normals"]

Floats = NDArray[np.float64]

NORMAL_SCALE_M = 0.0045
"""How many metres a turned normal counts for: keeps upper from lower lip, lid from lid, nostril from cheek."""


@dataclass(frozen=True)
class SurfacePoints:
    """Per query point its place on a mesh."""

    triangle: NDArray[np.int64]
    """[N]."""
    barycentric: Floats
    """[N, 3]."""
    distance_m: Floats
    """[N] to that place, turned normals counted in."""


@dataclass(frozen=True)
class FacePoints:
    """Per query point its place in the ICT face chart."""

    texture_coordinates: Floats
    """[N, 2] v up."""
    distance_m: Floats
    """[N] to that place, turned normals counted in."""


def vertex_normals(vertices: Floats, triangles: NDArray[np.integer]) -> Floats:
    """Area-weighted unit normals [V, 3]."""
    corner = vertices[triangles]
    face = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    normals = np.zeros_like(vertices)
    for corner_index in range(3):
        np.add.at(normals, triangles[:, corner_index], face)
    return np.asarray(normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-15))


def find_surface_points(
    vertices_m: Floats, triangles: NDArray[np.integer], points_m: Floats, normals: Floats, candidates: int = 8
) -> SurfacePoints:
    """Nearest places on a mesh for points [N, 3] (metres) with normals [N, 3].

    The search runs in six dimensions, place and normal, so that the two sides of a fold are told apart.
    """
    corners = vertices_m[triangles]
    face_normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    face_normal /= np.maximum(np.linalg.norm(face_normal, axis=1, keepdims=True), 1e-15)
    tree = cKDTree(np.c_[corners.mean(1), NORMAL_SCALE_M * face_normal])
    _, index = tree.query(np.c_[points_m, NORMAL_SCALE_M * normals], k=candidates)
    distance = np.full(len(points_m), np.inf)
    triangle = np.zeros(len(points_m), np.int64)
    barycentric = np.zeros((len(points_m), 3))
    for candidate in index.T:
        weight = _closest_barycentric(points_m, corners[candidate])
        place = np.einsum("nk,nkd->nd", weight, corners[candidate])
        turned = 1 - (face_normal[candidate] * normals).sum(1)
        found = np.linalg.norm(points_m - place, axis=1) + 0.0025 * np.maximum(turned, 0)
        better = found < distance
        distance[better] = found[better]
        triangle[better] = candidate[better]
        barycentric[better] = weight[better]
    return SurfacePoints(triangle, barycentric, distance)


def find_face_points(kit: FaceKit, points_m: Floats, normals: Floats) -> FacePoints:
    """Nearest places of the ICT face chart for points [N, 3] (metres, neutral head) with normals [N, 3]."""
    found = find_surface_points(kit.vertices_m, kit.face_triangles, points_m, normals)
    texture = np.einsum("nk,nkd->nd", found.barycentric, kit.face_texture_coordinates[found.triangle])
    return FacePoints(texture, found.distance_m)


def _closest_barycentric(points: Floats, triangles: Floats) -> Floats:
    """Barycentrics [N, 3] of the points of triangles [N, 3, 3] that are nearest to points [N, 3]."""
    origin = triangles[:, 0]
    first, second, offset = triangles[:, 1] - origin, triangles[:, 2] - origin, points - origin
    d00, d01, d11 = (first * first).sum(1), (first * second).sum(1), (second * second).sum(1)
    d20, d21 = (offset * first).sum(1), (offset * second).sum(1)
    determinant = np.maximum(d00 * d11 - d01 * d01, 1e-20)
    v = (d11 * d20 - d01 * d21) / determinant
    w = (d00 * d21 - d01 * d20) / determinant
    inside = np.stack([1 - v - w, v, w], 1)
    outside = inside.min(1) < 0
    if not outside.any():
        return inside
    # Outside: the nearest point lies on one of the three edges.
    best = np.full(outside.sum(), np.inf)
    result = np.zeros((outside.sum(), 3))
    for start, stop in ((0, 1), (1, 2), (2, 0)):
        a, b = triangles[outside, start], triangles[outside, stop]
        edge = b - a
        share = ((points[outside] - a) * edge).sum(1) / np.maximum((edge * edge).sum(1), 1e-20)
        share = np.clip(share, 0, 1)
        distance = np.linalg.norm(points[outside] - a - share[:, None] * edge, axis=1)
        nearer = distance < best
        best[nearer] = distance[nearer]
        weights = np.zeros((len(share), 3))
        weights[:, start], weights[:, stop] = 1 - share, share
        result[nearer] = weights[nearer]
    inside[outside] = result
    return inside
