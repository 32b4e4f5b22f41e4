"""A motion as coefficients of the user's FLAME model, in an npz under the names that FLAME's own code uses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.avatar.avatar import Avatar
from avatron.core.motion import FaceMotion
from avatron.export.perform import check_length
from avatron.face.flame import FlameModel
from avatron.face.flame_fit import fit_flame
from avatron.face.shipped import shipped_head
from avatron.io.atomic import PendingFile, check_target, output_errors

__all__ = ["FlameReport", "write_flame_curves"]


@dataclass(frozen=True)
class FlameReport:
    """How well the two heads met."""

    matched_vertices: int
    error_mm: float
    """Root mean square of the distances between our mean face and FLAME's."""
    frames: int

    def summary(self) -> str:
        """One line for people."""
        return (
            f"FLAME lies within {self.error_mm:.2f} mm (root mean square) of our face at {self.matched_vertices} "
            f"vertices; {self.frames} frames"
        )

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "matched_vertices": self.matched_vertices,
            "error_mm": round(self.error_mm, 4),
            "frames": self.frames,
        }


def write_flame_curves(
    path: Path, model: Path, motion: FaceMotion, avatar: Avatar, *, overwrite: bool = False
) -> FlameReport:
    """Write `motion` of `avatar` for the FLAME model in the npz `model`.

    Raises:
        UnreadableFileError: a model that is missing, a pickle, or no npz.
        DamagedModelError: a model that is not FLAME's.
        OutputExistsError: the output is there and `overwrite` is not set.
        OutputError: it cannot be written.
        InvalidValueError: a motion without frames, or with too many.
    """
    check_length(motion)
    check_target(path, overwrite=overwrite)
    fit = fit_flame(shipped_head(), FlameModel.load(model))
    clip = fit.clip(motion, avatar.appearance().identity)
    arrays: dict[str, NDArray[Any]] = {
        "betas": clip.betas,
        "expression": clip.expression,
        "global_orient": clip.global_orient,
        "neck_pose": clip.neck_pose,
        "jaw_pose": clip.jaw_pose,
        "leye_pose": clip.eye_pose[:, 0],
        "reye_pose": clip.eye_pose[:, 1],
        "transl": clip.translation,
        "fps": np.array([motion.fps.numerator, motion.fps.denominator], np.int64),
    }
    with PendingFile(path, overwrite=overwrite) as pending, output_errors(path), pending.partial.open("wb") as stream:
        np.savez_compressed(stream, allow_pickle=False, **arrays)
    return FlameReport(len(fit.flame_vertices), fit.error_m * 1000, len(motion))
