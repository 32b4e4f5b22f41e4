"""What tells whether somebody listens: spoken instructions, digits to type, and a pitch that only headphones give."""

from __future__ import annotations

import io
import math
import wave
from collections.abc import Iterator
from itertools import chain, cycle
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.errors import InvalidValueError
from avatron.evaluation.voice.speaking import audio_of, say
from avatron.io.atomic import write_file
from avatron.io.audio import read_audio
from avatron.io.clips import probe_clip, read_frames
from avatron.io.video import VideoWriter
from avatron.signal.level import at_loudness
from avatron.signal.loudness import loudness_lufs
from avatron.voice.protocol import Voice

__all__ = ["NUMBER_WORDS", "dichotic_noise", "spoken", "write_check_film", "write_stereo"]

Bytes = NDArray[np.uint8]

NUMBER_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_LEAST_LUFS = -45.0
"""Films below it are all but silent: an instruction at their level would not be heard."""
_LONGEST_BASE_S = 4.0
"""Of the pictures that a check goes through forward and backward."""

_PITCH_HZ, _BAND = 600.0, 0.06
_NOISE_HZ = 16_000
_NOISE_S, _RAMP_S = 0.9, 0.03
_NOISE_LEVEL = 0.08


def spoken(voice: Voice, text: str) -> Audio:
    """The text, as `avatron speak` says it."""
    return audio_of(say(voice, text))


def write_check_film(source: Path, target: Path, rating: int, voice: Voice) -> Path:
    """A film with the pictures of `source` whose sound asks for the answer `rating`, 1 .. 5, as loud as its own.

    Who only looks, or answers without either, does not know it from the others.

    Raises:
        InvalidValueError: a rating outside 1 .. 5.
        UnreadableFileError: the film is missing, damaged or without sound.
        MissingComponentError: the installed FFmpeg cannot write films of its type.
        OutputError: the film cannot be written.
    """
    if not 1 <= rating <= 5:
        raise InvalidValueError(f"rating {rating} is outside 1 .. 5")
    level = max(loudness_lufs(read_audio(source)), _LEAST_LUFS)
    number = NUMBER_WORDS[rating - 1]
    sound = spoken(voice, f"This film is a check. Please choose the number {number}. Again: the number {number}.")
    sound = at_loudness(sound, level if math.isfinite(level) else _LEAST_LUFS)
    samples = np.clip(sound.samples, -1, 1)
    info = probe_clip(source)
    pictures = list(read_frames(info, 0, max(min(info.frames, math.ceil(_LONGEST_BASE_S * info.fps)), 1)))
    height, width = pictures[0].shape[:2]
    # Encoders want even sides; a film of the web may have others.
    size = (width - width % 2, height - height % 2)
    with VideoWriter(target, size, info.fps, sound.sample_rate, overwrite=True, threads=1) as film:
        film.write_audio(samples)
        for _, picture in zip(range(math.ceil(sound.duration_s * info.fps)), _to_and_fro(pictures), strict=False):
            film.write_frame(np.ascontiguousarray(picture[: size[1], : size[0]]))
    return target


def _to_and_fro(pictures: list[Bytes]) -> Iterator[Bytes]:
    """The pictures forward, backward, forward ... without end or jump."""
    return cycle(chain(pictures, pictures[-2:0:-1]))


def dichotic_noise(with_pitch: bool, generator: np.random.Generator) -> tuple[NDArray[np.float64], int]:
    """([2, N] left and right, sample rate): noise that has a faint pitch at 600 Hz only for who hears both apart.

    The phase of a narrow band turns by a full circle between the ears; either ear alone, and both mixed in the air,
    hear noise. Cramer and Huggins, Creation of pitch through binaural interaction, 1958; as a test of headphones:
    Milne et al., An online headphone screening test based on dichotic pitch, 2021.
    """
    count = round(_NOISE_S * _NOISE_HZ)
    left = np.fft.rfft(generator.standard_normal(count))
    frequency = np.fft.rfftfreq(count, 1 / _NOISE_HZ)
    right = left.copy()
    if with_pitch:
        low, high = _PITCH_HZ * (1 - _BAND / 2), _PITCH_HZ * (1 + _BAND / 2)
        turn = 2 * np.pi * np.clip((frequency - low) / (high - low), 0, 1)
        right = left * np.exp(1j * turn)
    channels = np.fft.irfft(np.stack([left, right]), count)
    ramp = np.minimum(np.minimum(np.arange(count), np.arange(count)[::-1]) / (_RAMP_S * _NOISE_HZ), 1)
    channels *= np.sin(ramp * np.pi / 2) ** 2
    return channels * (_NOISE_LEVEL / channels.std()), _NOISE_HZ


def write_stereo(path: Path, channels: NDArray[np.float64], sample_rate: int) -> None:
    """A 16-bit wav file of [2, N] in [-1, 1].

    Raises:
        OutputError: it cannot be written.
    """
    samples = np.round(np.clip(channels.T, -1, 1) * 32767).astype("<i2")
    data = io.BytesIO()
    with wave.open(data, "wb") as sound:
        sound.setnchannels(2)
        sound.setsampwidth(2)
        sound.setframerate(sample_rate)
        sound.writeframes(samples.tobytes())
    write_file(path, data.getvalue(), overwrite=True)
