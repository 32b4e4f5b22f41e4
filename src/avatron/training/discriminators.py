"""What judges generated sound: discriminators of waveforms and of mel patches."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm, weight_norm

__all__ = ["MelDiscriminator", "Verdict", "WaveformDiscriminator"]


class Verdict(NamedTuple):
    """Scores (1 = real) and hidden features of each sub-discriminator."""

    scores: list[Tensor]
    features: list[list[Tensor]]


class PeriodDiscriminator(nn.Module):
    """Reads every p-th sample as one row (HiFi-GAN, Kong et al. 2020)."""

    def __init__(self, period: int, channels: tuple[int, ...] = (16, 32, 64, 64)) -> None:
        super().__init__()
        self.period = period
        widths = (1, *channels)
        self.layers = nn.ModuleList(
            weight_norm(nn.Conv2d(before, after, (5, 1), (3, 1), (2, 0)))
            for before, after in zip(widths, channels, strict=False)
        )
        self.output = weight_norm(nn.Conv2d(channels[-1], 1, (3, 1), 1, (1, 0)))

    def forward(self, samples: Tensor) -> tuple[Tensor, list[Tensor]]:
        usable = samples.shape[1] // self.period * self.period
        hidden = samples[:, :usable].reshape(len(samples), 1, -1, self.period)
        features = []
        for layer in self.layers:
            hidden = functional.leaky_relu(layer(hidden), 0.1)
            features.append(hidden)
        return self.output(hidden), features


class SpectrumDiscriminator(nn.Module):
    """Reads the log magnitude of one STFT (UnivNet, Jang et al. 2021)."""

    window: Tensor

    def __init__(self, length: int, channels: int = 24) -> None:
        super().__init__()
        self.length = length
        self.register_buffer("window", torch.hann_window(length), persistent=False)
        first = weight_norm(nn.Conv2d(1, channels, (3, 7), (1, 2), (1, 3)))
        rest = (weight_norm(nn.Conv2d(channels, channels, (3, 5), (1, 2), (1, 2))) for _ in range(3))
        self.layers = nn.ModuleList([first, *rest])
        self.output = weight_norm(nn.Conv2d(channels, 1, 3, 1, 1))

    def forward(self, samples: Tensor) -> tuple[Tensor, list[Tensor]]:
        spectrum = torch.stft(samples.float(), self.length, self.length // 4, window=self.window, return_complex=True)
        hidden = torch.log(spectrum.abs() + 1e-3).transpose(1, 2)[:, None] * 0.5 + 1
        features = []
        for layer in self.layers:
            hidden = functional.leaky_relu(layer(hidden), 0.1)
            features.append(hidden)
        return self.output(hidden), features


class WaveformDiscriminator(nn.Module):
    """Five periods and three spectra judge samples [B, N]."""

    def __init__(
        self, periods: tuple[int, ...] = (2, 3, 5, 7, 11), lengths: tuple[int, ...] = (1024, 512, 256)
    ) -> None:
        super().__init__()
        self.parts = nn.ModuleList(
            [
                *(PeriodDiscriminator(period) for period in periods),
                *(SpectrumDiscriminator(length) for length in lengths),
            ]
        )

    def forward(self, samples: Tensor) -> Verdict:
        judged = [part(samples) for part in self.parts]
        return Verdict([score for score, _ in judged], [features for _, features in judged])


class MelDiscriminator(nn.Module):
    """Judges patches of a normalised mel [B, M, F] against what the decoder was told [B, I, F].

    Without the condition it would only ask "is this speech"; with it, "is this how that is said".
    """

    def __init__(self, condition_channels: int, channels: int = 48) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            [
                spectral_norm(nn.Conv2d(1, channels, (5, 5), (2, 1), 2)),
                spectral_norm(nn.Conv2d(channels, channels, (5, 5), (2, 2), 2)),
                spectral_norm(nn.Conv2d(channels, channels * 2, (5, 5), (2, 2), 2)),
                spectral_norm(nn.Conv2d(channels * 2, channels * 2, 3, (2, 1), 1)),
            ]
        )
        self.condition = nn.Sequential(nn.Conv1d(condition_channels, channels, 1), nn.Conv1d(channels, channels, 1))
        self.output = nn.Conv2d(channels * 2, 1, 3, 1, 1)

    def forward(self, mel: Tensor, condition: Tensor) -> Verdict:
        hidden = mel[:, None]
        features = []
        for place, layer in enumerate(self.layers):
            hidden = functional.leaky_relu(layer(hidden), 0.2)
            if place == 0:
                hidden = hidden + self.condition(condition)[:, :, None]
            features.append(hidden)
        return Verdict([self.output(hidden)], [features])
