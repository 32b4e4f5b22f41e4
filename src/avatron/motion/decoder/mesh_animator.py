"""Learned animators that move the vertices of a mesh of their own, such as VOCASET's or BIWI's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import MeshSequence
from avatron.core.speech import Speech
from avatron.core.timeline import FrameClock, sample_curve
from avatron.errors import DamagedModelError
from avatron.io.folders import ModelFolder, load_folder
from avatron.motion.decoder.config import KIND
from avatron.motion.decoder.decoder import MotionDecoder
from avatron.motion.style import MotionStyle

__all__ = ["TEMPLATE", "LearnedMeshAnimator"]

TEMPLATE = "template.safetensors"
"""File with the mesh at rest: `vertices` [V, 3] metres and `triangles` [K, 3]."""


class LearnedMeshAnimator:
    """Speech to a moving mesh by a trained network with a vertex head."""

    def __init__(self, folder: Path | ModelFolder, *, subject: str | None = None, threads: int = 1) -> None:
        """Load the animator in `folder`; `subject` is whose way of moving it takes, None its own.

        Raises:
            UnreadableFileError: no folder at that path.
            DamagedModelError: a file is missing or altered, or the folder moves expressions.
            UnknownNameError: a subject that it does not know.
        """
        checked = folder if isinstance(folder, ModelFolder) else load_folder(folder, KIND)
        self.decoder = MotionDecoder.load(checked, threads=threads)
        self.decoder.style_of(subject)
        self.subject = subject
        config = self.decoder.config
        if not config.vertices:
            raise DamagedModelError(
                f"animator `{config.name}` moves expressions and no mesh of its own; use it as a `LearnedAnimator`"
            )
        tensors = checked.tensors(TEMPLATE)
        try:
            self.rest: NDArray[np.float32] = tensors["vertices"].astype(np.float32)
            """[V, 3] metres, the mesh that it moves from."""
            self._triangles: NDArray[np.int32] = tensors["triangles"].astype(np.int32)
        except KeyError as error:
            raise DamagedModelError(f"`{checked.path / TEMPLATE}` lacks {error}; get the animator again") from None
        if self.rest.shape != (config.vertices, 3):
            raise DamagedModelError(
                f"`{checked.path / TEMPLATE}` has vertices {list(self.rest.shape)}, and the network moves "
                f"{config.vertices}; get the animator again"
            )

    def animate(self, speech: Speech, style: MotionStyle) -> MeshSequence:
        """The mesh over the video frames t with speech.start <= t / fps < speech.end.

        Raises:
            EmbeddingSpaceError: speech in another text encoder's space.
            InvalidValueError: speech that the decoder cannot read.
        """
        clock = FrameClock(style.fps)
        times_s = clock.times(clock.frames_between(speech.start, speech.end)) - speech.start_s
        offsets = self.decoder.curves(speech, self.subject) * np.float32(style.intensity)
        if not len(offsets):
            offsets = np.zeros((1, self.rest.size), np.float32)
        moved = sample_curve(offsets.T, self.decoder.config.frame_rate, times_s).T.reshape(-1, *self.rest.shape)
        return MeshSequence(self.rest + moved, self._triangles, style.fps)
