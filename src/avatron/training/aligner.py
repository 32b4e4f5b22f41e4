"""Our own aligner: which frame belongs to which phoneme, learned from texts and recordings alone.

Each frame and each token get a short vector; the nearer they are, the more probable is the token at that frame. What
is learned is that the paths that visit the tokens in order are probable (forward-sum), and later that the single best
path is (the KL term that hardens the alignment).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import betaln, gammaln
from torch import Tensor, nn

from avatron.text.inventory import LEAD_PAUSE, PAUSES, SYMBOL_IDS, SYMBOLS
from avatron.training.acoustic_data import Example
from avatron.training.corpus import Clip
from avatron.training.labels import punctuation_after_words

__all__ = ["Aligner", "AlignerConfig", "Tokens", "diagonal_prior", "reference_durations", "tokens_of"]

PAUSE_IDS = frozenset(SYMBOL_IDS[symbol] for symbol in PAUSES)


@dataclass(frozen=True)
class AlignerConfig:
    """Sizes of the aligner."""

    mel_bins: int = 80
    """M."""
    channels: int = 128
    """Width of both networks."""
    width: int = 64
    """Length of the vectors that are compared."""


@dataclass(frozen=True, eq=False)
class Tokens:
    """What an utterance consists of, with a pause at every word boundary that may turn out not to be there."""

    ids: NDArray[np.int64]
    """[P]."""
    optional: NDArray[np.bool_]
    """[P] True for pauses, the lead apart."""
    phonemes: NDArray[np.int64]
    """[P] the place among the phonemes that are no pauses; -1 for pauses."""


def tokens_of(clip: Clip, example: Example) -> Tokens:
    """The tokens of a clip: its phonemes, and between words the punctuation of its transcript or a plain pause.

    The aligned corpus only says which phonemes each word has; where its pauses are, or how long anything lasts, is not
    looked at.
    """
    marks = punctuation_after_words(clip.text, clip.spoken_words)
    ids, optional, phonemes = [SYMBOL_IDS[LEAD_PAUSE]], [False], [-1]
    word = -1
    count = 0
    for place, initial in zip(example.ids.tolist(), example.word_initial.tolist(), strict=True):
        if place in PAUSE_IDS:
            continue
        if initial:
            if count:
                ids.append(SYMBOL_IDS[marks.get(word, LEAD_PAUSE)])
                optional.append(True)
                phonemes.append(-1)
            word += 1
        ids.append(place)
        optional.append(False)
        phonemes.append(count)
        count += 1
    ids.append(SYMBOL_IDS[marks.get(word, ".")])
    optional.append(True)
    phonemes.append(-1)
    return Tokens(np.array(ids), np.array(optional), np.array(phonemes))


def reference_durations(tokens: Tokens, example: Example) -> NDArray[np.int64]:
    """[P] what the corpus's own alignment says of the tokens, 0 for pauses that are not there."""
    durations = np.zeros(len(tokens.ids), np.int64)
    place = -1
    for identity, frames in zip(example.ids.tolist(), example.durations.tolist(), strict=True):
        is_pause = identity in PAUSE_IDS
        place += 1
        while bool(tokens.phonemes[place] < 0) != is_pause:
            place += 1
        durations[place] += frames
    return durations


PRIOR_CERTAINTY = 0.1
"""Of the diagonal prior: in a clip of seven seconds it then has a standard deviation of about 8 tokens."""


def diagonal_prior(frames: int, tokens: int, scale: float = PRIOR_CERTAINTY) -> NDArray[np.float64]:
    """[F, P] log of a beta-binomial that prefers steady progress (Badlani et al. 2021).

    It is part of the model, in training and after: without it the same phoneme elsewhere in the text is as probable,
    and a run in which it faded ended two seconds off.
    """
    place = np.arange(tokens)[None]
    first = scale * (np.arange(frames)[:, None] + 1)
    second = scale * (frames - np.arange(frames)[:, None])
    count = tokens - 1
    choose = gammaln(count + 1) - gammaln(place + 1) - gammaln(count - place + 1)
    return np.asarray(choose + betaln(place + first, count - place + second) - betaln(first, second))


class Aligner(nn.Module):
    """mel [B, M, F] and ids [B, P] -> log probability of each token at each frame [B, F, P]."""

    def __init__(self, config: AlignerConfig) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(SYMBOLS), config.channels)
        self.text = nn.Sequential(
            nn.Conv1d(config.channels, config.channels, 3, padding=1),
            nn.ReLU(),
            nn.Conv1d(config.channels, config.width, 1),
        )
        self.sound = nn.Sequential(
            nn.Conv1d(config.mel_bins, config.channels, 3, padding=1),
            nn.ReLU(),
            nn.Conv1d(config.channels, config.channels, 3, padding=1),
            nn.ReLU(),
            nn.Conv1d(config.channels, config.width, 1),
        )

    def forward(self, mel: Tensor, ids: Tensor, mask: Tensor, prior: Tensor) -> Tensor:
        """`mask` [B, 1, P] is 1 where there is a token; `prior` [B, F, P] is added before the softmax."""
        keys = self.text(self.embedding(ids).transpose(1, 2))
        queries = self.sound(mel)
        distance = torch.cdist(queries.transpose(1, 2), keys.transpose(1, 2)) ** 2
        # Without the mask, padding would take part of every frame's probability.
        return (prior - distance + (mask - 1) * 1e4).log_softmax(dim=2)
