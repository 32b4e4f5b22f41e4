"""Pictures of faces with the truth about them, as `tools/build_face_pictures.py` draws them: files in a folder."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.errors import DamagedModelError, UnreadableFileError
from avatron.track.observations import LANDMARKS

__all__ = ["PICTURE_MM_PER_PIXEL", "PICTURE_SIZE", "FacePictures", "read_face_pictures"]

PICTURE_SIZE = (184, 184)
"""Width and height: more than the network's crop, which is cut from it at random."""
PICTURE_MM_PER_PIXEL = 1.1


@dataclass(frozen=True, eq=False)
class FacePictures:
    """N pictures of faces.

    Raises:
        ShapeError: lengths that disagree.
    """

    pictures: NDArray[np.uint8]
    """[N, H, W, 3]."""
    points: NDArray[np.float32]
    """[N, 478, 2] pixels of the picture."""
    person: NDArray[np.int32]
    """[N] who it is."""

    def __post_init__(self) -> None:
        count, (width, height) = len(self.pictures), PICTURE_SIZE
        for name, shape, dtype in (
            ("pictures", (count, height, width, 3), np.uint8),
            ("points", (count, LANDMARKS, 2), np.float32),
            ("person", (count,), np.int32),
        ):
            object.__setattr__(self, name, checked_array(name, getattr(self, name), shape, dtype))

    def __len__(self) -> int:
        return len(self.pictures)

    def chosen(self, which: NDArray[Any]) -> FacePictures:
        """Those of a mask [N] or of indices."""
        return FacePictures(*(getattr(self, field.name)[which] for field in fields(self)))

    def write(self, path: Path) -> None:
        """As one NumPy file, written whole or not at all."""
        partial = path.with_suffix(".partial.npz")
        np.savez(partial, **{field.name: getattr(self, field.name) for field in fields(self)})
        partial.replace(path)


def read_face_pictures(folder: Path) -> FacePictures:
    """All pictures of a folder.

    Raises:
        UnreadableFileError: the folder holds none.
        DamagedModelError: a file is not what it should be.
    """
    paths = sorted(path for path in folder.glob("*.npz") if not path.name.endswith(".partial.npz"))
    if not paths:
        raise UnreadableFileError(
            f"no pictures of faces in `{folder}`; draw them with `python tools/build_face_pictures.py --out {folder}`"
        )
    parts: dict[str, list[NDArray[Any]]] = {field.name: [] for field in fields(FacePictures)}
    for path in paths:
        try:
            with np.load(path, allow_pickle=False) as stored:
                for name, arrays in parts.items():
                    arrays.append(stored[name])
        except (OSError, ValueError, KeyError) as error:
            raise DamagedModelError(f"`{path}` holds no pictures of faces: {error}; draw them again") from error
    return FacePictures(**{name: np.concatenate(arrays) for name, arrays in parts.items()})
