"""How a person moves, as far as that can be learned without training: a second of work, and no torch."""

from __future__ import annotations

from collections.abc import Sequence

from avatron.core.speech import Speech
from avatron.core.track import FaceTrack
from avatron.io.folders import load_folder
from avatron.motion.decoder.config import KIND
from avatron.motion.decoder.decoder import MotionDecoder
from avatron.motion.decoder.shipped import find_weights
from avatron.motion.personal.folder import GRAPH, PersonalMotion
from avatron.motion.personal.mouth import learn_mouth
from avatron.motion.personal.observe import observe_person

__all__ = ["BASE_NAME", "observe_motion"]

BASE_NAME = "avatron"
"""The animator that a person's motion is made of."""


def observe_motion(
    track: FaceTrack, speeches: Sequence[Speech], frames: range, *, offset_s: float | None = None, threads: int = 1
) -> PersonalMotion:
    """Habits, reels and mouth of the person of `track`, from its `frames` alone.

    `speeches` are what the sound of the clip holds, on its clock; it comes `offset_s` after the picture, by default as
    far as the track found. `training.motion.personal.learn` goes on from here where there is torch.

    Raises:
        InvalidValueError: too little of a face, or hardly anything said, in those frames.
        MissingComponentError: the animator is not installed.
    """
    late_s = (track.audio_offset_s or 0.0) if offset_s is None else offset_s
    seen = observe_person(track, speeches, frames, offset_s=late_s)
    folder = load_folder(find_weights(BASE_NAME), KIND)
    decoder = MotionDecoder.load(folder, threads=threads)
    mouth = learn_mouth(track, speeches, frames, decoder, offset_s=late_s)
    return PersonalMotion(seen, mouth, None, BASE_NAME, folder.files[GRAPH])
