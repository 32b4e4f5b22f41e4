"""The neural source-filter vocoder, as it is trained.

A small network reads mel, pitch and voicing and gives, two times a frame, a complex filter for a flat pulse train and a
gain spectrum for white noise. Both are applied by short-time Fourier transform and overlap-add: the network shapes a
signal whose fine structure is already right, instead of making it. `voice/source_filter.py` is the same signal
processing without torch; a test holds the two together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from avatron.training.layers import ConvNextTrunk

__all__ = ["Filters", "SourceFilterVocoder", "VocoderConfig"]

MEL_SCALE, MEL_SHIFT = 0.25, 1.0
"""The network reads mel * scale + shift, which is near unit range."""
PITCH_CENTRE, PITCH_SCALE = 5.3, 2.0
"""The network reads (ln Hz - centre) * scale."""
LARGEST_LOG_GAIN = 3.0
"""Gains are clamped here, so that a bad frame cannot explode."""


@dataclass(frozen=True)
class VocoderConfig:
    """Sizes of the vocoder."""

    sample_rate: int = 22050
    """Samples per second."""
    hop_length: int = 256
    """Samples per frame."""
    mel_bins: int = 80
    """M."""
    window_length: int = 256
    """Samples under the square-root Hann windows of both filters; half of it is the time from filter to filter."""
    channels: int = 256
    """Width of the network."""
    blocks: int = 6
    """ConvNeXt blocks; each widens the context by 3 frames."""

    @property
    def filters_per_frame(self) -> int:
        """S, filters that share one frame of the network."""
        return self.hop_length // (self.window_length // 2)


class Filters(NamedTuple):
    """What the network says, S times a frame; K = window_length / 2 + 1."""

    harmonic_log_gain: Tensor
    """[B, F * S, K]."""
    harmonic_phase: Tensor
    """[B, F * S, K] rad."""
    noise_log_gain: Tensor
    """[B, F * S, K]."""


class SourceFilterVocoder(nn.Module):
    """mel [B, M, F], log pitch [B, F], voiced [B, F] -> samples [B, F * hop]."""

    window: Tensor

    def __init__(self, config: VocoderConfig) -> None:
        super().__init__()
        self.config = config
        self.bins = config.window_length // 2 + 1
        self.values = config.filters_per_frame * self.bins
        self.trunk = ConvNextTrunk(config.mel_bins + 2, 3 * self.values, channels=config.channels, blocks=config.blocks)
        self._start_quiet()
        self.register_buffer("window", torch.hann_window(config.window_length).sqrt(), persistent=False)

    def _start_quiet(self) -> None:
        # Begins as a soft buzz with little noise and almost no phase: the first gradients are about the envelope.
        with torch.no_grad():
            output = self.trunk.output
            output.weight.mul_(0.3)
            output.weight[self.values : 2 * self.values].mul_(0.1)
            output.bias.zero_()
            output.bias[: self.values] = -1.5
            output.bias[2 * self.values :] = -4.0

    def filters(self, mel: Tensor, log_pitch: Tensor, voiced: Tensor) -> Filters:
        """The network alone."""
        inputs = torch.cat(
            [
                mel * MEL_SCALE + MEL_SHIFT,
                (log_pitch[:, None] - PITCH_CENTRE) * PITCH_SCALE,
                voiced[:, None],
            ],
            dim=1,
        )
        parts = self.trunk(inputs).float().split(self.values, dim=2)
        harmonic, phase, noise = (part.reshape(len(part), -1, self.bins) for part in parts)
        return Filters(harmonic.clamp(max=LARGEST_LOG_GAIN), phase, noise.clamp(max=LARGEST_LOG_GAIN))

    def pulses(self, log_pitch: Tensor, start_cycles: Tensor) -> Tensor:
        """[B, F * hop] band-limited pulse train of unit power: all harmonics below half the rate, equally strong.

        Closed form (Dirichlet kernel): (sin((2K + 1) pi c) / sin(pi c) - 1) / sqrt(2K), with c the phase in cycles,
        which starts at `start_cycles` [B], and K harmonics.
        """
        rate, hop = self.config.sample_rate, self.config.hop_length
        pitch_hz = log_pitch.exp()
        following = torch.cat([pitch_hz[:, 1:], pitch_hz[:, -1:]], dim=1)
        weight = torch.arange(hop, device=pitch_hz.device) / hop
        per_sample = (pitch_hz[..., None] * (1 - weight) + following[..., None] * weight).flatten(1).double()
        cycles = torch.cumsum(per_sample / rate, dim=1) + start_cycles[:, None]
        harmonics = torch.floor(rate / 2 / per_sample)
        angle = math.pi * (cycles % 1.0)
        sine = torch.sin(angle)
        kernel = torch.where(
            sine < 1e-6, 2 * harmonics + 1, torch.sin((2 * harmonics + 1) * angle) / sine.clamp(min=1e-6)
        )
        return ((kernel - 1) / torch.sqrt(2 * harmonics)).float()

    def apply_filter(self, source: Tensor, response: Tensor) -> Tensor:
        """[B, F * hop] `source` filtered piece by piece by `response` [B, F * S, K] (real or complex)."""
        length, step = self.config.window_length, self.config.window_length // 2
        count = response.shape[1]
        pieces = functional.pad(source, (step, step)).unfold(1, length, step)[:, :count] * self.window
        # Squared windows that overlap by half sum to one.
        filtered = torch.fft.irfft(torch.fft.rfft(pieces, dim=2) * response, length, dim=2) * self.window
        total = (count + 1) * step
        joined = functional.fold(filtered.transpose(1, 2), (1, total), (1, length), stride=(1, step))[:, 0, 0]
        return joined[:, step : step + count * step]

    def render(self, filters: Filters, log_pitch: Tensor, start_cycles: Tensor, noise: Tensor) -> Tensor:
        """[B, F * hop] the signal processing alone; `noise` [B, F * hop] is white with unit variance."""
        voiced = self.apply_filter(
            self.pulses(log_pitch, start_cycles),
            torch.polar(filters.harmonic_log_gain.exp(), filters.harmonic_phase),
        )
        return voiced + self.apply_filter(noise, filters.noise_log_gain.exp())

    def forward(self, mel: Tensor, log_pitch: Tensor, voiced: Tensor) -> Tensor:
        """With random phase and noise, as in training."""
        batch, frames = log_pitch.shape
        start_cycles = torch.rand(batch, dtype=torch.float64, device=mel.device)
        noise = torch.randn(batch, frames * self.config.hop_length, device=mel.device)
        return self.render(self.filters(mel, log_pitch, voiced), log_pitch, start_cycles, noise)
