"""Training the prosody predictor: strongly regularised, and stopped where validation clips say so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from avatron.training.acoustic import AcousticConfig, Prosody, ProsodyPredictor
from avatron.training.acoustic_data import Example, PhonemeBatch, phoneme_batch
from avatron.training.adapters import trainable
from avatron.training.stage import AveragedWeights, Schedule

__all__ = ["ProsodyStage", "ProsodyStageConfig"]

VALIDATION_STRIDE, VALIDATION_OFFSET = 20, 10
"""Every 20th training clip, from the 10th, decides when to stop; the held-out clips only measure."""
SHORTEST_REST = 25
"""Phonemes that are left at least when the beginning of a clip is cut off."""


@dataclass(frozen=True)
class ProsodyStageConfig:
    """What the prosody predictor minimises, and how it is kept from learning by heart."""

    schedule: Schedule
    """Learning rate."""
    batch: int = 16
    """Clips per step."""
    duration_weight: float = 1.0
    """Weight of the Huber distance of ln durations."""
    pitch_weight: float = 0.5
    """Weight of the Huber distance of pitch."""
    energy_weight: float = 0.5
    """Weight of the Huber distance of energy."""
    hidden_share: float = 0.08
    """Share of phonemes that are hidden."""
    cut_share: float = 0.5
    """Share of clips whose beginning is cut off at a word."""
    weight_decay: float = 0.05
    """Of the optimiser."""
    decay: float = 0.995
    """Of the averaged weights."""


class ProsodyStage:
    """Prosody predictor and its averaged copy."""

    def __init__(
        self,
        config: ProsodyStageConfig,
        model: AcousticConfig,
        training: Sequence[Example],
        held_out: Sequence[Example],
        make: Callable[[], ProsodyPredictor] | None = None,
    ) -> None:
        """`make` makes the networks where they are not new ones."""
        self.config = config
        places = range(len(training))
        self.validation = [training[place] for place in places if place % VALIDATION_STRIDE == VALIDATION_OFFSET]
        self.training = [training[place] for place in places if place % VALIDATION_STRIDE != VALIDATION_OFFSET]
        self.held_out = held_out
        make = make or (lambda: ProsodyPredictor(model))
        self.model = make()
        self.average = AveragedWeights(self.model, make(), config.decay)
        self.optimizer = torch.optim.AdamW(
            trainable(self.model),
            config.schedule.peak,
            betas=(0.9, 0.98),
            weight_decay=config.weight_decay,
        )

    def modules(self) -> dict[str, nn.Module]:
        """Networks by name."""
        return {"prosody": self.model, "result": self.average.copy}

    def optimizers(self) -> dict[str, tuple[torch.optim.Optimizer, Schedule]]:
        """Optimisers by name."""
        return {"prosody": (self.optimizer, self.config.schedule)}

    def distances(self, model: ProsodyPredictor, texts: PhonemeBatch, ids: Tensor) -> Prosody:
        """Huber distances; the lead's duration is not scored, for it is chosen and not predicted."""
        predicted = model(ids, texts.word_initial, texts.mask)
        mask = texts.mask[:, 0]
        after_lead = mask.clone()
        after_lead[:, 0] = 0
        wanted = Prosody(torch.log(texts.durations + 1.0), texts.pitch, texts.energy)
        masks = Prosody(after_lead, mask, mask)
        return Prosody(
            *(
                (functional.smooth_l1_loss(guess.float(), truth, beta=0.5, reduction="none") * scored).sum()
                / scored.sum()
                for guess, truth, scored in zip(predicted, wanted, masks, strict=True)
            )
        )

    def weighted(self, distances: Prosody) -> Tensor:
        """The sum that is minimised."""
        return (
            self.config.duration_weight * distances.log_duration
            + self.config.pitch_weight * distances.pitch
            + self.config.energy_weight * distances.energy
        )

    def step(self, number: int, chooser: np.random.Generator) -> dict[str, float]:
        """One step."""
        count = min(self.config.batch, len(self.training))
        places = chooser.choice(len(self.training), count, replace=False)
        texts = phoneme_batch([self._perhaps_cut(self.training[place], chooser) for place in places])
        hidden = torch.rand(texts.ids.shape) < self.config.hidden_share
        self.model.train()
        with torch.autocast("cpu", torch.bfloat16):
            distances = self.distances(self.model, texts, torch.where(hidden, 0, texts.ids))
        self.optimizer.zero_grad()
        self.weighted(distances).backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 2.0)
        self.optimizer.step()
        self.average.update(number)
        return {name: value.item() for name, value in distances._asdict().items()}

    def _perhaps_cut(self, example: Example, chooser: np.random.Generator) -> Example:
        """The clip from one of its words on, behind its lead: sentences begin in more ways than clips do."""
        count = len(example.ids)
        if chooser.random() >= self.config.cut_share:
            return example
        starts = np.nonzero(example.word_initial.numpy())[0]
        starts = starts[starts < count - SHORTEST_REST]
        if not len(starts):
            return example
        kept = torch.cat([torch.zeros(1, dtype=torch.long), torch.arange(int(chooser.choice(starts)), count)])
        return Example(
            example.name,
            example.ids[kept],
            example.word_initial[kept],
            example.durations[kept],
            example.pitch[kept],
            example.energy[kept],
            example.mel,
            example.frame_pitch,
            example.voiced,
        )

    @torch.no_grad()
    def evaluate(self) -> dict[str, float]:
        """Distances on the validation clips (`score`) and on the held-out ones."""
        found: dict[str, float] = {}
        for name, clips in (("validation", self.validation), ("held_out", self.held_out)):
            if not clips:
                continue
            texts = phoneme_batch(clips)
            distances = self.distances(self.average.copy, texts, texts.ids)
            found |= {f"{name}_{key}": value.item() for key, value in distances._asdict().items()}
            if name == "validation":
                found["score"] = self.weighted(distances).item()
        return found
