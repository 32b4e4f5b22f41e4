"""FLAME (Li et al., "Learning a model of facial shape and expression from 4D scans", 2017), from a file of the user's.

The model's licence does not let anybody else ship it. Its original file is a pickle, which can run code when it is
opened: avatron reads the same arrays from an npz, and `HOW_TO_CONVERT` says how to make one.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.core.rotation import axis_angle_to_matrix
from avatron.errors import AvatronError, DamagedModelError, UnreadableFileError

__all__ = ["FLAME_JOINTS", "HOW_TO_CONVERT", "FlameModel"]

Floats = NDArray[np.float64]

FLAME_JOINTS = ("global", "neck", "jaw", "left_eye", "right_eye")
"""The joints of the model, in its order."""
_PARENTS = (-1, 0, 1, 1, 1)
HOW_TO_CONVERT = (
    "convert it once where you trust it: import pickle, numpy as np; "
    "m = pickle.load(open('generic_model.pkl', 'rb'), encoding='latin1'); "
    "np.savez('flame.npz', **{k: np.asarray(m[k].todense() if hasattr(m[k], 'todense') else m[k], 'f8') "
    "for k in ('v_template', 'f', 'shapedirs', 'posedirs', 'J_regressor', 'weights')})"
)
_ARRAYS = ("v_template", "f", "shapedirs", "posedirs", "J_regressor", "weights")
_LARGEST_BYTES = 2**30
_SHAPE_MODES = 300
"""Columns of `shapedirs` before the expression's, in every release with 400 of them."""


@dataclass(frozen=True, eq=False)
class FlameModel:
    """The model's arrays: V vertices (5023), S shape and X expression modes, five joints. Metres, +Y up, +Z forward."""

    template: Floats
    """[V, 3]."""
    triangles: NDArray[np.int32]
    """[K, 3]."""
    shape_modes: Floats
    """[V, 3, S]."""
    expression_modes: Floats
    """[V, 3, X]."""
    pose_modes: Floats
    """[V, 3, 36] of the entries of the four joints' rotation matrices, less the identity."""
    joint_regressor: Floats
    """[5, V]."""
    joint_weights: Floats
    """[V, 5]."""

    @staticmethod
    def load(path: str | Path, shape_modes: int | None = None) -> FlameModel:
        """The model in an npz with the arrays of the original file under their names.

        `shape_modes` is how many of the modes are the shape's; None takes 300, or three quarters of a small model's.

        Raises:
            UnreadableFileError: missing, a pickle, or no npz of plain arrays.
            DamagedModelError: an array that is missing or of another shape, or with values that are not numbers.
        """
        path = Path(path)
        if path.suffix.lower() in (".pkl", ".pickle"):
            raise UnreadableFileError(f"`{path}` is a pickle, which avatron does not open; {HOW_TO_CONVERT}")
        arrays = _read_arrays(path)
        try:
            return _from_arrays(arrays, shape_modes)
        except AvatronError as error:
            raise DamagedModelError(f"`{path}` is no FLAME model: {error}; {HOW_TO_CONVERT}") from error

    def joints(self, shaped: Floats) -> Floats:
        """[5, 3] of a shaped template [V, 3]."""
        return np.asarray(self.joint_regressor @ shaped)

    def shaped(self, shape: NDArray[Any], expression: NDArray[Any] | None = None) -> Floats:
        """[V, 3] the template with shape coefficients [S'] and expression coefficients [X'], fewer than the modes."""
        vertices = self.template + self.shape_modes[..., : len(shape)] @ np.asarray(shape, np.float64)
        if expression is not None:
            vertices = vertices + self.expression_modes[..., : len(expression)] @ np.asarray(expression, np.float64)
        return np.asarray(vertices)

    def posed(self, shaped: Floats, joints: Floats, pose: NDArray[Any]) -> Floats:
        """[V, 3] of shaped vertices [V, 3] about `joints` [5, 3], for axis-angles `pose` [5, 3] in radians."""
        turns = axis_angle_to_matrix(pose)
        features = (turns[1:] - np.eye(3)).reshape(-1)
        vertices = shaped + self.pose_modes @ features
        rotations, shifts = np.empty((5, 3, 3)), np.empty((5, 3))
        for joint, parent in enumerate(_PARENTS):
            shift = joints[joint] - turns[joint] @ joints[joint]
            if parent < 0:
                rotations[joint], shifts[joint] = turns[joint], shift
            else:
                rotations[joint] = rotations[parent] @ turns[joint]
                shifts[joint] = rotations[parent] @ shift + shifts[parent]
        moved = np.einsum("jrc,vc->vjr", rotations, vertices) + shifts
        return np.asarray(np.einsum("vj,vjr->vr", self.joint_weights, moved))


def _read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    try:
        with zipfile.ZipFile(path) as archive:
            # A small file may unpack to a huge one.
            if sum(entry.file_size for entry in archive.infolist()) > _LARGEST_BYTES:
                raise UnreadableFileError(f"`{path}` unpacks to more than {_LARGEST_BYTES // 2**30} GiB")
        with np.load(path, allow_pickle=False) as stored:
            missing = [name for name in _ARRAYS if name not in stored]
            if missing:
                raise DamagedModelError(f"`{path}` lacks {', '.join(missing)} of a FLAME model; {HOW_TO_CONVERT}")
            return {name: stored[name] for name in _ARRAYS}
    except OSError as error:
        raise UnreadableFileError(f"cannot read `{path}`: {error.strerror or error}") from error
    except (zipfile.BadZipFile, ValueError, EOFError, KeyError) as error:
        # Arrays of objects are pickles inside of the npz.
        reason = str(error).splitlines()[0]
        raise UnreadableFileError(f"`{path}` is no npz of plain arrays ({reason}); {HOW_TO_CONVERT}") from error


def _from_arrays(arrays: dict[str, NDArray[Any]], shape_modes: int | None) -> FlameModel:
    template = checked_array("v_template", arrays["v_template"], (None, 3), np.float64)
    count = len(template)
    modes = checked_array("shapedirs", arrays["shapedirs"], (count, 3, None), np.float64)
    split = min(_SHAPE_MODES, modes.shape[2] * 3 // 4) if shape_modes is None else shape_modes
    if not 0 < split < modes.shape[2]:
        raise DamagedModelError(f"`shapedirs` has {modes.shape[2]} modes, of which {split} cannot be the shape's")
    pose_modes = arrays["posedirs"]
    if pose_modes.shape == (36, count * 3):
        pose_modes = pose_modes.T.reshape(count, 3, 36)
    triangles = checked_array("f", np.asarray(arrays["f"]).astype(np.int64), (None, 3), np.int32)
    if len(triangles) and not 0 <= triangles.min() <= triangles.max() < count:
        raise DamagedModelError(f"`f` names vertices outside 0 .. {count - 1}")
    return FlameModel(
        template=template,
        triangles=triangles,
        shape_modes=modes[..., :split],
        expression_modes=modes[..., split:],
        pose_modes=checked_array("posedirs", pose_modes, (count, 3, 36), np.float64),
        joint_regressor=checked_array("J_regressor", arrays["J_regressor"], (5, count), np.float64),
        joint_weights=checked_array("weights", arrays["weights"], (count, 5), np.float64),
    )
