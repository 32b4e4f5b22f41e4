"""Batches for the acoustic model: whole texts for the encoder, crops of frames for the decoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from avatron.training.acoustic import frame_positions
from avatron.training.features import LEAD_FRAMES, ClipFeatures
from avatron.training.labels import (
    ENERGY_CENTRE,
    ENERGY_SCALE,
    PITCH_CENTRE,
    PITCH_SCALE,
    ClipLabels,
)

__all__ = ["SHORTEST_LEAD", "Example", "PhonemeBatch", "denormalised_mel", "examples", "phoneme_batch"]

SHORTEST_LEAD = 4
"""Frames of room tone that are left in front of a clip at least."""


@dataclass(frozen=True, eq=False)
class Example:
    """One clip as tensors, normalised, with the whole lead."""

    name: str
    ids: Tensor
    """[P]."""
    word_initial: Tensor
    """[P]."""
    durations: Tensor
    """[P]."""
    pitch: Tensor
    """[P]."""
    energy: Tensor
    """[P]."""
    mel: Tensor
    """[M, F]."""
    frame_pitch: Tensor
    """[F]."""
    voiced: Tensor
    """[F]."""

    def with_lead(self, frames: int) -> Example:
        """The clip with only that many frames of its lead."""
        cut = LEAD_FRAMES - frames
        durations = self.durations.clone()
        durations[0] -= cut
        return Example(
            self.name,
            self.ids,
            self.word_initial,
            durations,
            self.pitch,
            self.energy,
            self.mel[:, cut:],
            self.frame_pitch[cut:],
            self.voiced[cut:],
        )

    def positions(self) -> tuple[Tensor, Tensor]:
        """(phone of each frame [F], position features [3, F])."""
        return frame_positions(self.durations)


def examples(features: Sequence[ClipFeatures], labels: Sequence[ClipLabels]) -> tuple[Example, ...]:
    """The clips as tensors."""
    return tuple(
        Example(
            name=clip.name,
            ids=torch.from_numpy(label.ids),
            word_initial=torch.from_numpy(label.word_initial),
            durations=torch.from_numpy(label.durations),
            pitch=torch.from_numpy(label.pitch),
            energy=torch.from_numpy(label.energy),
            mel=torch.from_numpy((clip.mel - ENERGY_CENTRE) * ENERGY_SCALE),
            frame_pitch=torch.from_numpy((clip.log_pitch - PITCH_CENTRE) * PITCH_SCALE),
            voiced=torch.from_numpy(clip.voiced),
        )
        for clip, label in zip(features, labels, strict=True)
    )


def with_random_lead(example: Example, chooser: np.random.Generator) -> Example:
    """With 4 to 20 frames of room tone."""
    return example.with_lead(int(chooser.integers(SHORTEST_LEAD, LEAD_FRAMES + 1)))


def denormalised_mel(mel: Tensor) -> Tensor:
    """Natural-log mel of a normalised one."""
    return mel / ENERGY_SCALE + ENERGY_CENTRE


@dataclass(frozen=True, eq=False)
class PhonemeBatch:
    """Texts of several clips, padded."""

    ids: Tensor
    """[B, P]."""
    word_initial: Tensor
    """[B, P]."""
    pitch: Tensor
    """[B, P]."""
    energy: Tensor
    """[B, P]."""
    durations: Tensor
    """[B, P]."""
    mask: Tensor
    """[B, 1, P] 1 where there is a phoneme."""


def phoneme_batch(chosen: Sequence[Example]) -> PhonemeBatch:
    """The texts of these clips."""

    def padded(name: str) -> Tensor:
        return pad_sequence([getattr(example, name) for example in chosen], batch_first=True)

    lengths = torch.tensor([len(example.ids) for example in chosen])
    mask = (torch.arange(int(lengths.max())) < lengths[:, None]).float()[:, None]
    return PhonemeBatch(
        padded("ids"),
        padded("word_initial"),
        padded("pitch"),
        padded("energy"),
        padded("durations"),
        mask,
    )
