"""More Gaussians where the picture pulls hardest, fewer where nothing is seen of them (Kerbl et al. 2023)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.native.splat_rig import SplatRig, SplatRigGradients

__all__ = ["Growth", "GrowthConfig"]

Floats = NDArray[np.float32]

_SMALLER = 1.5
"""By how much the two halves of a Gaussian are smaller than it was."""


@dataclass(frozen=True)
class GrowthConfig:
    """When, how many, and which."""

    every: int = 800
    """Steps."""
    until: float = 0.6
    """Share of the steps after which their number stays."""
    share: float = 0.06
    """Of the Gaussians that are split each time."""
    most: int = 40_000
    """G at the end."""
    least_opacity: float = 0.02
    """Fainter ones go."""

    def due(self, step: int, steps: int) -> bool:
        """Whether it is time."""
        return step % self.every == 0 and step < self.until * steps


class Growth:
    """What the Gaussians of a fit were pulled by."""

    def __init__(self, count: int, config: GrowthConfig) -> None:
        """Of `count` Gaussians, nothing yet."""
        self.config = config
        self._pull, self._seen = np.zeros(count), np.zeros(count)

    def see(self, gradients: SplatRigGradients, pixels: int) -> None:
        """Take in one frame of so many pixels."""
        self._pull += np.hypot(*gradients.screen.T) * pixels
        self._seen += gradients.seen

    def grown(self, rig: SplatRig, generator: np.random.Generator) -> SplatRig:
        """`rig` with what was pulled most split in two along its longest axis, without what is too faint to be seen.

        What was never in the picture stays: it waits beyond the border.
        """
        config = self.config
        opacity = 1 / (1 + np.exp(-rig.opacity_logits.astype(np.float64)))
        kept = opacity > config.least_opacity
        pull = np.where(kept, self._pull / np.maximum(self._seen, 1), 0)
        room = max(config.most - int(kept.sum()), 0)
        count = min(int(config.share * kept.sum()), room)
        chosen = np.argsort(-pull, kind="stable")[:count]
        chosen = chosen[pull[chosen] > 0]
        arrays: dict[str, NDArray[Any]] = {field.name: np.asarray(getattr(rig, field.name)) for field in fields(rig)}
        halves = {name: array[chosen].copy() for name, array in arrays.items()}
        stay = {name: array.copy() for name, array in arrays.items()}
        longest = halves["log_scales"].argmax(1)
        rows = np.arange(len(chosen))
        shift = _axes(halves["quaternions"])[rows, :, longest] * np.exp(halves["log_scales"][rows, longest])[:, None]
        side = np.where(generator.random(len(chosen)) < 0.5, 0.7, -0.7).astype(np.float32)[:, None]
        halves["positions"] += side * shift
        stay["positions"][chosen] -= side * shift
        halves["log_scales"][rows, longest] -= np.float32(np.log(_SMALLER))
        stay["log_scales"][chosen, longest] -= np.float32(np.log(_SMALLER))
        return SplatRig(**{name: np.concatenate([stay[name][kept], halves[name]]) for name in arrays})


def _axes(quaternions: Floats) -> Floats:
    """[N, 3, 3] the axes of rotations [N, 4], in columns."""
    w, x, y, z = (quaternions / np.linalg.norm(quaternions, axis=1, keepdims=True)).T
    return np.stack(
        [
            np.stack([1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)], -1),
            np.stack([2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)], -1),
            np.stack([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)], -1),
        ],
        1,
    )
