"""What is said and how it sounds: phonemes, acoustics, speech."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.core.audio import Audio
from avatron.core.emotion import NOTHING_ASKED, Border, Emotion
from avatron.errors import InvalidValueError, ShapeError

__all__ = ["Acoustics", "PhonemeMarks", "PhonemeSequence", "Span", "Speech"]


@dataclass(frozen=True, eq=False)
class PhonemeMarks:
    """What the marks of a script ask of each phoneme, relative to how it would be said without them.

    Raises:
        ShapeError: lengths that disagree.
    """

    rate: NDArray[np.float32]
    """[P] speed, 1 as it is."""
    semitones: NDArray[np.float32]
    """[P] pitch."""
    decibels: NDArray[np.float32]
    """[P] volume."""
    pause_s: NDArray[np.float32]
    """[P] seconds that a pause lasts, whatever the pace; negative where the voice chooses."""
    pitch_range: NDArray[np.float32] | None = None
    """[P] factor on how far the pitch moves about its middle; None leaves it alone."""
    emotions: tuple[Emotion | None, ...] = ()
    """[P] what is felt while it is said, None where nothing is asked; empty where nothing is asked anywhere."""
    starts: Border = NOTHING_ASKED
    """What is felt on both sides of the utterance's start."""
    ends: Border = NOTHING_ASKED
    """What is felt on both sides of its end."""

    def __post_init__(self) -> None:
        count = len(self.rate)
        for name in ("rate", "semitones", "decibels", "pause_s"):
            object.__setattr__(self, name, checked_array(name, getattr(self, name), (count,), np.float32))
        if self.pitch_range is not None:
            object.__setattr__(
                self, "pitch_range", checked_array("pitch_range", self.pitch_range, (count,), np.float32)
            )
        if len(self.emotions) not in (0, count):
            raise ShapeError(f"{len(self.emotions)} emotions for {count} phonemes, expected one each or none")

    @staticmethod
    def plain(count: int) -> PhonemeMarks:
        """The marks of `count` phonemes of which nothing is asked."""
        zeros = np.zeros(count, np.float32)
        return PhonemeMarks(np.ones(count, np.float32), zeros, zeros, np.full(count, -1, np.float32))


@dataclass(frozen=True, eq=False)
class PhonemeSequence:
    """The phonemes of one utterance, pauses included.

    Raises:
        ShapeError: lengths that disagree, or a word index that runs backwards or past the words.
    """

    symbols: tuple[str, ...]
    """[P] symbols of the voice's inventory."""
    ids: NDArray[np.int64]
    """[P] their places in the inventory."""
    word_index: NDArray[np.int64]
    """[P] the word each phoneme belongs to, -1 for pauses."""
    words: tuple[str, ...]
    """The words as they were written; captions show them."""
    text: str
    """The utterance as it was written."""
    language: str
    """BCP 47 tag, in lower case: `en-us`."""
    marks: PhonemeMarks | None = None
    """What the script asks beside the words; None where it asks nothing."""

    def __post_init__(self) -> None:
        count = len(self.symbols)
        if self.marks is not None and len(self.marks.rate) != count:
            raise ShapeError(f"{len(self.marks.rate)} marks for {count} phonemes")
        object.__setattr__(self, "ids", checked_array("ids", self.ids, (count,), np.int64))
        object.__setattr__(self, "word_index", checked_array("word_index", self.word_index, (count,), np.int64))
        spoken = self.word_index[self.word_index >= 0]
        if len(spoken) and ((np.diff(spoken) < 0).any() or spoken[-1] >= len(self.words)):
            raise ShapeError(f"`word_index` must rise and stay below the number of words, {len(self.words)}")

    def __len__(self) -> int:
        return len(self.symbols)

    @property
    def word_initial(self) -> NDArray[np.bool_]:
        """[P] True where a word begins."""
        previous = np.concatenate([[-1], self.word_index[:-1]])
        return np.asarray((self.word_index >= 0) & (self.word_index != previous), bool)


