"""A face around a mouth as one person has it: their head, brows, eyes and torso, their blinks, and what is felt.

`motion.idle.layers` makes an ordinary person up; this plays what a video has shown of one. Both are functions of the
script's clock and the style's seed, so utterances join, and both take the same style.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_INDEX, FaceMotion
from avatron.core.speech import Speech
from avatron.motion.curves import plateau, soft_union
from avatron.motion.emotion.layer import felt_face, felt_mouth
from avatron.motion.emotion.mood import Mood
from avatron.motion.idle.blinks import blink_curve, blinks_of
from avatron.motion.idle.head import NECK_SHARE
from avatron.motion.personal.habits import BlinkHabits
from avatron.motion.personal.limits import with_pose, within_habits
from avatron.motion.personal.observe import PersonSeen, energy_course
from avatron.motion.personal.reel import FACE_CHANNELS
from avatron.motion.silences import is_pause
from avatron.motion.style import MotionStyle

__all__ = ["personal_motion"]

_EDGE_S = 0.6
"""Over so long at both ends of an utterance the person who talks becomes the one who listens."""
_ORDINARY_BLINKS_HZ = BlinkHabits().rate_hz
_BLINK_FACTORS = (0.4, 2.5)
_FACE = len(FACE_CHANNELS)
_POSE = slice(_FACE, _FACE + 15)
_HEAD, _NECK = slice(0, 3), slice(3, 6)
_HEAD_AND_NECK = [*range(6), *range(9, 12)]
"""Columns of a pose that are the head's."""
_TORSO = [*range(6, 9), *range(12, 15)]


def personal_motion(
    mouth: NDArray[np.float32],
    speech: Speech,
    style: MotionStyle,
    times_s: NDArray[np.float64],
    first_frame: int,
    seen: PersonSeen,
) -> FaceMotion:
    """The motion of this person, whose mouth moves as `mouth` [T, E]; `times_s` [T] are on the script's clock."""
    habits = seen.habits
    mood = Mood(speech, style.felt, style.manner, style.seed)
    talking = _talking(speech, times_s)
    middle = seen.talk.middle.astype(np.float64)
    idle, talk = (reel.at(times_s, style.seed) for reel in (seen.idle, seen.talk))
    reel = idle + talking[:, None] * (talk - idle)

    face = reel[:, :_FACE]
    brows = np.array([name.startswith("brow") for name in FACE_CHANNELS])
    lively = style.liveliness * style.manner.brows if style.brows else 0.0
    face[:, brows] = middle[:_FACE][brows] + lively * (face[:, brows] - middle[:_FACE][brows])
    if not style.gaze:
        face[:, ~brows] = middle[:_FACE][~brows]
    expression = felt_mouth(mouth.astype(np.float64), mood, times_s)
    expression[:, [EXPRESSION_INDEX[name] for name in FACE_CHANNELS]] = np.clip(face, 0, 1)
    for column, weight in felt_face(mood, times_s).items():
        expression[:, column] = soft_union(expression[:, column], weight)

    pose_middle = middle[_POSE]
    pose = reel[:, _POSE] - pose_middle
    head = style.liveliness * style.manner.head * mood.factor("head_range", times_s) if style.head else 0.0 * times_s
    pose[:, _HEAD_AND_NECK] *= head[:, None]
    pose[:, _TORSO] *= style.liveliness if style.breathing else 0.0
    added = np.zeros((len(times_s), 3))
    if style.head:
        local_s = times_s - speech.start_s
        nod = habits.head.nod_per_energy * energy_course(speech, local_s - habits.head.nod_delay_s)
        added[:, 0] += head * talking * nod
        added += mood.posture(times_s)
    pose[:, _HEAD] += (1.0 - NECK_SHARE) * added
    pose[:, _NECK] += NECK_SHARE * added
    pose += pose_middle

    gaze = (reel[:, -4:] if style.gaze else np.tile(middle[-4:], (len(times_s), 1))).reshape(-1, 2, 2)
    # The eyes stay where they look while the head turns by more than it did in the video.
    gaze = gaze + np.stack([-added[:, 1], added[:, 0] + mood.gaze_pitch(times_s)], axis=1)[:, None]

    if style.blinks:
        _blink(expression, speech, times_s, mood, habits.blinks)
    frames = len(times_s)
    still = np.zeros((frames, 3), np.float32)
    motion = FaceMotion(
        np.clip(expression, 0, 1).astype(np.float32), still, still, still, still, still,
        gaze.astype(np.float32), style.fps, first_frame,
    )  # fmt: skip
    return within_habits(with_pose(motion, pose), habits)


def _talking(speech: Speech, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """[T] 0 at both ends of the utterance, and throughout where nothing is said in it; 1 inside."""
    if not speech.spans or all(is_pause(span.label) for span in speech.spans):
        return np.zeros(len(times_s))
    length_s = float(speech.end - speech.start)
    edge_s = min(_EDGE_S, 0.45 * length_s)
    return plateau(times_s - float(speech.start), edge_s, length_s - edge_s, edge_s, edge_s)


def _blink(
    expression: NDArray[np.float64],
    speech: Speech,
    times_s: NDArray[np.float64],
    mood: Mood,
    blinks: BlinkHabits,
) -> None:
    """Lay the person's blinks over the lids of `expression` [T, E]."""
    often = float(np.clip(mood.manner.blinks * blinks.rate_hz / _ORDINARY_BLINKS_HZ, *_BLINK_FACTORS))
    own = replace(mood, manner=replace(mood.manner, blinks=often))
    closed = blink_curve(blinks_of(speech, times_s, mood.seed, own), times_s, blinks.shape)
    for side in ("Left", "Right"):
        lid = expression[:, EXPRESSION_INDEX[f"eyeBlink{side}"]]
        lid += closed * np.maximum(blinks.depth - lid, 0.0)
        expression[:, EXPRESSION_INDEX[f"eyeWide{side}"]] *= 1.0 - closed
