"""What an animator makes of the video's own sound, on the clock of the video's pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from avatron.core.motion import FaceMotion
from avatron.core.track import FaceTrack
from avatron.motion.protocol import Animator
from avatron.motion.style import MotionStyle
from avatron.voice.listening.encoders import DEFAULT_ENCODER, load_speech_encoder
from avatron.voice.listening.hear import hear_utterances
from avatron.voice.listening.tape import SoundTape

__all__ = ["spoken_motion", "with_pose_of"]


def spoken_motion(video: Path, track: FaceTrack, animator: Animator, style: MotionStyle) -> FaceMotion:
    """The motion of `animator` for the sound of `video`, for every frame of `track`.

    Raises:
        UnreadableFileError: the video has no sound, or a damaged one.
    """
    fps = track.motion.fps
    tape = SoundTape(video)
    pieces = [
        animator.animate(speech, replace(style, fps=fps))
        for speech in hear_utterances(tape, load_speech_encoder(DEFAULT_ENCODER))
    ]
    heard = FaceMotion.joined(pieces)
    # Where each picture is in the sound, in frames: rarely a whole number.
    begin = (track.start_s + (track.audio_offset_s or 0.0)) * float(fps) - heard.first_frame
    places = np.clip(begin + np.arange(len(track)), 0, len(heard) - 1)
    left = np.minimum(places.astype(np.int64), max(len(heard) - 2, 0))
    right = np.minimum(left + 1, len(heard) - 1)
    weight = (places - left).astype(np.float32)
    names = ("expression", "head_rotation", "neck_rotation", "torso_rotation", "head_translation", "torso_translation")
    arrays = {}
    for name in (*names, "gaze"):
        curve = getattr(heard, name)
        share = weight.reshape(-1, *(1,) * (curve.ndim - 1))
        arrays[name] = (1 - share) * curve[left] + share * curve[right]
    return FaceMotion(**arrays, fps=fps)


def with_pose_of(motion: FaceMotion, track: FaceTrack) -> FaceMotion:
    """The face of `motion` on the head and shoulders of `track`, hair and clothes included.

    No sound says where the head is: with another place than the video's, pictures could not be compared pixel by pixel.
    """
    tracked = track.motion
    turns, places = ("head_rotation", "neck_rotation", "torso_rotation"), ("head_translation", "torso_translation")
    names = (*turns, *places, "sway")
    return replace(motion, **{name: getattr(tracked, name) for name in names}, first_frame=tracked.first_frame)
