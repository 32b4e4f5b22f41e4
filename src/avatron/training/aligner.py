"""Our own aligner: which frame belongs to which phoneme, learned from texts and recordings alone.

Each frame and each half of a sound get a short vector; the nearer they are, the more of the sound's attention goes to
the frame. What is learned is that the paths that visit the phonemes in order are probable (forward-sum); the alignment
is the best of them.

Attention is shared out over the frames, and not over the tokens as in Badlani et al. (2021): it then says how probable
the frame is for the token, the emission of a hidden Markov model. Shared out over the tokens it can be won without
listening: a few tokens take all frames, their neighbours one each. That is what happened here, half a second off.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import betaln, gammaln
from torch import Tensor, nn

from avatron.text.inventory import LEAD_PAUSE, PAUSES, SYMBOL_IDS, SYMBOLS, base_of, is_pause
from avatron.training.acoustic_data import Example
from avatron.training.corpus import Clip
from avatron.training.labels import punctuation_after_words

__all__ = [
    "Aligner",
    "AlignerConfig",
    "TokenStates",
    "Tokens",
    "diagonal_prior",
    "reference_durations",
    "states_of",
    "tokens_of",
]

PAUSE_IDS = frozenset(SYMBOL_IDS[symbol] for symbol in PAUSES)
STATES_PER_SOUND = 2
"""A sound begins and ends differently: with one state, boundaries were a third further off."""


def _sound_of(symbol: str) -> str:
    return LEAD_PAUSE if is_pause(symbol) else base_of(symbol)


SOUNDS: tuple[str, ...] = tuple(dict.fromkeys(map(_sound_of, SYMBOLS)))
"""What the aligner tells apart: stress and punctuation are no sounds of their own."""
SOUND_OF = np.array([SOUNDS.index(_sound_of(symbol)) for symbol in SYMBOLS])
"""[number of symbols] the sound of each."""


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


@dataclass(frozen=True, eq=False)
class TokenStates:
    """What a path walks through: both halves of each phoneme, and pauses whole."""

    states: NDArray[np.int64]
    """[S] `STATES_PER_SOUND` times the sound, plus which part of it."""
    optional: NDArray[np.bool_]
    """[S] where a path may go past."""
    token: NDArray[np.int64]
    """[S] the token of each."""

    def token_durations(self, state_durations: NDArray[np.int64]) -> NDArray[np.int64]:
        """[P] frames of each token, from those of its states [S]."""
        return np.bincount(self.token, state_durations).astype(np.int64)


def states_of(tokens: Tokens) -> TokenStates:
    """The states of an utterance's tokens, in order."""
    counts = np.where(tokens.phonemes >= 0, STATES_PER_SOUND, 1)
    token = np.repeat(np.arange(len(counts)), counts)
    part = np.arange(len(token)) - np.repeat(np.cumsum(counts) - counts, counts)
    return TokenStates(STATES_PER_SOUND * SOUND_OF[tokens.ids][token] + part, np.repeat(tokens.optional, counts), token)


PRIOR_CERTAINTY = 0.1
"""Of the diagonal prior: in a clip of seven seconds it then has a standard deviation of about a twelfth of it."""


def diagonal_prior(frames: int, states: int, scale: float = PRIOR_CERTAINTY) -> NDArray[np.float64]:
    """[F, S] log of a beta-binomial that prefers steady progress (Badlani et al. 2021).

    It leads the first steps, when nothing sounds like anything, and is not needed after them.
    """
    place = np.arange(states)[None]
    first = scale * (np.arange(frames)[:, None] + 1)
    second = scale * (frames - np.arange(frames)[:, None])
    count = states - 1
    choose = gammaln(count + 1) - gammaln(place + 1) - gammaln(count - place + 1)
    return np.asarray(choose + betaln(place + first, count - place + second) - betaln(first, second))


class Aligner(nn.Module):
    """mel [B, M, F] -> how near each frame is to each state [B, F, K]."""

    log_share: Tensor
    """[K] log of the mean of exp(nearness) over all frames: what turns nearness into a likelihood."""

    def __init__(self, config: AlignerConfig) -> None:
        super().__init__()
        states = STATES_PER_SOUND * len(SOUNDS)
        self.states = nn.Parameter(0.1 * torch.randn(states, config.width))
        self.sound = nn.Sequential(
            nn.Conv1d(config.mel_bins, config.channels, 3, padding=1),
            nn.ReLU(),
            nn.Conv1d(config.channels, config.channels, 3, padding=1),
            nn.ReLU(),
            nn.Conv1d(config.channels, config.width, 1),
        )
        self.register_buffer("log_share", torch.zeros(states))

    def forward(self, mel: Tensor) -> Tensor:
        """Minus the squared distance [B, F, K]."""
        frames = self.sound(mel).transpose(1, 2)
        squares = frames.square().sum(dim=2, keepdim=True) + self.states.square().sum(dim=1)
        return 2 * frames @ self.states.T - squares

    def log_likelihood(self, mel: Tensor) -> Tensor:
        """[B, F, K] log of how much more probable each frame is in each state than anywhere."""
        nearness: Tensor = self(mel)
        return nearness - self.log_share
