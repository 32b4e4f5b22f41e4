"""The sound of a clip: whether somebody speaks, how clean it is, and whether it goes with the picture's length."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.errors import UnreadableFileError
from avatron.io.audio import read_audio_pieces
from avatron.io.clips import ClipInfo
from avatron.io.resample import resample_audio
from avatron.signal.stft import centred_frames, periodic_hann
from avatron.track.report.finding import Finding

__all__ = [
    "SoundConfig",
    "SoundNote",
    "judge_clipping",
    "judge_noise",
    "judge_sound_length",
    "judge_speech",
    "note_sound",
    "sound_blocks",
    "speech_mask",
]

RATE_HZ = 16_000
HOP = 160
"""10 ms."""
_WINDOW = 640
_BLOCK_S = 10.0
_LOWEST_HZ, _HIGHEST_HZ = 70.0, 400.0
"""Pitch of speech."""
_SILENT_DB = -90.0
_HISTOGRAM = 1500
"""Bins of the amplitude from 0 to 1.5: decoders of AAC and Opus go beyond 1 where the sound was clipped."""


@dataclass(frozen=True)
class SoundConfig:
    """What sound must be."""

    voiced: float = 0.5
    """Periodicity, 0 .. 1, from which a frame is voiced."""
    above_floor_db: float = 10.0
    """By how much speech stands out of the quietest tenth."""
    audible_db: float = -60.0
    """Below it there is silence, dB of full scale."""
    bridge_s: float = 0.3
    """Voiceless sounds and short pauses between voiced ones belong to speech."""
    lead_s: float = 0.1
    """So do sounds before and after."""
    least_modulation_db: float = 3.0
    """Speech rises and falls by syllables; a tone, hum or fan does not: standard deviation over a second."""
    good_speech: float = 0.3
    """Share of the clip."""
    least_speech_s: float = 1.0
    good_ratio_db: float = 25.0
    """Speech over noise."""
    least_ratio_db: float = 8.0
    """Closures cannot be told from noise below it."""
    clipped_share: float = 2e-4
    """Of the loud samples at the very top."""
    much_clipped: float = 0.02
    good_rate_hz: int = 16_000
    longest_extra_s: float = 0.5
    """By how much sound and picture may differ in length."""


@dataclass(frozen=True, eq=False)
class SoundNote:
    """What is kept of a sound: three numbers for each 10 ms, and how often each amplitude occurs."""

    level_db: NDArray[np.float32]
    """[F] root mean square, dB of full scale."""
    periodicity: NDArray[np.float32]
    """[F] 0 .. 1."""
    amplitudes: NDArray[np.int64]
    """[1500] how many samples are so far from 0, in steps of 1/1000."""
    sample_rate: int
    duration_s: float


def sound_blocks(path: Path, sample_rate: int) -> Iterator[Audio]:
    """The sound of a film at its own rate in blocks of ten seconds, until the file breaks off.

    Raises:
        UnreadableFileError: nothing of it can be read.
    """
    waiting: list[NDArray[np.float32]] = []
    count, size, given = 0, round(_BLOCK_S * sample_rate), False
    try:
        for piece in read_audio_pieces(path, None):
            waiting.append(np.nan_to_num(piece))
            count += len(piece)
            if count >= size:
                whole = np.concatenate(waiting)
                for begin in range(0, count - size + 1, size):
                    yield Audio(whole[begin : begin + size], sample_rate)
                given = True
                waiting, count = [whole[count // size * size :]], count % size
    except UnreadableFileError:
        if not given and not count:
            raise
    if count:
        yield Audio(np.concatenate(waiting), sample_rate)


def note_sound(blocks: Iterable[Audio]) -> SoundNote:
    """The note of a sound that comes in blocks, of which only one is held."""
    levels: list[NDArray[np.float32]] = []
    periods: list[NDArray[np.float32]] = []
    amplitudes = np.zeros(_HISTOGRAM, np.int64)
    rate, seconds = 0, 0.0
    for block in blocks:
        rate, seconds = block.sample_rate, seconds + block.duration_s
        bins = np.minimum((np.abs(block.samples) * 1000).astype(np.int64), _HISTOGRAM - 1)
        amplitudes += np.bincount(bins, minlength=_HISTOGRAM)
        samples = resample_audio(block, RATE_HZ).samples
        if len(samples) < _WINDOW:
            samples = np.pad(samples, (0, _WINDOW - len(samples)))
        frames = centred_frames(samples, _WINDOW, HOP)
        levels.append(_level_db(frames))
        periods.append(_periodicity(frames))
    nothing = np.zeros(0, np.float32)
    return SoundNote(np.concatenate([nothing, *levels]), np.concatenate([nothing, *periods]), amplitudes, rate, seconds)


def _level_db(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    power = np.mean(frames[:, _WINDOW // 4 : -_WINDOW // 4] ** 2, axis=1)
    return np.asarray(np.maximum(10 * np.log10(np.maximum(power, 1e-12)), _SILENT_DB), np.float32)


def _periodicity(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """[F] the highest normalised autocorrelation at a lag of a voice's pitch (Boersma 1993)."""
    window = periodic_hann(_WINDOW)
    size = 2 * _WINDOW
    own = np.fft.irfft(np.abs(np.fft.rfft(window, size)) ** 2)
    first, last = int(RATE_HZ / _HIGHEST_HZ), int(RATE_HZ / _LOWEST_HZ)
    found = np.zeros(len(frames), np.float32)
    for begin in range(0, len(frames), 500):
        part = frames[begin : begin + 500]
        part = (part - part.mean(1, keepdims=True)) * window
        lagged = np.fft.irfft(np.abs(np.fft.rfft(part, size)) ** 2, axis=1)
        ratio = lagged[:, first : last + 1] / np.maximum(lagged[:, :1], 1e-12) / (own[first : last + 1] / own[0])
        found[begin : begin + 500] = ratio.max(1).clip(0, 1)
    return found


