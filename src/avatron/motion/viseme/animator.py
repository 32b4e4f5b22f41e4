"""The animator `viseme`: rules for the mouth, idle layers for the rest of the face."""

from __future__ import annotations

from avatron.core.motion import FaceMotion
from avatron.core.speech import Speech
from avatron.core.timeline import FrameClock
from avatron.errors import InvalidValueError
from avatron.motion.idle.layers import face_motion
from avatron.motion.style import MotionStyle
from avatron.motion.viseme.articulators import to_expression
from avatron.motion.viseme.mouth import mouth_curves

__all__ = ["VisemeAnimator"]


class VisemeAnimator:
    """Phonemes to motion by rules from phonetics; see `docs/animator.md`."""

    def animate(self, speech: Speech, style: MotionStyle) -> FaceMotion:
        """The motion over the video frames t with speech.start <= t / fps < speech.end.

        Raises:
            InvalidValueError: speech without phonemes, or with a phoneme that the rules do not know.
        """
        if not speech.spans:
            raise InvalidValueError(
                "the viseme animator needs phonemes with their times, and this speech has none; "
                "give a transcript, or choose an animator that reads sound"
            )
        clock = FrameClock(style.fps)
        frames = clock.frames_between(speech.start, speech.end)
        times_s = clock.times(frames)
        mouth = mouth_curves(speech, times_s - speech.start_s, frames, style.fps, style.intensity)
        return face_motion(to_expression(mouth), speech, style, times_s, frames.start)
