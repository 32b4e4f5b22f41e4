"""Training the aligner, and what it says of the corpus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from avatron.training.acoustic_data import SHORTEST_LEAD, Example
from avatron.training.aligner import Aligner, AlignerConfig, Tokens, diagonal_prior, reference_durations
from avatron.training.features import LEAD_FRAMES
from avatron.training.loop import AveragedWeights, Schedule
from avatron.training.monotonic import best_path, forward_sum

__all__ = ["AlignerStage", "AlignerStageConfig", "align", "boundary_errors_ms"]


@dataclass(frozen=True)
class AlignerStageConfig:
    """How the aligner is trained."""

    schedule: Schedule
    """Learning rate."""
    batch: int = 10
    """Clips per step, whole."""
    harden_after: int = 350
    """Step from which the best path is made more probable (KL term)."""
    harden_weight: float = 0.5
    """Weight of that."""
    decay: float = 0.99
    """Of the averaged weights."""


class AlignerStage:
    """Aligner and its averaged copy."""

    def __init__(
        self,
        config: AlignerStageConfig,
        model: AlignerConfig,
        training: Sequence[tuple[Example, Tokens]],
        held_out: Sequence[tuple[Example, Tokens]],
    ) -> None:
        self.config = config
        self.training, self.held_out = training, held_out
        self.model = Aligner(model)
        self.average = AveragedWeights(self.model, Aligner(model), config.decay)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), config.schedule.peak, weight_decay=1e-3)

    def modules(self) -> dict[str, nn.Module]:
        """Networks by name."""
        return {"aligner": self.model, "result": self.average.copy}

    def optimizers(self) -> dict[str, tuple[torch.optim.Optimizer, Schedule]]:
        """Optimisers by name."""
        return {"aligner": (self.optimizer, self.config.schedule)}

    def step(self, number: int, chooser: np.random.Generator) -> dict[str, float]:
        """One step on whole clips."""
        places = chooser.choice(len(self.training), min(self.config.batch, len(self.training)), replace=False)
        mels, ids, optional, priors = [], [], [], []
        for place in places:
            example, tokens = self.training[place]
            lead = int(chooser.integers(SHORTEST_LEAD, LEAD_FRAMES + 1))
            mel = example.mel[:, LEAD_FRAMES - lead :]
            mels.append(mel.T)
            ids.append(torch.from_numpy(tokens.ids))
            optional.append(torch.from_numpy(tokens.optional))
            priors.append(diagonal_prior(mel.shape[1], len(tokens.ids)))
        frames = torch.tensor([len(mel) for mel in mels])
        counts = torch.tensor([len(each) for each in ids])
        mask = (torch.arange(int(counts.max())) < counts[:, None]).float()[:, None]
        prior = torch.zeros(len(mels), int(frames.max()), int(counts.max()))
        for row, each in enumerate(priors):
            prior[row, : each.shape[0], : each.shape[1]] = torch.from_numpy(each)
        log_probability = self.model(
            pad_sequence(mels, batch_first=True).transpose(1, 2), pad_sequence(ids, batch_first=True), mask, prior
        )
        skippable = pad_sequence(optional, batch_first=True)
        total = forward_sum(log_probability, skippable, frames, counts)
        loss = -(total / frames).mean()
        logged = {"forward_sum": loss.item()}
        if number >= self.config.harden_after:
            hardened = self._harden(log_probability, optional, frames, counts)
            loss = loss + self.config.harden_weight * hardened
            logged["harden"] = hardened.item()
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 2.0)
        self.optimizer.step()
        self.average.update(number)
        return logged

    def _harden(self, log_probability: Tensor, optional: list[Tensor], frames: Tensor, counts: Tensor) -> Tensor:
        """Mean over frames of minus the log probability of the best path."""
        losses = []
        for row, (length, count) in enumerate(zip(frames.tolist(), counts.tolist(), strict=True)):
            own = log_probability[row, :length, :count]
            durations = best_path(own.detach().double().numpy(), optional[row].numpy())
            token_of_frame = torch.from_numpy(np.repeat(np.arange(count), durations))
            losses.append(-own[torch.arange(length), token_of_frame].mean())
        return torch.stack(losses).mean()

    def evaluate(self) -> dict[str, float]:
        """Boundary errors against the corpus's own alignment on held-out clips."""
        errors = np.concatenate([boundary_errors_ms(align(self.average.copy, *clip), *clip) for clip in self.held_out])
        mean = float(errors.mean())
        return {"boundary_mean_ms": mean, "boundary_median_ms": float(np.median(errors)), "score": mean}


@torch.no_grad()
def align(aligner: Aligner, example: Example, tokens: Tokens) -> NDArray[np.int64]:
    """[P] frames of each token of a clip with its whole lead."""
    frames, count = example.mel.shape[1], len(tokens.ids)
    prior = torch.from_numpy(diagonal_prior(frames, count)).float()[None]
    log_probability = aligner(example.mel[None], torch.from_numpy(tokens.ids)[None], torch.ones(1, 1, count), prior)
    return best_path(log_probability[0].double().numpy(), tokens.optional)


def boundary_errors_ms(
    durations: NDArray[np.int64], example: Example, tokens: Tokens, frame_ms: float = 256 / 22.05
) -> NDArray[np.float64]:
    """Distance of each phoneme's start from the one in the corpus's own alignment, pauses apart."""
    spoken = tokens.phonemes >= 0
    starts = np.cumsum(durations) - durations
    reference = reference_durations(tokens, example)
    wanted = np.cumsum(reference) - reference
    return np.asarray(np.abs(starts - wanted)[spoken] * frame_ms)
