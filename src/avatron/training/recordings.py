"""Recordings as they come: a table of texts and audio files, checked one by one and brought to one form."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from avatron.core.audio import Audio
from avatron.errors import AvatronError, InvalidValueError, UnreadableFileError
from avatron.io.resample import resample_audio
from avatron.signal.loudness import loudness_lufs
from avatron.training.aligner_stage import AlignerStageConfig
from avatron.training.loop import LoopConfig, Schedule

__all__ = ["PrepareConfig", "Recording", "Rejection", "read_recordings", "write_flac"]

AUDIO_SUFFIXES = (".flac", ".wav")


@dataclass(frozen=True)
class PrepareConfig:
    """What a clip must be like, and what is made of it."""

    language: str = "en-us"
    """Of the texts."""
    shortest_s: float = 1.0
    """Clips below are dropped."""
    longest_s: float = 20.0
    """Clips above are dropped: cut them at pauses first."""
    clipped_share: float = 1e-3
    """Share of samples at full scale from which on a clip is dropped as clipped."""
    outlier_deviations: float = 3.5
    """Clips whose text fits worse than the median by this many robust standard deviations are dropped."""
    fastest_phonemes_s: float = 25.0
    """Phonemes a second above which a text cannot be what is said."""
    lead_s: float = 0.06
    """Silence that is kept before the first phoneme."""
    tail_s: float = 0.35
    """Silence that is kept after the last one."""
    loudness_lufs: float = -24.5
    """What every clip is brought to: that of LJSpeech, so that energies of voices can be compared."""
    adaptation: LoopConfig = field(default_factory=lambda: LoopConfig(240, report_every=40, evaluate_every=240))
    """How long the aligner listens to the new voice."""
    aligner: AlignerStageConfig = field(
        default_factory=lambda: AlignerStageConfig(Schedule(1.5e-3, 0.05, 20, "linear"), prior_steps=0)
    )
    """How it learns; without a prior, for it knows the sounds already."""


@dataclass(frozen=True, eq=False)
class Recording:
    """One clip of the plain folder."""

    name: str
    text: str
    """As it is spoken: numbers may be figures, the front end reads them."""
    audio: Audio


@dataclass(frozen=True)
class Rejection:
    """A clip that was left out."""

    name: str
    reason: str


def read_recordings(source: Path, sample_rate: int, config: PrepareConfig) -> tuple[list[Recording], list[Rejection]]:
    """What `metadata.csv` names, at `sample_rate` and one loudness, sorted; and what cannot be used.

    Raises:
        UnreadableFileError: no `metadata.csv`, or no line in it.
    """
    table = source / "metadata.csv"
    try:
        lines = [line for line in table.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFileError(f"`{table}` cannot be read ({error}); expected lines `name|text`") from error
    if not lines:
        raise UnreadableFileError(f"`{table}` is empty; expected lines `name|text`")
    recordings: dict[str, Recording] = {}
    rejected: list[Rejection] = []
    for number, line in enumerate(lines, 1):
        name, *texts = (part.strip() for part in line.split("|"))
        if not texts or not texts[-1]:
            rejected.append(Rejection(name, f"line {number} of metadata.csv has no text"))
        elif name in recordings:
            rejected.append(Rejection(name, f"line {number} of metadata.csv has this name once more"))
        else:
            try:
                recordings[name] = Recording(name, texts[-1], _usable(source, name, sample_rate, config))
            except AvatronError as error:
                rejected.append(Rejection(name, str(error)))
    return [recordings[name] for name in sorted(recordings)], rejected


def _usable(source: Path, name: str, sample_rate: int, config: PrepareConfig) -> Audio:
    import soundfile

    paths = [source / "wavs" / f"{name}{suffix}" for suffix in AUDIO_SUFFIXES]
    path = next((place for place in paths if place.is_file()), None)
    if path is None:
        raise UnreadableFileError(f"neither `{paths[0]}` nor `{paths[1].name}` is there")
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (OSError, soundfile.SoundFileError) as error:
        raise UnreadableFileError(f"`{path}` cannot be read as audio ({error})") from error
    mono = samples.mean(axis=1).astype(np.float32)
    seconds = len(mono) / rate
    if not config.shortest_s <= seconds <= config.longest_s:
        raise InvalidValueError(f"{seconds:.2f} s long, expected {config.shortest_s:g} .. {config.longest_s:g} s")
    if (np.abs(samples) >= 0.999).mean() > config.clipped_share:
        raise InvalidValueError("clipped: record it again, more quietly")
    audio = resample_audio(Audio(mono, int(rate)), sample_rate) if rate != sample_rate else Audio(mono, int(rate))
    level = loudness_lufs(audio)
    if not np.isfinite(level):
        raise InvalidValueError("silent")
    factor = 10 ** ((config.loudness_lufs - level) / 20)
    factor = min(factor, 0.99 / max(float(np.abs(audio.samples).max()), 1e-6))
    return Audio((audio.samples * np.float32(factor)).astype(np.float32), sample_rate)


def write_flac(path: Path, audio: Audio) -> None:
    """The audio as 16-bit FLAC, whole or not at all."""
    import soundfile

    partial = path.with_name(path.stem + ".partial.flac")
    soundfile.write(partial, audio.samples, audio.sample_rate, format="FLAC", subtype="PCM_16")
    partial.replace(path)
