"""Phonemes to mel: the encoder's and the decoder's graphs, with durations and prosody chosen in between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.speech import PhonemeSequence
from avatron.errors import InvalidValueError
from avatron.text.inventory import LEAD_PAUSE, PAUSES, SYMBOLS, is_vowel
from avatron.voice.durations import lengthened_pauses, paced_durations, whole_frames
from avatron.voice.dynamics import dynamics_gain
from avatron.voice.intonation.prosody import Prosody
from avatron.voice.intonation.rules import intoned
from avatron.voice.style import VoiceStyle

__all__ = ["AcousticModel", "Drawing", "Reading", "frame_positions"]


VOLUME_OF_MODEL = 0.42
"""How much of a change of its energy, in dB, the mel decoder makes by itself (measured -6 .. 6 dB); with it comes the
sound of effort, which a gain does not have."""
GLIDE_PIECES = 4
GAIN_FRAMES = 7
"""Frames over which a gain moves from one phoneme's to the next one's."""


@dataclass(frozen=True, eq=False)
class Reading:
    """How a text will be read, phoneme by phoneme; change it to read it another way."""

    text_embedding: NDArray[np.float32]
    """[D, P]."""
    durations: NDArray[np.int64]
    """[P] mel frames, at least 1 each."""
    log_pitch: NDArray[np.float32]
    """[P] ln Hz."""
    glide: NDArray[np.float32]
    """[P] how far the pitch moves from the start to the end of the phoneme, ln Hz."""
    energy: NDArray[np.float32]
    """[P] mean of the ln mel."""
    gain_db: NDArray[np.float32]
    """[P] what is left of the volume that was asked for: the model follows its energy by half."""
    vowels: NDArray[np.bool_]
    """[P] whether it is one."""
    dynamics: float = 1.0
    """Factor on how far the loudness of the vowels moves; made once they are drawn, when it is known."""


@dataclass(frozen=True, eq=False)
class Drawing:
    """What the acoustic model says of an utterance, frame by frame."""

    mel: NDArray[np.float32]
    """[M, F] natural log."""
    text_embedding: NDArray[np.float32]
    """[D, F]."""
    durations: NDArray[np.int64]
    """[P] frames; sum = F."""
    log_pitch: NDArray[np.float32]
    """[F] ln Hz, through unvoiced frames as well."""
    voiced: NDArray[np.bool_]
    """[F]."""
    gain_db: NDArray[np.float32]
    """[F] gain on the samples."""


class AcousticModel:
    """The two graphs: `read` decides how long, how high and how loud; `draw` makes the mel of it."""

    def __init__(
        self,
        encoder: Any,
        decoder: Any,
        *,
        frame_rate: float,
        lead_frames: int,
        end_frames: int,
        pitch_spread: float = 1.0,
    ) -> None:
        """`frame_rate` is mel frames a second, `lead_frames` how long the pause lasts that an utterance begins with.

        `end_frames` is how long the pause at its end lasts at least, at normal pace: recordings are often cut before
        it is over, so that it is learned too short. `pitch_spread` widens the pitch that is predicted: what is learned
        by distance is the mean of many ways to say it, and moves less than any of them.
        """
        self._encoder, self._decoder = encoder, decoder
        self.frame_rate = frame_rate
        self.lead_frames, self.end_frames = lead_frames, end_frames
        self.pitch_spread = pitch_spread

    def read(self, phonemes: PhonemeSequence, style: VoiceStyle) -> Reading:
        """Durations, pitch and energy of the phonemes in that style.

        Raises:
            InvalidValueError: no phonemes, or one that is not in the inventory.
        """
        embedding, log_duration, log_pitch, energy = self._encode(
            phonemes, ["text_embedding", "log_duration", "pitch", "energy"]
        )
        marks = phonemes.marks
        predicted = np.maximum(np.expm1(log_duration[0].astype(np.float64)), 0)
        if marks is not None:
            predicted /= marks.rate
        if phonemes.symbols[-1] in PAUSES:
            predicted[-1] = max(predicted[-1], self.end_frames)
        spoken = np.array([symbol not in PAUSES for symbol in phonemes.symbols])
        pitch = _widened(log_pitch[0], spoken, self.pitch_spread)
        intonation = intoned(phonemes, Prosody.of(predicted, pitch, energy[0], spoken, self.frame_rate))
        predicted = intonation.durations
        # A leading pause lasts what it must, at any pace: the face needs that time before the first sound.
        led = phonemes.symbols[0] == LEAD_PAUSE
        paced = paced_durations(predicted[led:], phonemes.symbols[led:], style.pace)
        paused = lengthened_pauses(paced, phonemes.symbols[led:], style.pauses, lead_frames=self.lead_frames)
        durations = whole_frames(paused)
        if led:
            durations = np.concatenate([[self.lead_frames], durations])
        if marks is not None:
            durations = self._paused(durations, marks.pause_s, led)
        log_pitch, glide = intonation.log_pitch.astype(np.float32), intonation.glide.astype(np.float32)
        pitch_range: float | NDArray[np.float32] = style.pitch_range
        if marks is not None and marks.pitch_range is not None:
            pitch_range = style.pitch_range * marks.pitch_range
        log_pitch = _widened(log_pitch, spoken, pitch_range) + np.float32(np.log(style.pitch))
        decibels = np.where(spoken, np.float32(20 * np.log10(style.energy)), np.float32(0))
        decibels = decibels + intonation.decibels.astype(np.float32)
        if marks is not None:
            log_pitch = log_pitch + marks.semitones * np.float32(np.log(2) / 12)
            decibels = decibels + marks.decibels
        louder = energy[0] + decibels * np.float32(np.log(10) / 20)
        glide = glide * np.asarray(pitch_range, np.float32)
        vowels = np.array([is_vowel(symbol) for symbol in phonemes.symbols])
        gain_db = decibels * np.float32(1 - VOLUME_OF_MODEL)
        return Reading(embedding[0], durations, log_pitch, glide, louder, gain_db, vowels, style.dynamics)

    def embed(self, phonemes: PhonemeSequence) -> NDArray[np.float32]:
        """[D, P] the text encoder's output alone: for speech whose durations are known already. Raises as `read`."""
        (embedding,) = self._encode(phonemes, ["text_embedding"])
        return np.asarray(embedding[0])

    def _encode(self, phonemes: PhonemeSequence, outputs: list[str]) -> list[NDArray[np.float32]]:
        if not len(phonemes):
            raise InvalidValueError("an utterance without phonemes cannot be spoken; give at least one word")
        if phonemes.ids.min() < 0 or phonemes.ids.max() >= len(SYMBOLS):
            raise InvalidValueError(
                f"phoneme ids {phonemes.ids.min()} .. {phonemes.ids.max()} are outside the inventory of {len(SYMBOLS)}"
            )
        ids, word_initial = phonemes.ids[None], phonemes.word_initial.astype(np.int64)[None]
        return list(self._encoder.run(outputs, {"ids": ids, "word_initial": word_initial}))

    def _paused(self, durations: NDArray[np.int64], pause_s: NDArray[np.float32], led: bool) -> NDArray[np.int64]:
        """[P] frames, with the pauses that the script gives; the one that leads is longer by it."""
        given = pause_s >= 0
        frames = np.where(given, np.maximum(np.rint(pause_s * self.frame_rate), 1), durations)
        if led and given[0]:
            frames[0] = durations[0] + round(float(pause_s[0]) * self.frame_rate)
        if given[-1]:
            # What is said last dies away in its pause, however short.
            frames[-1] = max(frames[-1], min(durations[-1], self.end_frames))
        return frames.astype(np.int64)

    def draw(self, reading: Reading) -> Drawing:
        """The mel of a reading, with pitch and voicing of each frame."""
        phone_of_frame, positions = frame_positions(reading.durations)
        own, pitch, piece_of_frame = _glided(reading)
        mel, log_pitch, voicing = self._decoder.run(
            ["mel", "log_pitch", "voicing"],
            {
                "text_embedding": reading.text_embedding[None, :, own],
                "pitch": pitch[None],
                "energy": reading.energy[None, own],
                "phone_of_frame": piece_of_frame,
                "positions": positions,
            },
        )
        return Drawing(
            mel[0],
            reading.text_embedding[:, phone_of_frame],
            reading.durations,
            log_pitch[0],
            np.asarray(voicing[0] > 0),
            _smoothed(reading.gain_db[phone_of_frame])
            + dynamics_gain(mel[0], reading.durations, reading.vowels, reading.dynamics),
        )