def speech_mask(note: SoundNote, config: SoundConfig) -> NDArray[np.bool_]:
    """[F] where somebody speaks, pauses within a phrase included: voiced, louder than the floor, and in syllables.

    Singing and much music pass for speech; whispering does not.
    """
    level = note.level_db
    if not len(level):
        return np.zeros(0, bool)
    floor = float(np.percentile(level, 10))
    loud = level > max(floor + config.above_floor_db, config.audible_db)
    rises = _spread(level) > config.least_modulation_db
    voiced = loud & (note.periodicity > config.voiced) & rises
    frames = np.flatnonzero(voiced)
    mask = np.zeros(len(level), bool)
    if not len(frames):
        return mask
    lead, bridge = round(config.lead_s * 100), round(config.bridge_s * 100)
    for part in np.split(frames, np.flatnonzero(np.diff(frames) > bridge) + 1):
        # A click is no syllable.
        if len(part) >= 3:
            mask[max(part[0] - lead, 0) : part[-1] + lead + 1] = True
    return mask


def _spread(level_db: NDArray[np.float32]) -> NDArray[np.float64]:
    """[F] standard deviation over the second around each frame, by running sums: memory for an hour is 9 MB."""
    padded = np.pad(level_db.astype(np.float64), (51, 50), mode="edge")
    sums, squares = np.cumsum(padded), np.cumsum(padded**2)
    mean, square = (total[101:] - total[:-101] for total in (sums, squares))
    return np.asarray(np.sqrt(np.maximum(square / 101 - (mean / 101) ** 2, 0)))


def judge_speech(note: SoundNote, config: SoundConfig) -> Finding:
    """Speech and silence."""
    mask = speech_mask(note, config)
    seconds, share = float(mask.sum()) / 100, float(mask.mean()) if len(mask) else 0.0
    numbers = {"speech_s": seconds, "speech_share": share, "silence_s": len(mask) / 100 - seconds}
    if seconds < config.least_speech_s:
        return Finding(
            "speech",
            "usable",
            "nobody speaks: the face can be tracked, but neither voice nor the motion of speech be learned",
            "record the person talking, the microphone within an arm's length",
            numbers,
        )
    says = f"{seconds:.1f} s of speech ({share:.0%}), {numbers['silence_s']:.1f} s of silence"
    if share < config.good_speech:
        return Finding("speech", "usable", says, "cut off the silence, or let the person talk throughout", numbers)
    return Finding("speech", "good", says, "", numbers)


