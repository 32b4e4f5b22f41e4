"""Training the vocoder: spectra first, then against discriminators, then on the acoustic model's own mels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from avatron.signal.mel import MelConfig
from avatron.training.adapters import trainable
from avatron.training.adversary import Adversary
from avatron.training.discriminators import WaveformDiscriminator
from avatron.training.features import ClipFeatures
from avatron.training.losses import SpectralLoss
from avatron.training.stage import AveragedWeights, Schedule
from avatron.training.vocoder import SourceFilterVocoder, VocoderConfig

__all__ = ["VocoderStage", "VocoderStageConfig"]


@dataclass(frozen=True)
class VocoderStageConfig:
    """What this stage of the vocoder minimises, and on how much at a time."""

    schedule: Schedule
    """Learning rate of the vocoder; the discriminators' is twice that."""
    batch: int = 8
    """Crops per step."""
    frames: int = 64
    """Mel frames per crop."""
    recorded_share: float = 0.0
    """Share of the crops that keep their recorded mel where the others have a drawn one: so copies stay good."""
    spectral_weight: float = 1.0
    """Weight of the multi-resolution spectral distance."""
    mel_weight: float = 1.0
    """Weight of the mel distance."""
    adversarial_weight: float = 0.0
    """Weight of the discriminators' verdict; 0 trains without them."""
    feature_weight: float = 0.0
    """Weight of the distance of the discriminators' features."""
    ramp_steps: int = 100
    """Steps over which both grow to their weight."""
    judged_frames: int = 32
    """Frames of each crop that the discriminators see: they are what costs."""
    decay: float = 0.995
    """Of the averaged weights."""


class VocoderStage:
    """Vocoder, its averaged copy, and discriminators where the config wants them."""

    def __init__(
        self,
        config: VocoderStageConfig,
        vocoder: VocoderConfig,
        clips: Sequence[ClipFeatures],
        held_out: Sequence[ClipFeatures],
        *,
        mels: dict[str, NDArray[np.float32]] | None = None,
        make: Callable[[], SourceFilterVocoder] | None = None,
    ) -> None:
        """`mels` replaces the mels of the clips, by name, with what an acoustic model says of them.

        `make` makes the networks where they are not new ones.
        """
        self.config = config
        self.clips = [clip for clip in clips if clip.frames > config.frames]
        self.mels = [clip.mel if mels is None else mels[clip.name] for clip in self.clips]
        self.pitches = [clip.log_pitch for clip in self.clips]
        self.held_out = held_out
        lengths = np.array([clip.frames for clip in self.clips], float)
        self.share = lengths / lengths.sum()
        self.hop_length = vocoder.hop_length
        make = make or (lambda: SourceFilterVocoder(vocoder))
        self.vocoder = make()
        self.average = AveragedWeights(self.vocoder, make(), config.decay)
        self.spectral = SpectralLoss(MelConfig())
        self.optimizer = torch.optim.AdamW(
            trainable(self.vocoder), config.schedule.peak, betas=(0.8, 0.99), weight_decay=1e-3
        )
        self.adversary = (
            Adversary(WaveformDiscriminator(), learning_rate=2 * config.schedule.peak)
            if config.adversarial_weight
            else None
        )

    def modules(self) -> dict[str, nn.Module]:
        """Networks by name."""
        found: dict[str, nn.Module] = {"vocoder": self.vocoder, "result": self.average.copy}
        if self.adversary:
            found["discriminator"] = self.adversary.discriminator
        return found

    def optimizers(self) -> dict[str, tuple[torch.optim.Optimizer, Schedule]]:
        """Optimisers by name."""
        schedule = self.config.schedule
        found: dict[str, tuple[torch.optim.Optimizer, Schedule]] = {"vocoder": (self.optimizer, schedule)}
        if self.adversary:
            twice = Schedule(2 * schedule.peak, schedule.final_share, 1, schedule.shape)
            found["discriminator"] = (self.adversary.optimizer, twice)
        return found

    def batch(self, chooser: np.random.Generator) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """mel [B, M, F], log pitch [B, F], voiced [B, F], samples [B, F * hop] of random crops."""
        count, hop = self.config.frames, self.hop_length
        mels, pitches, voicings, recordings = [], [], [], []
        recorded_crops = round(self.config.recorded_share * self.config.batch)
        for number, place in enumerate(chooser.choice(len(self.clips), self.config.batch, p=self.share)):
            clip = self.clips[place]
            mel = clip.mel if number < recorded_crops else self.mels[place]
            start = int(chooser.integers(0, clip.frames - count))
            crop = slice(start, start + count)
            mels.append(mel[:, crop])
            pitches.append(self.pitches[place][crop])
            voicings.append(clip.voiced[crop])
            recordings.append(clip.samples[start * hop : (start + count) * hop])
        stacked = [torch.from_numpy(np.stack(part)) for part in (mels, pitches, voicings, recordings)]
        return stacked[0], stacked[1], stacked[2], stacked[3]

    def step(self, number: int, chooser: np.random.Generator) -> dict[str, float]:
        """One step of the vocoder, and of the discriminators."""
        config = self.config
        mel, log_pitch, voiced, recorded = self.batch(chooser)
        with torch.autocast("cpu", torch.bfloat16):
            filters = self.vocoder.filters(mel, log_pitch, voiced)
        start_cycles = torch.rand(len(mel), dtype=torch.float64)
        generated = self.vocoder.render(filters, log_pitch, start_cycles, torch.randn_like(recorded))
        spectral, mel_distance = self.spectral(generated, recorded)
        loss = config.spectral_weight * spectral + config.mel_weight * mel_distance
        logged = {"spectral": spectral.item(), "mel": mel_distance.item()}
        if self.adversary:
            start = int(chooser.integers(0, config.frames - config.judged_frames + 1)) * self.hop_length
            judged = slice(start, start + config.judged_frames * self.hop_length)
            real, fake = recorded[:, judged], generated[:, judged]
            logged["critic"] = self.adversary.learn(real, fake)
            adversarial, features = self.adversary.judge(fake)
            ramp = min(1.0, number / max(1, config.ramp_steps))
            loss = loss + ramp * (config.adversarial_weight * adversarial + config.feature_weight * features)
            logged |= {"adversarial": adversarial.item(), "features": features.item()}
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.vocoder.parameters(), 5.0)
        self.optimizer.step()
        self.average.update(number)
        return logged

    @torch.no_grad()
    def evaluate(self) -> dict[str, float]:
        """Copies of a few held-out clips from their own mel and pitch."""
        spectral, mel = [], []
        for clip in self.held_out[:6]:
            arrays = (clip.mel, clip.log_pitch, clip.voiced)
            generated = self.average.copy(*(torch.from_numpy(array)[None] for array in arrays))
            distances = self.spectral(generated, torch.from_numpy(clip.samples)[None])
            spectral.append(distances[0].item())
            mel.append(distances[1].item())
        return {"spectral": float(np.mean(spectral)), "mel": float(np.mean(mel)), "score": float(np.mean(mel))}
