"""Clips made of bands of noise, whose true boundaries are known, for tests of what listens."""

from __future__ import annotations

import numpy as np
import torch

from avatron.text.inventory import SYMBOL_IDS
from avatron.training.acoustic_data import Example
from avatron.training.aligner import Tokens
from avatron.training.features import LEAD_FRAMES

__all__ = ["tone_examples"]


def tone_examples(count: int) -> list[tuple[Example, Tokens, np.ndarray]]:
    """Clips whose sounds are noisy bands of the mel, words with and without a pause between, and the true durations."""
    generator = np.random.default_rng(3)
    colours = generator.standard_normal((len(SYMBOL_IDS), 80)).astype(np.float32)
    sounds = [SYMBOL_IDS[symbol] for symbol in ["p", "ˈɑ", "s", "ˈi", "m", "l"]]
    made = []
    for number in range(count):
        ids, optional, durations = [SYMBOL_IDS["|"]], [False], [LEAD_FRAMES]
        for word in range(4):
            for _ in range(int(generator.integers(1, 5))):
                ids.append(int(generator.choice([sound for sound in sounds if sound != ids[-1]])))
                optional.append(False)
                durations.append(int(generator.integers(3, 14)))
            ids.append(SYMBOL_IDS["|" if word < 3 else "."])
            optional.append(True)
            durations.append(int(generator.integers(4, 30)) * int(generator.integers(0, 2)))
        tokens = Tokens(np.array(ids), np.array(optional), np.cumsum(~np.array(optional)) - 2)
        tokens.phonemes[[0, *np.nonzero(optional)[0]]] = -1
        sound_of_frame = [SYMBOL_IDS["|"] if optional[k] else ids[k] for k in np.repeat(range(len(ids)), durations)]
        mel = colours[sound_of_frame] + 0.5 * generator.standard_normal((sum(durations), 80)).astype(np.float32)
        kept = torch.tensor(durations) > 0
        nothing = torch.zeros(1)
        example = Example(
            str(number), torch.tensor(ids)[kept], nothing, torch.tensor(durations)[kept], nothing, nothing,
            torch.from_numpy(mel.T.copy()), nothing, nothing,
        )  # fmt: skip
        made.append((example, tokens, np.array(durations)))
    return made
