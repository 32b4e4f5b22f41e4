"""Our head and FLAME's laid upon one another: what an expression, or a face, of one is in coefficients of the other.

FLAME's mean face is fitted to ours by its own shape modes: closest points with normals that agree, a similarity and
coefficients solved in turn. The points that meet carry displacements from one model to the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_NAMES, FaceMotion
from avatron.core.rotation import axis_angle_to_matrix, gaze_to_matrix, matrix_to_axis_angle
from avatron.errors import DamagedModelError
from avatron.face.flame import FlameModel
from avatron.face.head import HeadModel
from avatron.face.rig import JOINTS
from avatron.native.mesh import VertexNormals

__all__ = ["FlameClip", "FlameFit", "FlameFitOptions", "fit_flame"]

Floats = NDArray[np.float64]

_OUR_JOINTS = ("neck", "jaw", "eye_left", "eye_right")
_FLAME_INDEX = (1, 2, 3, 4)
_ROWS_AT_ONCE = 256


@dataclass(frozen=True)
class FlameFitOptions:
    """How the two faces are matched."""

    rounds: int = 12
    furthest_m: float = 0.008
    """Points further apart do not belong together."""
    least_cosine: float = 0.5
    """Between their normals."""
    shape_ridge: float = 0.002
    """Strength that keeps shape coefficients small, relative to the data's mean square."""
    expression_ridge: float = 0.001
    """The same for expressions."""
    least_matches: int = 50


@dataclass(frozen=True, eq=False)
class FlameClip:
    """A motion in FLAME's coefficients."""

    betas: NDArray[np.float32]
    """[S] shape of the person."""
    expression: NDArray[np.float32]
    """[T, X]."""
    global_orient: NDArray[np.float32]
    """[T, 3] axis-angle, radians: of the torso."""
    neck_pose: NDArray[np.float32]
    """[T, 3] of neck and skull together."""
    jaw_pose: NDArray[np.float32]
    """[T, 3]."""
    eye_pose: NDArray[np.float32]
    """[T, 2, 3] left and right."""
    translation: NDArray[np.float32]
    """[T, 3] metres."""


@dataclass(frozen=True, eq=False)
class FlameFit:
    """The two heads, matched. Vertices of FLAME become ours by `scale * rotation @ vertex + shift`."""

    head: HeadModel
    flame: FlameModel
    scale: float
    rotation: Floats
    """[3, 3]."""
    shift: Floats
    """[3] metres."""
    mean_shape: Floats
    """[S] FLAME's coefficients of our mean face."""
    flame_vertices: NDArray[np.integer[Any]]
    """[N] those that have a partner ..."""
    head_vertices: NDArray[np.integer[Any]]
    """[N] ... and the partner."""
    options: FlameFitOptions
    error_m: float
    """Root mean square of the distances that are left."""

    def identity_of(self, shape: NDArray[Any]) -> NDArray[np.float32]:
        """[S] our identity coefficients of FLAME's shape coefficients [S']."""
        change = self.flame.shaped(shape)[self.flame_vertices] - self._mean[self.flame_vertices]
        wanted = self.scale * change @ self.rotation.T
        modes = self.head.identity[:, self.head_vertices].reshape(self.head.identity_modes, -1).T.astype(np.float64)
        return _ridge(modes, wanted.reshape(-1), self.options.shape_ridge).astype(np.float32)

    def shape_of(self, identity: NDArray[Any] | None) -> NDArray[np.float32]:
        """[S] FLAME's shape coefficients of our identity coefficients."""
        change = self.head.person(identity)[self.head_vertices] - self.head.neutral[self.head_vertices]
        wanted = self._back(change.astype(np.float64)).reshape(-1)
        modes = self.flame.shape_modes[self.flame_vertices].reshape(len(wanted), -1)
        return (self.mean_shape + _ridge(modes, wanted, self.options.shape_ridge)).astype(np.float32)

    @cached_property
    def jaw_poses(self) -> Floats:
        """[E, 3] FLAME's jaw, axis-angle in radians, for weight 1 of each of our expressions."""
        return np.asarray(self.head.jaw_rotation, np.float64) @ self.rotation

    @cached_property
    def expression_map(self) -> Floats:
        """[E, X] FLAME's expression coefficients for weight 1 of each of our expressions, beside `jaw_poses`."""
        rows = self.flame_vertices
        modes = self.flame.expression_modes[rows].reshape(3 * len(rows), -1)
        joints = self.flame.joints(self._mean)
        rest = self.flame.posed(self._mean, joints, np.zeros((5, 3)))
        wanted = np.empty((len(EXPRESSION_NAMES), 3 * len(rows)))
        eye = np.eye(len(EXPRESSION_NAMES), dtype=np.float32)
        for number, jaw in enumerate(self.jaw_poses):
            moved = self.head.shapes.vertices(eye[number]) - self.head.neutral
            pose = np.zeros((5, 3))
            pose[2] = jaw
            opened = self.flame.posed(self._mean, joints, pose)[rows] - rest[rows]
            wanted[number] = (self._back(moved[self.head_vertices].astype(np.float64)) - opened).reshape(-1)
        return _ridge(modes, wanted.T, self.options.expression_ridge).T

    def clip(self, motion: FaceMotion, identity: NDArray[Any] | None = None) -> FlameClip:
        """The motion of a person in FLAME's coefficients."""
        turn = self.rotation.T
        skull = axis_angle_to_matrix(motion.neck_rotation) @ axis_angle_to_matrix(motion.head_rotation)
        eyes = matrix_to_axis_angle(gaze_to_matrix(motion.gaze))
        values = {
            "expression": motion.expression.astype(np.float64) @ self.expression_map,
            "global_orient": motion.torso_rotation @ turn.T,
            "neck_pose": matrix_to_axis_angle(skull) @ turn.T,
            "jaw_pose": motion.expression.astype(np.float64) @ self.jaw_poses,
            "eye_pose": eyes @ turn.T,
            "translation": (motion.torso_translation + motion.head_translation) @ turn.T / self.scale,
        }
        return FlameClip(
            betas=self.shape_of(identity), **{name: array.astype(np.float32) for name, array in values.items()}
        )

    @cached_property
    def _mean(self) -> Floats:
        return self.flame.shaped(self.mean_shape)

    def _back(self, displacement: Floats) -> Floats:
        """[N, 3] a displacement of ours in FLAME's frame."""
        return np.asarray(displacement @ self.rotation / self.scale)


