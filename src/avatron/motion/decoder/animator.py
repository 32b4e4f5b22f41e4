"""Learned animators: a decoder for the mouth, idle layers for the rest of the face."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_INDEX, EXPRESSION_NAMES, FaceMotion
from avatron.core.speech import Speech
from avatron.core.timeline import FrameClock, sample_curve
from avatron.errors import DamagedModelError
from avatron.face.balance import CLOSE, JAW, PRESS
from avatron.io.folders import ModelFolder
from avatron.motion.decoder.channels import TONGUE_CHANNELS
from avatron.motion.decoder.decoder import MotionDecoder
from avatron.motion.decoder.guard import guarded
from avatron.motion.idle.layers import face_motion
from avatron.motion.silences import is_pause
from avatron.motion.style import MotionStyle
from avatron.motion.viseme.silence import edge_rest

__all__ = ["LearnedAnimator"]


class LearnedAnimator:
    """Speech to motion by a trained network; see `docs/decoder.md`."""

    def __init__(
        self, folder: Path | ModelFolder | MotionDecoder, *, subject: str | None = None, threads: int = 1
    ) -> None:
        """Load the animator in `folder`, or take a decoder; `subject` is whose way of moving it takes, None its own.

        Raises:
            UnreadableFileError: no folder at that path.
            DamagedModelError: a file is missing, altered, or of another head.
            UnknownNameError: a subject that it does not know.
        """
        self.decoder = folder if isinstance(folder, MotionDecoder) else MotionDecoder.load(folder, threads=threads)
        self.decoder.style_of(subject)
        self.subject = subject
        config = self.decoder.config
        if config.vertices:
            raise DamagedModelError(
                f"animator `{config.name}` gives the {config.vertices} vertices of another head, and avatars are moved "
                "by expressions; export one with an expression head, or use it as a `LearnedMeshAnimator`"
            )
        self._columns = [EXPRESSION_INDEX[name] for name in config.channels]
        self._scaled = np.array([name not in TONGUE_CHANNELS for name in config.channels])
        self._rest = np.zeros(len(EXPRESSION_NAMES), np.float32)
        """[E] where the mouth returns to when nothing is said."""
        self._guarded = config.guarded
        self._moves_brows = any(name.startswith("brow") for name in config.channels)

    @property
    def embedding_space(self) -> str | None:
        """sha256 of the text encoder whose embedding it reads; None where it hears the mel."""
        config = self.decoder.config
        return config.embedding_space if config.reads == "embedding" else None

    def moving_as(self, subject: str) -> Self:
        """The same animator, moving as `subject` does; they share the network.

        Raises:
            UnknownNameError: a subject that it does not know.
        """
        self.decoder.style_of(subject)
        other = copy.copy(self)
        other.subject = subject
        return other

    def animate(self, speech: Speech, style: MotionStyle) -> FaceMotion:
        """The motion over the video frames t with speech.start <= t / fps < speech.end.

        Raises:
            EmbeddingSpaceError: speech in another text encoder's space.
            InvalidValueError: speech that the decoder cannot read.
        """
        clock = FrameClock(style.fps)
        frames = clock.frames_between(speech.start, speech.end)
        times_s = clock.times(frames)
        mouth = self._mouth(speech, style, times_s - speech.start_s, frames)
        if self._moves_brows:
            style = replace(style, brows=False)
        return face_motion(mouth, speech, style, times_s, frames.start)

    def _mouth(
        self, speech: Speech, style: MotionStyle, times_s: NDArray[np.float64], frames: range
    ) -> NDArray[np.float32]:
        """[T, E] what the network moves, at `times_s` from the start of the speech."""
        expression = np.tile(self._rest, (len(times_s), 1))
        # Where nothing is said, the mouth rests, whatever the network has seen in pauses between words.
        if not len(times_s) or (speech.spans and all(is_pause(span.label) for span in speech.spans)):
            return expression
        curves = self._curves(speech)
        if not len(curves):
            return expression
        rest = self._rest[self._columns]
        scale = np.where(self._scaled, np.float32(style.intensity), np.float32(1))
        curves = rest + (np.clip(curves, 0, 1) - rest) * scale
        expression[:, self._columns] = sample_curve(curves.T, self.decoder.config.frame_rate, times_s).T
        expression = np.clip(expression, 0, 1)
        # Our head takes no more of `mouthClose` than the jaw has opened; other heads that get the curves may not know.
        expression[:, CLOSE] = np.minimum(expression[:, CLOSE], expression[:, JAW] + np.float32(PRESS))
        if self._guarded:
            expression = guarded(expression, speech, times_s, frames, style.fps)
        length_s = len(speech.audio.samples) / speech.audio.sample_rate
        still = 1 - edge_rest(speech.spans, length_s, times_s)
        return np.asarray(self._rest + (expression - self._rest) * still[:, None], np.float32)

    def _curves(self, speech: Speech) -> NDArray[np.float32]:
        """[T, O] on the decoder's clock."""
        return self.decoder.curves(speech, self.subject)
