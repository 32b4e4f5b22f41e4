"""Who is seen through which lens: what all frames of a clip share, and all clips of one person before one camera."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.errors import InvalidValueError
from avatron.io.npz import read_npz, write_npz
from avatron.track.fit.lens import Lens
from avatron.track.observations import LANDMARKS

__all__ = ["PersonBefore", "read_person", "write_person"]

_WHAT = "a person before a camera"


@dataclass(frozen=True, eq=False)
class PersonBefore:
    """A person before a camera.

    Raises:
        ShapeError: arrays of another shape, or values that are not finite.
        InvalidValueError: a lens that is none.
    """

    identity: NDArray[np.float64]
    """[S] of the head model, standard deviations."""
    offset: NDArray[np.float64]
    """[478, 3] head frame, metres: where the person's landmarks are seen beside those of the identity."""
    lens: Lens

    def __post_init__(self) -> None:
        object.__setattr__(self, "identity", checked_array("identity", self.identity, (None,), np.float64))
        object.__setattr__(self, "offset", checked_array("offset", self.offset, (LANDMARKS, 3), np.float64))
        if not (np.isfinite([self.lens.focal_px, self.lens.k1]).all() and self.lens.focal_px > 0):
            raise InvalidValueError(f"a lens of {self.lens.focal_px} px and k1 {self.lens.k1}; both must be finite")

    def check_size(self, width: int, height: int) -> None:
        """That pictures of `width` x `height` px can come from this camera.

        Raises:
            InvalidValueError: they are of another size.
        """
        if (width, height) != (self.lens.width, self.lens.height):
            raise InvalidValueError(
                f"the person was found in pictures of {self.lens.width}x{self.lens.height} px, and this clip has "
                f"{width}x{height} px: it is from another camera; track it without a known person"
            )

    @property
    def digest(self) -> str:
        """Changes when anything does."""
        numbers = [self.lens.width, self.lens.height, self.lens.focal_px, self.lens.k1]
        whole = np.concatenate([self.identity, self.offset.reshape(-1), np.array(numbers, np.float64)])
        return hashlib.sha256(whole.tobytes()).hexdigest()


def write_person(path: Path, person: PersonBefore, *, overwrite: bool = False) -> None:
    """Write an npz.

    Raises:
        OutputExistsError: it is there and `overwrite` is not set.
        OutputError: it cannot be written.
    """
    lens = person.lens
    arrays = {
        "identity": person.identity,
        "offset": person.offset,
        "lens": np.array([lens.width, lens.height, lens.focal_px, lens.k1], np.float64),
    }
    write_npz(path, arrays, overwrite=overwrite)


def read_person(path: Path) -> PersonBefore:
    """Read what `write_person` wrote.

    Raises:
        UnreadableFileError: missing, damaged, or something else.
        ShapeError: arrays of another shape.
        InvalidValueError: a lens that is none.
    """
    kept = read_npz(path, _WHAT, ("identity", "offset", "lens"))
    width, height, focal_px, k1 = checked_array("lens", kept["lens"], (4,), np.float64).tolist()
    return PersonBefore(kept["identity"], kept["offset"], Lens(int(width), int(height), focal_px, k1))
