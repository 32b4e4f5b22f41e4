"""Training the encoder of speech: the text embedding and the sound of each column, however it was recorded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from avatron.core.audio import Audio
from avatron.io.resample import resample_audio
from avatron.signal.mel import log_mel
from avatron.training.listening.augment import AugmentConfig, augmented
from avatron.training.listening.recordings import Recording
from avatron.training.stage import AveragedWeights, Schedule
from avatron.voice.listening.features import HEARING, SILENT_FEATURE, LevelFollower
from avatron.voice.listening.sounds import BASE_OF_SOUND, SOUND_OF_ID

__all__ = [
    "UNKNOWN",
    "ColumnNetwork",
    "EncoderStage",
    "EncoderStageConfig",
    "Excerpt",
    "Hear",
    "excerpt_of",
    "heard_mel",
]

UNKNOWN = -1
"""Sound of a column of which nobody knows it."""
BABBLERS = 4
"""Voices of babble."""

Hear = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""Samples [N] at the rate of `HEARING` -> [C, N // hop], what a network is given of each column."""


@dataclass(frozen=True)
class EncoderStageConfig:
    """How the encoder of speech is trained."""

    schedule: Schedule
    """Learning rate."""
    batch: int = 16
    """Excerpts a step ..."""
    fresh: int = 5
    """... of which this many are recorded anew for it; the others were heard before."""
    remembered: int = 1200
    """How many of those that were heard before may come again."""
    columns: int = 256
    """Columns of an excerpt, 3 s; even."""
    smoothing: float = 0.04
    """Share of the answer that goes to all sounds: alignments are a column or two off."""
    sound_weight: float = 1.0
    """Of the cross entropy."""
    embedding_weight: float = 1.0
    """Of the squared error of the embedding, in standard deviations."""
    angle_weight: float = 1.0
    """Of one minus the cosine of the embedding."""
    decay: float = 0.995
    """Of the averaged weights."""
    shares: tuple[float, ...] = (0.5, 0.25, 0.25)
    """How many of the excerpts come from each corpus."""
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    """What is done to them."""


@dataclass(frozen=True, eq=False)
class Excerpt:
    """What is learned from at once."""

    features: NDArray[np.float16]
    """[M, left + F + right]."""
    sounds: NDArray[np.int64]
    """[F] numbers of `HEARD_SYMBOLS`, `UNKNOWN` where nobody knows."""
    embedding: NDArray[np.float16]
    """[D, F]."""


