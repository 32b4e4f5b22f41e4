"""Distances between a predicted and a true moving mesh, as the papers on speech-driven heads define them.

All take vertices [T, V, 3] in metres, true first, and the numbers of the vertices that count. Always say which lip set
was used, and whether the timing was the recording's or the model's own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.errors import ShapeError

__all__ = [
    "face_dynamics_deviation",
    "lip_vertex_error",
    "lip_vertex_error_mm",
    "lip_vertex_mean_error",
    "mean_speed_mm_s",
    "mean_vertex_error_mm",
]


def lip_vertex_error(true: NDArray[Any], predicted: NDArray[Any], lips: NDArray[Any]) -> float:
    """LVE in m^2: mean over frames of the largest squared distance of a lip vertex; lower is better.

    Richard et al., MeshTalk, 2021, in the squared form in which FaceFormer and CodeTalker report VOCASET.

    Raises:
        ShapeError: meshes of different shapes, or without frames or lip vertices.
    """
    return float(_lip_distances_squared(true, predicted, lips).max(axis=1).mean())


def lip_vertex_error_mm(true: NDArray[Any], predicted: NDArray[Any], lips: NDArray[Any]) -> float:
    """LVE in mm: mean over frames of the largest distance of a lip vertex, not squared; lower is better.

    The second family of papers (such as Thambiraja et al., Imitator, 2023) reports this form.

    Raises:
        ShapeError: meshes of different shapes, or without frames or lip vertices.
    """
    return float(1000 * np.sqrt(_lip_distances_squared(true, predicted, lips)).max(axis=1).mean())


def lip_vertex_mean_error(true: NDArray[Any], predicted: NDArray[Any], lips: NDArray[Any]) -> float:
    """LVME in m^2: mean over frames, lip vertices and coordinates of the squared error (Avatron); lower is better.

    Raises:
        ShapeError: meshes of different shapes, or without frames or lip vertices.
    """
    return float(_lip_distances_squared(true, predicted, lips).mean() / 3)


def face_dynamics_deviation(
    true: NDArray[Any], predicted: NDArray[Any], rest: NDArray[Any], upper_face: NDArray[Any]
) -> float:
    """FDD in m^2, signed: how much more the true upper face varies than the predicted one; nearer to 0 is better.

    Mean over upper-face vertices of std over time of |displacement from rest [V, 3]|^2, true minus predicted.
    Xing et al., CodeTalker, 2023, eq. 8; report the absolute value beside it.

    Raises:
        ShapeError: meshes of different shapes, or without frames or upper-face vertices.
    """
    true, predicted = _chosen(true, predicted, upper_face)
    rest = np.asarray(rest, np.float64)[upper_face]
    spread_true = np.square(true - rest).sum(axis=-1).std(axis=0)
    spread_predicted = np.square(predicted - rest).sum(axis=-1).std(axis=0)
    return float((spread_true - spread_predicted).mean())


def mean_vertex_error_mm(true: NDArray[Any], predicted: NDArray[Any], chosen: NDArray[Any]) -> float:
    """MVE in mm: mean over frames and the `chosen` vertices of their distance; lower is better.

    VOCASET's papers call it mean vertex error; over the face it says what the lips' worst vertex does not.

    Raises:
        ShapeError: meshes of different shapes, or without frames or vertices.
    """
    return float(1000 * np.sqrt(_lip_distances_squared(true, predicted, chosen)).mean())


def mean_speed_mm_s(vertices: NDArray[Any], chosen: NDArray[Any], fps: float) -> float:
    """Mean over frames and the `chosen` vertices of how fast `vertices` [T, V, 3] move, mm per second; no direction.

    Raises:
        ShapeError: fewer than two frames, or no vertices.
    """
    if len(vertices) < 2 or not len(chosen):
        raise ShapeError(f"{len(vertices)} frames of {len(chosen)} vertices have no speed; give 2 and 1 at least")
    moved = np.diff(np.asarray(vertices, np.float64)[:, chosen], axis=0)
    return float(1000 * fps * np.linalg.norm(moved, axis=-1).mean())


def _lip_distances_squared(true: NDArray[Any], predicted: NDArray[Any], lips: NDArray[Any]) -> NDArray[np.float64]:
    """[T, lip vertices] m^2."""
    true, predicted = _chosen(true, predicted, lips)
    return np.asarray(np.square(true - predicted).sum(axis=-1))


def _chosen(
    true: NDArray[Any], predicted: NDArray[Any], chosen: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    true, predicted = np.asarray(true), np.asarray(predicted)
    if true.shape != predicted.shape or true.ndim != 3 or true.shape[2] != 3:
        raise ShapeError(
            f"true vertices have shape {list(true.shape)} and predicted ones {list(predicted.shape)}, "
            "expected the same [T, V, 3]"
        )
    if not len(true) or not len(chosen):
        raise ShapeError(f"{len(true)} frames and {len(chosen)} vertices to compare, expected at least one of each")
    # Differences of millimetres between places of metres: float32 would leave four digits.
    return true[:, chosen].astype(np.float64), predicted[:, chosen].astype(np.float64)
