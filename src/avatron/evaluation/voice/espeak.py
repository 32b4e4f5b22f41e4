"""eSpeak NG as a voice: the anchor of what rules could do before networks learned to speak."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from avatron.core.audio import Audio
from avatron.errors import MissingComponentError
from avatron.io.audio import read_audio

__all__ = ["espeak_speaker"]

INSTALL = 'the anchor eSpeak NG is not here: pip install "avatron[languages]", or put `espeak-ng` on the PATH'
RETRIEVAL, CHARACTERS, UTF8 = 1, 1, 1
"""Output to a callback; positions count characters; the text is UTF-8 (speak_lib.h)."""

_Listener = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
_loaded: dict[str, tuple[Any, int]] = {}


def espeak_speaker(language: str = "en-us") -> Callable[[str], Audio]:
    """A function that speaks a text, through the library of the extra `languages` or a binary on the PATH.

    Raises:
        MissingComponentError: neither is here.
    """
    try:
        import espeakng_loader
    except ImportError:
        binary = shutil.which("espeak-ng") or shutil.which("espeak")
        if binary is None:
            raise MissingComponentError(INSTALL) from None
        return lambda text: _binary_says(binary, text, language)
    library, rate = _library(espeakng_loader.get_library_path(), espeakng_loader.get_data_path())
    if library.espeak_SetVoiceByName(language.encode()) != 0:
        raise MissingComponentError(f"eSpeak NG has no voice `{language}`")
    return lambda text: _library_says(library, rate, text)


def _library(path: str, data: str) -> tuple[Any, int]:
    # The library holds one state for the whole process.
    if path not in _loaded:
        library = ctypes.CDLL(path)
        rate = library.espeak_Initialize(RETRIEVAL, 0, str(data).encode(), 0)
        if rate <= 0:
            raise MissingComponentError(f"eSpeak NG at `{path}` does not start (code {rate}); install it again")
        library.espeak_Synth.argtypes = [
            ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int, ctypes.c_uint, ctypes.c_uint,
            ctypes.c_void_p, ctypes.c_void_p,
        ]  # fmt: skip
        _loaded[path] = library, rate
    return _loaded[path]


def _library_says(library: Any, rate: int, text: str) -> Audio:
    pieces = [np.zeros(1, np.int16)]

    def heard(samples: Any, count: int, _: Any) -> int:
        if samples and count:
            pieces.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0

    listener = _Listener(heard)
    library.espeak_SetSynthCallback(listener)
    encoded = text.encode()
    library.espeak_Synth(encoded, len(encoded) + 1, 0, CHARACTERS, 0, UTF8, None, None)
    library.espeak_Synchronize()
    return Audio((np.concatenate(pieces) / 32768).astype(np.float32), rate)


def _binary_says(binary: str, text: str, language: str) -> Audio:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "said.wav"
        subprocess.run([binary, "-v", language, "-w", str(path), "--stdin"], input=text.encode(), check=True)
        return read_audio(path)
