"""The animator of one person, from the `motion` folder of their replica."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_NAMES, FaceMotion
from avatron.core.speech import Speech
from avatron.core.timeline import FrameClock
from avatron.errors import UnknownNameError
from avatron.io.folders import ModelFolder
from avatron.motion.decoder.animator import LearnedAnimator
from avatron.motion.decoder.channels import MOUTH_CHANNELS
from avatron.motion.decoder.guard import guarded
from avatron.motion.personal.folder import PersonalMotion, load_personal_motion, personal_decoders
from avatron.motion.personal.layers import personal_motion
from avatron.motion.style import MotionStyle

__all__ = ["TRAINED_SHARE", "PersonalAnimator"]

TRAINED_SHARE = 0.4
"""Of the decoder that was trained on the person, against the filter."""


class PersonalAnimator(LearnedAnimator):
    """Speech to the motion of one person; needs no torch."""

    def __init__(self, source: Path | ModelFolder | PersonalMotion, *, threads: int = 1) -> None:
        """Of a folder, or of what is in one.

        Raises:
            UnreadableFileError: no folder at that path.
            DamagedModelError: a file is missing or altered, or the animator that it changes is another one.
            MissingComponentError: that animator is not installed.
        """
        self.person = source if isinstance(source, PersonalMotion) else load_personal_motion(source)
        shipped, self._trained = personal_decoders(self.person, threads=threads)
        super().__init__(shipped)
        mouth = [name in MOUTH_CHANNELS for name in EXPRESSION_NAMES]
        self._rest = np.where(mouth, self.person.seen.habits.rest, 0).astype(np.float32)

    def moving_as(self, subject: str) -> PersonalAnimator:
        """Raises UnknownNameError: a person has one way of moving."""
        raise UnknownNameError("subject", subject, (), "a replica moves as its person does; leave `@...` out")

    def animate(self, speech: Speech, style: MotionStyle) -> FaceMotion:
        """The motion over the video frames t with speech.start <= t / fps < speech.end, within what the video showed.

        Raises:
            EmbeddingSpaceError: speech in another text encoder's space.
            InvalidValueError: speech that the decoder cannot read.
        """
        clock = FrameClock(style.fps)
        frames = clock.frames_between(speech.start, speech.end)
        times_s = clock.times(frames)
        mouth = self._mouth(speech, style, times_s - speech.start_s, frames)
        if speech.words:
            # What is read is certain; what is heard may be another sound, and the film's lips were apart on it.
            mouth = guarded(mouth, speech, times_s - speech.start_s, frames, style.fps)
        return personal_motion(mouth, speech, style, times_s, frames.start, self.person.seen)

    def _curves(self, speech: Speech) -> NDArray[np.float32]:
        shipped = super()._curves(speech)
        filtered = self.person.mouth.of(speech, self.decoder, shipped)
        if self._trained is None:
            return filtered
        # The two err at different times: their mean is nearer to the person than either.
        return filtered + TRAINED_SHARE * (np.clip(self._trained.curves(speech), 0, 1) - filtered)
