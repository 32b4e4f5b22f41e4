"""Word errors of a weak recogniser: only differences between sets of the same texts mean something."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.evaluation.edits import edit_distance
from avatron.evaluation.measurement import Measurement
from avatron.io.audio import to_int16
from avatron.io.optional import optional_package
from avatron.io.resample import resample_audio
from avatron.text.english.frontend import EnglishFrontend
from avatron.text.script import parse_script

__all__ = ["Recogniser", "WordErrors", "relative_word_error_rate", "spoken_words", "word_error_rate", "word_errors"]

RECOGNISER_RATE = 16000
QUIET_S = 0.25
"""Silence in front of and behind an utterance, so that its first and last sounds are heard."""
DRAWS = 2000
"""Of utterances, with replacement, that the intervals come from."""
CITATION = "pocketsphinx with its own model of English; interval: Bisani and Ney, Bootstrap estimates, 2004"


@dataclass(frozen=True)
class WordErrors:
    """Of one utterance."""

    errors: int
    """Substitutions, insertions and deletions."""
    words: int
    """Of the text."""


class Recogniser:
    """pocketsphinx with its own model of English."""

    def __init__(self) -> None:
        """Opens the model.

        Raises:
            MissingComponentError: pocketsphinx is not installed.
        """
        package = optional_package("pocketsphinx", '"avatron[bench]"')
        self._decoder = package.Decoder(samprate=RECOGNISER_RATE, loglevel="FATAL")

    def words(self, audio: Audio) -> tuple[str, ...]:
        """What it hears, in lower case; the same whatever it heard before."""
        # The decoder adapts its cepstral mean to what it hears: without this, the order of the sets would matter.
        self._decoder.reinit_feat()
        samples = np.pad(resample_audio(audio, RECOGNISER_RATE).samples, round(QUIET_S * RECOGNISER_RATE))
        self._decoder.start_utt()
        self._decoder.process_raw(to_int16(samples).tobytes(), full_utt=True)
        self._decoder.end_utt()
        heard = self._decoder.hyp()
        return plain_words(heard.hypstr if heard else "")


def plain_words(text: str) -> tuple[str, ...]:
    """Lower-case words without punctuation."""
    return tuple(re.findall(r"[a-z']+", text.lower()))


def spoken_words(text: str) -> tuple[str, ...]:
    """The words of a text as they are said: numbers, dates and abbreviations written out, in lower case.

    Raises:
        ScriptError: a text that cannot be spoken.
    """
    frontend = EnglishFrontend()
    spoken = [word for sentence in parse_script(text) for word in frontend.read(sentence.marked).spoken_words()]
    return plain_words(" ".join(spoken))


def word_errors(wanted: Sequence[str], heard: Sequence[str]) -> WordErrors:
    """What was heard against what was to be heard."""
    return WordErrors(edit_distance(wanted, heard), len(wanted))


def word_error_rate(found: Sequence[WordErrors]) -> Measurement:
    """Errors per word of the texts; the interval is the bootstrap's over utterances."""
    errors, words = _columns(found)
    chosen = _draws(len(found))
    rates = errors[chosen].sum(1) / words[chosen].sum(1)
    return _measurement("word_error_rate", "errors a word", len(found), errors.sum() / words.sum(), rates)


def relative_word_error_rate(found: Sequence[WordErrors], reference: Sequence[WordErrors]) -> Measurement:
    """The word error rate over that of the reference, on the same texts; the interval is the paired bootstrap's."""
    errors, _ = _columns(found)
    reference_errors, _ = _columns(reference)
    chosen = _draws(len(found))
    rates = errors[chosen].sum(1) / np.maximum(reference_errors[chosen].sum(1), 1)
    mean = errors.sum() / max(reference_errors.sum(), 1)
    return _measurement("relative_word_error_rate", "of the recordings'", len(found), mean, rates)


def _columns(found: Sequence[WordErrors]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.array([one.errors for one in found], float), np.array([one.words for one in found], float)


def _draws(count: int) -> NDArray[np.int64]:
    return np.random.default_rng(0).integers(count, size=(DRAWS, count))


def _measurement(name: str, unit: str, count: int, mean: float, drawn: NDArray[np.float64]) -> Measurement:
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Measurement(name, unit, "lower", CITATION, count, float(mean), float(low), float(high))
