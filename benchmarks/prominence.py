"""Which vowel of a word stands out, measured on sound: pitch, length and energy of every vowel of an utterance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.core.speech import Span, Speech
from avatron.signal.mel import MelConfig, log_mel
from avatron.signal.pitch import track_pitch
from avatron.text.inventory import is_vowel, stress_of

__all__ = ["Leaders", "Vowels", "heard_semitones", "leaders", "vowels_of", "vowels_of_speech"]

HOP = MelConfig().hop_length
ENERGIES = {"mel": 2, "power": 3}
"""Column of the energy: the mean of the ln mel (as a voice's model has it), or ln of the signal's power."""


@dataclass(frozen=True, eq=False)
class Vowels:
    """The vowels of one utterance, in order."""

    stress: NDArray[np.int64]
    """[V] 0 unstressed, 1 primary, 2 secondary."""
    word: NDArray[np.int64]
    """[V] number of the word."""
    rows: NDArray[np.float64]
    """[V, 4] mean semitones while voiced, ln seconds, mean ln mel, ln power."""

    def scores(self, energy: str, like: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """[V] sum of the z-scores of pitch, length and energy among the rows `like` [N, 4], by default its own."""
        columns = [0, 1, ENERGIES[energy]]
        table, among = self.rows[:, columns], (self.rows if like is None else like)[:, columns]
        return np.asarray(((table - among.mean(0)) / np.maximum(among.std(0), 1e-6)).sum(1))


@dataclass(frozen=True)
class Leaders:
    """In how many words the vowel with primary stress leads."""

    right: int
    words: int

    @property
    def share(self) -> float:
        """Right ones of all."""
        return self.right / max(self.words, 1)


def heard_semitones(audio: Audio) -> NDArray[np.float64]:
    """[F] semitones over 1 Hz that a tracker hears, NaN without voice."""
    hertz = track_pitch(audio, HOP)
    return np.where(hertz > 0, 12 * np.log2(np.maximum(hertz, 1.0)), np.nan)


def vowels_of_speech(speech: Speech) -> Vowels:
    """The vowels of an utterance that a voice has said."""
    assert speech.phonemes is not None
    return vowels_of(speech.audio, speech.spans, speech.phonemes.word_index)


def vowels_of(audio: Audio, spans: Sequence[Span], word_index: Sequence[int] | NDArray[np.int64]) -> Vowels:
    """The vowels of a sound whose phonemes have these times and words."""
    semitones = heard_semitones(audio)
    mel = log_mel(audio, MelConfig()).mean(axis=0)
    power = np.log(np.convolve(np.square(audio.samples, dtype=np.float64), np.hanning(4 * HOP), "same")[::HOP] + 1e-9)
    rate = audio.sample_rate / HOP
    stress, words, rows = [], [], []
    for span, number in zip(spans, word_index, strict=True):
        first = int(span.start_s * rate)
        frames = slice(first, max(int(span.end_s * rate), first + 1))
        if number < 0 or not is_vowel(span.label) or first >= len(mel):
            continue
        pitch = semitones[frames]
        heard = float(np.nanmean(pitch)) if not np.isnan(pitch).all() else float("nan")
        rows.append((heard, np.log(span.end_s - span.start_s), mel[frames].mean(), power[frames].mean()))
        stress.append(stress_of(span.label))
        words.append(int(number))
    table = np.array(rows)
    # A vowel without voice is as low as the lowest one.
    table[:, 0] = np.where(np.isnan(table[:, 0]), np.nanmin(table[:, 0]), table[:, 0])
    return Vowels(np.array(stress), np.array(words), table)


def leaders(utterances: Sequence[Vowels], energy: str, *, over_all: bool) -> Leaders:
    """Of the words of two or more vowels with one primary stress: those whose stressed vowel has the largest score.

    z-scores are taken over the vowels of the utterance, or of all utterances.
    """
    like = np.concatenate([vowels.rows for vowels in utterances]) if over_all else None
    right = words = 0
    for vowels in utterances:
        scores = vowels.scores(energy, like)
        for number in np.unique(vowels.word):
            own = vowels.word == number
            if own.sum() < 2 or (vowels.stress[own] == 1).sum() != 1:
                continue
            words += 1
            right += int(vowels.stress[own][np.argmax(scores[own])] == 1)
    return Leaders(right, words)
