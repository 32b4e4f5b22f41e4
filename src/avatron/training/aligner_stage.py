"""Training the aligner, and what it says of the corpus."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.utils.rnn import pad_sequence

from avatron.training.acoustic_data import SHORTEST_LEAD, Example
from avatron.training.aligner import (
    Aligner,
    AlignerConfig,
    Tokens,
    diagonal_prior,
    reference_durations,
    states_of,
)
from avatron.training.features import LEAD_FRAMES
from avatron.training.monotonic import NEVER, best_path, forward_sum
from avatron.training.stage import AveragedWeights, Schedule

__all__ = ["AlignerStage", "AlignerStageConfig", "align", "boundary_errors_ms"]

SHARE_MEMORY = 0.95
"""How much of the mean shares is kept at a step; a batch is about a minute of speech."""


@dataclass(frozen=True)
class AlignerStageConfig:
    """How the aligner is trained."""

    schedule: Schedule
    """Learning rate."""
    batch: int = 10
    """Clips per step, whole."""
    prior_steps: int = 100
    """Steps over which the diagonal prior fades."""
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
        mels, states, optional, priors = [], [], [], []
        for place in places:
            example, tokens = self.training[place]
            lead = int(chooser.integers(SHORTEST_LEAD, LEAD_FRAMES + 1))
            mels.append(example.mel[:, LEAD_FRAMES - lead :].T)
            walked = states_of(tokens)
            states.append(torch.from_numpy(walked.states))
            optional.append(torch.from_numpy(walked.optional))
            priors.append(torch.from_numpy(diagonal_prior(len(mels[-1]), len(walked.states))).float())
        frames = torch.tensor([len(mel) for mel in mels])
        counts = torch.tensor([len(each) for each in states])

        nearness = self.model(pad_sequence(mels, batch_first=True).transpose(1, 2))
        heard = nearness[torch.arange(nearness.shape[1]) < frames[:, None]]
        log_share = heard.logsumexp(dim=0) - math.log(len(heard))
        self._remember(log_share.detach(), number)
        visited = pad_sequence(states, batch_first=True)[:, None].expand(-1, nearness.shape[1], -1)
        log_likelihood = (nearness - log_share).gather(2, visited)
        led = torch.zeros_like(log_likelihood)
        for row, prior in enumerate(priors):
            led[row, : prior.shape[0], : prior.shape[1]] = prior
        share = max(0.0, 1 - number / self.config.prior_steps) if self.config.prior_steps else 0.0
        total = forward_sum(log_likelihood + share * led, pad_sequence(optional, batch_first=True), frames, counts)
        loss = -(total / frames).mean()
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 2.0)
        self.optimizer.step()
        self.average.update(number)
        return {"forward_sum": loss.item()}

    def _remember(self, log_share: torch.Tensor, number: int) -> None:
        memory = min(SHARE_MEMORY, number / (number + 1))
        self.model.log_share.lerp_(log_share, 1 - memory)

    def evaluate(self) -> dict[str, float]:
        """Boundary errors against the corpus's own alignment on held-out clips."""
        errors = np.concatenate([boundary_errors_ms(align(self.average.copy, *clip), *clip) for clip in self.held_out])
        mean = float(errors.mean())
        return {"boundary_mean_ms": mean, "boundary_median_ms": float(np.median(errors)), "score": mean}


@torch.no_grad()
def align(aligner: Aligner, example: Example, tokens: Tokens) -> NDArray[np.int64]:
    """[P] frames of each token of a clip with its whole lead.

    The lead was put in front of the recording, so the first token has at least that.
    """
    walked = states_of(tokens)
    log_likelihood = aligner.log_likelihood(example.mel[None])[0, :, torch.from_numpy(walked.states)]
    log_likelihood[:LEAD_FRAMES, 1:] = NEVER
    return walked.token_durations(best_path(log_likelihood.double().numpy(), walked.optional))


def boundary_errors_ms(
    durations: NDArray[np.int64], example: Example, tokens: Tokens, frame_ms: float = 256 / 22.05
) -> NDArray[np.float64]:
    """Distance of each phoneme's start from the one in the corpus's own alignment, pauses apart."""
    spoken = tokens.phonemes >= 0
    starts = np.cumsum(durations) - durations
    reference = reference_durations(tokens, example)
    wanted = np.cumsum(reference) - reference
    return np.asarray(np.abs(starts - wanted)[spoken] * frame_ms)
