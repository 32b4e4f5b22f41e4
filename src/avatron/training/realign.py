"""Labels of a corpus by our own aligner, in place of the alignment that the corpus brings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from avatron.training.acoustic_data import Example, examples
from avatron.training.aligner import Aligner, Tokens, tokens_of
from avatron.training.aligner_stage import align
from avatron.training.corpus import Clip
from avatron.training.features import ClipFeatures
from avatron.training.labels import ClipLabels, phoneme_prosody

__all__ = ["labels_of_path", "realigned"]


def realigned(
    aligner: Aligner, clips: Sequence[Clip], features: Sequence[ClipFeatures], given: Sequence[Example]
) -> tuple[Example, ...]:
    """The same clips with durations, pauses, pitch and energy as our aligner has them.

    Of the `given` examples only the mel, the phonemes of each word and the words' beginnings are looked at.
    """
    labels = []
    for clip, found, example in zip(clips, features, given, strict=True):
        tokens = tokens_of(clip, example)
        labels.append(labels_of_path(tokens, align(aligner, example, tokens), found))
    return examples(features, labels)


def labels_of_path(tokens: Tokens, durations: NDArray[np.int64], features: ClipFeatures) -> ClipLabels:
    """The tokens that the path [P] stays at; a word begins after each place where there may be a pause."""
    spoken = tokens.phonemes >= 0
    initial = spoken & ~np.concatenate([[False], spoken[:-1]])
    kept = durations > 0
    pitch, energy = phoneme_prosody(features, durations[kept])
    return ClipLabels(tokens.ids[kept], initial[kept].astype(np.int64), durations[kept], pitch, energy)
