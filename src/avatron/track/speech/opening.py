"""How far the mouth is open: as the landmarks see it, and as it should be from what is heard."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatron.text.inventory import BILABIALS, LABIODENTALS
from avatron.track.observations import FaceObservations
from avatron.track.speech.features import FRAME_RATE
from avatron.track.speech.phonemes import PhonemeTrack
from avatron.track.speech.sounds import SILENCE, SOUNDS, sound_id, sound_shares

__all__ = ["OPENING_OF_SOUND", "expected_opening", "heard_opening", "heard_speech", "seen_opening"]

UPPER_LIP = (82, 13, 312)
LOWER_LIP = (87, 14, 317)
"""MediaPipe's inner contour, in its middle."""
EYE_CORNERS = (33, 263)
"""Outer ones."""

_OPEN = {
    "ɑ": 1.0, "æ": 1.05, "ʌ": 0.55, "ɔ": 0.5, "aʊ": 0.85, "aɪ": 0.95, "ɛ": 0.85, "ɝ": 0.45, "eɪ": 0.85, "ɪ": 0.55,
    "i": 0.55, "oʊ": 0.65, "ɔɪ": 0.65, "ʊ": 0.4, "u": 0.4,
    "l": 0.5, "ɹ": 0.1, "w": 0.05, "j": 0.5, "h": 0.55, "k": 0.7, "ɡ": 0.55, "ŋ": 0.65, "n": 0.55, "t": 0.55, "d": 0.7,
    "θ": 0.3, "ð": 0.15, "s": 0.5, "z": 0.55, "ʃ": 0.4, "ʒ": 0.4, "tʃ": 0.4, "dʒ": 0.4,
}  # fmt: skip
"""Inner-lip gap relative to that of `ɑ`: about what GRID's lips do (r = 0.72), drawn a third of the way to what a table
of phonetics would say, for it is one man; sounds that GRID lacks are from the table."""
SILENT_OPENING = 0.15
"""In silence a mouth may be open or shut."""
LABIODENTAL_OPENING = 0.1
OPENING_OF_SOUND: NDArray[np.float32] = np.array(
    [
        SILENT_OPENING
        if number == SILENCE
        else 0.0
        if sound in BILABIALS
        else LABIODENTAL_OPENING
        if sound in LABIODENTALS
        else _OPEN[sound]
        for number, sound in enumerate(SOUNDS)
    ],
    np.float32,
)
"""[number of sounds]"""


def seen_opening(observations: FaceObservations) -> NDArray[np.float32]:
    """[T] gap between the inner lips in distances of the outer corners of the eyes; 0 in frames that are not valid."""
    points = observations.landmarks
    upper = points[:, UPPER_LIP].mean(axis=1)
    lower = points[:, LOWER_LIP].mean(axis=1)
    eyes = np.linalg.norm(points[:, EYE_CORNERS[0]] - points[:, EYE_CORNERS[1]], axis=1)
    gap = np.linalg.norm((upper - lower)[:, :2], axis=1)
    return np.where(observations.valid & (eyes > 0), gap / np.maximum(eyes, 1e-6), 0.0).astype(np.float32)


def heard_opening(log_shares: NDArray[np.float32]) -> NDArray[np.float32]:
    """[F] how far the mouth should be open, from the listener's shares [F, STATES]."""
    return sound_shares(np.exp(log_shares)) @ OPENING_OF_SOUND


def heard_speech(log_shares: NDArray[np.float32]) -> NDArray[np.float32]:
    """[F] how surely somebody speaks, 0 .. 1."""
    return np.asarray(1 - np.exp(log_shares[:, SILENCE]), np.float32)


def expected_opening(track: PhonemeTrack, frames: int) -> NDArray[np.float32]:
    """[F] how far the sounds of a phoneme track ask the mouth to be open, smoothed as lips move: 60 ms."""
    curve = np.zeros(frames)
    for symbol, start, end in zip(track.symbols, track.start_s.tolist(), track.end_s.tolist(), strict=True):
        curve[round(start * FRAME_RATE) : round(end * FRAME_RATE)] = OPENING_OF_SOUND[sound_id(symbol)]
    kernel = np.hanning(13)[1:-1]
    return np.asarray(np.convolve(curve, kernel / kernel.sum(), mode="same")[:frames], np.float32)
