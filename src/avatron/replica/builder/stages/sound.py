"""What is heard in the video: it has a say in the lips, and tells when the person speaks."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from avatron.errors import UnreadableFileError
from avatron.io.npz import read_npz, write_npz
from avatron.replica.builder.stage import Stage, StageRun
from avatron.track.speech.phonemes import PhonemeTrack
from avatron.track.speech.sound import HeardSound, listen

__all__ = ["SOUND", "read_heard"]

_FILE = "heard.npz"
_HEARD = ("opening", "speech")
_TIMES = ("start_s", "end_s", "confidence", "word_index")


def read_heard(folder: Path) -> HeardSound | None:
    """What the stage has left in `folder`; None where nothing was heard.

    Raises:
        UnreadableFileError: it cannot be read.
    """
    place = folder / _FILE
    if not place.is_file():
        return None
    arrays = read_npz(place, "what is heard", _HEARD, (*_TIMES, "symbols", "words"))
    phonemes = None
    if "symbols" in arrays:
        symbols, words = (tuple(arrays[name].tolist()) for name in ("symbols", "words"))
        times = {name: arrays[name] for name in _TIMES}
        phonemes = PhonemeTrack(symbols=symbols, words=words, **times)
    return HeardSound(arrays["opening"], arrays["speech"], phonemes)


def _run(run: StageRun) -> None:
    source = run.source
    if source.info.audio_rate is None:
        run.on_note("the video has no sound: lips are found by the picture alone, and no voice is compared")
        return
    try:
        heard = listen(source.video, source.config.transcript)
    except UnreadableFileError as error:
        run.on_note(f"the sound has no say: {error}")
        return
    arrays = {name: getattr(heard, name) for name in _HEARD}
    if heard.phonemes is not None:
        if not heard.fits:
            run.on_note("the transcript does not fit what is heard, and has no say")
        arrays |= {name: getattr(heard.phonemes, name) for name in _TIMES}
        # Words of text: `allow_pickle` stays off.
        arrays |= {name: np.array(getattr(heard.phonemes, name), np.str_) for name in ("symbols", "words")}
    write_npz(run.place / _FILE, arrays)


SOUND = Stage("sound", _run, needs=("check",), settings=lambda config: {"said": config.transcript}, cost_ms=1.0)
