"""Pictures of mouths with the truth about them, as `tools/build_lip_pictures.py` draws them: files in a folder."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.errors import DamagedModelError, UnreadableFileError
from avatron.track.lips.points import LIP_POINTS

__all__ = ["PICTURE_MM_PER_PIXEL", "PICTURE_SIZE", "LipPictures", "read_lip_pictures"]

PICTURE_SIZE = (140, 112)
"""Width and height: more than the network's crop, which is cut from it at random."""
PICTURE_MM_PER_PIXEL = 0.75


@dataclass(frozen=True, eq=False)
class LipPictures:
    """N pictures of mouths.

    Raises:
        ShapeError: lengths that disagree.
    """

    pictures: NDArray[np.uint8]
    """[N, 112, 140, 3]."""
    points: NDArray[np.float32]
    """[N, LIP_POINTS, 2] pixels of the picture."""
    slit_mm: NDArray[np.float32]
    """[N] the widest place of the slit between the lips, millimetres of a face whose eyes are `EYE_SPAN_MM` apart."""
    person: NDArray[np.int32]
    """[N] who it is."""

    def __post_init__(self) -> None:
        count, (width, height) = len(self.pictures), PICTURE_SIZE
        for name, shape, dtype in (
            ("pictures", (count, height, width, 3), np.uint8),
            ("points", (count, LIP_POINTS, 2), np.float32),
            ("slit_mm", (count,), np.float32),
            ("person", (count,), np.int32),
        ):
            object.__setattr__(self, name, checked_array(name, getattr(self, name), shape, dtype))

    def __len__(self) -> int:
        return len(self.pictures)

    def chosen(self, which: NDArray[Any]) -> LipPictures:
        """Those of a mask [N] or of indices."""
        return LipPictures(*(getattr(self, field.name)[which] for field in fields(self)))

    def write(self, path: Path) -> None:
        """As one NumPy file, written whole or not at all."""
        partial = path.with_suffix(".partial.npz")
        np.savez(partial, **{field.name: getattr(self, field.name) for field in fields(self)})
        partial.replace(path)


def read_lip_pictures(folder: Path) -> LipPictures:
    """All pictures of a folder.

    Raises:
        UnreadableFileError: the folder holds none.
        DamagedModelError: a file is not what it should be.
    """
    paths = sorted(path for path in folder.glob("*.npz") if not path.name.endswith(".partial.npz"))
    if not paths:
        raise UnreadableFileError(
            f"no pictures of mouths in `{folder}`; draw them with `python tools/build_lip_pictures.py --out {folder}`"
        )
    parts: dict[str, list[NDArray[Any]]] = {field.name: [] for field in fields(LipPictures)}
    for path in paths:
        try:
            with np.load(path, allow_pickle=False) as stored:
                for name, arrays in parts.items():
                    arrays.append(stored[name])
        except (OSError, ValueError, KeyError) as error:
            raise DamagedModelError(
                f"`{path}` holds no pictures of mouths ({error}); delete it and draw again"
            ) from error
    return LipPictures(*(np.concatenate(arrays) for arrays in parts.values()))
