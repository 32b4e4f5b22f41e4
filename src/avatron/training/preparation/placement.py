"""Where each phoneme of a prepared clip is, how well its text fits, and the clip cut to what is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.errors import InvalidValueError
from avatron.signal.mel import MelConfig
from avatron.text.inventory import SYMBOLS, is_pause, symbol_to_arpabet
from avatron.text.protocol import TextFrontend
from avatron.text.script import parse_script
from avatron.training.acoustic_data import Example, examples
from avatron.training.aligner import Aligner, Tokens, states_of, tokens_of
from avatron.training.corpus import Clip
from avatron.training.features import LEAD_FRAMES, ClipFeatures
from avatron.training.labels import ClipLabels
from avatron.training.monotonic import NEVER, best_path
from avatron.training.preparation.recordings import Recording

__all__ = ["Fits", "Placement", "SpokenClip", "cut", "fits_of", "place", "understood"]

PUNCTUATION = '.,;:?!"()[]—-'
"""What the words of a text may carry and the words of an alignment do not."""


@dataclass(frozen=True, eq=False)
class SpokenClip:
    """A recording whose text has phonemes, and no times yet."""

    recording: Recording
    words: tuple[str, ...]
    """As they are spoken, one for each group of phonemes."""
    example: Example
    tokens: Tokens

    @property
    def phonemes(self) -> int:
        """How many there are, pauses apart."""
        return int((self.tokens.phonemes >= 0).sum())


def understood(recording: Recording, features: ClipFeatures, frontend: TextFrontend, language: str) -> SpokenClip:
    """The clip with the phonemes that the front end gives its text.

    Raises:
        ScriptError: the text cannot be read aloud.
        InvalidValueError: there is nothing to say in it.
    """
    ids: list[int] = []
    initial: list[int] = []
    words: list[str] = []
    for sentence in parse_script(recording.text):
        phonemes = frontend.phonemize(sentence.text, sentence.language or language)
        spoken = [number for number, symbol in enumerate(phonemes.symbols) if not is_pause(symbol)]
        before = -1
        for number in spoken:
            word = int(phonemes.word_index[number])
            ids.append(int(phonemes.ids[number]))
            initial.append(int(word != before))
            if word != before:
                words.append(phonemes.words[word].strip(PUNCTUATION).lower())
            before = word
    if not ids:
        raise InvalidValueError("no phonemes in it")
    nothing = np.zeros(len(ids), np.float32)
    labels = ClipLabels(np.array(ids), np.array(initial), np.ones(len(ids), np.int64), nothing, nothing)
    (example,) = examples([features], [labels])
    clip = Clip(recording.name, Path(), recording.text, (), tuple(words), held_out=False)
    return SpokenClip(recording, tuple(words), example, tokens_of(clip, example))


@dataclass(frozen=True, eq=False)
class Placement:
    """The best way to lay the tokens of a clip over its frames."""

    durations: NDArray[np.int64]
    """[P] frames of each token; the first begins with the lead."""
    fit: float
    """Mean log likelihood of a frame, in nats, lead apart: how well the text fits the sound."""


@torch.no_grad()
def place(aligner: Aligner, example: Example, tokens: Tokens) -> Placement:
    """The most probable placement of the tokens."""
    walked = states_of(tokens)
    log_likelihood = aligner.log_likelihood(example.mel[None])[0, :, torch.from_numpy(walked.states)]
    log_likelihood[:LEAD_FRAMES, 1:] = NEVER
    scores = log_likelihood.double().numpy()
    durations = best_path(scores, walked.optional)
    state_of_frame = np.repeat(np.arange(len(durations)), durations)
    on_path = scores[np.arange(len(state_of_frame)), state_of_frame]
    return Placement(walked.token_durations(durations), float(on_path[LEAD_FRAMES:].mean()))


@dataclass(frozen=True)
class Fits:
    """How well the texts of a whole corpus fit their sounds."""

    median: float
    """Nats a frame."""
    deviation: float
    """Robust standard deviation (1.4826 times the median distance from the median)."""

    def deviations_below(self, fit: float) -> float:
        """By how many robust standard deviations a fit is worse than the median; negative where it is better."""
        return (self.median - fit) / self.deviation


def fits_of(placements: Sequence[Placement]) -> Fits:
    """Median and spread of the fits."""
    fits = np.array([each.fit for each in placements])
    middle = float(np.median(fits))
    return Fits(middle, 1.4826 * float(np.median(np.abs(fits - middle))) + 1e-6)


def cut(
    clip: SpokenClip, durations: NDArray[np.int64], mel: MelConfig, *, lead_s: float, tail_s: float
) -> tuple[dict[str, list[list[float | str]]], Audio]:
    """(words and phones with their times in seconds, the samples) with the silence at both ends cut."""
    audio, tokens = clip.recording.audio, clip.tokens
    rate, hop = audio.sample_rate, mel.hop_length
    ends = (np.cumsum(durations) - LEAD_FRAMES) * hop / rate
    starts = np.maximum(ends - durations * hop / rate, 0)
    sounding = np.nonzero(tokens.phonemes >= 0)[0]
    # Cut between frames, so that durations stay the whole frames that they are.
    first_s = max(0, round((float(starts[sounding[0]]) - lead_s) * rate / hop)) * hop / rate
    last_s = min(audio.duration_s, float(ends[sounding[-1]]) + tail_s)
    phones: list[list[float | str]] = []
    words: list[list[float | str]] = []
    after_pause = True
    for number, identity in enumerate(tokens.ids.tolist()):
        pause = tokens.phonemes[number] < 0
        start_s = round(min(max(float(starts[number]), first_s), last_s) - first_s, 4)
        end_s = round(min(max(float(ends[number]), first_s), last_s) - first_s, 4)
        if durations[number] and end_s > start_s:
            phones.append([start_s, end_s, "sp" if pause else symbol_to_arpabet(SYMBOLS[identity])])
        if pause:
            after_pause = True
        elif after_pause:
            words.append([start_s, end_s, clip.words[len(words)]])
            after_pause = False
        else:
            words[-1][1] = end_s
    samples = audio.samples[round(first_s * rate) : round(last_s * rate)]
    return {"words": words, "phones": phones}, Audio(samples, rate)
