"""The refiner: what Gaussians leave out, added to a window of the picture; and what judges it.

A U-Net (Ronneberger et al. 2015) on a picture folded two by two into channels (pixel unshuffle, Shi et al. 2016):
most of its work is done at half of the resolution and below, so that it keeps up with playback on a CPU.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from avatron.training.discriminators import Verdict

__all__ = ["PatchDiscriminator", "PatchDiscriminatorConfig", "RefinerConfig", "RefinerNetwork"]


@dataclass(frozen=True)
class RefinerConfig:
    """Sizes of the network."""

    fold: int = 2
    """Pixels to a side that become one column of channels."""
    widths: tuple[int, int, int] = (16, 32, 48)
    """Channels at a fold, and at twice and four times of it."""
    largest: float = 0.35
    """What it adds is at most this, of full scale."""


class _Block(nn.Module):
    """Two convolutions beside the identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(width, width, 3, padding=1), nn.Conv2d(width, width, 3, padding=1)

    def forward(self, hidden: Tensor) -> Tensor:
        return hidden + cast("Tensor", self.second(functional.relu(self.first(hidden))))


class RefinerNetwork(nn.Module):
    """Picture and cover in, picture out."""

    def __init__(self, config: RefinerConfig) -> None:
        """Fresh weights that add nothing."""
        super().__init__()
        self.config = config
        fine, middle, coarse = config.widths
        folded = config.fold**2
        self.entry, self.fine_in = nn.Conv2d(4 * folded, fine, 1), _Block(fine)
        self.to_middle, self.middle_in = nn.Conv2d(fine, middle, 2, stride=2), _Block(middle)
        self.to_coarse, self.coarse = (
            nn.Conv2d(middle, coarse, 2, stride=2),
            nn.Sequential(_Block(coarse), _Block(coarse)),
        )
        self.from_coarse, self.middle_out = nn.Conv2d(coarse, 4 * middle, 1), _Block(middle)
        self.from_middle, self.fine_out = nn.Conv2d(middle, 4 * fine, 1), _Block(fine)
        self.exit = nn.Conv2d(fine, 3 * folded, 1)
        nn.init.zeros_(self.exit.weight)
        nn.init.zeros_(cast("Tensor", self.exit.bias))

    def forward(self, picture: Tensor) -> Tensor:
        """[B, 3, H, W] what is added to `picture` [B, 4, H, W]: sRGB 0 .. 1 and how much of it is the person."""
        fine = self.fine_in(self.entry(functional.pixel_unshuffle(picture, self.config.fold)))
        middle = self.middle_in(self.to_middle(fine))
        coarse = self.coarse(self.to_coarse(middle))
        middle = self.middle_out(functional.pixel_shuffle(self.from_coarse(coarse), 2) + middle)
        fine = self.fine_out(functional.pixel_shuffle(self.from_middle(middle), 2) + fine)
        return self.config.largest * torch.tanh(functional.pixel_shuffle(self.exit(fine), self.config.fold))


@dataclass(frozen=True)
class PatchDiscriminatorConfig:
    """Sizes of the judge."""

    width: int = 16
    """Channels of its first layers."""
    gain: float = 8.0
    """What detail is multiplied with: it is about so much smaller than the picture."""


class PatchDiscriminator(nn.Module):
    """Judges patches of a picture (Isola et al. 2017) by their detail: what is left without the mean around a pixel.

    Gaussians come so near to the film that a judge of whole pictures finds no difference in the minutes there are;
    of the detail alone it does within a hundred steps.
    """

    def __init__(self, config: PatchDiscriminatorConfig) -> None:
        """Fresh weights."""
        super().__init__()
        width = config.width
        widths = ((3, width, 3, 1), (width, width, 4, 2), (width, 2 * width, 4, 2))
        self.gain = config.gain
        self.layers = nn.ModuleList(
            nn.Conv2d(before, after, size, stride=stride, padding=1) for before, after, size, stride in widths
        )
        self.output = nn.Conv2d(2 * width, 1, 3, padding=1)

    def forward(self, picture: Tensor) -> Verdict:
        """Scores of the patches of `picture` [B, 3, H, W], sRGB 0 .. 1, and features on the way."""
        mean = functional.avg_pool2d(functional.pad(picture, (1, 1, 1, 1), mode="replicate"), 3, 1)
        hidden = self.gain * (picture - mean)
        features = []
        for layer in self.layers:
            hidden = functional.leaky_relu(layer(hidden), 0.2)
            features.append(hidden)
        return Verdict([self.output(hidden)], [features])
