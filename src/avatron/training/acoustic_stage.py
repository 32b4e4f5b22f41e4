"""Training the text encoder and the mel decoder: L1 first, then against a discriminator of mel patches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from avatron.training.acoustic import AcousticConfig, MelDecoder, TextEncoder
from avatron.training.acoustic_data import Example, phoneme_batch, with_random_lead
from avatron.training.adapters import trainable
from avatron.training.adversary import Adversary
from avatron.training.discriminators import MelDiscriminator
from avatron.training.stage import AveragedWeights, Schedule

__all__ = ["AcousticModel", "AcousticStage", "AcousticStageConfig"]

SILENT_MEL = -2.6
"""Normalised mel that fills up crops of clips that are too short."""
EDGE_FRAMES = 6
"""Frames at the edges of a crop that are not scored: the decoder cannot see past them."""


@dataclass(frozen=True)
class AcousticStageConfig:
    """What this stage of the acoustic model minimises, and on how much at a time."""

    schedule: Schedule
    """Learning rate of encoder and decoder; the discriminator's is twice that."""
    batch: int = 12
    """Clips per step."""
    frames: int = 128
    """Mel frames of each clip that the decoder draws."""
    mel_weight: float = 3.0
    """Weight of the L1 distance of normalised mels."""
    voicing_weight: float = 0.5
    """Weight of the voicing's cross-entropy; pitch has weight 1."""
    prosody_noise: float = 0.0
    """Standard deviation of noise on the true pitch; energy gets half."""
    adversarial_weight: float = 0.0
    """Weight of the discriminator's verdict; 0 trains without it."""
    feature_weight: float = 0.0
    """Weight of the distance of the discriminator's features."""
    ramp_steps: int = 200
    """Steps over which both grow to their weight."""
    judged_frames: int = 64
    """Frames of each crop that the discriminator sees."""
    decay: float = 0.998
    """Of the averaged weights."""


class AcousticModel(nn.Module):
    """Text encoder and mel decoder."""

    def __init__(self, config: AcousticConfig) -> None:
        super().__init__()
        self.encoder = TextEncoder(config.embedding_width, config.encoder_blocks, config.encoder_dropout)
        self.decoder = MelDecoder(config)


@dataclass(frozen=True, eq=False)
class Crop:
    """What was drawn and what it should be, [B, ...]."""

    mel: Tensor
    true_mel: Tensor
    condition: Tensor
    mel_loss: Tensor
    pitch_loss: Tensor
    voicing_loss: Tensor


