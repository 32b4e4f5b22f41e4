"""What is said in each clip, on the mel's clock: phonemes, word starts, durations, and prosody of each phoneme."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.text.inventory import ARPABET, SYMBOLS
from avatron.training.corpus import AlignedPhone, Clip
from avatron.training.features import LEAD_FRAMES, ClipFeatures

__all__ = [
    "ENERGY_CENTRE",
    "ENERGY_SCALE",
    "PITCH_CENTRE",
    "PITCH_SCALE",
    "ClipLabels",
    "label_clip",
]

PITCH_CENTRE, PITCH_SCALE = 5.28, 2.0
"""Normalised pitch is (ln Hz - centre) * scale; e^5.28 is 196 Hz."""
ENERGY_CENTRE, ENERGY_SCALE = -5.0, 0.4
"""Normalised energy, and normalised mel, are (value - centre) * scale."""
UNKNOWN, PAUSE = "_", "|"
PUNCTUATION = {",": ",", "-": ",", ";": ";", ":": ";", "—": ";", ".": ".", "!": "!", "?": "?"}
"""Pause symbol for each mark that can follow a word."""
IDS = {symbol: place for place, symbol in enumerate(SYMBOLS)}


@dataclass(frozen=True, eq=False)
class ClipLabels:
    """The phonemes of a clip; the first is the pause of the lead."""

    ids: NDArray[np.int64]
    """[P] places in the inventory; `_` where the aligner knew no word."""
    word_initial: NDArray[np.int64]
    """[P] 1 where a word begins."""
    durations: NDArray[np.int64]
    """[P] frames, at least 1 each; sum = F."""
    pitch: NDArray[np.float32]
    """[P] normalised mean over voiced frames, or over the line drawn through unvoiced ones."""
    energy: NDArray[np.float32]
    """[P] normalised mean of the mel."""


def label_clip(clip: Clip, features: ClipFeatures, frame_rate: float) -> ClipLabels:
    """The alignment of the clip on the frames of its features, lead included."""
    symbols = phoneme_symbols(clip)
    boundaries = np.array([round(phone.end_s * frame_rate) for phone in clip.phones]) + LEAD_FRAMES
    boundaries = np.clip(boundaries, 0, features.frames)
    boundaries[-1] = features.frames
    durations = np.diff(np.concatenate([[LEAD_FRAMES], boundaries]))
    word_initial = np.array([phone.word_initial for phone in clip.phones], np.int64)
    ids = np.array([IDS[symbol] for symbol in symbols], np.int64)
    if clip.phones[0].is_pause:
        ids[0] = IDS[PAUSE]
        durations[0] += LEAD_FRAMES
    else:
        ids = np.concatenate([[IDS[PAUSE]], ids])
        word_initial = np.concatenate([[0], word_initial])
        durations = np.concatenate([[LEAD_FRAMES], durations])
    durations = lend_frames(durations)
    kept = durations > 0
    ids, word_initial, durations = ids[kept], word_initial[kept], durations[kept]
    pitch, energy = phoneme_prosody(features, durations)
    return ClipLabels(ids, word_initial, durations, pitch, energy)


def lend_frames(durations: NDArray[np.int64]) -> NDArray[np.int64]:
    """Durations where each phoneme of no frame takes one from its longer neighbour, if that has one to spare."""
    lent = durations.copy()
    for place in np.nonzero(durations <= 0)[0]:
        neighbours = [near for near in (place - 1, place + 1) if 0 <= near < len(lent)]
        longer = max(neighbours, key=lambda near: lent[near])
        if lent[longer] > 1:
            lent[longer] -= 1
            lent[place] += 1
    return lent


def phoneme_prosody(
    features: ClipFeatures, durations: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(pitch [P], energy [P]), normalised."""
    starts = np.cumsum(durations) - durations
    weight = features.voiced + 1e-3
    mean_log_pitch = np.add.reduceat(features.log_pitch * weight, starts) / np.add.reduceat(weight, starts)
    mean_energy = np.add.reduceat(features.mel.mean(axis=0), starts) / durations
    return (
        ((mean_log_pitch - PITCH_CENTRE) * PITCH_SCALE).astype(np.float32),
        ((mean_energy - ENERGY_CENTRE) * ENERGY_SCALE).astype(np.float32),
    )


def phoneme_symbols(clip: Clip) -> list[str]:
    """One symbol of the inventory for each aligned phone; pauses carry the transcript's punctuation."""
    marks = punctuation_after_words(clip.text, clip.spoken_words)
    symbols: list[str] = []
    word = -1
    for phone in clip.phones:
        word += phone.word_initial
        symbols.append(_symbol(phone, marks.get(word)))
    if clip.phones[-1].is_pause and symbols[-1] == PAUSE:
        symbols[-1] = "."
    return symbols


def _symbol(phone: AlignedPhone, mark: str | None) -> str:
    if phone.is_pause:
        return mark or PAUSE
    return ARPABET.get(phone.label, UNKNOWN)


def punctuation_after_words(text: str, spoken_words: Sequence[str]) -> dict[int, str]:
    """Pause symbol that the transcript has after each spoken word, by the word's place."""
    written: list[tuple[str, str | None]] = []
    for token in re.findall(r"\S+", text.replace("--", " -- ").replace("—", " -- ")):
        trailing = re.search(r"[,;:.?!\-]+[\"')\]]*$", token)
        mark = PUNCTUATION.get(trailing.group(0)[0]) if trailing else None
        parts = [_letters(part) for part in token.split("-") if _letters(part)]
        written += [(part, None) for part in parts[:-1]]
        if parts:
            written.append((parts[-1], mark))
        elif mark and written:
            written[-1] = (written[-1][0], ";")
    matcher = difflib.SequenceMatcher(
        None, [_letters(word) for word in spoken_words], [word for word, _ in written], autojunk=False
    )
    marks = {}
    for spoken, transcribed, length in matcher.get_matching_blocks():
        for offset in range(length):
            mark = written[transcribed + offset][1]
            if mark:
                marks[spoken + offset] = mark
    return marks


def _letters(word: str) -> str:
    return re.sub(r"[^a-z0-9]", "", word.lower())
