"""Losses that several stages share."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from avatron.signal.mel import MelConfig, mel_filterbank

__all__ = ["SpectralLoss", "adversarial_loss", "critic_loss", "feature_matching_loss"]

TRANSFORM_LENGTHS = (2048, 1024, 512, 256, 128)


class SpectralLoss(nn.Module):
    """Distance of waveforms [B, N] in spectra of several resolutions, and in the mel."""

    filterbank: Tensor

    def __init__(self, mel_config: MelConfig, *, resolutions_per_step: int = 3) -> None:
        super().__init__()
        self.mel_config = mel_config
        self.resolutions_per_step = resolutions_per_step
        self.register_buffer(
            "filterbank", torch.from_numpy(mel_filterbank(mel_config).copy()).T.contiguous(), persistent=False
        )
        for length in TRANSFORM_LENGTHS:
            self.register_buffer(f"window_{length}", torch.hann_window(length), persistent=False)

    def magnitude(self, samples: Tensor, length: int) -> Tensor:
        """[B, F, K] STFT magnitude with a hop of a quarter window."""
        return (
            torch.stft(
                samples,
                length,
                length // 4,
                window=getattr(self, f"window_{length}"),
                return_complex=True,
                pad_mode="constant",
            )
            .abs()
            .transpose(1, 2)
        )

    def forward(self, generated: Tensor, recorded: Tensor) -> tuple[Tensor, Tensor]:
        """(spectral, mel) distance.

        Spectral: L1 of log magnitudes plus relative L1 of magnitudes, over a random choice of resolutions: all five
        every step cost more than they teach. Mel: L1 of natural-log mels.
        """
        chosen = torch.randperm(len(TRANSFORM_LENGTHS))[: self.resolutions_per_step].tolist()
        spectral = generated.new_zeros(())
        for place in chosen:
            length = TRANSFORM_LENGTHS[place]
            scale = 1 / math.sqrt(length)
            fake = self.magnitude(generated, length) * scale
            with torch.no_grad():
                real = self.magnitude(recorded, length) * scale
            spectral = spectral + (torch.log(fake + 1e-4) - torch.log(real + 1e-4)).abs().mean()
            spectral = spectral + (fake - real).abs().mean() / (real.mean() + 1e-3)
        with torch.no_grad():
            real_mel = self.log_mel(recorded)
        return spectral / len(chosen), (self.log_mel(generated) - real_mel).abs().mean()

    def log_mel(self, samples: Tensor) -> Tensor:
        """[B, F, M] natural-log mel (zero padding at the edges)."""
        magnitude = self.magnitude(samples, self.mel_config.window_length)
        return torch.log((magnitude @ self.filterbank).clamp(min=self.mel_config.floor))


def critic_loss(real_scores: list[Tensor], fake_scores: list[Tensor]) -> Tensor:
    """What a discriminator minimises: least squares (Mao et al. 2017), mean over sub-discriminators."""
    pairs = list(zip(real_scores, fake_scores, strict=True))
    total = sum(((1 - real.float()) ** 2).mean() + (fake.float() ** 2).mean() for real, fake in pairs)
    return torch.as_tensor(total) / len(pairs)


def adversarial_loss(fake_scores: list[Tensor]) -> Tensor:
    """What a generator minimises: least squares towards "real"."""
    return torch.stack([((1 - fake.float()) ** 2).mean() for fake in fake_scores]).mean()


def feature_matching_loss(real_features: list[list[Tensor]], fake_features: list[list[Tensor]]) -> Tensor:
    """Relative L1 of the discriminators' hidden features, mean over layers and sub-discriminators."""
    per_critic = []
    for real_layers, fake_layers in zip(real_features, fake_features, strict=True):
        per_layer = [
            (real.float() - fake.float()).abs().mean() / (real.float().abs().mean() + 1e-3)
            for real, fake in zip(real_layers, fake_layers, strict=True)
        ]
        per_critic.append(torch.stack(per_layer).mean())
    return torch.stack(per_critic).mean()
