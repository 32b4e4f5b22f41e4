"""What a stage sounds like on held-out clips, written at each evaluation: numbers do not say why something is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.io.atomic import output_errors
from avatron.io.audio import write_wav
from avatron.training.acoustic_data import Example, denormalised_mel
from avatron.training.acoustic_stage import AcousticModel
from avatron.training.features import ClipFeatures
from avatron.training.teacher_forcing import teacher_forced_mels
from avatron.training.vocoder import SourceFilterVocoder

__all__ = ["SAMPLE_CLIPS", "Writer", "acoustic_samples", "vocoder_samples"]

SAMPLE_CLIPS = 3
"""Held-out clips that are made to sound."""

Writer = Callable[[int, Path], None]
"""Takes the steps that are done and the folder to write to."""


def vocoder_samples(vocoder: SourceFilterVocoder, clips: Sequence[ClipFeatures]) -> Writer:
    """Writes copies of clips from their own mel and pitch, and once the recordings beside them."""
    chosen = clips[:SAMPLE_CLIPS]
    return _writer(chosen, lambda: [_sound(vocoder, clip, clip.mel) for clip in chosen])


def acoustic_samples(
    model: AcousticModel, vocoder: SourceFilterVocoder, clips: Sequence[ClipFeatures], examples: Sequence[Example]
) -> Writer:
    """Writes what the acoustic model draws of clips with their own durations, pitch and energy, made to sound by a
    vocoder of an earlier stage."""
    chosen = clips[:SAMPLE_CLIPS]

    def sounds() -> list[Audio]:
        was_training = model.training
        mels = teacher_forced_mels(model, examples[:SAMPLE_CLIPS])
        model.train(was_training)
        return [_sound(vocoder, clip, denormalised_mel(mels[clip.name]).numpy()) for clip in chosen]

    return _writer(chosen, sounds)


@torch.no_grad()
def _sound(vocoder: SourceFilterVocoder, clip: ClipFeatures, mel: NDArray[np.float32]) -> Audio:
    arrays = (mel, clip.log_pitch, clip.voiced)
    samples = vocoder(*(torch.from_numpy(np.ascontiguousarray(array))[None] for array in arrays))[0].numpy()
    return Audio(np.clip(samples, -1, 1).astype(np.float32), vocoder.config.sample_rate)


def _writer(clips: Sequence[ClipFeatures], sounds: Callable[[], list[Audio]]) -> Writer:
    def write(step: int, folder: Path) -> None:
        # Listening must not change what is learned: the noise of the vocoder has random numbers of its own.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            made = sounds()
        with output_errors(folder):
            folder.mkdir(exist_ok=True)
        for clip, audio in zip(clips, made, strict=True):
            write_wav(folder / f"{step:06}-{clip.name}.wav", audio, overwrite=True)
            recorded = folder / f"recorded-{clip.name}.wav"
            if not recorded.exists():
                write_wav(recorded, Audio(clip.samples, audio.sample_rate))

    return write
