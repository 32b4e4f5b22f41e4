"""Recordings as they come: a table of texts and audio files, checked one by one and brought to one form.

Whatever cannot be used is left out under its own name with its reason. Where two lines contradict each other, both are
left out: nobody can tell from here which of them is right.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.errors import UnreadableFileError
from avatron.io.resample import resample_audio
from avatron.signal.loudness import loudness_lufs
from avatron.training.aligner_stage import AlignerStageConfig
from avatron.training.loop import LoopConfig
from avatron.training.stage import Schedule

__all__ = ["PrepareConfig", "Recording", "Rejection", "read_recordings", "write_flac"]

AUDIO_SUFFIXES = (".flac", ".wav")
TABLE = "metadata.csv"
LONGEST_NAME_BYTES = 200
"""Of a clip's name, so that it still names a file with an ending behind it."""
QUIET_WINDOW_S = 0.2
"""Length of the stretch that is measured as the room's noise."""


@dataclass(frozen=True)
class PrepareConfig:
    """What a clip must be like, and what is made of it."""

    language: str = "en-us"
    """Of the texts."""
    shortest_s: float = 1.0
    """Clips below are dropped."""
    longest_s: float = 20.0
    """Clips above are dropped: cut them at pauses first."""
    lowest_rate_hz: int = 16000
    """Clips of a lower sample rate are dropped: the sounds that tell `s` from `f` are not in them."""
    clipped_share: float = 1e-3
    """Share of samples at full scale from which on a clip is dropped as clipped."""
    noise_db: float = -30.0
    """Noise between the words above this level, relative to the speech, is remarked on."""
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
    from_nothing: LoopConfig = field(default_factory=lambda: LoopConfig(500, report_every=50, evaluate_every=500))
    """How long an aligner learns that has no base."""
    aligner_from_nothing: AlignerStageConfig = field(
        default_factory=lambda: AlignerStageConfig(Schedule(3e-3, 0.05, 20, "linear"))
    )
    """How that one learns."""


@dataclass(frozen=True, eq=False)
class Recording:
    """One clip of the plain folder."""

    name: str
    text: str
    """As it is spoken: numbers may be figures, the front end reads them."""
    audio: Audio
    """Mono, at the rate of the corpus, at its loudness."""
    origin: str
    """Form of the file: `44100 Hz, 2 channels`."""
    loudness_lufs: float
    """Of the file as it came."""
    noise_db: float
    """Level of the quietest 0.2 s, relative to the loudness; -inf for digital silence."""
    sound_hash: str
    """sha256 of the samples as they came, to find one sound under two names."""


@dataclass(frozen=True)
class Rejection:
    """A clip that was left out."""

    name: str
    kind: str
    """The same few words for all clips that are left out for the same reason."""
    reason: str
    """What is wrong with this one."""


