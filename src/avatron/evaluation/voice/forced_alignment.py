"""Where an aligner that knows nothing of ours hears each phoneme begin, against when we say that it does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.core.speech import PhonemeSequence, Span
from avatron.io.audio import to_int16
from avatron.io.optional import optional_package
from avatron.io.resample import resample_audio
from avatron.text.inventory import symbol_to_arpabet

__all__ = ["ForcedAligner", "StartAligner", "distance_summary", "start_distances_ms"]

ALIGNER_RATE = 16000
FRAME_S, WINDOW_S = 0.01, 0.0256
"""Of the aligner. Frame t is centred on t * FRAME_S + WINDOW_S / 2, and a boundary lies between two centres."""
BOUNDARY_S = (WINDOW_S - FRAME_S) / 2
QUIET_S = 0.2
"""Silence in front of and behind an utterance."""
THRESHOLDS_MS = (25, 50)
PREFIX = "say_"


class StartAligner(Protocol):
    """Hears when phonemes and words begin."""

    def phoneme_starts_s(self, audio: Audio, phonemes: PhonemeSequence) -> NDArray[np.float64] | None:
        """[P] seconds at which each phoneme begins, NaN for pauses; None where it cannot say."""
        ...

    def word_starts_s(self, audio: Audio, phonemes: PhonemeSequence) -> NDArray[np.float64] | None:
        """[P] seconds at which the first phoneme of each word begins, NaN for all others; None as above."""
        ...


class ForcedAligner:
    """pocketsphinx, told the phonemes: each word is given to it with the pronunciation that was spoken."""

    def __init__(self) -> None:
        """Opens the model.

        Raises:
            MissingComponentError: pocketsphinx is not installed.
        """
        package = optional_package("pocketsphinx", '"avatron[bench]"')
        self._decoder = package.Decoder(samprate=ALIGNER_RATE, loglevel="FATAL", bestpath=False, lm=None)
        self._known: set[str] = set()

    def phoneme_starts_s(self, audio: Audio, phonemes: PhonemeSequence) -> NDArray[np.float64] | None:
        """[P] seconds at which each phoneme begins, NaN for pauses; None where it finds no path through the sound.

        Every phoneme is given as a word of its own: the second pass of pocketsphinx 5.1, which would find phonemes
        inside of words, crashes.
        """
        spoken = np.nonzero(phonemes.word_index >= 0)[0]
        return self._starts_s(audio, [_names(phonemes, [place]) for place in spoken], spoken, len(phonemes))

    def word_starts_s(self, audio: Audio, phonemes: PhonemeSequence) -> NDArray[np.float64] | None:
        """[P] seconds at which the first phoneme of each word begins, NaN for all others; None as above."""
        index = phonemes.word_index
        words = [
            _names(phonemes, np.nonzero(index == index[place])[0]) for place in np.nonzero(phonemes.word_initial)[0]
        ]
        return self._starts_s(audio, words, np.nonzero(phonemes.word_initial)[0], len(phonemes))

    def _starts_s(
        self, audio: Audio, pronunciations: Sequence[str], places: NDArray[np.int64], count: int
    ) -> NDArray[np.float64] | None:
        """[count] seconds, NaN but at `places`, where the pronunciations begin."""
        samples = np.pad(resample_audio(audio, ALIGNER_RATE).samples, round(QUIET_S * ALIGNER_RATE))
        self._decoder.reinit_feat()
        self._decoder.set_align_text(" ".join(self._word(names) for names in pronunciations))
        self._decoder.start_utt()
        self._decoder.process_raw(to_int16(samples).tobytes(), full_utt=True)
        self._decoder.end_utt()
        if self._decoder.hyp() is None:
            return None
        found = [segment.start_frame for segment in self._decoder.seg() if segment.word.startswith(PREFIX)]
        if len(found) != len(places):
            return None
        starts = np.full(count, np.nan)
        starts[places] = np.array(found) * FRAME_S + BOUNDARY_S - QUIET_S
        return starts

    def _word(self, names: str) -> str:
        """The name under which it knows a pronunciation."""
        word = PREFIX + names.replace(" ", "_").lower()
        if word not in self._known:
            self._decoder.add_word(word, names, True)
            self._known.add(word)
        return word


def start_distances_ms(starts_s: NDArray[np.float64], spans: Sequence[Span]) -> NDArray[np.float64]:
    """The aligner's starts [P] minus the spans', in milliseconds, those that are NaN left out.

    Positive where the sound comes later than we say.
    """
    distances_ms = (starts_s - np.array([span.start_s for span in spans])) * 1000
    return np.asarray(distances_ms[np.isfinite(distances_ms)])


def distance_summary(distances_ms: NDArray[np.float64]) -> dict[str, Any]:
    """Count, signed mean, and mean, median, 95th percentile and shares within 25 and 50 ms of the distances' sizes."""
    sizes = np.abs(distances_ms)
    if not len(sizes):
        return {"count": 0}
    half = 1.96 * sizes.std(ddof=1) / np.sqrt(len(sizes)) if len(sizes) > 1 else 0.0
    return {
        "count": len(sizes),
        "signed_mean_ms": round(float(distances_ms.mean()), 1),
        "mean_ms": round(float(sizes.mean()), 1),
        "interval95_ms": round(float(half), 1),
        "median_ms": round(float(np.median(sizes)), 1),
        "percentile95_ms": round(float(np.percentile(sizes, 95)), 1),
        **{f"within_{limit}_ms": round(float((sizes <= limit).mean()), 3) for limit in THRESHOLDS_MS},
    }


def _names(phonemes: PhonemeSequence, places: Iterable[Any]) -> str:
    """ARPAbet without stress, as pocketsphinx writes pronunciations."""
    return " ".join(symbol_to_arpabet(phonemes.symbols[place]).rstrip("012") for place in places)
