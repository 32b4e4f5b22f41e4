"""How hair and garments ride on the head model: anchors, and the step from the person back to the mean head."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from avatron.render.appearance import AttachedMesh

__all__ = ["attach_mesh"]

Floats = NDArray[np.float64]

ANCHORS = 4
"""Anchors per vertex: enough for a smooth field, since anchors are millimetres apart."""


def attach_mesh(
    vertices_m: Floats,
    triangles: NDArray[np.int64],
    texture_coordinates: Floats,
    head_weight: Floats,
    *,
    anchors: NDArray[np.int64],
    person_m: Floats,
    mean_m: Floats,
) -> AttachedMesh:
    """A mesh that was built on a person [N, 3], attached to the nearest of the head vertices `anchors`.

    `person_m` and `mean_m` [V, 3] are the head with and without the person's identity.
    """
    distance, nearest = cKDTree(person_m[anchors]).query(vertices_m, k=ANCHORS)
    weight = 1 / (distance + 0.002) ** 2
    weight = (weight / weight.sum(1, keepdims=True)).astype(np.float32)
    index = anchors[nearest].astype(np.int32)
    shift = np.einsum("na,nad->nd", weight.astype(np.float64), (person_m - mean_m)[index])
    return AttachedMesh(
        vertices=(vertices_m - shift).astype(np.float32),
        triangles=triangles.astype(np.int32),
        uv=texture_coordinates.astype(np.float32),
        anchor_index=index,
        anchor_weight=weight,
        head_weight=head_weight.astype(np.float32),
    )
