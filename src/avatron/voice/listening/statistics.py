"""How often sounds come, which follow which, and how long they last at least: what a path through them goes by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.errors import DamagedModelError, ShapeError
from avatron.voice.listening.sounds import HEARD_SYMBOLS

__all__ = ["SoundStatistics"]

_KINDS = len(HEARD_SYMBOLS)


@dataclass(frozen=True, eq=False)
class SoundStatistics:
    """Of the K sounds of `HEARD_SYMBOLS`.

    Raises:
        ShapeError: of other lengths, or values that are not finite.
    """

    log_prior: NDArray[np.float32]
    """[K] natural log of the share of the columns that each has."""
    log_follows: NDArray[np.float32]
    """[K, K] natural log of how probable the second is after the first."""
    log_ends: NDArray[np.float32]
    """[K] natural log of how probable it is that a sound ends with a column, once it has lasted as long as it must."""
    least_columns: NDArray[np.int64]
    """[K] columns that each lasts at least, from 1 on."""

    def __post_init__(self) -> None:
        for name, shape, dtype in (
            ("log_prior", (_KINDS,), np.float32),
            ("log_follows", (_KINDS, _KINDS), np.float32),
            ("log_ends", (_KINDS,), np.float32),
            ("least_columns", (_KINDS,), np.int64),
        ):
            object.__setattr__(self, name, checked_array(name, getattr(self, name), shape, dtype))
        if self.least_columns.min() < 1:
            raise ShapeError(f"a sound lasts at least {self.least_columns.min()} columns, expected 1 or more")

    @staticmethod
    def of(tensors: Mapping[str, NDArray[Any]], source: str) -> SoundStatistics:
        """From the arrays of a file; `source` names it in messages.

        Raises:
            DamagedModelError: one is missing, or of another number of sounds than this avatron's.
        """
        try:
            return SoundStatistics(**{field.name: tensors[field.name] for field in fields(SoundStatistics)})
        except (KeyError, ShapeError) as error:
            raise DamagedModelError(
                f"the sounds of `{source}` cannot be read ({error}); get the folder again"
            ) from error

    def tensors(self) -> dict[str, NDArray[Any]]:
        """The arrays by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}
