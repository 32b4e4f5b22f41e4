"""What the acoustic model draws when durations, pitch and energy are the true ones."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from avatron.training.acoustic_data import Example
from avatron.training.acoustic_stage import AcousticModel

__all__ = ["teacher_forced_mels"]


@torch.no_grad()
def teacher_forced_mels(
    model: AcousticModel, chosen: Sequence[Example], *, with_dropout: bool = False
) -> dict[str, Tensor]:
    """Normalised mels [M, F] by clip.

    Dropout makes the mels of training clips as imperfect as those of new text: the pitch reader is trained on such.
    The vocoder is not: there, mels that do not belong to the waveform would teach it to average.
    """
    model.train(with_dropout)
    mels = {}
    for example in chosen:
        mask = torch.ones(1, 1, len(example.ids))
        embedding = model.encoder(example.ids[None], example.word_initial[None], mask)
        condition = model.decoder.phoneme_condition(embedding, example.pitch[None], example.energy[None])
        frame_condition = model.decoder.frame_condition(condition[0], example.pitch, *example.positions())
        mels[example.name] = model.decoder(frame_condition[None]).mel[0].clone()
    model.eval()
    return mels