def heard_mel(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """[M, F] what the encoder `mel` hears of samples [N] at the rate of `HEARING`."""
    return LevelFollower().features(log_mel(Audio(samples, HEARING.sample_rate)))


def excerpt_of(
    recording: Recording,
    context: tuple[int, int],
    columns: int | None = None,
    *,
    start: int = 0,
    speed: float = 1.0,
    change: Callable[[NDArray[np.float32]], NDArray[np.float32]] | None = None,
    hear: Hear = heard_mel,
    silent: float = SILENT_FEATURE,
) -> Excerpt:
    """`columns` of a recording (all of it if None) from sample `start` on, played at `speed`.

    `change` is what happens to the samples before they are heard; what lies beyond the recording is `silent`.
    """
    hop, rate = HEARING.hop_length, HEARING.sample_rate
    if columns is None:
        columns = 2 * (len(recording.samples) // hop // 2)
    left, right = context
    wanted = round((columns + right + 2) * hop * speed)
    before = min(start, round(left * hop * speed))
    own = recording.waveform(start - before, start + wanted)
    played = own if speed == 1 else resample_audio(Audio(own, round(rate * speed)), rate).samples
    heard = hear(played if change is None else change(played))
    lead = round(before / speed / hop)
    heard = heard[:, : lead + columns + right]
    features = np.full((len(heard), left + columns + right), silent, np.float16)
    features[:, left - lead : left - lead + heard.shape[1]] = heard
    phoneme = recording.phoneme_of(columns, speed, start / rate)
    sounds = np.where(np.arange(columns) < heard.shape[1] - lead, SOUND_OF_ID[recording.ids[phoneme]], UNKNOWN)
    return Excerpt(features, sounds, recording.embedding[:, phoneme])


def _part(recording: Recording, length: int, random: np.random.Generator) -> NDArray[np.float32]:
    start = int(random.integers(max(1, len(recording.samples) - length)))
    return recording.waveform(start, start + length)


class ColumnNetwork(Protocol):
    """What is trained: features [B, C, left + F + right] -> (text embedding [B, D, F], logits [B, K, F])."""

    embedding_mean: Tensor
    embedding_scale: Tensor

    @property
    def context(self) -> tuple[int, int]:
        """Columns before and after those that are asked about."""


class EncoderStage:
    """The network and its averaged copy."""

    def __init__(
        self,
        config: EncoderStageConfig,
        make: Callable[[], Any],
        corpora: Sequence[Sequence[Recording]],
        *,
        hear: Hear = heard_mel,
        silent: float = SILENT_FEATURE,
        evaluated: int = 24,
    ) -> None:
        """`make` gives a new `ColumnNetwork`, which learns from what `hear` makes of samples.

        `corpora` have a share each in the config; `evaluated` clips that are held out are heard at evaluations.
        """
        self.config = config
        self.model, copy = make(), make()
        self._hear, self._silent = hear, silent
        self.training = [[each for each in corpus if not each.held_out] for corpus in corpora]
        held_out = [[each for each in corpus if each.held_out] for corpus in corpora]
        each = max(1, evaluated // max(1, len(corpora)))
        self.held_out = [
            excerpt_of(one, self.model.context, hear=hear, silent=silent)
            for corpus in held_out
            for one in corpus[:: max(1, len(corpus) // each)]
        ]
        self._measure()
        self.average = AveragedWeights(self.model, copy, config.decay)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), config.schedule.peak, weight_decay=0.02)
        self._lengths = [np.array([len(one.samples) for one in corpus], float) for corpus in self.training]
        self._memory: list[Excerpt] = []
        self._made = 0

    def modules(self) -> dict[str, nn.Module]:
        """Networks by name."""
        return {"encoder": self.model, "result": self.average.copy}

    def optimizers(self) -> dict[str, tuple[torch.optim.Optimizer, Schedule]]:
        """Optimisers by name."""
        return {"encoder": (self.optimizer, self.config.schedule)}

    def step(self, number: int, chooser: np.random.Generator) -> dict[str, float]:
        """One step."""
        batch = self._batch(chooser)
        self.model.train()
        with torch.autocast("cpu", torch.bfloat16):
            said = self.model(torch.from_numpy(np.stack([each.features for each in batch])).float())
        losses = self._losses(said, *_targets(batch))
        self.optimizer.zero_grad()
        torch.stack(list(losses.values())).sum().backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 2.0)
        self.optimizer.step()
        self.average.update(number)
        return {name: loss.item() for name, loss in losses.items()}

    @torch.no_grad()
    def evaluate(self) -> dict[str, float]:
        """Of the averaged weights on clips that are not trained on, as they are: shares of columns, mean cosine."""
        right, base_right, count, cosine, loss = 0, 0, 0, 0.0, 0.0
        base = torch.from_numpy(BASE_OF_SOUND)
        for each in self.held_out:
            said = self.average.copy(torch.from_numpy(each.features[None]).float())
            sounds, embedding = _targets([each])
            losses = self._losses(said, sounds, embedding)
            known = sounds[0] >= 0
            found, truth = said[1][0].argmax(0)[known], sounds[0][known]
            right += int((found == truth).sum())
            base_right += int((base[found] == base[truth]).sum())
            cosine += float(functional.cosine_similarity(said[0][0], embedding[0], dim=0)[known].sum())
            count += int(known.sum())
            loss += float(sum(losses.values())) * int(known.sum())
        return {
            "accuracy": right / count,
            "base_accuracy": base_right / count,
            "cosine": cosine / count,
            "score": loss / count,
        }

    def _losses(self, said: tuple[Tensor, Tensor], sounds: Tensor, embedding: Tensor) -> dict[str, Tensor]:
        config, (found, logits) = self.config, said
        known = (sounds >= 0).float()
        count = known.sum().clamp(min=1)
        sound = functional.cross_entropy(logits.float(), sounds, ignore_index=UNKNOWN, label_smoothing=config.smoothing)
        scale = self.model.embedding_scale[:, None]
        squares = (((found - embedding) / scale).square().mean(1) * known).sum() / count
        angle = ((1 - functional.cosine_similarity(found, embedding, dim=1)) * known).sum() / count
        return {
            "sound": config.sound_weight * sound,
            "embedding": config.embedding_weight * squares,
            "angle": config.angle_weight * angle,
        }

    def _measure(self) -> None:
        """Mean and deviation of the embedding over the time of all recordings."""
        every = [each for corpus in self.training for each in corpus]
        lengths = np.concatenate([np.diff(each.end_s, prepend=0.0) for each in every])
        embedding = np.concatenate([each.embedding for each in every], axis=1).astype(np.float64)
        mean = np.average(embedding, axis=1, weights=lengths)
        deviation = np.sqrt(np.average(np.square(embedding - mean[:, None]), axis=1, weights=lengths))
        self.model.embedding_mean.copy_(torch.from_numpy(mean))
        self.model.embedding_scale.copy_(torch.from_numpy(np.maximum(deviation, 1e-3)))

    def _batch(self, chooser: np.random.Generator) -> list[Excerpt]:
        fresh = [self._fresh(chooser) for _ in range(self.config.fresh)]
        old: list[Excerpt] = []
        if self._memory:
            old = [self._memory[place] for place in chooser.integers(len(self._memory), size=self.config.batch)]
        for excerpt in fresh:
            if len(self._memory) < self.config.remembered:
                self._memory.append(excerpt)
            else:
                self._memory[self._made % self.config.remembered] = excerpt
            self._made += 1
        return [*fresh, *old][: self.config.batch]

    def _fresh(self, chooser: np.random.Generator) -> Excerpt:
        shares = np.array(self.config.shares[: len(self.training)])
        corpus = int(chooser.choice(len(shares), p=shares / shares.sum()))
        lengths = self._lengths[corpus]
        recording = self.training[corpus][int(chooser.choice(len(lengths), p=lengths / lengths.sum()))]
        speed = float(chooser.uniform(*self.config.augment.speeds))
        wanted = round(self.config.columns * HEARING.hop_length * speed)
        start = int(chooser.integers(max(1, len(recording.samples) - wanted)))
        corpora = chooser.integers(len(shares), size=BABBLERS)
        babblers = [self.training[one][int(chooser.integers(len(self.training[one])))] for one in corpora]

        def change(samples: NDArray[np.float32]) -> NDArray[np.float32]:
            others = [_part(one, len(samples), chooser) for one in babblers]
            return augmented(samples, HEARING.sample_rate, others, chooser, self.config.augment)

        return excerpt_of(
            recording,
            self.model.context,
            self.config.columns,
            start=start,
            speed=speed,
            change=change,
            hear=self._hear,
            silent=self._silent,
        )


def _targets(batch: Sequence[Excerpt]) -> tuple[Tensor, Tensor]:
    sounds = torch.from_numpy(np.stack([each.sounds for each in batch]))
    return sounds, torch.from_numpy(np.stack([each.embedding for each in batch])).float()
