"""The speech corpus as it lies on disk: clips, transcripts, aligned words and phones, and what is held out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from avatron.core.audio import Audio
from avatron.errors import UnreadableFileError

__all__ = ["HELD_OUT_STRIDE", "AlignedPhone", "Clip", "read_audio", "read_corpus"]

HELD_OUT_STRIDE = 20
"""Every 20th clip of the sorted names is never trained on, in any stage: it is what results are measured on."""
SILENT_LABELS = frozenset({"sp", "sil", ""})


@dataclass(frozen=True)
class AlignedPhone:
    """One ARPAbet phone, or a pause, in a clip."""

    label: str
    """ARPAbet with a stress digit on vowels; `sp` for a pause, `spn` for speech the aligner knew no word for."""
    start_s: float
    end_s: float
    word_initial: bool
    """True for the first phone of a word."""

    @property
    def is_pause(self) -> bool:
        """True for silence."""
        return self.label == "sp"


@dataclass(frozen=True)
class Clip:
    """One recording with its transcript and alignment."""

    name: str
    path: Path
    text: str
    """The transcript with numbers written out."""
    phones: tuple[AlignedPhone, ...]
    spoken_words: tuple[str, ...]
    """The aligner's words in order, one for each word-initial phone."""
    held_out: bool
    """True for a clip that no stage trains on."""


def read_corpus(folder: Path) -> tuple[Clip, ...]:
    """All clips of an LJSpeech-like folder: `wavs/*.flac`, `metadata.csv`, `alignments.json`, sorted by name.

    Raises:
        UnreadableFileError: a file of the corpus is missing or not what it should be.
    """
    try:
        alignments = json.loads((folder / "alignments.json").read_text(encoding="utf-8"))
        lines = (folder / "metadata.csv").read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise UnreadableFileError(
            f"corpus `{folder}` cannot be read ({error}); expected `alignments.json` and `metadata.csv` in it"
        ) from error
    texts = {line.split("|")[0]: line.split("|")[-1] for line in lines if line}
    if not isinstance(alignments, dict):
        raise UnreadableFileError(f"`{folder / 'alignments.json'}` is not an object with one entry for each clip")
    clips = []
    for number, name in enumerate(sorted(alignments)):
        if name not in texts:
            raise UnreadableFileError(
                f"clip `{name}` of `{folder / 'alignments.json'}` has no line in `metadata.csv`; expected `{name}|text`"
            )
        try:
            phones, words = _phones(alignments[name])
        except (KeyError, TypeError, ValueError) as error:
            raise UnreadableFileError(
                f"clip `{name}` of `{folder / 'alignments.json'}` cannot be read ({error!r}); expected `words` and "
                "`phones`, each [start_s, end_s, label]"
            ) from error
        if not phones:
            raise UnreadableFileError(f"clip `{name}` of `{folder / 'alignments.json'}` has no phones; leave it out")
        clips.append(
            Clip(
                name=name,
                path=folder / "wavs" / f"{name}.flac",
                text=texts[name],
                phones=phones,
                spoken_words=words,
                held_out=number % HELD_OUT_STRIDE == 0,
            )
        )
    return tuple(clips)


def _phones(alignment: dict[str, list[list[float | str]]]) -> tuple[tuple[AlignedPhone, ...], tuple[str, ...]]:
    word_starts = {round(float(start), 3): str(word) for start, _, word in alignment["words"] if word}
    phones: list[AlignedPhone] = []
    words: list[str] = []
    for start_s, end_s, label in alignment["phones"]:
        start_s, end_s = float(start_s), float(end_s)
        silent = label in SILENT_LABELS
        word = None if silent else word_starts.get(round(start_s, 3))
        if word is not None:
            words.append(word)
        if silent and phones and phones[-1].is_pause:
            phones[-1] = AlignedPhone("sp", phones[-1].start_s, end_s, False)
        else:
            phones.append(AlignedPhone("sp" if silent else str(label), start_s, end_s, word is not None))
    return tuple(phones), tuple(words)


def read_audio(path: Path, sample_rate: int) -> Audio:
    """The clip as mono audio of that rate.

    Raises:
        UnreadableFileError: missing, unreadable, or of another rate.
    """
    import soundfile

    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (OSError, soundfile.SoundFileError) as error:
        raise UnreadableFileError(f"`{path}` cannot be read as audio ({error})") from error
    if rate != sample_rate:
        raise UnreadableFileError(f"`{path}` has {rate} Hz, expected {sample_rate} Hz: resample the corpus first")
    return Audio(samples.mean(axis=1).astype(np.float32), sample_rate)
