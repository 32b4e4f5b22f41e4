"""A trained decoder: speech in, curves of expressions or offsets of vertices out, on the decoder's own clock."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from avatron.core.speech import Speech
from avatron.errors import DamagedModelError, UnknownNameError
from avatron.io.folders import ModelFolder, load_folder
from avatron.io.sessions import open_session
from avatron.motion.decoder.autoregressive import autoregressive_curves
from avatron.motion.decoder.config import KIND, DecoderConfig
from avatron.motion.decoder.speech_input import columns_of
from avatron.motion.decoder.streaming import CurveStream

__all__ = ["MotionDecoder"]

GRAPHS: dict[str, tuple[str, ...]] = {
    "embedding": ("decoder.onnx",),
    "mel": ("encoder.onnx", "step.onnx"),
}
"""The graphs of a decoder, by what it reads."""
_INPUTS = {"decoder.onnx": "embedding", "encoder.onnx": "mel", "step.onnx": "previous"}


class MotionDecoder:
    """Runs the graphs of one folder."""

    def __init__(self, config: DecoderConfig, *sessions: Any) -> None:
        """`sessions` run the graphs that `GRAPHS` names for what the decoder reads; `load` opens them."""
        self.config = config
        self._sessions = sessions

    @classmethod
    def load(cls, folder: Path | ModelFolder, *, threads: int = 1) -> Self:
        """The decoder in a folder, its files checked against their hashes.

        Raises:
            UnreadableFileError: no folder at that path.
            DamagedModelError: a file is missing, altered or not what it should be.
            NewerFormatError: the folder was written by a newer avatron.
        """
        checked = folder if isinstance(folder, ModelFolder) else load_folder(folder, KIND)
        config = DecoderConfig.of(checked)
        sessions = []
        for name in GRAPHS[config.reads]:
            session = open_session(checked.file(name), threads=threads)
            if session.get_inputs()[0].name != _INPUTS[name]:
                raise DamagedModelError(
                    f"the graph `{checked.path / name}` reads `{session.get_inputs()[0].name}`, expected "
                    f"`{_INPUTS[name]}`; get the animator again"
                )
            sessions.append(session)
        outputs = sessions[-1].get_outputs()[0].shape[-1]
        wanted = 3 * config.vertices or len(config.channels)
        if outputs != wanted:
            raise DamagedModelError(
                f"the graph of `{checked.path}` gives {outputs} values a frame, and its head has {wanted}; it is of "
                "another head: export it again"
            )
        return cls(config, *sessions)

    def style_of(self, subject: str | None) -> NDArray[np.float32]:
        """[S] the weights of one subject; None is the decoder's own.

        Raises:
            UnknownNameError: no such subject; the message lists the known ones.
        """
        subjects = self.config.subjects
        if subject is not None and subject not in subjects:
            raise UnknownNameError("subject", subject, subjects)
        return np.asarray(np.eye(len(subjects))[subjects.index(subject) if subject else 0], np.float32)

    def stream(self, subject: str | None = None) -> CurveStream:
        """Takes columns as they come; for decoders that read the embedding. Raises as `style_of`."""
        return CurveStream(self._sessions[0], self.config, self.style_of(subject))

    def curves(self, speech: Speech, subject: str | None = None) -> NDArray[np.float32]:
        """[T, O] frames of the decoder's clock, the first one at the start of `speech`.

        Raises:
            EmbeddingSpaceError: speech in another text encoder's space.
            InvalidValueError: a mel of another clock or with other bins.
            UnknownNameError: no such subject.
        """
        columns = columns_of(speech.acoustics, [span.label for span in speech.spans], self.config)
        if self.config.reads == "mel":
            encoder, step = self._sessions
            return autoregressive_curves(encoder, step, self.config, columns, self.style_of(subject))
        stream = self.stream(subject)
        return np.concatenate([stream.push(columns), stream.finish()])
