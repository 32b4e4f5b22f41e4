"""The point network at run time: crops of faces in; the landmarks of our head in full-frame pixels out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.errors import DamagedModelError
from avatron.io.folders import load_folder
from avatron.io.sessions import open_session
from avatron.track.lips.crop import to_picture
from avatron.track.observations import LANDMARKS
from avatron.track.points.crop import CROP_SIZE, MM_PER_PIXEL

__all__ = ["READ_AT_ONCE", "PointReader"]

_FOLDER = Path(__file__).resolve().parents[2] / "data" / "track" / "points"
_OUTPUTS = ["points", "deviations"]
READ_AT_ONCE = 8
"""Crops that go through the network together."""


class PointReader:
    """Reads landmarks. Holds a session of one thread."""

    def __init__(self, session: Any) -> None:
        """Use `load`."""
        self._session = session

    @staticmethod
    def load(path: str | Path | None = None, *, threads: int = 1) -> PointReader:
        """The reader of the package, or of a folder that `tools/train_points.py` has written.

        Raises:
            UnreadableFileError: no such folder.
            DamagedModelError: it fails its checks, or was made for other crops or points than this avatron's.
            NewerFormatError: written by a newer avatron.
        """
        folder = load_folder(_FOLDER if path is None else path, "points")
        made_for = folder.config.get("architecture", {})
        wanted = {"crop": list(CROP_SIZE), "mm_per_pixel": MM_PER_PIXEL, "points": LANDMARKS}
        for key, value in wanted.items():
            if made_for.get(key) != value:
                raise DamagedModelError(
                    f"the point reader `{folder.path}` was made for {key} {made_for.get(key)}, expected {value}; get "
                    "the one of this version"
                )
        return PointReader(open_session(folder.read_bytes("points.onnx"), threads=threads, name="points.onnx"))

    def read(
        self, crops: NDArray[np.float32], frames: NDArray[Any], landmarks: NDArray[Any]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(points [T, 478, 2], their deviations [T, 478], both pixels of the picture) of `crops` [T, H, W, 3]
        (0 .. 255), cut by `frames` [T, 2, 3], in which `landmarks` [T, 478, 2 or 3] (pixels of the picture) were seen.

        Raises:
            ShapeError: crops of another size.
        """
        width, height = CROP_SIZE
        crops = checked_array("crops", crops, (len(frames), height, width, 3), np.float32)
        points = np.zeros((len(crops), LANDMARKS, 2), np.float32)
        deviations = np.zeros((len(crops), LANDMARKS), np.float32)
        inverse = np.linalg.inv(np.asarray(frames)[:, :, :2])
        seen = np.einsum("tij,tnj->tni", inverse, landmarks[..., :2] - np.asarray(frames)[:, None, :, 2])
        scale = np.sqrt(np.abs(np.linalg.det(np.asarray(frames)[:, :, :2])))
        for start in range(0, len(crops), READ_AT_ONCE):
            part = slice(start, start + READ_AT_ONCE)
            given = np.ascontiguousarray(crops[part].transpose(0, 3, 1, 2))
            found, spread = self._session.run(_OUTPUTS, {"crops": given, "seen": seen[part].astype(np.float32)})
            points[part] = to_picture(found, frames[part])
            # The network's deviations are those of Laplace's distribution: the mean distance, not its root mean square.
            deviations[part] = np.sqrt(2) * np.exp(spread) * scale[part, None]
        return points, deviations