def _widened(
    log_pitch: NDArray[np.float32], spoken: NDArray[np.bool_], factor: float | NDArray[np.float32]
) -> NDArray[np.float32]:
    """[P] ln Hz, moving so many times as far about the mean of what is spoken; one factor, or [P] of them."""
    middle = log_pitch[spoken].mean() if spoken.any() else np.float32(0)
    return np.asarray(middle + (log_pitch - middle) * np.asarray(factor, np.float32))


def _glided(reading: Reading) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]:
    """(phoneme of each piece [Q], ln Hz of each piece [Q], piece of each frame [F]).

    The decoder takes one pitch for a phoneme: one that glides is handed over in pieces.
    """
    durations = reading.durations
    pieces = np.where(np.abs(reading.glide) > 1e-6, np.minimum(GLIDE_PIECES, durations), 1)
    own = np.repeat(np.arange(len(durations)), pieces)
    number = np.arange(len(own)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    pitch = reading.log_pitch[own] + reading.glide[own] * ((number + 0.5) / pieces[own] - 0.5)
    lengths = (number + 1) * durations[own] // pieces[own] - number * durations[own] // pieces[own]
    return own, pitch.astype(np.float32), np.repeat(np.arange(len(own)), lengths)


def _smoothed(curve: NDArray[np.float32]) -> NDArray[np.float32]:
    """[F] without steps: they would click."""
    if not curve.any():
        return curve
    window = np.hanning(GAIN_FRAMES + 2)[1:-1]
    padded = np.pad(curve, GAIN_FRAMES // 2, mode="edge")
    return np.convolve(padded, window / window.sum(), "valid").astype(np.float32)


def frame_positions(durations: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """(phoneme of each frame [F], position features [3, F]).

    Features: share of the phoneme from its start and from its end at the middle of the frame, and half the ln of its
    duration in frames.
    """
    phone_of_frame = np.repeat(np.arange(len(durations)), durations)
    starts = np.cumsum(durations) - durations
    own = durations[phone_of_frame]
    share = (np.arange(len(phone_of_frame)) - starts[phone_of_frame] + 0.5) / own
    return phone_of_frame, np.stack([share, 1 - share, 0.5 * np.log(own)]).astype(np.float32)