class AcousticStage:
    """Acoustic model, its averaged copy, and a discriminator where the config wants one."""

    def __init__(
        self,
        config: AcousticStageConfig,
        model: AcousticConfig,
        training: Sequence[Example],
        held_out: Sequence[Example],
        make: Callable[[], AcousticModel] | None = None,
    ) -> None:
        """`make` makes the networks where they are not new ones."""
        self.config = config
        self.training, self.held_out = training, held_out
        make = make or (lambda: AcousticModel(model))
        self.model = make()
        self.average = AveragedWeights(self.model, make(), config.decay)
        self.optimizer = torch.optim.AdamW(
            trainable(self.model), config.schedule.peak, betas=(0.9, 0.98), weight_decay=0.01
        )
        self.adversary = (
            Adversary(
                MelDiscriminator(model.condition_channels),
                learning_rate=2 * config.schedule.peak,
                betas=(0.5, 0.9),
            )
            if config.adversarial_weight
            else None
        )

    def modules(self) -> dict[str, nn.Module]:
        """Networks by name."""
        found: dict[str, nn.Module] = {"acoustic": self.model, "result": self.average.copy}
        if self.adversary:
            found["discriminator"] = self.adversary.discriminator
        return found

    def optimizers(self) -> dict[str, tuple[torch.optim.Optimizer, Schedule]]:
        """Optimisers by name."""
        schedule = self.config.schedule
        found: dict[str, tuple[torch.optim.Optimizer, Schedule]] = {"acoustic": (self.optimizer, schedule)}
        if self.adversary:
            twice = Schedule(2 * schedule.peak, schedule.final_share, 1, schedule.shape)
            found["discriminator"] = (self.adversary.optimizer, twice)
        return found

    def draw(
        self,
        model: AcousticModel,
        chosen: Sequence[Example],
        frames: int,
        chooser: np.random.Generator,
        noise: float,
    ) -> Crop:
        """Draws a random crop of each clip from its true prosody."""
        texts = phoneme_batch(chosen)
        pitch = texts.pitch + noise * torch.randn_like(texts.pitch)
        energy = texts.energy + noise / 2 * torch.randn_like(texts.energy)
        embedding = model.encoder(texts.ids, texts.word_initial, texts.mask)
        condition = model.decoder.phoneme_condition(embedding, pitch, energy).float()
        conditions, mels, pitches, voicings = [], [], [], []
        for row, example in enumerate(chosen):
            phone_of_frame, positions = example.positions()
            total = len(phone_of_frame)
            start = int(chooser.integers(0, max(1, total - frames)))
            crop = slice(start, start + frames)
            missing = max(0, frames - (total - start))
            drawn = model.decoder.frame_condition(
                condition[row], texts.pitch[row], phone_of_frame[crop], positions[:, crop]
            )
            conditions.append(functional.pad(drawn, (0, missing)))
            mels.append(functional.pad(example.mel[:, crop], (0, missing), value=SILENT_MEL))
            pitches.append(functional.pad(example.frame_pitch[crop], (0, missing)))
            voicings.append(functional.pad(example.voiced[crop], (0, missing)))
        frame_condition, true_mel = torch.stack(conditions), torch.stack(mels)
        true_pitch, voiced = torch.stack(pitches), torch.stack(voicings)
        output = model.decoder(frame_condition)
        scored = slice(EDGE_FRAMES, -EDGE_FRAMES)
        pitch_error = ((output.pitch.float() - true_pitch) ** 2 * (voiced + 0.05))[:, scored]
        return Crop(
            mel=output.mel.float(),
            true_mel=true_mel,
            condition=frame_condition.detach(),
            mel_loss=(output.mel.float() - true_mel)[..., scored].abs().mean(),
            pitch_loss=pitch_error.mean(),
            voicing_loss=functional.binary_cross_entropy_with_logits(
                output.voicing.float()[:, scored], voiced[:, scored]
            ),
        )

    def step(self, number: int, chooser: np.random.Generator) -> dict[str, float]:
        """One step of the model, and of the discriminator."""
        config = self.config
        places = chooser.choice(len(self.training), min(config.batch, len(self.training)), replace=False)
        chosen = [with_random_lead(self.training[place], chooser) for place in places]
        self.model.train()
        with torch.autocast("cpu", torch.bfloat16):
            crop = self.draw(self.model, chosen, config.frames, chooser, config.prosody_noise)
        loss = config.mel_weight * crop.mel_loss + crop.pitch_loss + config.voicing_weight * crop.voicing_loss
        logged = {
            "mel": crop.mel_loss.item(),
            "pitch": crop.pitch_loss.item(),
            "voicing": crop.voicing_loss.item(),
        }
        if self.adversary:
            start = int(chooser.integers(0, config.frames - config.judged_frames + 1))
            judged = slice(start, start + config.judged_frames)
            condition = crop.condition[..., judged]
            real, fake = crop.true_mel[..., judged], crop.mel[..., judged]
            logged["critic"] = self.adversary.learn(real, fake, condition)
            adversarial, features = self.adversary.judge(fake, condition)
            ramp = min(1.0, number / max(1, config.ramp_steps))
            loss = loss + ramp * (config.adversarial_weight * adversarial + config.feature_weight * features)
            logged |= {"adversarial": adversarial.item(), "features": features.item()}
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 2.0)
        self.optimizer.step()
        self.average.update(number)
        return logged

    @torch.no_grad()
    def evaluate(self) -> dict[str, float]:
        """Teacher-forced distances on held-out clips, 400 frames of each."""
        chooser = np.random.default_rng(0)
        crop = self.draw(self.average.copy, self.held_out[:12], 400, chooser, 0.0)
        mel_loss = crop.mel_loss.item()
        return {
            "mel": mel_loss,
            "pitch": crop.pitch_loss.item(),
            "voicing": crop.voicing_loss.item(),
            "score": mel_loss,
        }
