"""The network that reads landmarks a second time: where each was seen, it looks at the picture there and moves it.

A pyramid of features is brought back to a quarter of the crop's size and sampled around each landmark (in the manner of
Xiong and De la Torre's supervised descent, 2013, with learned features); what the whole crop shows, and where the other
landmarks were seen, goes into every one of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from avatron.track.observations import LANDMARKS
from avatron.track.points.crop import CROP_SIZE

__all__ = ["PointNetwork", "PointNetworkConfig"]

_PLACES_PX, _OFFSET_PX = 16.0, 4.0
"""What a 1 is of the places that come in, and of the offsets that go out."""


@dataclass(frozen=True)
class PointNetworkConfig:
    """Sizes."""

    widths: tuple[int, ...] = (24, 40, 72, 96, 128)
    """Channels after each halving of the picture; those after the second are what is sampled."""
    depths: tuple[int, ...] = (0, 1, 2, 2, 1)
    """Residual blocks after each halving."""
    context: int = 160
    """Width of what is read from the crop as a whole."""
    hidden: int = 64
    """Width of what is read for each landmark."""
    dropout: float = 0.05
    """Share of the context that is left out in training."""


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = (nn.Conv2d(width, width, 3, padding=1, bias=False) for _ in range(2))
        self.first_norm, self.second_norm = (nn.BatchNorm2d(width) for _ in range(2))

    def forward(self, features: Tensor) -> Tensor:
        """[B, C, H, W]."""
        inner = functional.relu(self.first_norm(self.first(features)))
        return functional.relu(features + self.second_norm(self.second(inner)))


class PointNetwork(nn.Module):
    """Reads crops of faces."""

    def __init__(self, config: PointNetworkConfig) -> None:
        super().__init__()
        self.levels = nn.ModuleList()
        before = 3
        width, height = CROP_SIZE
        for channels, depth in zip(config.widths, config.depths, strict=True):
            layers: list[nn.Module] = [
                nn.Conv2d(before, channels, 3, 2, 1, bias=False),
                nn.BatchNorm2d(channels),
                nn.ReLU(),
            ]
            layers += [_Residual(channels) for _ in range(depth)]
            self.levels.append(nn.Sequential(*layers))
            before, width, height = channels, (width + 1) // 2, (height + 1) // 2
        fine, middle, coarse = config.widths[1:4]
        self.from_coarse, self.from_middle = nn.Conv2d(coarse, middle, 1), nn.Conv2d(middle, fine, 1)
        self.blend = nn.Sequential(_Residual(fine), nn.Conv2d(fine, fine, 3, padding=1))
        self.whole = nn.Sequential(
            nn.Linear(before * width * height + 2 * LANDMARKS, config.context), nn.ReLU(), nn.Dropout(config.dropout)
        )
        self.near = nn.Linear(fine, config.hidden)
        self.far = nn.Linear(config.context, config.hidden, bias=False)
        self.which = nn.Parameter(torch.randn(LANDMARKS, config.hidden) * 0.1)
        self.mix = nn.Linear(config.hidden, config.hidden)
        self.own = nn.Parameter(torch.randn(LANDMARKS, config.hidden, 3) * 0.02)
        self.together = nn.Linear(config.context, 2 * LANDMARKS)
        self.register_buffer("size", torch.tensor(CROP_SIZE, dtype=torch.float32))
        self.size: Tensor

    def forward(self, crops: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
        """(points [B, LANDMARKS, 2] px, their log deviations [B, LANDMARKS]) of `crops` [B, 3, H, W] in 0 .. 255, in
        which landmarks were `seen` [B, LANDMARKS, 2] px.
        """
        # Brightness and contrast of the whole picture say nothing about shape.
        scaled = crops / 255
        mean = scaled.mean((1, 2, 3), keepdim=True)
        spread = (scaled - mean).square().mean((1, 2, 3), keepdim=True).sqrt()
        features, levels = (scaled - mean) / (spread + 0.02), []
        for level in self.levels:
            features = level(features)
            levels.append(features)
        places = ((seen - self.size / 2) / _PLACES_PX).flatten(1)
        whole = self.whole(torch.cat([features.flatten(1), places.to(features.dtype)], 1))
        near = self.near(self._sampled(self._fine(levels), seen))
        hidden = functional.relu(near + self.far(whole)[:, None] + self.which.to(near.dtype))
        hidden = functional.relu(self.mix(hidden)).float()
        own = torch.einsum("blh,lho->blo", hidden, self.own)
        offsets = own[..., :2] + self.together(whole).float().reshape(-1, LANDMARKS, 2)
        return seen + _OFFSET_PX * offsets, own[..., 2].clamp(-3.0, 4.0)

    def _fine(self, levels: list[Tensor]) -> Tensor:
        """[B, C, H / 4, W / 4] with what the coarser ones know."""
        middle = levels[2] + functional.interpolate(self.from_coarse(levels[3]), scale_factor=2.0)
        return self.blend(levels[1] + functional.interpolate(self.from_middle(middle), scale_factor=2.0))

    def _sampled(self, features: Tensor, seen: Tensor) -> Tensor:
        """[B, LANDMARKS, C] at each landmark."""
        at = seen[:, :, None] * (2 / self.size) - 1
        found = functional.grid_sample(features.float(), at, padding_mode="border", align_corners=False)
        return found[..., 0].transpose(1, 2).to(features.dtype)
