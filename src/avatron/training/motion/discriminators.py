"""What judges motion: is this how a mouth moves that says that?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

from avatron.motion.decoder.features import CLASSES
from avatron.training.discriminators import Verdict
from avatron.training.motion.mesh import Geometry

__all__ = ["DiscriminatorConfig", "MotionDiscriminator"]

_MM = 0.2
"""Millimetres become units of this: what mouths do is then about 1."""
_FRAMES_PER_UNIT = 2.0
"""Velocities, millimetres a frame, are smaller than places by about this."""


@dataclass(frozen=True)
class DiscriminatorConfig:
    """Sizes."""

    channels: int = 48
    """Width of each judge."""
    class_width: int = 16
    """Width of a phoneme class's embedding."""
    scales: tuple[int, ...] = (1, 2, 4)
    """Frames that are averaged before a judge looks: fast and slow movement have judges of their own."""


class _Judge(nn.Module):
    """Judges one stream [B, T, J] at one scale, given what is said [B, T, W]."""

    def __init__(self, inputs: int, condition: int, channels: int, scale: int) -> None:
        super().__init__()
        self.scale = scale
        self.layers = nn.ModuleList(
            spectral_norm(nn.Conv1d(before, after, 5, padding=2, dilation=1))
            for before, after in ((inputs + condition, channels), (channels, channels), (channels, 2 * channels))
        )
        self.output = spectral_norm(nn.Conv1d(2 * channels, 1, 3, padding=1))

    def forward(self, stream: Tensor, condition: Tensor) -> tuple[Tensor, list[Tensor]]:
        hidden = torch.cat([stream, condition], 2).transpose(1, 2)
        if self.scale > 1:
            hidden = functional.avg_pool1d(hidden, self.scale)
        features = []
        for layer in self.layers:
            hidden = functional.leaky_relu(layer(hidden), 0.2)
            features.append(hidden)
        return self.output(hidden), features


class MotionDiscriminator(nn.Module):
    """Judges of positions, of velocities and of lips, each at several scales, told the phonemes and the style.

    Unconditional judges would only ask "is this a mouth that moves"; these ask "is this how it says that".
    """

    def __init__(self, config: DiscriminatorConfig, geometry: Geometry, styles: int) -> None:
        super().__init__()
        self.geometry = geometry
        self.phoneme_class = nn.Embedding(len(CLASSES), config.class_width)
        condition = config.class_width + styles
        positions = 3 * len(geometry.outline_rows)
        self.judges = nn.ModuleDict(
            {
                name: nn.ModuleList(_Judge(inputs, condition, config.channels, scale) for scale in config.scales)
                for name, inputs in (("position", positions), ("velocity", positions), ("lips", 6))
            }
        )

    def streams(self, moved: Tensor) -> dict[str, Tensor]:
        """Of vertices [B, T, V', 3] (mm from rest): position and velocity [B, T, J], lips [B, T, 6]."""
        outline = _MM * moved[:, :, self.geometry.outline_rows].flatten(2)
        velocity = functional.pad(outline[:, 1:] - outline[:, :-1], (0, 0, 1, 0))
        lips = self.geometry.measures(moved)
        width = lips.width - self.geometry.rest_width
        measures = torch.cat([lips.gap, torch.stack([lips.tooth_gap, width, lips.protrusion], 2)], 2)
        return {"position": outline, "velocity": _FRAMES_PER_UNIT * velocity, "lips": _MM * measures}

    def forward(self, moved: Tensor, phoneme_class: Tensor, style: Tensor) -> Verdict:
        """Of vertices `moved` [B, T, V', 3], given `phoneme_class` [B, T] and `style` [B, S]."""
        said = torch.cat([self.phoneme_class(phoneme_class), style[:, None].expand(-1, moved.shape[1], -1)], 2)
        verdicts = [
            judge(stream, said)
            for name, stream in self.streams(moved).items()
            for judge in cast(nn.ModuleList, self.judges[name])
        ]
        return Verdict([score for score, _ in verdicts], [features for _, features in verdicts])