@dataclass(frozen=True, eq=False)
class Acoustics:
    """What an acoustic model says of an utterance, one column per mel frame.

    Raises:
        ShapeError: lengths that disagree, or durations that do not sum to F.
        InvalidValueError: a rate or hop below 1.
    """

    mel: NDArray[np.float32]
    """[M, F] natural log of the mel magnitude."""
    text_embedding: NDArray[np.float32]
    """[D, F] the text encoder's output before pitch, energy and speaker, repeated by the durations."""
    durations: NDArray[np.int64] | None
    """[P] mel frames per phoneme; None for recorded speech without a transcript."""
    pitch: NDArray[np.float32]
    """[F] Hz, 0 where unvoiced."""
    energy: NDArray[np.float32]
    """[F] mean of the mel over its bins."""
    embedding_space: str
    """sha256 of the frozen text encoder that made the embedding."""
    sample_rate: int
    """Samples per second of the speech."""
    hop_length: int
    """Samples per mel frame."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "mel", checked_array("mel", self.mel, (None, None), np.float32))
        frames = self.mel.shape[1]
        for name, shape in (("text_embedding", (None, frames)), ("pitch", (frames,)), ("energy", (frames,))):
            object.__setattr__(self, name, checked_array(name, getattr(self, name), shape, np.float32))
        if self.durations is not None:
            durations = checked_array("durations", self.durations, (None,), np.int64)
            object.__setattr__(self, "durations", durations)
            if (durations < 0).any() or durations.sum() != frames:
                raise ShapeError(f"`durations` sum to {durations.sum()}, expected the number of frames, {frames}")
        if self.sample_rate < 1 or self.hop_length < 1:
            raise InvalidValueError(f"sample rate {self.sample_rate} and hop length {self.hop_length} must be positive")

    @property
    def frames(self) -> int:
        """F."""
        return int(self.mel.shape[1])

    @property
    def frame_rate(self) -> float:
        """Mel frames per second."""
        return self.sample_rate / self.hop_length


@dataclass(frozen=True)
class Span:
    """A label with its place in time, in seconds from the start of the utterance."""

    label: str
    start_s: float
    end_s: float


@dataclass(frozen=True, eq=False)
class Speech:
    """One spoken utterance: its sound, how it came about, and when each phoneme and word is said.

    A script is a series of utterances; `start_sample` is the place of this one on the clock of the whole, counted in
    samples so that utterances touch exactly, at any length.

    Raises:
        ShapeError: spans that do not match the phonemes.
        InvalidValueError: a negative start.
    """

    audio: Audio
    acoustics: Acoustics
    phonemes: PhonemeSequence | None
    """None for recorded speech without a transcript."""
    spans: tuple[Span, ...]
    """[P] one per phoneme, in order; empty without a transcript."""
    words: tuple[Span, ...]
    """One per word of `phonemes.words` that is spoken."""
    start_sample: int = 0
    """Samples from the start of the script to the first sample."""

    def __post_init__(self) -> None:
        if self.phonemes is not None and len(self.spans) != len(self.phonemes):
            raise ShapeError(f"{len(self.spans)} spans for {len(self.phonemes)} phonemes, expected one each")
        if self.start_sample < 0:
            raise InvalidValueError(f"speech starts at sample {self.start_sample}, expected 0 or later")

    @property
    def start(self) -> Fraction:
        """Exact seconds from the start of the script to the first sample."""
        return Fraction(self.start_sample, self.audio.sample_rate)

    @property
    def end(self) -> Fraction:
        """Exact seconds from the start of the script to the end of the last sample."""
        return Fraction(self.start_sample + len(self.audio.samples), self.audio.sample_rate)

    @property
    def start_s(self) -> float:
        """`start`, rounded once."""
        return float(self.start)
