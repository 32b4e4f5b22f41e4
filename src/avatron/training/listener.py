"""Training the listener of `avatron.track.speech`: which sound is heard in each frame, whoever speaks.

One reader is not enough to learn from, so the features are bent on the fly: the vocal tract's length, the microphone's
colour, room, noise and a codec's upper edge. What is left in common is the sounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from avatron.track.speech.features import HEARING, normalised
from avatron.track.speech.listener import LAYERS, Listener
from avatron.track.speech.sounds import STATES
from avatron.training.stage import AveragedWeights, Schedule

__all__ = ["UNKNOWN", "HeardClip", "ListenerNet", "ListenerStage", "ListenerStageConfig", "bent"]

UNKNOWN = -1
"""State of a frame whose sound nobody knows."""


@dataclass(frozen=True, eq=False)
class HeardClip:
    """One recording, at one speed."""

    name: str
    mel: NDArray[np.float16]
    """[F, 40] log mel of `heard_mel`."""
    states: NDArray[np.int16]
    """[F] of the listener, `UNKNOWN` where nobody knows."""


@dataclass(frozen=True)
class ListenerStageConfig:
    """How the listener is trained."""

    schedule: Schedule
    """Learning rate."""
    batch: int = 16
    """Crops per step."""
    crop: int = 320
    """Frames of each: 3.2 s."""
    smoothing: float = 0.02
    """Share of the answer that goes to all states: alignments are a frame off here and there."""
    decay: float = 0.99
    """Of the averaged weights."""
    warp: float = 0.12
    """Largest change of the vocal tract's length, as a share."""
    colour: float = 0.7
    """Of the microphone: standard deviation of each of its waves, natural log."""
    quietest_noise: float = 9.0
    """Noise lies this far below the loud frames, natural log, down to 1.5: from 78 dB to 13 dB."""


