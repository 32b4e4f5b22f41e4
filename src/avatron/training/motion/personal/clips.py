"""What a tracked video teaches a decoder: how this person's face moved while this was said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
import torch
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_NAMES, FaceMotion
from avatron.core.speech import Speech
from avatron.core.track import FaceTrack
from avatron.motion.personal.mouth import person_curves
from avatron.training.motion.clip import MotionClip
from avatron.training.motion.examples import MotionExample, example_of
from avatron.training.motion.geometry import FaceGeometry

__all__ = ["PERSON", "clip_examples"]

PERSON = "person"
"""The subject of what is made here."""
SEEN_CLOSED_MM = 1.5
"""A closure of which the video shows less than this between the lips, beyond their rest, happened."""
_LEAST_FRAMES = 8


def clip_examples(
    track: FaceTrack,
    speeches: Sequence[Speech],
    frames: range,
    channels: tuple[str, ...],
    geometry: FaceGeometry,
    *,
    offset_s: float,
) -> list[MotionExample]:
    """An example of each utterance of which some of the track's `frames` are to be learned from.

    `speeches` are on the clock of the sound of the file, whose sound comes `offset_s` after its picture. Sounds that
    were heard, and not read in a transcript, may be wrong: what lips have to do on them is asked only where the video
    shows it, and a mouth that stands open in a pause is this person's mouth.
    """
    found = []
    for number, speech in enumerate(speeches):
        clip = _clip(f"utterance-{number}", track, frames, speech, offset_s)
        if clip is None or int((clip.confidence > 0).sum()) < _LEAST_FRAMES:
            continue
        example = example_of(clip, channels, (PERSON,))
        target = geometry(torch.from_numpy(example.target.astype(np.float32))[None])
        lips = geometry.measures(target)
        apart_mm = (lips.gap - geometry.rest_gap).amax(2)[0].numpy()
        found.append(
            replace(
                example,
                silence=np.zeros_like(example.silence),
                closures=_seen(example.closures, apart_mm, example.weight),
                contacts=example.contacts[:0],
            )
        )
    return found


def _clip(name: str, track: FaceTrack, frames: range, speech: Speech, offset_s: float) -> MotionClip | None:
    acoustics, phonemes = speech.acoustics, speech.phonemes
    if phonemes is None or acoustics.durations is None or not acoustics.frames:
        return None
    rate = Fraction(acoustics.sample_rate, 2 * acoustics.hop_length)
    count = -(-acoustics.frames // 2)
    expression, valid = person_curves(track, speech, frames, EXPRESSION_NAMES, count, float(rate), offset_s=offset_s)
    motion: FaceMotion = replace(FaceMotion.at_rest(count), expression=np.ascontiguousarray(expression), fps=rate)
    return MotionClip.of_speech(speech, motion, name=name, subject=PERSON, source="video", split="train", valid=valid)


def _seen(spans: NDArray[np.int32], apart_mm: NDArray[np.float32], weight: NDArray[np.floating]) -> NDArray[np.int32]:
    """Those of the spans [K, 2] of columns in which the lips are seen to come together."""
    kept = []
    for first, past_last in spans.tolist():
        frames = slice(max(first // 2 - 1, 0), past_last // 2 + 2)
        if weight[frames].all() and apart_mm[frames].size and apart_mm[frames].min() < SEEN_CLOSED_MM:
            kept.append((first, past_last))
    return np.array(kept, np.int32).reshape(-1, 2)
