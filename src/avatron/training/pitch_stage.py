"""Training the pitch reader on recorded mels and on the acoustic model's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from avatron.training.acoustic import AcousticConfig, PitchReader
from avatron.training.acoustic_data import Example
from avatron.training.adapters import trainable
from avatron.training.stage import AveragedWeights, Schedule

__all__ = ["PitchStage", "PitchStageConfig"]


@dataclass(frozen=True)
class PitchStageConfig:
    """How the pitch reader is trained."""

    schedule: Schedule
    """Learning rate."""
    batch: int = 16
    """Crops per step."""
    frames: int = 100
    """Mel frames per crop."""
    predicted_share: float = 0.5
    """Share of crops whose mel is the acoustic model's."""
    pitch_noise: float = 0.15
    """Standard deviation of a shift of the phoneme pitch, so that the mel is believed more than it."""
    decay: float = 0.995
    """Of the averaged weights."""


class PitchStage:
    """Pitch reader and its averaged copy."""

    def __init__(
        self,
        config: PitchStageConfig,
        model: AcousticConfig,
        training: Sequence[Example],
        held_out: Sequence[Example],
        predicted_mels: dict[str, Tensor],
        make: Callable[[], PitchReader] | None = None,
    ) -> None:
        """`predicted_mels` are normalised [M, F], by clip, training and held-out clips alike.

        `make` makes the networks where they are not new ones.
        """
        self.config = config
        self.training = [example for example in training if example.mel.shape[1] > config.frames]
        self.held_out = held_out
        self.predicted_mels = predicted_mels
        make = make or (lambda: PitchReader(model))
        self.model = make()
        self.average = AveragedWeights(self.model, make(), config.decay)
        self.optimizer = torch.optim.AdamW(trainable(self.model), config.schedule.peak)

    def modules(self) -> dict[str, nn.Module]:
        """Networks by name."""
        return {"pitch": self.model, "result": self.average.copy}

    def optimizers(self) -> dict[str, tuple[torch.optim.Optimizer, Schedule]]:
        """Optimisers by name."""
        return {"pitch": (self.optimizer, self.config.schedule)}

    def step(self, number: int, chooser: np.random.Generator) -> dict[str, float]:
        """One step."""
        parts: list[list[Tensor]] = [[], [], [], []]
        for place in chooser.integers(len(self.training), size=self.config.batch):
            example = self.training[place]
            predicted = chooser.random() < self.config.predicted_share
            mel = self.predicted_mels[example.name] if predicted else example.mel
            start = int(chooser.integers(0, mel.shape[1] - self.config.frames))
            crop = slice(start, start + self.config.frames)
            phoneme_pitch = example.pitch[example.positions()[0][crop]]
            shift = self.config.pitch_noise * torch.randn(())
            arrays = (mel[:, crop], phoneme_pitch + shift, example.frame_pitch[crop], example.voiced[crop])
            for part, array in zip(parts, arrays, strict=True):
                part.append(array)
        mel, phoneme_pitch, pitch, voiced = (torch.stack(part) for part in parts)
        with torch.autocast("cpu", torch.bfloat16):
            read_pitch, voicing = self.model(mel, phoneme_pitch)
        pitch_loss = ((read_pitch - pitch) ** 2 * voiced).sum() / voiced.sum().clamp(min=1)
        voicing_loss = functional.binary_cross_entropy_with_logits(voicing, voiced)
        self.optimizer.zero_grad()
        (pitch_loss + voicing_loss).backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 2.0)
        self.optimizer.step()
        self.average.update(number)
        return {"pitch": pitch_loss.item(), "voicing": voicing_loss.item()}

    @torch.no_grad()
    def evaluate(self) -> dict[str, float]:
        """Pitch distance and share of frames of wrong voicing on held-out clips, from recorded and drawn mels."""
        found: dict[str, float] = {}
        for kind in ("recorded", "drawn"):
            errors, wrong = [], []
            for example in self.held_out:
                mel = example.mel if kind == "recorded" else self.predicted_mels[example.name]
                phoneme_pitch = example.pitch[example.positions()[0]]
                pitch, voicing = self.average.copy(mel[None], phoneme_pitch[None])
                squared = (pitch[0] - example.frame_pitch) ** 2 * example.voiced
                errors.append((squared.sum() / example.voiced.sum().clamp(min=1)).item())
                wrong.append(((voicing[0] > 0) != (example.voiced > 0)).float().mean().item())
            found |= {f"{kind}_pitch": float(np.mean(errors)), f"{kind}_voicing_error": float(np.mean(wrong))}
        found["score"] = found["drawn_pitch"] + found["drawn_voicing_error"]
        return found
