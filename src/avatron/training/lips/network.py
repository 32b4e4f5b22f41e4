"""The network that reads lips: a small convolutional one, from a crop to contours, gap and closure."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from avatron.track.lips.crop import CROP_SIZE
from avatron.track.lips.points import LIP_POINTS

__all__ = ["LipNetwork", "LipNetworkConfig"]


@dataclass(frozen=True)
class LipNetworkConfig:
    """Sizes."""

    widths: tuple[int, ...] = (16, 24, 48, 64)
    """Channels after each halving of the picture."""
    depths: tuple[int, ...] = (0, 1, 2, 1)
    """Residual blocks after each halving."""
    hidden: int = 112
    """Width of what is read from the last picture as a whole."""
    dropout: float = 0.1
    """Share of that which is left out in training."""


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = (nn.Conv2d(width, width, 3, padding=1, bias=False) for _ in range(2))
        self.first_norm, self.second_norm = (nn.BatchNorm2d(width) for _ in range(2))

    def forward(self, features: Tensor) -> Tensor:
        """[B, C, H, W]."""
        inner = functional.relu(self.first_norm(self.first(features)))
        return functional.relu(features + self.second_norm(self.second(inner)))


class LipNetwork(nn.Module):
    """Reads crops of mouths."""

    def __init__(self, config: LipNetworkConfig) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = 3
        width, height = CROP_SIZE
        for channels, depth in zip(config.widths, config.depths, strict=True):
            layers += [nn.Conv2d(before, channels, 3, 2, 1, bias=False), nn.BatchNorm2d(channels), nn.ReLU()]
            layers += [_Residual(channels) for _ in range(depth)]
            before, width, height = channels, (width + 1) // 2, (height + 1) // 2
        self.trunk = nn.Sequential(*layers)
        self.squeeze = nn.Conv2d(before, before // 2, 1)
        self.whole = nn.Sequential(
            nn.Flatten(), nn.Linear(before // 2 * width * height, config.hidden), nn.ReLU(), nn.Dropout(config.dropout)
        )
        self.contour = nn.Linear(config.hidden, 4 * LIP_POINTS)
        self.opening = nn.Linear(config.hidden, 3)
        self.register_buffer("middle", torch.tensor(CROP_SIZE, dtype=torch.float32) / 2)

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(points [B, LIP_POINTS, 2] px, their log deviations [B, LIP_POINTS, 2], opening [B, 3]) of `crops`
        [B, 3, H, W] in 0 .. 255.

        `opening` is the widest place of the slit between the lips in mm, the logarithm of its deviation, and the
        logit of the lips being closed.
        """
        # Brightness and contrast of the whole picture say nothing about lips.
        scaled = crops / 255
        mean = scaled.mean((1, 2, 3), keepdim=True)
        spread = (scaled - mean).square().mean((1, 2, 3), keepdim=True).sqrt()
        features = self.squeeze(self.trunk((scaled - mean) / (spread + 0.02)))
        read = self.whole(features)
        contour = self.contour(read).float().reshape(-1, LIP_POINTS, 4)
        opening = self.opening(read).float()
        points = self.middle + 16 * contour[..., :2]
        slit = functional.softplus(opening[:, :1])
        return (
            points,
            contour[..., 2:].clamp(-3.0, 3.0),
            torch.cat([slit, opening[:, 1:2].clamp(-3.5, 3.0), opening[:, 2:]], 1),
        )
