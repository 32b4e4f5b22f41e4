"""The steps of a build: how far they are, and what each has left for a run that comes after one that ended early."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import FaceMotion
from avatron.io.npz import read_npz, write_npz
from avatron.native.splat_rig import SplatRig

__all__ = ["RIG_ARRAYS", "Steps", "arrays_of", "rig_of"]

Arrays = dict[str, NDArray[Any]]

RIG_ARRAYS = tuple(entry.name for entry in fields(SplatRig))
"""What Gaussians are kept as."""


class Steps:
    """One after another; results are kept in a folder, where there is one."""

    def __init__(self, shares: Mapping[str, float], work: Path | None, on_progress: Callable[[float], None]) -> None:
        """`shares` of the time that each takes, about."""
        self._shares, self._work, self._on_progress = shares, work, on_progress
        self._done = 0.0

    def within(self, step: str, share: float) -> None:
        """So much of a step is done."""
        self._on_progress(min(self._done + self._shares[step] * share, 1.0))

    def finished(self, step: str) -> None:
        """All of it is."""
        self._done += self._shares[step]
        self._on_progress(min(self._done, 1.0))

    def arrays(self, step: str, names: tuple[str, ...], make: Callable[[], Arrays]) -> Arrays:
        """What a step left when it was done before, or what it makes now.

        Raises:
            UnreadableFileError: what was left is damaged.
            OutputError: the folder cannot be written to.
        """
        path = None if self._work is None else self._work / f"{step}.npz"
        if path is not None and path.exists():
            arrays = dict(read_npz(path, "unfinished work on an appearance", names))
        else:
            arrays = make()
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
                write_npz(path, arrays, overwrite=True)
        self.finished(step)
        return arrays

    def rig(self, step: str, make: Callable[[], SplatRig]) -> SplatRig:
        """The same for Gaussians."""
        return rig_of(self.arrays(step, RIG_ARRAYS, lambda: arrays_of(make())))

    def motion(self, step: str, motion: FaceMotion, make: Callable[[], FaceMotion]) -> FaceMotion:
        """The same for a motion that differs from `motion` in its arrays alone."""
        arrays: dict[str, Any] = self.arrays(step, tuple(motion.arrays()), lambda: make().arrays())
        return replace(motion, **arrays)


def arrays_of(rig: SplatRig) -> Arrays:
    """Gaussians as what they are kept as."""
    return {name: np.asarray(getattr(rig, name)) for name in RIG_ARRAYS}


def rig_of(arrays: Arrays) -> SplatRig:
    """And back; they may be moved in place."""
    return SplatRig(**{name: arrays[name].copy() for name in RIG_ARRAYS})