def fit_flame(head: HeadModel, flame: FlameModel, options: FlameFitOptions | None = None) -> FlameFit:
    """The two models matched on their mean faces.

    Raises:
        DamagedModelError: faces that do not meet: the file holds another kind of model, or other units than metres.
    """
    options = options or FlameFitOptions()
    ours = np.unique(head.triangles_of("skin"))
    target = head.neutral[ours].astype(np.float64)
    target_normals = VertexNormals(head.triangles, len(head.neutral), head.weld).of(head.neutral)[ours]
    flame_normals = VertexNormals(flame.triangles, len(flame.template))
    shape = np.zeros(flame.shape_modes.shape[2])
    anchors = head.joints[[JOINTS.index(name) for name in _OUR_JOINTS]].astype(np.float64)
    # Eyes are known exactly, neck and jaw only about.
    scale, rotation, shift = _similarity(
        flame.joints(flame.template)[list(_FLAME_INDEX)], anchors, np.array([0.1, 0.1, 1, 1])
    )
    rows = partners = np.zeros(0, np.int64)
    error = np.inf
    for number in range(options.rounds):
        shaped = flame.shaped(shape)
        placed = scale * shaped @ rotation.T + shift
        normals = flame_normals.of(shaped.astype(np.float32)) @ rotation.T
        nearest, distance = _nearest(placed, target)
        # Wide at first, then only what is near.
        reach = options.furthest_m * (1 + 2 * max(0, 1 - number / (options.rounds / 2)))
        agrees = np.einsum("vc,vc->v", normals, target_normals[nearest]) > options.least_cosine
        rows = np.flatnonzero(agrees & (distance < reach))
        if len(rows) < options.least_matches:
            raise DamagedModelError(
                f"only {len(rows)} vertices of the FLAME model lie on our head, expected {options.least_matches} or "
                "more; give the arrays in metres, as the original file has them"
            )
        partners = nearest[rows]
        error = float(np.sqrt((distance[rows] ** 2).mean()))
        scale, rotation, shift = _similarity(shaped[rows], target[partners], np.ones(len(rows)))
        wanted = (target[partners] - shift) @ rotation / scale - flame.template[rows]
        modes = flame.shape_modes[rows].reshape(3 * len(rows), -1)
        shape = _ridge(modes, wanted.reshape(-1), options.shape_ridge)
    return FlameFit(head, flame, scale, rotation, shift, shape, rows, ours[partners], options, error)


def _similarity(source: Floats, target: Floats, weights: Floats) -> tuple[float, Floats, Floats]:
    """(scale, rotation, shift) that take `source` [N, 3] to `target` (Umeyama, 1991), weighted."""
    share = weights / weights.sum()
    source_mean, target_mean = share @ source, share @ target
    centred, goal = source - source_mean, target - target_mean
    left, values, right = np.linalg.svd((goal * share[:, None]).T @ centred)
    sign = np.array([1, 1, np.sign(np.linalg.det(left @ right))])
    rotation = left @ np.diag(sign) @ right
    scale = float((values * sign).sum() / (share @ (centred**2).sum(1)))
    return scale, rotation, target_mean - scale * rotation @ source_mean


def _nearest(points: Floats, target: Floats) -> tuple[NDArray[np.int64], Floats]:
    """(number, distance) of the nearest of `target` [R, 3] for each of `points` [N, 3]."""
    squared = (target**2).sum(1)
    found = np.empty(len(points), np.int64)
    for start in range(0, len(points), _ROWS_AT_ONCE):
        part = points[start : start + _ROWS_AT_ONCE]
        found[start : start + len(part)] = np.argmin(squared - 2 * part @ target.T, axis=1)
    return found, np.linalg.norm(points - target[found], axis=1)


def _ridge(modes: Floats, wanted: Floats, strength: float) -> Floats:
    """Coefficients [M] or [M, R] of `modes` [N, M] that come near to `wanted` [N] or [N, R] and stay small."""
    gram = modes.T @ modes
    gram[np.diag_indices_from(gram)] += strength * max(float(np.trace(gram)) / len(gram), 1e-20)
    return np.asarray(np.linalg.solve(gram, modes.T @ wanted))
