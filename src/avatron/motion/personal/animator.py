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
from avatron.motion.personal.folder import PersonalMotion, load_personal_motion, personal_decoder
from avatron.motion.personal.layers import personal_motion
from avatron.motion.style import MotionStyle

__all__ = ["PersonalAnimator"]


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
        super().__init__(personal_decoder(self.person, threads=threads))
        own = [name in MOUTH_CHANNELS for name in EXPRESSION_NAMES]
        self._rest = np.where(own, self.person.seen.habits.rest, 0).astype(np.float32)
        # Statistics know nothing of contacts: they move each shape by itself.
        self._guarded = self._guarded or self.person.changes is None

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
        return personal_motion(mouth, speech, style, times_s, frames.start, self.person.seen)

    def _curves(self, speech: Speech) -> NDArray[np.float32]:
        curves = super()._curves(speech)
        return self.person.manner.of(curves) if self.person.changes is None else curves
