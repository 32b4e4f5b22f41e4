"""The held-out recordings of a corpus, as what a voice is measured against."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np

from avatron.core.audio import Audio
from avatron.core.speech import PhonemeSequence
from avatron.errors import InvalidValueError
from avatron.evaluation.voice.recordings import AlignedRecording
from avatron.io.optional import optional_package
from avatron.signal.mel import MelConfig, log_mel
from avatron.signal.pitch import track_pitch
from avatron.text.inventory import PADDING, PAUSES, SYMBOLS

__all__ = ["HALVES", "read_held_out"]

HALVES = ("even", "odd", "all")
"""Choices are made on one half of what is held out, and reported on the other."""


def read_held_out(folder: Path, half: Literal["even", "odd", "all"] | str = "all") -> tuple[AlignedRecording, ...]:
    """The recordings of the corpus in `folder` that no stage trains on, with their alignment on the mel's frames.

    Raises:
        UnreadableFileError: a file of the corpus is missing or not what it should be.
        InvalidValueError: no recording in that half.
        MissingComponentError: the package that reads the corpus's sound is not installed.
    """
    # The corpus is training's; none of what is imported here needs torch.
    from avatron.training.corpus import Clip, read_audio, read_corpus
    from avatron.training.features import LEAD_FRAMES, ClipFeatures
    from avatron.training.labels import ENERGY_CENTRE, ENERGY_SCALE, PITCH_CENTRE, PITCH_SCALE, label_clip

    config = MelConfig()
    lead = LEAD_FRAMES * config.hop_length

    def aligned(clip: Clip) -> AlignedRecording:
        recorded = read_audio(clip.path, config.sample_rate)
        frames = len(recorded.samples) // config.hop_length
        own = Audio(recorded.samples[: frames * config.hop_length], config.sample_rate)
        led = Audio(np.pad(own.samples, (lead, 0), mode="reflect"), config.sample_rate)
        features = ClipFeatures(clip.name, led.samples, log_mel(led, config), track_pitch(led, config.hop_length))
        labels = label_clip(clip, features, config.sample_rate / config.hop_length)
        symbols = tuple(SYMBOLS[place] for place in labels.ids)
        spoken = np.array([symbol not in PAUSES and symbol != PADDING for symbol in symbols])
        words = tuple(str(number) for number in range(int(labels.word_initial.sum())))
        word_index = np.where(spoken, np.cumsum(labels.word_initial) - 1, -1)
        return AlignedRecording(
            name=clip.name,
            text=clip.text,
            audio=own,
            phonemes=PhonemeSequence(symbols, labels.ids, word_index, words, clip.text, "en-us"),
            durations=labels.durations,
            log_pitch=(labels.pitch / PITCH_SCALE + PITCH_CENTRE).astype(np.float32),
            energy=(labels.energy / ENERGY_SCALE + ENERGY_CENTRE).astype(np.float32),
            mel=features.mel,
            pitch_hz=features.pitch_hz,
            lead_frames=LEAD_FRAMES,
        )

    if half not in HALVES:
        raise InvalidValueError(f"half `{half}` is not one of {', '.join(HALVES)}")
    clips = [clip for clip in read_corpus(folder) if clip.held_out]
    chosen = {"even": clips[::2], "odd": clips[1::2], "all": clips}[half]
    if not chosen:
        raise InvalidValueError(
            f"corpus `{folder}` holds out {len(clips)} clips, none in the half `{half}`; give `all`"
        )
    optional_package("soundfile", '"avatron[bench]"')
    return tuple(aligned(clip) for clip in chosen)
