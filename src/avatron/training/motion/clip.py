"""One clip that the avatar decoder learns from: what is said, on the mel's clock, and how the face moves with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.core.motion import FaceMotion
from avatron.core.speech import Speech
from avatron.errors import InvalidValueError, ShapeError
from avatron.text.inventory import SYMBOLS

__all__ = ["FILMED", "SOURCES", "SPLITS", "MotionClip"]

SPLITS: tuple[str, ...] = ("train", "valid", "test")
"""What a clip may be used for: learned from, chosen by, judged on."""
SOURCES: tuple[str, ...] = ("grid", "viseme", "speech-driven", "video")
"""Where the motion comes from: films of GRID, the rules of the animator `viseme`, a network that hears, a video."""
FILMED: frozenset[str] = frozenset({"grid", "video"})
"""Sources that show a face from the outside: no tongue."""
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_SPACE = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, eq=False)
class MotionClip:
    """Speech as the acoustic model reads it, and the motion of a face that says it; both begin at time 0.

    Mel column f is at f * hop_length / sample_rate seconds, frame t of the motion at t / motion.fps.

    Raises:
        ShapeError: lengths that disagree, durations that do not sum to F, or values that are not finite.
        InvalidValueError: a name, source, split, embedding space, rate or phoneme that cannot be; a motion that does
            not begin at frame 0; a confidence outside 0 .. 1.
    """

    name: str
    """Of the file, without its ending; one of a kind in a corpus."""
    subject: str
    """Whose way of moving it is: `grid-s1`, `teacher`. The decoder's style is learned per subject."""
    source: str
    """One of `SOURCES`."""
    split: str
    """One of `SPLITS`."""
    embedding: NDArray[np.float32]
    """[D, F] `Acoustics.text_embedding`."""
    embedding_space: str
    """sha256 of the text encoder that made it."""
    phoneme_ids: NDArray[np.int64]
    """[P] places in the inventory, pauses included."""
    durations: NDArray[np.int64]
    """[P] mel frames; sum = F."""
    mel: NDArray[np.float32]
    """[M, F] natural log."""
    pitch: NDArray[np.float32]
    """[F] Hz, 0 where unvoiced."""
    energy: NDArray[np.float32]
    """[F] mean of the mel over its bins."""
    sample_rate: int
    """Samples per second of the speech."""
    hop_length: int
    """Samples per mel frame."""
    motion: FaceMotion
    """On the same clock, of any frame rate."""
    valid: NDArray[np.bool_]
    """[T] the frames that may be learned from."""
    confidence: NDArray[np.float32]
    """[T] 0 .. 1, how far each frame is to be trusted: a weight for losses; 0 where not valid."""
    identity: NDArray[np.float32] | None = None
    """[S] of the head model, standard deviations; None where nobody in particular moves."""
    word_initial: NDArray[np.bool_] | None = None
    """[P] where a word begins; None where it is not known."""
    text: str = ""
    """What is said, as it is written."""

    @staticmethod
    def of_speech(
        speech: Speech,
        motion: FaceMotion,
        *,
        name: str,
        subject: str,
        source: str,
        split: str,
        valid: NDArray[np.bool_] | None = None,
    ) -> MotionClip:
        """The clip of `motion` [T] that says `speech`; frames that are not `valid` [T] (None: all are) are not trusted.

        Raises:
            InvalidValueError: speech without phonemes or durations, or what cannot be a clip.
            ShapeError: lengths that disagree.
        """
        acoustics, phonemes = speech.acoustics, speech.phonemes
        if phonemes is None or acoustics.durations is None:
            raise InvalidValueError(f"the speech of `{name}` has no phonemes with durations; align it first")
        trusted = np.ones(len(motion), np.bool_) if valid is None else valid
        return MotionClip(
            name=name,
            subject=subject,
            source=source,
            split=split,
            embedding=acoustics.text_embedding,
            embedding_space=acoustics.embedding_space,
            phoneme_ids=phonemes.ids,
            durations=acoustics.durations,
            mel=acoustics.mel,
            pitch=acoustics.pitch,
            energy=acoustics.energy,
            sample_rate=acoustics.sample_rate,
            hop_length=acoustics.hop_length,
            motion=motion,
            valid=trusted,
            confidence=trusted.astype(np.float32),
        )

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or not _NAME.fullmatch(self.subject):
            raise InvalidValueError(
                f"clip `{self.name}` by `{self.subject}` cannot be named so: letters, digits, `.`, `_` and `-` only"
            )
        for what, value, known in (("source", self.source, SOURCES), ("split", self.split, SPLITS)):
            if value not in known:
                raise InvalidValueError(f"clip `{self.name}` has the {what} `{value}`; expected {', '.join(known)}")
        if not _SPACE.fullmatch(self.embedding_space):
            raise InvalidValueError(
                f"clip `{self.name}` has the embedding space `{self.embedding_space}`; expected a sha256"
            )
        if self.sample_rate < 1 or self.hop_length < 1:
            raise InvalidValueError(f"sample rate {self.sample_rate} and hop length {self.hop_length} must be positive")
        self._check_speech()
        self._check_motion()

    def _check_speech(self) -> None:
        self._check("mel", (None, None), np.float32)
        frames, phonemes = self.frames, len(self.phoneme_ids)
        self._check("embedding", (None, frames), np.float32)
        for name in ("pitch", "energy"):
            self._check(name, (frames,), np.float32)
        for name in ("phoneme_ids", "durations"):
            self._check(name, (phonemes,), np.int64)
        if self.word_initial is not None:
            self._check("word_initial", (phonemes,), np.bool_)
        if (self.durations < 0).any() or self.durations.sum() != frames:
            raise ShapeError(f"`durations` sum to {self.durations.sum()}, expected the number of frames, {frames}")
        if phonemes and not 0 <= self.phoneme_ids.min() <= self.phoneme_ids.max() < len(SYMBOLS):
            raise InvalidValueError(f"clip `{self.name}` has phonemes outside the inventory of {len(SYMBOLS)}")

    def _check_motion(self) -> None:
        count = len(self.motion)
        if self.motion.first_frame != 0:
            raise InvalidValueError(
                f"the motion of clip `{self.name}` begins at frame {self.motion.first_frame}, expected 0: the clock "
                "of a clip is its own"
            )
        self._check("valid", (count,), np.bool_)
        self._check("confidence", (count,), np.float32)
        if self.identity is not None:
            self._check("identity", (None,), np.float32)
        if count and not 0 <= self.confidence.min() <= self.confidence.max() <= 1:
            raise InvalidValueError(f"clip `{self.name}` has a confidence outside 0 .. 1")
        if self.confidence[~self.valid].any():
            raise InvalidValueError(f"clip `{self.name}` trusts frames that are not valid; their confidence must be 0")

    def _check(self, name: str, shape: tuple[int | None, ...], dtype: type[np.generic]) -> None:
        object.__setattr__(self, name, checked_array(name, getattr(self, name), shape, dtype))

    @property
    def frames(self) -> int:
        """F."""
        return int(self.mel.shape[1])

    @property
    def frame_rate(self) -> Fraction:
        """Mel frames per second, exactly."""
        return Fraction(self.sample_rate, self.hop_length)

    @property
    def duration_s(self) -> float:
        """Seconds of speech."""
        return float(self.frames / self.frame_rate)

    @property
    def symbols(self) -> tuple[str, ...]:
        """[P] the phonemes as symbols of the inventory."""
        return tuple(SYMBOLS[number] for number in self.phoneme_ids)

    @property
    def boundaries_s(self) -> NDArray[np.float64]:
        """[P + 1] seconds at which phonemes begin, and at which the last one ends."""
        return np.concatenate([[0], np.cumsum(self.durations)]) / float(self.frame_rate)