class _UnusableError(Exception):
    """Why one clip cannot be used; never leaves this file."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind, self.reason = kind, reason


def read_recordings(source: Path, sample_rate: int, config: PrepareConfig) -> tuple[list[Recording], list[Rejection]]:
    """What `metadata.csv` names, at `sample_rate` and one loudness, sorted; and what cannot be used.

    Raises:
        UnreadableFileError: no `metadata.csv`, one that is not UTF-8, or no line of the form `name|text` in it.
    """
    texts, rejected = _read_table(source)
    files = _files_by_name(source / "wavs")
    recordings: list[Recording] = []
    for name in sorted(texts):
        try:
            recordings.append(_read_recording(files.get(name, []), name, texts[name], sample_rate, config))
        except _UnusableError as problem:
            rejected.append(Rejection(name, problem.kind, problem.reason))
    recordings, twice = _without_twins(recordings)
    named = {*texts, *(each.name for each in rejected)}
    stray = sorted(name for name, paths in files.items() if name not in named and any(map(_is_readable_kind, paths)))
    rejected += twice + [Rejection(name, "no line", f"no line of {TABLE} names it") for name in stray]
    return recordings, rejected


def _read_table(source: Path) -> tuple[dict[str, str], list[Rejection]]:
    """The text of each name, and the lines that cannot be used."""
    table = source / TABLE
    try:
        # Spreadsheets put a byte order mark in front.
        content = table.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFileError(
            f"`{table}` is not UTF-8 (byte 0x{error.object[error.start]:02x} in line "
            f"{error.object[: error.start].count(10) + 1}); save it as UTF-8"
        ) from error
    except OSError as error:
        raise UnreadableFileError(
            f"`{table}` cannot be read ({error.strerror or error}); expected a table with lines `name|text` there, "
            "and the recordings in `wavs/` beside it"
        ) from error
    lines = [(number, line) for number, line in enumerate(content.splitlines(), 1) if line.strip()]
    if not lines:
        raise UnreadableFileError(f"`{table}` is empty; expected lines `name|text`")
    if not any("|" in line for _, line in lines):
        raise UnreadableFileError(
            f"no line of `{table}` has a `|`; expected lines `name|text`, found {lines[0][1][:40]!r}"
        )
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    rejected: list[Rejection] = []
    for number, line in lines:
        name, *texts = (part.strip() for part in line.split("|"))
        name = _without_ending(name)
        problem = _name_problem(name)
        if not texts:
            rejected.append(Rejection(name[:60], "line without text", f"line {number} of {TABLE} has no `|`"))
        elif problem:
            rejected.append(Rejection(name[:60], "name not allowed", f"line {number} of {TABLE}: its name {problem}"))
        elif not texts[-1]:
            rejected.append(Rejection(name, "line without text", f"line {number} of {TABLE} has no text"))
        else:
            found[name].append((number, texts[-1]))
    kept: dict[str, str] = {}
    for name, entries in found.items():
        numbers = _listed([str(number) for number, _ in entries])
        if len({text for _, text in entries}) > 1:
            rejected.append(Rejection(name, "named twice", f"lines {numbers} of {TABLE} give it different texts"))
        else:
            # Said once more is no contradiction.
            kept[name] = entries[0][1]
    return kept, rejected


def _without_ending(name: str) -> str:
    """The name without `.wav` or `.flac`, which many tables write."""
    for suffix in AUDIO_SUFFIXES:
        if name.lower().endswith(suffix):
            return name[: -len(suffix)]
    return name


def _name_problem(name: str) -> str | None:
    if not name:
        return "is empty"
    if "/" in name or "\\" in name or name.startswith("."):
        return f"`{name[:60]}` leads out of the folder; put the file into `wavs/` and give its bare name"
    if not name.isprintable():
        return f"{name[:60]!r} has characters that cannot be seen"
    if len(name.encode()) > LONGEST_NAME_BYTES:
        return f"is longer than {LONGEST_NAME_BYTES} bytes"
    return None


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _read_recording(files: Sequence[Path], name: str, text: str, sample_rate: int, config: PrepareConfig) -> Recording:
    samples, rate = _read_samples(_audio_path(files), config)
    mono = samples.mean(axis=1).astype(np.float32)
    if not np.isfinite(samples).all():
        raise _UnusableError("not audio", "it holds samples that are no numbers; export it again")
    if rate < config.lowest_rate_hz:
        raise _UnusableError(
            "sample rate too low",
            f"{rate} Hz, expected at least {config.lowest_rate_hz} Hz; what is missing cannot be put back",
        )
    clipped = float((np.abs(samples) >= 0.999).mean())
    if clipped > config.clipped_share:
        raise _UnusableError("clipped", f"{clipped:.1%} of its samples are clipped; record it again, more quietly")
    audio = resample_audio(Audio(mono, rate), sample_rate) if rate != sample_rate else Audio(mono, rate)
    level = loudness_lufs(audio)
    if not np.isfinite(level):
        cancelled = samples.shape[1] > 1 and float(np.abs(samples).max()) > 1e-3
        raise _UnusableError("silent", "silent" + (": its channels cancel each other, export one of them" * cancelled))
    factor = 10 ** ((config.loudness_lufs - level) / 20)
    factor = min(factor, 0.99 / max(float(np.abs(audio.samples).max()), 1e-6))
    return Recording(
        name=name,
        text=text,
        audio=Audio((audio.samples * np.float32(factor)).astype(np.float32), sample_rate),
        origin=f"{rate} Hz, " + ("mono" if samples.shape[1] == 1 else f"{samples.shape[1]} channels"),
        loudness_lufs=level,
        noise_db=_noise_level_db(audio) - level,
        sound_hash=hashlib.sha256(mono.tobytes()).hexdigest(),
    )


def _files_by_name(folder: Path) -> dict[str, list[Path]]:
    """The files of the folder by their names without ending."""
    found: dict[str, list[Path]] = defaultdict(list)
    try:
        for path in sorted(folder.iterdir()):
            found[path.stem].append(path)
    except OSError as error:
        raise UnreadableFileError(
            f"`{folder}` cannot be read ({error.strerror or error}); expected a folder with the recordings there"
        ) from error
    return found


def _is_readable_kind(path: Path) -> bool:
    return path.suffix.lower() in AUDIO_SUFFIXES


def _audio_path(files: Sequence[Path]) -> Path:
    found = [path for path in files if _is_readable_kind(path)]
    if not found:
        hint = f", but `{files[0].name}` is: convert it" if files else ""
        raise _UnusableError("no recording", f"no wav or flac of that name is in `wavs`{hint}")
    if len(found) > 1:
        names = _listed([f"`{path.name}`" for path in found])
        raise _UnusableError("two recordings", f"{names} are there; keep one")
    return found[0]


def _read_samples(path: Path, config: PrepareConfig) -> tuple[NDArray[np.float32], int]:
    """([N, channels], samples a second)."""
    import soundfile

    try:
        if path.stat().st_size == 0:
            raise _UnusableError("not audio", f"`{path.name}` is an empty file")
        with soundfile.SoundFile(path) as file:
            # By what its head says, before an hour is read into memory.
            seconds, rate = file.frames / file.samplerate, int(file.samplerate)
            if not config.shortest_s <= seconds <= config.longest_s:
                short = seconds < config.shortest_s
                raise _UnusableError(
                    "too short" if short else "too long",
                    f"{seconds:.2f} s long, expected {config.shortest_s:g} .. {config.longest_s:g} s"
                    + ("" if short else "; cut it at pauses"),
                )
            samples = file.read(dtype="float32", always_2d=True)
            if len(samples) < file.frames:
                raise _UnusableError(
                    "not audio", f"`{path.name}` ends after {len(samples) / rate:.2f} of {seconds:.2f} s"
                )
    except (OSError, soundfile.SoundFileError) as error:
        raise _UnusableError("not audio", f"`{path.name}` cannot be read as audio ({error})") from error
    return samples, rate


def _noise_level_db(audio: Audio) -> float:
    """Level in dB of full scale of the quietest stretch of the clip; -inf for digital silence."""
    window = round(QUIET_WINDOW_S * audio.sample_rate)
    power = np.cumsum(np.concatenate([[0.0], np.square(audio.samples, dtype=np.float64)]))
    quietest = float((power[window:] - power[:-window]).min()) / window
    # Running sums leave a rest of rounding where there is nothing at all.
    return 10 * float(np.log10(quietest)) if quietest > 1e-13 else float("-inf")


def _without_twins(recordings: Iterable[Recording]) -> tuple[list[Recording], list[Rejection]]:
    """The clips without those whose sound another one has as well."""
    groups: dict[str, list[Recording]] = defaultdict(list)
    for recording in recordings:
        groups[recording.sound_hash].append(recording)
    kept: list[Recording] = []
    rejected: list[Rejection] = []
    for group in groups.values():
        first, *others = group
        if len({recording.text for recording in group}) > 1:
            for recording in group:
                twins = _listed([f"`{other.name}`" for other in group if other is not recording])
                rejected.append(
                    Rejection(recording.name, "same recording", f"{twins} has the same sound, with another text")
                )
            continue
        kept.append(first)
        for recording in others:
            rejected.append(Rejection(recording.name, "same recording", f"`{first.name}` is the same clip"))
    return sorted(kept, key=lambda recording: recording.name), rejected


def write_flac(path: Path, audio: Audio) -> None:
    """The audio as 16-bit FLAC, whole or not at all.

    Raises:
        OSError: the disk is full, or does not take it.
    """
    import soundfile

    partial = path.with_name(path.stem + ".partial.flac")
    try:
        soundfile.write(partial, audio.samples, audio.sample_rate, format="FLAC", subtype="PCM_16")
    except soundfile.SoundFileError as error:
        # It does not say why; a full disk is what is left when everything else was checked.
        raise OSError(None, f"{error}; is the disk full?") from error
    partial.replace(path)
