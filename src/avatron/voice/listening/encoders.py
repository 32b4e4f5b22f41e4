"""The encoders of recorded speech by name, and those that are a folder or an ONNX file of the user's."""

from __future__ import annotations

import os
from pathlib import Path

from avatron.core.registry import Registry
from avatron.errors import UnknownNameError
from avatron.voice.listening.protocol import SpeechEncoder

__all__ = ["DEFAULT_ENCODER", "SPEECH_ENCODERS", "load_speech_encoder"]

DEFAULT_ENCODER = "mel"

SPEECH_ENCODERS: Registry[type[SpeechEncoder]] = Registry(
    "speech_encoder", {"mel": "avatron.voice.listening.mel_encoder:ShippedMelEncoder"}
)
"""Classes that are made without arguments; other packages add theirs under the entry point `avatron.speech_encoder`."""


def load_speech_encoder(name_or_path: str | os.PathLike[str], *, threads: int = 1) -> SpeechEncoder:
    """The encoder of that name, in the folder at that path, or of an ONNX file with its adapter beside it.

    Raises:
        UnknownNameError: no encoder of that name, and nothing at that path.
        UnreadableFileError: an ONNX file without an adapter beside it.
        DamagedModelError: a file is missing, altered or not what it should be.
        MissingComponentError: the built-in encoder is not in this installation.
    """
    if isinstance(name_or_path, str) and name_or_path in SPEECH_ENCODERS.names():
        return SPEECH_ENCODERS.get(name_or_path)()
    path = Path(name_or_path)
    if path.suffix.lower() == ".onnx":
        from avatron.voice.listening.foreign import AdaptedSpeechEncoder

        return AdaptedSpeechEncoder.load(path, threads=threads)
    if not path.is_dir():
        raise UnknownNameError(
            "speech encoder",
            os.fspath(name_or_path),
            SPEECH_ENCODERS.names(),
            "A folder of one, or an ONNX file with its adapter beside it, is named by its path",
        )
    from avatron.voice.listening.mel_encoder import MelSpeechEncoder

    return MelSpeechEncoder.load(path, threads=threads)
