"""The lip network at run time: crops of mouths in; contours in full-frame pixels, slit and closure out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.errors import DamagedModelError
from avatron.io.folders import load_folder
from avatron.io.sessions import open_session
from avatron.track.lips.crop import CROP_SIZE, MM_PER_PIXEL, crop_mouth, mouth_frames, to_picture
from avatron.track.lips.observations import LipObservations
from avatron.track.lips.points import LIP_POINTS
from avatron.track.observations import FaceObservations

__all__ = ["LipReader", "read_lips"]

_FOLDER = Path(__file__).resolve().parents[2] / "data" / "track" / "lips"
_OUTPUTS = ["points", "deviations", "opening"]
_AT_ONCE = 16
"""Crops that go through the network together."""
_FLOOR_PX = 0.1
"""Of the crop: what no point is more exact than."""
_NEVER_SURE = 1e-3
"""Chances are kept away from 0 and 1 by this."""


class LipReader:
    """Reads lips. Holds a session of one thread."""

    def __init__(self, session: Any) -> None:
        """Use `load`."""
        self._session = session

    @staticmethod
    def load(path: str | Path | None = None, *, threads: int = 1) -> LipReader:
        """The reader of the package, or of a folder that `tools/train_lips.py` has written.

        Raises:
            UnreadableFileError: no such folder.
            DamagedModelError: it fails its checks, or was made for other crops or points than this avatron's.
            NewerFormatError: written by a newer avatron.
        """
        folder = load_folder(_FOLDER if path is None else path, "lips")
        made_for = folder.config.get("architecture", {})
        wanted = {"crop": list(CROP_SIZE), "mm_per_pixel": MM_PER_PIXEL, "points": LIP_POINTS}
        for key, value in wanted.items():
            if made_for.get(key) != value:
                raise DamagedModelError(
                    f"the lip reader `{folder.path}` was made for {key} {made_for.get(key)}, expected {value}; get the "
                    "one of this version"
                )
        return LipReader(open_session(folder.read_bytes("lips.onnx"), threads=threads, name="lips.onnx"))

    def read(self, crops: NDArray[np.float32], frames: NDArray[Any], valid: NDArray[np.bool_]) -> LipObservations:
        """The lips in `crops` [T, H, W, 3] (0 .. 255), cut by `frames` [T, 2, 3]; what is not `valid` [T] is not
        looked at.

        Raises:
            ShapeError: crops of another size.
        """
        width, height = CROP_SIZE
        crops = checked_array("crops", crops, (len(frames), height, width, 3), np.float32)
        count = len(crops)
        points = np.zeros((count, LIP_POINTS, 2), np.float32)
        whitening = np.zeros((count, LIP_POINTS, 2, 2), np.float32)
        slit, deviation, closed = (
            np.zeros(count, np.float32),
            np.zeros(count, np.float32),
            np.full(count, 0.5, np.float32),
        )
        rows = np.flatnonzero(valid)
        for start in range(0, len(rows), _AT_ONCE):
            part = rows[start : start + _AT_ONCE]
            given = np.ascontiguousarray(crops[part].transpose(0, 3, 1, 2))
            found, spread, opening = self._session.run(_OUTPUTS, {"crops": given})
            points[part] = to_picture(found, frames[part])
            whitening[part] = _whitening(np.exp(spread), frames[part])
            slit[part], deviation[part] = opening[:, 0], np.exp(opening[:, 1])
            closed[part] = np.clip(1 / (1 + np.exp(-opening[:, 2])), _NEVER_SURE, 1 - _NEVER_SURE)
        return LipObservations(points, whitening, slit, deviation, closed, np.asarray(valid, np.bool_))


def read_lips(
    pictures: Iterable[NDArray[np.uint8]], seen: FaceObservations, reader: LipReader | None = None
) -> LipObservations:
    """The lips in the pictures [H, W, 3] that `seen` is of, in as many of them; `reader` None loads one.

    Raises:
        ValueError: another number of pictures than of observations.
    """
    frames = mouth_frames(seen.landmarks)
    width, height = CROP_SIZE
    crops = np.zeros((len(seen), height, width, 3), np.float32)
    for picture, frame, crop, valid in zip(pictures, frames, crops, seen.valid, strict=True):
        if valid:
            crop[:] = crop_mouth(picture, frame)
    lips = (reader or LipReader.load()).read(crops, frames, seen.valid)
    return replace(lips, first_frame=seen.first_frame)


def _whitening(deviation_px: NDArray[np.float32], frames: NDArray[Any]) -> NDArray[np.float64]:
    """[T, N, 2, 2] from the deviations [T, N, 2] along the axes of the crops of `frames` [T, 2, 3]."""
    to_crop = np.linalg.inv(frames[:, :, :2])
    # The network's deviations are those of Laplace's distribution: the mean distance, not its root mean square.
    spread = np.sqrt(2) * np.hypot(deviation_px, _FLOOR_PX)
    return np.asarray(to_crop[:, None] / spread[..., None])
