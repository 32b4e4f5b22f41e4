"""A stream of windows of a motion corpus: random places, paces and sides, from a few clips in memory at a time.

Clips of a source are read in a random order, each is cut into as many windows as its length deserves, and then makes
room for the next. So memory does not depend on how large the corpus is, and every clip is seen as often as any other of
its length. Which share of the windows each source has is a number of the config: that is where the mix is changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from avatron.core.timeline import sample_curve
from avatron.errors import InvalidValueError
from avatron.training.motion.clip import MotionClip
from avatron.training.motion.corpus import MotionCorpus
from avatron.training.motion.mirror import mirrored

__all__ = ["COLUMNS_PER_FRAME", "LoaderConfig", "MotionBatch", "MotionLoader", "MotionWindow", "window_of"]

COLUMNS_PER_FRAME = 2
"""Mel columns to a frame of the decoder's clock."""


@dataclass(frozen=True)
class LoaderConfig:
    """What windows look like.

    Raises:
        InvalidValueError: a number that is out of range, or shares that are not positive.
    """

    frames: int = 96
    """T, frames of the decoder's clock in a window: 2.2 s."""
    lookahead: int = 16
    """Mel columns after those of the last frame: what the decoder may look ahead."""
    pace: tuple[float, float] = (0.9, 1.1)
    """Windows are played faster by a factor between these, speech and motion together."""
    mirror_share: float = 0.5
    """How many windows are mirrored, 0 .. 1."""
    shares: Mapping[str, float] = field(default_factory=lambda: {"grid": 0.8, "viseme": 0.2})
    """Of each source among the windows; they are divided by their sum, and a source without a clip is an error."""
    held: int = 32
    """Clips of each source in memory at a time."""
    coverage: float = 1.0
    """Windows that are taken of a clip while it is in memory, as a multiple of its length."""

    def __post_init__(self) -> None:
        for name, low, high in (("frames", 1, 10**6), ("lookahead", 0, 10**6), ("held", 1, 10**6)):
            if not low <= getattr(self, name) <= high:
                raise InvalidValueError(f"{name} {getattr(self, name)} is outside {low} .. {high}")
        if not 0.5 <= self.pace[0] <= self.pace[1] <= 2:
            raise InvalidValueError(f"pace {self.pace} is outside 0.5 .. 2, or falls")
        if not 0 <= self.mirror_share <= 1 or not self.coverage > 0:
            raise InvalidValueError("mirror_share must be in 0 .. 1 and coverage above 0")
        if not self.shares or min(self.shares.values()) < 0 or not sum(self.shares.values()) > 0:
            raise InvalidValueError(f"shares {dict(self.shares)} must not be negative, and one must be above 0")

    @property
    def columns(self) -> int:
        """C, mel columns of a window."""
        return COLUMNS_PER_FRAME * self.frames + self.lookahead


@dataclass(frozen=True, eq=False)
class MotionWindow:
    """A part of a clip: C mel columns, and T frames of motion at every second of them."""

    name: str
    subject: str
    source: str
    start: float
    """Column of the clip at which it begins."""
    pace: float
    """Columns of the clip to a column of the window."""
    mirrored: bool
    embedding: NDArray[np.float32]
    """[D, C]; after the clip's end its last column goes on."""
    phoneme_ids: NDArray[np.int64]
    """[C] of each column."""
    mel: NDArray[np.float32]
    """[M, C]."""
    pitch: NDArray[np.float32]
    """[C] Hz, 0 where unvoiced."""
    energy: NDArray[np.float32]
    """[C]."""
    expression: NDArray[np.float32]
    """[T, E]."""
    head_rotation: NDArray[np.float32]
    """[T, 3]."""
    confidence: NDArray[np.float32]
    """[T] that of the less trusted video frame beside it; 0 outside of the clip."""


@dataclass(frozen=True, eq=False)
class MotionBatch:
    """B windows."""

    windows: tuple[MotionWindow, ...]

    def stacked(self, name: str) -> NDArray[np.generic]:
        """[B, ...] one of the arrays of all windows."""
        return np.stack([getattr(window, name) for window in self.windows])