class ListenerNet(nn.Module):
    """features [B, 40, F] -> logits [B, STATES, F]."""

    log_prior: Tensor
    """[STATES]."""

    def __init__(self, dropout: float = 0.1) -> None:
        super().__init__()
        channels = [HEARING.bins, *(layer.width for layer in LAYERS)]
        self.layers = nn.ModuleList(
            nn.Conv1d(*ends, layer.taps, dilation=layer.dilation, padding=layer.dilation * (layer.taps // 2))
            for layer, ends in zip(LAYERS, pairwise(channels), strict=True)
        )
        self.dropout = nn.Dropout1d(dropout)
        self.register_buffer("log_prior", torch.zeros(STATES))

    def forward(self, features: Tensor) -> Tensor:
        """[B, STATES, F]."""
        values = features
        for place, layer in enumerate(self.layers):
            values = layer(values)
            if place + 1 < len(self.layers):
                values = self.dropout(torch.relu(values))
        return values

    def listener(self) -> Listener:
        """The same network for NumPy."""
        stored = {name: tensor.detach().numpy() for name, tensor in self.state_dict().items()}
        places = range(len(self.layers))
        return Listener(
            tuple(np.ascontiguousarray(stored[f"layers.{place}.weight"].transpose(2, 1, 0)) for place in places),
            tuple(stored[f"layers.{place}.bias"] for place in places),
            stored["log_prior"],
        )


class ListenerStage:
    """Network and its averaged copy."""

    def __init__(
        self,
        config: ListenerStageConfig,
        training: Sequence[tuple[float, Sequence[HeardClip]]],
        held_out: Sequence[HeardClip],
    ) -> None:
        """`training`: corpora with the share of the crops that each gives."""
        self.config, self.training, self.held_out = config, training, held_out
        self.model = ListenerNet()
        self.model.log_prior = torch.from_numpy(_log_prior(training))
        self.average = AveragedWeights(self.model, ListenerNet(), config.decay)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), config.schedule.peak, weight_decay=1e-2)
        shares = np.array([share for share, _ in training])
        self._shares = shares / shares.sum()
        self._lengths = [np.array([len(clip.mel) for clip in clips], float) for _, clips in training]

    def modules(self) -> dict[str, nn.Module]:
        """Networks by name."""
        return {"listener": self.model, "result": self.average.copy}

    def optimizers(self) -> dict[str, tuple[torch.optim.Optimizer, Schedule]]:
        """Optimisers by name."""
        return {"listener": (self.optimizer, self.config.schedule)}

    def step(self, number: int, chooser: np.random.Generator) -> dict[str, float]:
        """One step on crops of recordings."""
        crops = [self._crop(chooser) for _ in range(self.config.batch)]
        features = torch.from_numpy(np.stack([mel for mel, _ in crops])).transpose(1, 2)
        states = torch.from_numpy(np.stack([states for _, states in crops]))
        with torch.autocast("cpu", torch.bfloat16):
            logits = self.model(features)
        loss = nn.functional.cross_entropy(
            logits.float(), states, ignore_index=UNKNOWN, label_smoothing=self.config.smoothing
        )
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 2.0)
        self.optimizer.step()
        self.average.update(number)
        return {"cross_entropy": loss.item()}

    def evaluate(self) -> dict[str, float]:
        """Cross-entropy and share of frames whose state is the likeliest, on clips that are not trained on, unbent."""
        listener = self.average.copy.listener()
        surprise, right, count = 0.0, 0, 0
        for clip in self.held_out:
            log_shares = listener.log_shares(normalised(clip.mel.astype(np.float32)))
            known = np.flatnonzero(clip.states >= 0)
            surprise -= float(log_shares[known, clip.states[known]].sum())
            right += int((log_shares[known].argmax(axis=1) == clip.states[known]).sum())
            count += len(known)
        return {"accuracy": right / count, "score": surprise / count}

    def _crop(self, chooser: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        corpus = chooser.choice(len(self._shares), p=self._shares)
        lengths = self._lengths[corpus]
        clip = self.training[corpus][1][chooser.choice(len(lengths), p=lengths / lengths.sum())]
        wanted = self.config.crop
        start = int(chooser.integers(0, max(1, len(clip.mel) - wanted + 1)))
        states = clip.states[start : start + wanted].astype(np.int64)
        mel = normalised(bent(clip.mel[start : start + wanted].astype(np.float32), self.config, chooser))
        missing = wanted - len(mel)
        return np.pad(mel, ((0, missing), (0, 0))), np.pad(states, (0, missing), constant_values=UNKNOWN)


def bent(mel: NDArray[np.float32], config: ListenerStageConfig, chooser: np.random.Generator) -> NDArray[np.float32]:
    """[F, 40] the recording's log mel [F, 40] as another head, room and microphone would have made it."""
    frames, bins = mel.shape
    places = np.clip(np.arange(bins) * (1 + chooser.uniform(-config.warp, config.warp)), 0, bins - 1)
    below = np.minimum(places.astype(int), bins - 2)
    share = (places - below).astype(np.float32)
    result = mel[:, below] * (1 - share) + mel[:, below + 1] * share
    if chooser.random() < 0.3:
        result = _in_a_room(result, chooser.uniform(0.03, 0.2))
    angle = np.linspace(0, np.pi, bins)
    waves = chooser.normal(0, config.colour, 4)
    result = result + sum(wave * np.cos(number * angle) for number, wave in enumerate(waves, 1))
    loud = np.percentile(result.mean(axis=1), 95)
    floor = loud - chooser.uniform(1.5, config.quietest_noise) + chooser.normal(0, 0.7) * np.cos(angle)
    noise = floor + chooser.normal(0, 0.3, (frames, bins))
    result = 0.5 * np.logaddexp(2 * result, 2 * noise)
    if chooser.random() < 0.2:
        result[:, int(chooser.integers(22, bins)) :] = result.min() - 1
    return result.astype(np.float32)


def _in_a_room(mel: NDArray[np.float32], decay_s: float) -> NDArray[np.float32]:
    """With an exponential echo whose power falls by 1 / e in `decay_s`, 10 dB below at its start."""
    power = np.exp(2 * mel)
    result = power.copy()
    for frame in range(1, min(20, len(mel))):
        result[frame:] += 0.1 * np.exp(-frame * 0.01 / decay_s) * power[:-frame]
    return np.asarray(0.5 * np.log(result), np.float32)


def _log_prior(training: Sequence[tuple[float, Sequence[HeardClip]]]) -> NDArray[np.float32]:
    """[STATES]; states that never come are given one frame in a hundred thousand."""
    total = np.full(STATES, 1e-5)
    for share, clips in training:
        states = np.concatenate([clip.states for clip in clips])
        known = states[states >= 0]
        total += share * np.bincount(known, minlength=STATES) / max(len(known), 1)
    return np.log(total / total.sum()).astype(np.float32)
