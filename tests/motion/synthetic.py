"""Speech without a voice: phonemes with plausible times, and acoustics that say little."""

from __future__ import annotations

import numpy as np

from avatron.core.audio import Audio
from avatron.core.speech import Acoustics, PhonemeSequence, Span, Speech
from avatron.text.inventory import PAUSES, SYMBOL_IDS, arpabet_to_symbol, base_of, is_vowel, stress_of

SAMPLE_RATE = 22050
HOP_LENGTH = 256

_CONSONANT_FRAMES = {"s": 9, "ʃ": 9, "f": 8, "p": 8, "m": 6, "t": 6, "d": 5, "ð": 4, "ɹ": 5, "h": 5}

POP_MY_BUBBLE = (
    "| P AA1 P / M AY1 / M EY1 P AH0 L / B AH1 B AH0 L , F AY1 V / V IH1 V IH0 D / W EY1 V Z , "
    "DH AH0 / TH IH1 N / L AE1 DH ER0 , SH UW1 / Y UW1 / OW1 ."
)
"""Pop my maple bubble, five vivid waves, the thin lather, shoe you owe."""
SHORT_QUESTION = "| K AE1 N / Y UW1 / HH IY1 R / M IY1 ?"
SHORT_STATEMENT = "| T UW1 / B L UW1 / M UH1 N Z / B IH0 HH AY1 N D / HH OW1 M ."
SILENCE = "| ."


def speech_of(
    arpabet: str,
    *,
    pace: float = 1.0,
    start_sample: int = 0,
    frames: list[int] | None = None,
    seed: int = 0,
) -> Speech:
    """Speech of ARPAbet phonemes; `/` and pauses part words. Durations vary with the phoneme and `seed`, or are given
    as mel `frames`."""
    symbols: list[str] = []
    words: list[int] = []
    word = 0
    for token in arpabet.split():
        if token == "/":
            word += 1
        elif token in PAUSES:
            symbols.append(token)
            words.append(-1)
            word += 1
        else:
            symbols.append(arpabet_to_symbol(token))
            words.append(word)
    numbers = {number: index for index, number in enumerate(sorted({w for w in words if w >= 0}))}
    phonemes = PhonemeSequence(
        tuple(symbols),
        np.array([SYMBOL_IDS[symbol] for symbol in symbols], np.int64),
        np.array([numbers.get(w, -1) for w in words], np.int64),
        tuple(f"word{number}" for number in range(len(numbers))),
        arpabet,
        "en-us",
    )
    return timed(phonemes, pace=pace, start_sample=start_sample, frames=frames, seed=seed)


def timed(
    phonemes: PhonemeSequence,
    *,
    pace: float = 1.0,
    start_sample: int = 0,
    frames: list[int] | None = None,
    seed: int = 0,
) -> Speech:
    """Speech of any phonemes, timed by rule."""
    symbols = phonemes.symbols
    generator = np.random.default_rng(seed)
    durations = np.array(frames or [_frames(symbol, pace, generator) for symbol in symbols], np.int64)
    if frames is None:
        durations[0] = 12
    total = int(durations.sum())
    edges = np.concatenate([[0], np.cumsum(durations)]) * HOP_LENGTH / SAMPLE_RATE
    loud = np.repeat([-9.0 if s in PAUSES else -3.0 if is_vowel(s) else -5.0 for s in symbols], durations)
    voiced = np.repeat([is_vowel(s) for s in symbols], durations)
    pitch = np.where(voiced, 200.0 + 20.0 * np.sin(np.arange(total) / 30.0), 0.0)
    acoustics = Acoustics(
        mel=np.tile(loud.astype(np.float32), (80, 1)),
        text_embedding=np.zeros((192, total), np.float32),
        durations=durations,
        pitch=pitch.astype(np.float32),
        energy=loud.astype(np.float32),
        embedding_space="none",
        sample_rate=SAMPLE_RATE,
        hop_length=HOP_LENGTH,
    )
    words = []
    for number, name in enumerate(phonemes.words):
        inside = np.flatnonzero(phonemes.word_index == number)
        if len(inside):
            words.append(Span(name, edges[inside[0]], edges[inside[-1] + 1]))
    return Speech(
        audio=Audio(np.zeros(total * HOP_LENGTH, np.float32), SAMPLE_RATE),
        acoustics=acoustics,
        phonemes=phonemes,
        spans=tuple(Span(symbol, edges[i], edges[i + 1]) for i, symbol in enumerate(symbols)),
        words=tuple(words),
        start_sample=start_sample,
    )


def _frames(symbol: str, pace: float, generator: np.random.Generator) -> int:
    if symbol in PAUSES:
        return 20 if symbol == "," else 34
    if is_vowel(symbol):
        base = base_of(symbol)
        mean = 6.0 if stress_of(symbol) == 0 else 10.0
        mean *= 1.3 if len(base) == 2 else 1.0
    else:
        mean = _CONSONANT_FRAMES.get(base_of(symbol), 6)
    return max(round(mean * generator.uniform(0.8, 1.2) / pace), 2)