def window_of(
    clip: MotionClip, start: float, *, frames: int, columns: int, pace: float = 1.0, mirror: bool = False
) -> MotionWindow:
    """`columns` mel columns of `clip` from the column `start` on, `pace` apart, and `frames` of its motion.

    Phonemes and embedding are constant over a phoneme and are taken as they are; mel and motion are read between
    columns and frames.
    """
    rate = float(clip.frame_rate)
    place = start + pace * np.arange(columns, dtype=np.float64)
    column = np.floor(place).astype(np.int64).clip(0, clip.frames - 1)
    moment_s = place[: COLUMNS_PER_FRAME * frames : COLUMNS_PER_FRAME] / rate
    motion = mirrored(clip.motion) if mirror else clip.motion
    fps = float(motion.fps)
    position = moment_s * fps
    trust = clip.confidence * clip.valid
    before = np.floor(position + 1e-6).astype(np.int64)
    after = np.ceil(position - 1e-6).astype(np.int64)
    inside = (before >= 0) & (after < len(trust)) & (moment_s <= clip.duration_s)
    last = max(len(trust) - 1, 0)
    confidence = np.minimum(trust[before.clip(0, last)], trust[after.clip(0, last)]) * inside
    return MotionWindow(
        name=clip.name,
        subject=clip.subject,
        source=clip.source,
        start=start,
        pace=pace,
        mirrored=mirror,
        embedding=clip.embedding[:, column],
        phoneme_ids=np.repeat(clip.phoneme_ids, clip.durations)[column],
        mel=sample_curve(clip.mel, 1.0, place),
        pitch=clip.pitch[column],
        energy=sample_curve(clip.energy, 1.0, place),
        expression=sample_curve(motion.expression.T, fps, moment_s).T,
        head_rotation=sample_curve(motion.head_rotation.T, fps, moment_s).T,
        confidence=confidence.astype(np.float32),
    )


class MotionLoader:
    """Windows without end, in an order that the seed decides."""

    def __init__(self, corpus: MotionCorpus, config: LoaderConfig | None = None, *, split: str = "train") -> None:
        """Of the clips of one split.

        Raises:
            InvalidValueError: a source with a share and without a clip in that split.
        """
        self.config = config or LoaderConfig()
        self._corpus = corpus
        self._names = {
            source: corpus.names(split, source=source) for source, share in self.config.shares.items() if share
        }
        for source, names in self._names.items():
            if not names:
                raise InvalidValueError(
                    f"the corpus has no clip of the source `{source}` in the split `{split}`; give it the share 0, or "
                    "build its clips"
                )

    def windows(self, seed: int = 0) -> Iterator[MotionWindow]:
        """Windows, one after another.

        Raises:
            UnreadableFileError: a clip that is damaged or gone, by its name.
        """
        chooser = np.random.default_rng(seed)
        sources = sorted(self._names)
        shares = np.array([self.config.shares[source] for source in sources])
        streams = [self._stream(source, np.random.default_rng([seed, place])) for place, source in enumerate(sources)]
        while True:
            yield next(streams[int(chooser.choice(len(sources), p=shares / shares.sum()))])

    def batches(self, size: int, seed: int = 0) -> Iterator[MotionBatch]:
        """`size` windows at a time; raises as `windows`."""
        windows = self.windows(seed)
        while True:
            yield MotionBatch(tuple(next(windows) for _ in range(size)))

    def _stream(self, source: str, chooser: np.random.Generator) -> Iterator[MotionWindow]:
        """Windows of one source."""
        config = self.config
        order = self._order(source, chooser)
        held: list[tuple[MotionClip, int]] = []
        while True:
            while len(held) < min(config.held, len(self._names[source])):
                clip = self._corpus.clip(next(order))
                count = config.coverage * clip.frames / (COLUMNS_PER_FRAME * config.frames)
                # A fraction of a window is one with that probability.
                held.append((clip, max(1, int(count + chooser.random()))))
            place = int(chooser.integers(len(held)))
            clip, left = held[place]
            yield self._random_window(clip, chooser)
            if left > 1:
                held[place] = clip, left - 1
            else:
                held.pop(place)

    def _order(self, source: str, chooser: np.random.Generator) -> Iterator[str]:
        """All names of a source in a random order, and again in another."""
        while True:
            yield from (self._names[source][place] for place in chooser.permutation(len(self._names[source])))

    def _random_window(self, clip: MotionClip, chooser: np.random.Generator) -> MotionWindow:
        config = self.config
        pace = float(np.exp(chooser.uniform(*np.log(config.pace))))
        last = max(clip.frames - pace * COLUMNS_PER_FRAME * config.frames, 0.0)
        return window_of(
            clip,
            float(chooser.uniform(0, last)),
            frames=config.frames,
            columns=config.columns,
            pace=pace,
            mirror=bool(chooser.random() < config.mirror_share),
        )
