"""What is known of a film that was drawn: every number that a tracker is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.errors import UnreadableFileError
from avatron.io.atomic import write_file

__all__ = ["REGIONS", "Truth", "TruthFilm", "read_truth", "write_truth"]


@dataclass(frozen=True)
class TruthFilm:
    """A film on disk and its truth."""

    name: str
    film: Path
    truth: Path
    conditions: tuple[str, ...]
    """What it is counted under."""


REGIONS = ("face", "lips", "eyelids", "jaw")
"""Of the true skin, on its own topology; `face` holds the others."""


@dataclass(frozen=True, eq=False)
class Truth:
    """The geometry and motion of a film of T frames; N points of the face's outer skin.

    Camera space: x right, y down, z away from the camera, metres. Head frame: that of the head model.

    Raises:
        ShapeError: lengths that disagree, or values that are not finite.
    """

    points: NDArray[np.float32]
    """[T, N, 3] camera space."""
    rest: NDArray[np.float32]
    """[N, 3] head frame: the neutral face, lips closed."""
    area: NDArray[np.float32]
    """[N] m^2 of skin that each point stands for."""
    regions: Mapping[str, NDArray[np.bool_]]
    """[N] for each of `REGIONS`."""
    multi_pie: NDArray[np.int64]
    """[68] which of the points are the Multi-PIE landmarks; -1 where one is not on the outer skin of the face."""
    landmarks_px: NDArray[np.float32]
    """[T, 478, 2] MediaPipe's landmarks, as the lens shows them."""
    head_rotation: NDArray[np.float64]
    """[T, 3, 3] head frame to camera space."""
    head_translation: NDArray[np.float64]
    """[T, 3] metres."""
    expression: NDArray[np.float32]
    """[T, E] weights."""
    expression_names: tuple[str, ...]
    """[E] ARKit's names; those of the source that ARKit merges are joined by their mean."""
    gaze: NDArray[np.float32]
    """[T, 2, 2] left and right eye in the head; yaw and pitch, radians, as `FaceMotion.gaze`."""
    lip_gap_mm: NDArray[np.float32]
    """[T] the widest of the three gaps of the inner lips, in the head frame."""
    focal_px: float
    centre_px: tuple[float, float]
    radial_distortion: float
    fps: float
    size_px: tuple[int, int]
    """(width, height)."""

    def __post_init__(self) -> None:
        count, points = self.points.shape[:2]
        for name, shape, dtype in (
            ("points", (count, points, 3), np.float32),
            ("rest", (points, 3), np.float32),
            ("area", (points,), np.float32),
            ("multi_pie", (68,), np.int64),
            ("landmarks_px", (count, 478, 2), np.float32),
            ("head_rotation", (count, 3, 3), np.float64),
            ("head_translation", (count, 3), np.float64),
            ("expression", (count, len(self.expression_names)), np.float32),
            ("gaze", (count, 2, 2), np.float32),
            ("lip_gap_mm", (count,), np.float32),
        ):
            object.__setattr__(self, name, checked_array(name, getattr(self, name), shape, dtype))
        for name in REGIONS:
            checked_array(name, self.regions[name], (points,), np.bool_)

    def __len__(self) -> int:
        return len(self.points)


def write_truth(path: Path, truth: Truth) -> None:
    """Write an npz; the same truth gives the same bytes."""
    import io

    buffer = io.BytesIO()
    arrays: dict[str, Any] = {f"region_{name}": truth.regions[name] for name in REGIONS}
    for name, value in vars(truth).items():
        if name != "regions":
            arrays[name] = np.asarray(value)
    np.savez_compressed(buffer, **arrays)
    write_file(path, buffer.getvalue(), overwrite=True)


def read_truth(path: Path) -> Truth:
    """Read what `write_truth` wrote.

    Raises:
        UnreadableFileError: missing, or not whole.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            data: dict[str, Any] = {name: archive[name] for name in archive.files}
        width, height = (int(side) for side in data.pop("size_px"))
        regions = {name: data.pop(f"region_{name}") for name in REGIONS}
        return Truth(
            regions=regions,
            expression_names=tuple(str(name) for name in data.pop("expression_names")),
            focal_px=float(data.pop("focal_px")),
            centre_px=tuple(data.pop("centre_px").tolist()),
            radial_distortion=float(data.pop("radial_distortion")),
            fps=float(data.pop("fps")),
            size_px=(width, height),
            **data,
        )
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise UnreadableFileError(f"cannot read the truth `{path}`: {error}; build the films again") from error
