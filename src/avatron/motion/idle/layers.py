"""All idle layers over a mouth: the one place where a face's motion is put together, for every animator."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_INDEX, FaceMotion
from avatron.core.speech import Speech
from avatron.motion.curves import soft_union
from avatron.motion.emotion.layer import felt_face, felt_mouth
from avatron.motion.emotion.mood import Mood
from avatron.motion.idle.blinks import blink_curve, blinks_of
from avatron.motion.idle.breathing import breath
from avatron.motion.idle.brows import brow_weights
from avatron.motion.idle.gaze import fixation_gaze, lid_weights
from avatron.motion.idle.head import NECK_SHARE, head_turn
from avatron.motion.idle.shoulders import shoulder_turn
from avatron.motion.style import MotionStyle

__all__ = ["face_motion"]

BLINK_SQUINT = 0.12
"""The lower lids rise a little with a blink."""
LARGEST_GAZE = np.radians(20.0)


def face_motion(
    mouth: NDArray[np.float32], speech: Speech, style: MotionStyle, times_s: NDArray[np.float64], first_frame: int
) -> FaceMotion:
    """The motion of a face whose mouth moves as `mouth` [T, E], with what is felt and the idle layers that are on.

    `times_s` [T] are the frames' times on the script's clock, `first_frame` the number of the first.
    """
    frames = len(times_s)
    mood = Mood(speech, style.felt, style.manner, style.seed)
    expression = felt_mouth(mouth.astype(np.float64), mood, times_s)
    for column, weight in felt_face(mood, times_s).items():
        expression[:, column] = soft_union(expression[:, column], weight)
    turn = np.zeros((frames, 3))
    torso_rotation = np.zeros((frames, 3))
    torso_translation = np.zeros((frames, 3))
    gaze = np.zeros((frames, 2, 2))
    if style.breathing:
        torso = breath(speech, times_s, style.seed)
        torso_rotation = style.liveliness * torso.rotation
        torso_translation = style.liveliness * torso.translation
    if style.head:
        turn = style.liveliness * head_turn(speech, times_s, style.seed, mood)
        torso_rotation = torso_rotation + style.liveliness * shoulder_turn(speech, times_s, style.seed, mood)
    if style.gaze:
        # The eyes stay where they look while head and torso turn under them (the vestibulo-ocular reflex).
        turned = turn + torso_rotation
        looked = fixation_gaze(times_s, style.seed, mood) + np.stack([-turned[:, 1], turned[:, 0]], axis=1)
        gaze = np.repeat(np.clip(looked, -LARGEST_GAZE, LARGEST_GAZE)[:, None, :], 2, axis=1)
        for column, weight in lid_weights(gaze).items():
            expression[:, column] = soft_union(expression[:, column], weight)
    if style.blinks:
        closed = blink_curve(blinks_of(speech, times_s, style.seed, mood), times_s)
        for side in ("Left", "Right"):
            for name, share in ((f"eyeBlink{side}", 1.0), (f"eyeSquint{side}", BLINK_SQUINT)):
                column = EXPRESSION_INDEX[name]
                expression[:, column] = soft_union(expression[:, column], share * closed)
            expression[:, EXPRESSION_INDEX[f"eyeWide{side}"]] *= 1.0 - closed
    if style.brows:
        for column, weight in brow_weights(speech, times_s, style.seed, mood).items():
            expression[:, column] = soft_union(expression[:, column], np.clip(style.liveliness * weight, 0.0, 1.0))
    return FaceMotion(
        np.clip(expression, 0.0, 1.0).astype(np.float32),
        ((1.0 - NECK_SHARE) * turn).astype(np.float32),
        (NECK_SHARE * turn).astype(np.float32),
        torso_rotation.astype(np.float32),
        np.zeros((frames, 3), np.float32),
        torso_translation.astype(np.float32),
        gaze.astype(np.float32),
        style.fps,
        first_frame,
    )
