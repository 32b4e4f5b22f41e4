"""What rooms, microphones, other people and codecs do to speech: done to recordings before the network hears them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.io.resample import resample_audio

__all__ = ["CODECS", "AugmentConfig", "augmented", "coded", "in_a_room", "noise_of", "with_noise"]

Floats = NDArray[np.float32]

CODECS: dict[str, tuple[str, str, int, tuple[int, ...]]] = {
    "mp3": ("mp3", "libmp3lame", 22050, (16, 24, 32, 64)),
    "opus": ("ogg", "libopus", 24000, (6, 8, 12, 24)),
    "aac": ("adts", "aac", 22050, (16, 24, 48)),
    "telephone": ("wav", "pcm_mulaw", 8000, (64,)),
}
"""Container, encoder, Hz, and kbit/s to choose from."""
NOISES = ("coloured", "babble", "hum", "tones")
QUIETEST = 1e-5


@dataclass(frozen=True)
class AugmentConfig:
    """How much is done to a recording."""

    speeds: tuple[float, float] = (0.82, 1.2)
    """Played slower or faster: of a larger or smaller head, with a lower or higher voice."""
    as_it_is: float = 0.1
    """Share of the crops that nothing is done to but speed and gain."""
    noise: float = 0.65
    """How many have noise ..."""
    snr_db: tuple[float, float] = (0.0, 35.0)
    """... of this level, speech above noise."""
    room: float = 0.4
    """How many are in a room ..."""
    decay_s: tuple[float, float] = (0.1, 0.7)
    """... in which sound falls by 60 dB in this time."""
    colour: float = 0.6
    """How many are heard by a microphone that is not flat ..."""
    colour_db: float = 5.0
    """... by this standard deviation of each of its waves."""
    band: float = 0.25
    """How many lack low and high sounds."""
    codec: float = 0.15
    """How many went through a lossy codec."""
    clipped: float = 0.1
    """How many are clipped."""
    gain_db: tuple[float, float] = (-26.0, 8.0)
    """Of everything."""


def augmented(
    samples: Floats,
    sample_rate: int,
    others: Sequence[Floats],
    random: np.random.Generator,
    config: AugmentConfig,
) -> Floats:
    """[N] the samples [N] as they might have been recorded elsewhere; `others` [N] each are what babble is made of."""
    result = samples
    if random.random() >= config.as_it_is:
        if random.random() < config.room:
            result = in_a_room(result, sample_rate, float(random.uniform(*config.decay_s)), random)
        if random.random() < config.noise:
            kind = str(random.choice(NOISES))
            noise = noise_of(kind, len(result), sample_rate, others, random)
            result = with_noise(result, noise, float(random.uniform(*config.snr_db)))
        coloured, banded = random.random() < config.colour, random.random() < config.band
        if coloured or banded:
            result = _filtered(result, sample_rate, random, config.colour_db if coloured else 0.0, banded)
        if random.random() < config.clipped:
            limit = float(np.percentile(np.abs(result), random.uniform(85, 99))) + QUIETEST
            result = np.clip(result, -limit, limit)
        if random.random() < config.codec:
            result = coded(result, sample_rate, str(random.choice(sorted(CODECS))), random)
    loudness = float(np.sqrt(np.mean(np.square(samples)))) + QUIETEST
    wanted = 10 ** (float(random.uniform(*config.gain_db)) / 20) * 0.07
    return np.clip(result * (wanted / loudness), -1, 1).astype(np.float32)


def with_noise(samples: Floats, noise: Floats, snr_db: float) -> Floats:
    """[N] the samples with noise [N] so many dB below their mean power."""
    power = float(np.mean(np.square(samples))) + QUIETEST**2
    scale = np.sqrt(power / (float(np.mean(np.square(noise))) + QUIETEST**2)) * 10 ** (-snr_db / 20)
    return np.asarray(samples + scale * noise, np.float32)


def noise_of(kind: str, count: int, sample_rate: int, others: Sequence[Floats], random: np.random.Generator) -> Floats:
    """[N] noise of any loudness: `coloured`, `babble` of the `others`, `hum` of the mains, slow `tones` like music."""
    time_s = np.arange(count) / sample_rate
    if kind == "coloured" or (kind == "babble" and not others):
        frequency = np.fft.rfftfreq(count, 1 / sample_rate)
        slope = random.uniform(0, 2)
        spectrum = (np.maximum(frequency, 30.0) / 30.0) ** (-slope / 2)
        waves = spectrum * (random.normal(size=len(frequency)) + 1j * random.normal(size=len(frequency)))
        swell = 1 + 0.6 * random.random() * np.sin(2 * np.pi * (random.uniform(0.1, 3) * time_s + random.random()))
        return np.asarray(np.fft.irfft(waves, count) * swell, np.float32)
    if kind == "babble":
        babble = np.zeros(count)
        for other in others:
            level = float(np.sqrt(np.mean(np.square(other)))) + QUIETEST
            babble += np.resize(np.roll(other, int(random.integers(len(other)))), count) / level
        return babble.astype(np.float32)
    noise = np.zeros(count)
    if kind == "hum":
        mains = random.choice((50.0, 60.0))
        for number in range(1, int(random.integers(4, 16))):
            noise += random.random() / number**0.7 * np.sin(2 * np.pi * (mains * number * time_s + random.random()))
        return np.asarray(noise + 0.05 * random.normal(size=count), np.float32)
    for _ in range(int(random.integers(3, 9))):
        pitch = 110.0 * 2 ** (random.integers(0, 36) / 12)
        beat = np.maximum(0, np.sin(2 * np.pi * (random.uniform(0.2, 1.5) * time_s + random.random())))
        for overtone in range(1, 5):
            noise += beat / overtone * np.sin(2 * np.pi * (pitch * overtone * time_s + random.random()))
    return np.asarray(noise, np.float32)


def in_a_room(samples: Floats, sample_rate: int, decay_s: float, random: np.random.Generator) -> Floats:
    """[N] with the echoes of a room in which sound falls by 60 dB in `decay_s`: direct sound, then noise that fades.

    What arrives directly stays where it was.
    """
    length = round(decay_s * sample_rate)
    time_s = np.arange(length) / sample_rate
    tail = random.normal(size=length) * np.exp(-6.91 * time_s / decay_s)
    tail[: round(random.uniform(0.001, 0.01) * sample_rate)] = 0
    tail *= 10 ** (-random.uniform(0, 12) / 20) / (np.sqrt(np.sum(np.square(tail))) + QUIETEST)
    tail[0] = 1.0
    size = 1 << (len(samples) + length).bit_length()
    echoed = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(tail, size), size)
    return np.asarray(echoed[: len(samples)], np.float32)


def _filtered(samples: Floats, sample_rate: int, random: np.random.Generator, colour_db: float, banded: bool) -> Floats:
    """[N] through a microphone whose response is a few waves over the octaves, and one that lacks both ends."""
    frequency = np.fft.rfftfreq(len(samples), 1 / sample_rate)
    octave = np.log2(np.maximum(frequency, 40.0) / 40.0) / 8.0
    decibels = sum(
        random.normal(0, colour_db) * np.cos(np.pi * number * octave) for number in range(1, 5)
    ) + np.zeros_like(frequency)
    if banded:
        low, high = random.uniform(60, 350), random.uniform(3000, 9000)
        decibels -= 24 * np.maximum(0, np.log2(low / np.maximum(frequency, 10.0)))
        decibels -= 60 * np.maximum(0, np.log2(np.maximum(frequency, 10.0) / high))
    response = 10 ** (np.maximum(decibels, -80) / 20)
    return np.asarray(np.fft.irfft(np.fft.rfft(samples) * response, len(samples)), np.float32)


def coded(samples: Floats, sample_rate: int, codec: str, random: np.random.Generator) -> Floats:
    """[N] the samples after `codec` of `CODECS`, in step with what they were."""
    import av

    container_name, encoder, rate, choices = CODECS[codec]
    peak = float(np.abs(samples).max()) + QUIETEST
    played = resample_audio(Audio((samples * (0.9 / peak)).astype(np.float32), sample_rate), rate).samples
    stored = io.BytesIO()
    with av.open(stored, "w", format=container_name) as container:
        stream: Any = container.add_stream(encoder, rate=rate, layout="mono")
        if encoder != "pcm_mulaw":
            stream.bit_rate = int(random.choice(choices)) * 1000
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray((played * 32767).astype(np.int16)[None]), format="s16", layout="mono"
        )
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    stored.seek(0)
    with av.open(stored, "r", format=container_name) as container:
        mixer = av.AudioResampler(format="fltp", layout="mono", rate=sample_rate)
        pieces = [
            part.to_ndarray()[0] for frame in [*container.decode(audio=0), None] for part in mixer.resample(frame)
        ]
    return _in_step(np.concatenate(pieces), samples, sample_rate) * np.float32(peak / 0.9)


def _in_step(heard: Floats, samples: Floats, sample_rate: int) -> Floats:
    """[N] what came back, shifted by what the codec has delayed it: where it agrees with the samples [N] best."""
    size = 1 << (len(samples) + len(heard)).bit_length()
    agreement = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(samples, size)), size)
    reach = round(0.12 * sample_rate)
    shifts = np.concatenate([np.arange(reach), np.arange(-reach, 0)])
    shift = int(shifts[np.argmax(agreement[shifts])])
    moved = heard[shift:] if shift >= 0 else np.concatenate([np.zeros(-shift, np.float32), heard])
    return np.pad(moved, (0, max(0, len(samples) - len(moved))))[: len(samples)]
