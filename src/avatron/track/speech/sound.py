"""What is heard in the sound of a clip: how far the mouth should be open, where somebody speaks, what is said when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.core.audio import Audio
from avatron.io.audio import read_audio_pieces
from avatron.io.resample import resample_audio
from avatron.track.speech.align import align_timed, align_transcript
from avatron.track.speech.features import FRAME_RATE, HEARING
from avatron.track.speech.hearing import hear_pieces
from avatron.track.speech.listener import Listener, shipped_listener
from avatron.track.speech.opening import expected_opening, heard_opening, heard_speech
from avatron.track.speech.phonemes import (
    SILENT_WORDS,
    PhonemeTrack,
    TimedWord,
    Transcript,
    read_transcript,
    transcript_of_words,
)

__all__ = ["INTELLIGIBLE", "HeardSound", "listen"]

LONGEST_TIMED_S = 120.0
"""Seconds of words whose times are used; the sounds of longer ones are found from their order alone."""
INTELLIGIBLE = 0.4
"""Least score of a phoneme track whose text fits the sound: of texts that do, the lowest of 69 is 0.46, and of other
texts of the same reader, the highest of 24 is 0.37 (`benchmarks/alignment.py`)."""


@dataclass(frozen=True, eq=False)
class HeardSound:
    """The sound of a clip, 100 frames a second from the file's time 0.

    Raises:
        ShapeError: lengths that disagree, or values that are not finite.
    """

    opening: NDArray[np.float32]
    """[F] how far the mouth should be open, 0 closed .. 1 as in `ɑ`."""
    speech: NDArray[np.float32]
    """[F] how surely somebody speaks, 0 .. 1."""
    phonemes: PhonemeTrack | None = None
    """None without a transcript."""

    def __post_init__(self) -> None:
        for name in ("opening", "speech"):
            object.__setattr__(self, name, checked_array(name, getattr(self, name), (len(self.opening),), np.float32))

    @property
    def duration_s(self) -> float:
        """Seconds."""
        return len(self.opening) / FRAME_RATE

    @property
    def digest(self) -> str:
        """sha256 of what is heard: two sounds of one digest say the same of a picture."""
        digest = sha256(self.opening.tobytes() + self.speech.tobytes())
        if self.phonemes is not None:
            digest.update(" ".join(self.phonemes.symbols).encode() + self.phonemes.start_s.tobytes())
        return digest.hexdigest()

    @property
    def fits(self) -> bool:
        """Whether there is a transcript, and it is what is said."""
        return self.phonemes is not None and self.phonemes.score >= INTELLIGIBLE

    @property
    def expected(self) -> NDArray[np.float32]:
        """[F] `opening`, and where a transcript fits, the mean of that and of what its sounds ask for."""
        if self.phonemes is None or not self.fits:
            return self.opening
        return np.asarray(0.5 * (self.opening + expected_opening(self.phonemes, len(self.opening))), np.float32)


def listen(
    sound: Audio | Path | str,
    transcript: str | Transcript | None = None,
    *,
    words: Sequence[TimedWord] | None = None,
    listener: Listener | None = None,
) -> HeardSound:
    """What is heard in a sound or in that of a file, in constant memory apart from the result.

    `transcript` is what is said; `words` says it word by word with times, which are believed to 50 ms where they are
    enough to be looked at in one (`LONGEST_TIMED_S`).

    Raises:
        UnreadableFileError: a file that is missing, damaged or without sound.
        InvalidValueError, ScriptError: a transcript without words, or that cannot be spoken.
    """
    listener = listener or shipped_listener()
    said = read_transcript(transcript) if isinstance(transcript, str) else transcript
    timed = None
    if words is not None:
        timed = [each for each in words if each[2] not in SILENT_WORDS]
        said = transcript_of_words([word for _, _, word in timed])
    pieces: Iterable[NDArray[np.float32]]
    if isinstance(sound, Audio):
        pieces = [resample_audio(sound, HEARING.sample_rate).samples]
    else:
        pieces = read_audio_pieces(sound, HEARING.sample_rate)
    opening: list[NDArray[np.float32]] = []
    speech: list[NDArray[np.float32]] = []

    def noted() -> Iterator[NDArray[np.float32]]:
        for block in hear_pieces(pieces, listener):
            opening.append(heard_opening(block))
            speech.append(heard_speech(block))
            yield block

    phonemes = None
    if said is None:
        for _ in noted():
            pass
    elif timed is not None and timed[-1][1] <= LONGEST_TIMED_S:
        phonemes = align_timed(noted(), said, timed, listener)
    else:
        phonemes = align_transcript(noted(), said, listener)
    nothing = np.zeros(0, np.float32)
    return HeardSound(np.concatenate([nothing, *opening]), np.concatenate([nothing, *speech]), phonemes)
