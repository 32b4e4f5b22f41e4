"""Recordings that the encoder of speech learns from: their sound, and what the text encoder says of each moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.io.audio import read_audio, to_int16
from avatron.io.npz import read_npz, write_npz
from avatron.text.inventory import LEAD_PAUSE, PADDING, SYMBOL_IDS
from avatron.track.speech.align import align_phonemes, align_within_words
from avatron.track.speech.phonemes import PhonemeTrack
from avatron.training.corpus import read_corpus
from avatron.training.labels import phoneme_symbols
from avatron.training.listener_data import grid_words
from avatron.training.motion.split import split_by_name
from avatron.voice.listening.features import COLUMN_S, HEARING

__all__ = ["READER_STRIDE", "Recording", "read_recordings", "recorded", "write_recordings"]

READER_STRIDE = 20
"""Every 20th clip of a reader, sorted by name, is held out; of GRID, what `split_by_name` does not train on: faces are
judged on the same clips, and no part of the way from sound to face may know them."""
FITS = 0.4
"""Least score of the alignment of a clip that is learned from."""

TextEncoder = Any
"""ONNX Runtime session of a voice's `encoder.onnx`."""


@dataclass(frozen=True, eq=False)
class Recording:
    """One clip."""

    name: str
    held_out: bool
    """Never trained on."""
    samples: NDArray[np.int16]
    """[N] at the rate of `HEARING`."""
    ids: NDArray[np.int64]
    """[P] phonemes in the inventory; `_` where nobody knows what is said."""
    end_s: NDArray[np.float64]
    """[P] where each ends; the next begins there."""
    embedding: NDArray[np.float16]
    """[D, P] of the text encoder."""

    def waveform(self, start: int = 0, stop: int | None = None) -> NDArray[np.float32]:
        """[n] the samples `start` .. `stop` - 1 in [-1, 1]."""
        return np.asarray(self.samples[start:stop] / np.float32(32768), np.float32)

    def phoneme_of(self, columns: int, speed: float = 1.0, start_s: float = 0.0) -> NDArray[np.int64]:
        """[F] the phoneme of each column where the clip is played `speed` times as fast from `start_s` on."""
        time_s = start_s + np.arange(columns) * COLUMN_S * speed
        return np.minimum(np.searchsorted(self.end_s, time_s, side="right"), len(self.ids) - 1)


def recorded(corpus: str, data: Path, encoder: TextEncoder) -> Iterator[Recording]:
    """The clips of `lj`, `pm` or `grid` under the data folder.

    LJSpeech comes with its alignment, the others are aligned by the listener of `avatron.track.speech`: pm to its
    texts, where they fit, GRID within the times of its words.

    Raises:
        UnreadableFileError: a file of the corpus is missing or not what it should be.
    """
    if corpus == "lj":
        for clip in read_corpus(data / "ljspeech"):
            end_s = np.array([phone.end_s for phone in clip.phones])
            initial = np.array([phone.word_initial for phone in clip.phones])
            yield _recording(clip.name, clip.held_out, clip.path, phoneme_symbols(clip), initial, end_s, encoder)
    elif corpus == "pm":
        lines = (data / "pm_voice" / "metadata.csv").read_text(encoding="utf-8").splitlines()
        for place, line in enumerate(sorted(line for line in lines if line)):
            name, _, text = line.split("|")
            path = data / "pm_voice" / "wavs" / f"{name}.flac"
            track = align_phonemes(read_audio(path), text)
            if track.score >= FITS:
                yield _aligned(name, place % READER_STRIDE == 0, path, track, encoder)
    else:
        clips = grid_words(data / "grid_s1")
        splits = split_by_name(clips)
        for name, words in clips.items():
            path = data / "grid_s1" / "video" / f"{name}.mp4"
            yield _aligned(name, splits[name] != "train", path, align_within_words(read_audio(path), words), encoder)


def _aligned(name: str, held_out: bool, path: Path, track: PhonemeTrack, encoder: TextEncoder) -> Recording:
    """From a phoneme track; gaps between its words become pauses."""
    symbols: list[str] = []
    ends: list[float] = []
    initial: list[bool] = []
    word = -1
    for symbol, start, end, own in zip(
        track.symbols, track.start_s.tolist(), track.end_s.tolist(), track.word_index.tolist(), strict=True
    ):
        if end <= start:
            continue
        if start > (ends[-1] if ends else 0.0) + 1e-6:
            symbols.append(LEAD_PAUSE)
            ends.append(start)
            initial.append(False)
        symbols.append(symbol)
        ends.append(end)
        initial.append(own >= 0 and own != word)
        word = own if own >= 0 else word
    return _recording(name, held_out, path, symbols, np.array(initial), np.array(ends), encoder)


def _recording(
    name: str,
    held_out: bool,
    path: Path,
    symbols: Sequence[str],
    word_initial: NDArray[np.bool_],
    end_s: NDArray[np.float64],
    encoder: TextEncoder,
) -> Recording:
    audio = read_audio(path, HEARING.sample_rate)
    symbols = [LEAD_PAUSE, *symbols] if symbols[0] != LEAD_PAUSE else list(symbols)
    if len(symbols) > len(end_s):
        end_s, word_initial = np.append(0.0, end_s), np.append(False, word_initial)
    if symbols[-1] == LEAD_PAUSE:
        symbols[-1] = "."
    else:
        symbols, end_s, word_initial = (
            [*symbols, "."],
            np.append(end_s, audio.duration_s),
            np.append(word_initial, False),
        )
    ids = np.array([SYMBOL_IDS.get(symbol, SYMBOL_IDS[PADDING]) for symbol in symbols])
    embedding = encoder.run(
        ["text_embedding"], {"ids": ids[None], "word_initial": word_initial.astype(np.int64)[None]}
    )[0][0]
    return Recording(name, held_out, to_int16(audio.samples), ids, end_s, embedding.astype(np.float16))


def write_recordings(path: Path, recordings: Sequence[Recording], *, overwrite: bool = False) -> None:
    """One npz of a corpus.

    Raises:
        OutputError: it cannot be written.
    """

    def lengths(arrays: Sequence[NDArray[Any]]) -> NDArray[np.int64]:
        return np.array([array.shape[-1] for array in arrays])

    samples = [each.samples for each in recordings]
    ids = [each.ids for each in recordings]
    write_npz(
        path,
        {
            "names": np.array([each.name for each in recordings]),
            "held_out": np.array([each.held_out for each in recordings]),
            "sample_counts": lengths(samples),
            "samples": np.concatenate(samples),
            "phoneme_counts": lengths(ids),
            "ids": np.concatenate(ids),
            "end_s": np.concatenate([each.end_s for each in recordings]),
            "embedding": np.concatenate([each.embedding for each in recordings], axis=1),
        },
        overwrite=overwrite,
    )


def read_recordings(path: Path) -> tuple[Recording, ...]:
    """All of a corpus.

    Raises:
        UnreadableFileError: missing, damaged or something else.
    """
    names = ("names", "held_out", "sample_counts", "samples", "phoneme_counts", "ids", "end_s", "embedding")
    stored = read_npz(path, "recordings", names)
    samples = np.split(stored["samples"], np.cumsum(stored["sample_counts"])[:-1])
    cuts = np.cumsum(stored["phoneme_counts"])[:-1]
    rows = zip(
        stored["names"].tolist(),
        stored["held_out"].tolist(),
        samples,
        np.split(stored["ids"], cuts),
        np.split(stored["end_s"], cuts),
        np.split(stored["embedding"], cuts, axis=1),
        strict=True,
    )
    return tuple(Recording(*row) for row in rows)
