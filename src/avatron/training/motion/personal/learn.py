"""All that a clip teaches of how a person moves, in one call: what the builder of replicas runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch

from avatron.core.speech import Speech
from avatron.core.track import FaceTrack
from avatron.io.folders import load_folder
from avatron.motion.decoder.config import KIND
from avatron.motion.decoder.decoder import MotionDecoder
from avatron.motion.decoder.shipped import find_weights
from avatron.motion.personal.folder import PersonalMotion
from avatron.motion.personal.learn import BASE_NAME, observe_motion
from avatron.training.motion.personal.adapt import changes_of
from avatron.training.motion.personal.base import load_base
from avatron.training.motion.personal.fit import FitConfig, PersonalFit, fit_person
from avatron.training.motion.personal.rehearsal import spoken_texts
from avatron.voice.voices import load_voice

__all__ = ["REHEARSAL_VOICE", "LearnedPerson", "learn_personal_motion"]

REHEARSAL_VOICE = "lj"
"""The voice that says what is rehearsed: whose text encoder that animator was trained on."""


@dataclass(frozen=True, eq=False)
class LearnedPerson:
    """What was learned, and how."""

    motion: PersonalMotion
    """For `motion.personal.folder.write_personal_motion`."""
    fit: PersonalFit


def learn_personal_motion(
    track: FaceTrack,
    speeches: Sequence[Speech],
    frames: range,
    config: FitConfig | None = None,
    *,
    offset_s: float | None = None,
    threads: int = 1,
    on_progress: Callable[[float], None] = lambda _: None,
) -> LearnedPerson:
    """How the person of `track` moves, from its `frames` alone; `speeches` are what its sound holds.

    They are on the clock of the sound: what `voice.listening.hear.hear_utterances` hears, or utterances that were
    aligned to a transcript. `offset_s` is by how much that sound comes after the picture, by default as far as the
    track found.

    Raises:
        InvalidValueError: too little of a face, or nobody speaks, in those frames.
        MissingComponentError: the animator or the voice that the package brings is not installed.
    """
    late_s = (track.audio_offset_s or 0.0) if offset_s is None else offset_s
    observed = observe_motion(track, speeches, frames, offset_s=late_s, threads=threads)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        folder = load_folder(find_weights(BASE_NAME), KIND)
        base, decoder = load_base(folder), MotionDecoder.load(folder, threads=threads)
        texts = spoken_texts(load_voice(REHEARSAL_VOICE, threads=threads))
        fit = fit_person(
            base, decoder, track, speeches, texts, frames, config, offset_s=late_s, on_progress=on_progress
        )
        changes = changes_of(base, fit.network)
    finally:
        torch.set_num_threads(before)
    return LearnedPerson(replace(observed, changes=changes), fit)
