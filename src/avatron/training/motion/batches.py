"""Windows of clips, many at a time, each at a pace of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from avatron.errors import InvalidValueError
from avatron.motion.decoder.features import LONGEST_AGE_S, UNKNOWN_CLASS
from avatron.training.motion.examples import MotionExample

__all__ = ["Batch", "WindowConfig", "draw_batch", "whole_batch"]

LONGEST_SPAN_FRAMES = 16
SPAN_MARGIN_COLUMNS = 1
"""A closure may come this much before or after its sound: alignments err."""


@dataclass(frozen=True)
class WindowConfig:
    """What a step learns from.

    Raises:
        InvalidValueError: a number that is out of range.
    """

    batch: int = 16
    """Windows."""
    frames: int = 96
    """Frames of the decoder in each that are scored."""
    pace: tuple[float, float] = (0.85, 1.3)
    """Windows are sped up by a factor between these: films are slower than voices."""
    beginning_share: float = 0.25
    """How many windows start where their clip does."""
    embedding_noise: float = 0.05
    """Standard deviation of noise on the text embedding, as a share of its own."""
    without_transcript: float = 0.15
    """How many windows are told no phonemes, as speech without transcript is."""
    without_style: float = 0.1
    """How many windows are told no style: the mean of all subjects."""

    def __post_init__(self) -> None:
        for name in ("batch", "frames"):
            if getattr(self, name) < 1:
                raise InvalidValueError(f"{name} {getattr(self, name)} is below 1")
        if not 0.5 <= self.pace[0] <= self.pace[1] <= 2:
            raise InvalidValueError(f"pace {self.pace} is outside 0.5 .. 2, or falls")
        for name in ("beginning_share", "without_transcript", "without_style"):
            if not 0 <= getattr(self, name) <= 1:
                raise InvalidValueError(f"{name} {getattr(self, name):g} is outside 0 .. 1")
        if not self.embedding_noise >= 0:
            raise InvalidValueError(f"embedding_noise {self.embedding_noise:g} is below 0")


@dataclass(frozen=True, eq=False)
class Batch:
    """B windows of F mel columns and T frames; the columns after frame T - 1 are its look-ahead."""

    embedding: Tensor
    """[B, D, F]."""
    phoneme_class: Tensor
    """[B, F]."""
    age: Tensor
    """[B, F]."""
    style: Tensor
    """[B, S] weights of the subjects."""
    mel: Tensor
    """[B, M, F]."""
    target: Tensor
    """[B, T, O]."""
    weight: Tensor
    """[B, T]."""
    silence: Tensor
    """[B, T]."""
    closures: Tensor
    """[B, K, L] frames of each closure, -1 where there is none."""
    contacts: Tensor
    """[B, K, L] the same of teeth on lip."""
    first: int
    """Number of the first frame on the clock, for periodic positions."""

    @property
    def condition(self) -> tuple[Tensor, Tensor]:
        """(phoneme class [B, T], style [B, S]): what a discriminator is told."""
        return self.phoneme_class[:, : 2 * self.target.shape[1] : 2], self.style


def draw_batch(
    examples: Sequence[MotionExample],
    styles: int,
    config: WindowConfig,
    columns: int,
    chooser: np.random.Generator,
    shares: NDArray[np.float64] | None = None,
) -> Batch:
    """Random windows of `columns` mel columns; `shares` [N] says how likely each clip is."""
    places = chooser.choice(len(examples), config.batch, p=shares)
    windows = []
    for place in places:
        example = examples[place]
        pace = float(np.exp(chooser.uniform(*np.log(config.pace))))
        last = max(example.columns - pace * 2 * config.frames, 0.0)
        start = 0.0 if chooser.random() < config.beginning_share else float(chooser.uniform(0, last))
        windows.append(_window(example, start, pace, config.frames, columns))
    told = chooser.random(config.batch) >= config.without_transcript
    noise = config.embedding_noise * chooser.standard_normal((config.batch, *windows[0]["embedding"].shape), np.float32)
    embedding = np.stack([window["embedding"] for window in windows])
    weights = np.eye(styles, dtype=np.float32)[[examples[place].style for place in places]]
    weights[chooser.random(config.batch) < config.without_style] = 1 / styles
    return _batch(windows, embedding + noise * embedding.std(), told, weights, 2 * int(chooser.integers(0, 1000)))


def whole_batch(example: MotionExample, styles: int, columns_for: Any, *, block: int = 2) -> Batch:
    """All of one clip, as it is, with silence after its end; `columns_for` says how many columns frames need."""
    frames = -(-len(example.target) // block) * block
    window = _window(example, 0.0, 1.0, frames, columns_for(frames))
    weights = np.eye(styles, dtype=np.float32)[[example.style]]
    return _batch([window], window["embedding"][None], np.array([True]), weights, 0)


def _window(example: MotionExample, start: float, pace: float, frames: int, columns: int) -> dict[str, NDArray[Any]]:
    """`columns` mel columns of the example from `start` on, `pace` apart, and its motion at every second one."""
    place = start + pace * np.arange(columns)
    column = np.minimum(np.floor(place).astype(np.int64), example.columns - 1)
    age_s = (np.minimum(place, example.columns - 1) - example.phoneme_start[column]) / pace / example.frame_rate
    # After the clip comes more of its last pause, at which nothing is to be learned.
    moment = place[: 2 * frames : 2] / 2
    before = np.minimum(np.floor(moment).astype(np.int64), len(example.target) - 1)
    after = np.minimum(before + 1, len(example.target) - 1)
    share = (moment - np.floor(moment)).astype(np.float32)[:, None]
    target = example.target[before] * (1 - share) + example.target[after] * share
    inside = moment <= len(example.target) - 1
    return {
        "embedding": example.embedding[:, column].astype(np.float32),
        "phoneme_class": example.phoneme_class[column].astype(np.int64),
        "age": np.clip(age_s / LONGEST_AGE_S, 0, 1).astype(np.float32),
        "mel": example.mel[:, column].astype(np.float32),
        "target": target.astype(np.float32),
        "weight": (np.minimum(example.weight[before], example.weight[after]) * inside).astype(np.float32),
        "silence": (example.silence[before] * inside).astype(np.float32),
        "closures": _frames_of(example.closures, start, pace, frames),
        "contacts": _frames_of(example.contacts, start, pace, frames),
    }


def _frames_of(spans: NDArray[np.int32], start: float, pace: float, frames: int) -> NDArray[np.int64]:
    """[K, L] frames of the window that lie in each span of columns and are all in it; -1 fills up."""
    rows = []
    for first, past_last in spans:
        low = int(np.ceil((first - SPAN_MARGIN_COLUMNS - start) / pace / 2))
        high = int(np.floor((past_last + SPAN_MARGIN_COLUMNS - start) / pace / 2))
        if low < 0 or high >= frames or high < low:
            continue
        inside = np.arange(low, high + 1)[:LONGEST_SPAN_FRAMES]
        rows.append(np.pad(inside, (0, LONGEST_SPAN_FRAMES - len(inside)), constant_values=-1))
    return np.array(rows, np.int64).reshape(-1, LONGEST_SPAN_FRAMES)


def _batch(
    windows: list[dict[str, NDArray[Any]]],
    embedding: NDArray[np.float32],
    told: NDArray[np.bool_],
    style: NDArray[np.float32],
    first: int,
) -> Batch:
    stacked = {
        name: np.stack([window[name] for window in windows])
        for name in ("phoneme_class", "age", "mel", "target", "weight", "silence")
    }
    stacked["phoneme_class"] = np.where(told[:, None], stacked["phoneme_class"], UNKNOWN_CLASS)
    stacked["age"] = stacked["age"] * told[:, None].astype(np.float32)
    for name in ("closures", "contacts"):
        most = max(1, *(len(window[name]) for window in windows))
        stacked[name] = np.stack(
            [np.pad(window[name], ((0, most - len(window[name])), (0, 0)), constant_values=-1) for window in windows]
        )
    tensors = {name: torch.from_numpy(np.ascontiguousarray(values)) for name, values in stacked.items()}
    return Batch(embedding=torch.from_numpy(embedding), style=torch.from_numpy(style), first=first, **tensors)