def judge_noise(note: SoundNote, config: SoundConfig) -> Finding:
    """Speech over noise, and the bandwidth that the rate leaves."""
    mask = speech_mask(note, config)
    power = 10 ** (note.level_db.astype(np.float64) / 10)
    if mask.sum() < 100 * config.least_speech_s:
        return Finding("noise", "not measured", "there is no speech to compare with")
    # The quietest tenth is noise, whether it lies between phrases or within them.
    noise = float(np.percentile(note.level_db, 10))
    speech = float(10 * np.log10(power[mask].mean()))
    ratio = speech - noise
    numbers = {"speech_db": speech, "noise_db": noise, "ratio_db": ratio, "sample_rate_hz": note.sample_rate}
    says = f"speech {ratio:.0f} dB above the noise" + (" (which is digital silence)" if noise <= _SILENT_DB else "")
    if note.sample_rate < config.good_rate_hz:
        return Finding(
            "noise",
            "usable",
            f"{says}, but only {note.sample_rate} Hz: S, F and T are cut off as on a telephone",
            "record sound at 44100 or 48000 Hz",
            numbers,
        )
    if ratio >= config.good_ratio_db:
        return Finding("noise", "good", says, "", numbers)
    return Finding(
        "noise",
        "usable",
        says
        + (": too little to hear closures by, so that sound is of no use" if ratio < config.least_ratio_db else ""),
        "record in a quiet, furnished room, the microphone within an arm's length, without music",
        numbers,
    )


def judge_clipping(note: SoundNote, config: SoundConfig) -> Finding:
    """Whether loud sounds were cut off: then amplitudes pile up at the top, where they should thin out."""
    counts = note.amplitudes
    total = int(counts.sum())
    if total == 0 or counts[10:].sum() == 0:
        return Finding("clipping", "not measured", "there is no sound to measure")
    # What a codec adds around a plateau is wider than a bin: the top is where hardly a sample lies above.
    above = counts[::-1].cumsum()[::-1]
    peak = int(np.flatnonzero(above >= max(total * 1e-5, 2))[-1])
    top, below = slice(int(0.94 * peak), int(1.03 * peak) + 1), slice(int(0.80 * peak), int(0.89 * peak) + 1)
    piled, expected = int(counts[top].sum()), int(counts[below].sum())
    loud = int(counts[int(0.3 * peak) :].sum())
    share = piled / max(loud, 1)
    # In speech that is whole, amplitudes fall off like an exponential: each tenth holds fewer than the one below.
    clipped = piled > 1.1 * expected and piled / total > config.clipped_share
    numbers = {"peak": peak / 1000, "clipped_share": share if clipped else 0.0}
    if not clipped:
        return Finding(
            "clipping", "good", f"no clipping; the highest peak is {peak / 1000:.2f} of full scale", "", numbers
        )
    return Finding(
        "clipping",
        "usable",
        f"{share:.1%} of the loud samples are cut off at {peak / 1000:.2f} of full scale"
        + (": the voice is distorted" if share > config.much_clipped else ""),
        "lower the input level until loud words stay below half of full scale",
        numbers,
    )


def judge_sound_length(info: ClipInfo, config: SoundConfig) -> Finding:
    """Whether there is sound, and as long as the picture."""
    if info.audio_rate is None or not info.audio_duration_s:
        return Finding(
            "sound",
            "usable",
            "no sound: motion can be tracked, but not its speech",
            "record picture and sound together",
            {"audio_duration_s": 0.0},
        )
    begin, end = info.audio_start_s or 0.0, (info.audio_start_s or 0.0) + info.audio_duration_s
    late, longer = begin - info.start_s, end - info.start_s - info.duration_s
    numbers = {"audio_duration_s": info.audio_duration_s, "audio_begins_late_s": late, "audio_ends_late_s": longer}
    says = f"{info.audio_duration_s:.2f} s at {info.audio_rate} Hz"
    if longer > config.longest_extra_s:
        return Finding(
            "sound",
            "usable",
            f"{says}: {longer:.2f} s longer than the picture; what has no picture is not used",
            "end picture and sound together; if the picture stopped, record again",
            numbers,
        )
    if late > config.longest_extra_s or -longer > config.longest_extra_s:
        return Finding(
            "sound",
            "usable",
            f"{says}: missing in the first {max(late, 0):.2f} s and the last {max(-longer, 0):.2f} s of the picture",
            "begin and end picture and sound together",
            numbers,
        )
    return Finding("sound", "good", says, "", numbers)
