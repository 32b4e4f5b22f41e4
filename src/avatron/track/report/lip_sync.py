"""Whether the sound goes with the lips, and by how much it is late."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.io.audio import read_audio_pieces
from avatron.io.clips import ClipInfo
from avatron.track.report.finding import Finding
from avatron.track.speech.evidence import BELIEVED, estimate_audio_offset
from avatron.track.speech.features import HEARING
from avatron.track.speech.offset import AudioOffset

__all__ = ["LipSyncConfig", "judge_lip_sync", "lip_opening", "measure_lip_sync"]

_UPPER, _LOWER = (82, 13, 312), (87, 14, 317)
"""Landmarks of the middle of the inner lips."""
_RATE_HZ = HEARING.sample_rate


@dataclass(frozen=True)
class LipSyncConfig:
    """What is asked of the sound's clock."""

    good_s: float = 0.045
    """By how much sound may be off: people notice it from there on (ITU-R BT.1359: 45 ms early, 125 ms late)."""
    padding_s: float = 0.5
    """Of sound, on either side of a stretch of pictures."""
    least_s: float = 1.0
    """Of lips that are seen moving."""


def lip_opening(landmarks: NDArray[np.float32], eye_distance_px: float) -> float:
    """The gap between the inner lips of landmarks [478, 3] px, in distances of the eyes."""
    gap = landmarks[list(_UPPER), :2].mean(0) - landmarks[list(_LOWER), :2].mean(0)
    return float(np.linalg.norm(gap)) / max(eye_distance_px, 1.0)


def measure_lip_sync(info: ClipInfo, openings: list[tuple[int, float]], config: LipSyncConfig) -> AudioOffset | None:
    """By how much the sound of a clip comes after its picture; None where lips are not seen for long enough.

    `openings` are (frame, gap of the lips) in stretches of neighbours. Only the sound around them is listened to: the
    stretches are laid one after another on a clock of their own, so that a long clip costs no more than a short one.

    Raises:
        UnreadableFileError: the sound cannot be read.
    """
    frames = np.array([frame for frame, _ in openings], np.int64)
    if len(frames) < config.least_s * info.fps:
        return None
    padding = round(config.padding_s * info.fps)
    seen: list[NDArray[np.float32]] = []
    spans: list[tuple[int, int]] = []
    for part in np.split(np.arange(len(frames)), np.flatnonzero(np.diff(frames) > 2 * padding) + 1):
        first, last = int(frames[part[0]]), int(frames[part[-1]])
        curve = np.full(last - first + 1 + 2 * padding, np.nan, np.float32)
        curve[frames[part] - first + padding] = [openings[index][1] for index in part]
        seen.append(curve)
        begin_s = info.start_s + float((first - padding) / info.fps)
        begin = round(begin_s * _RATE_HZ)
        spans.append((begin, begin + round(len(curve) / info.fps * _RATE_HZ)))
    sound = _cut_out(info, spans)
    return estimate_audio_offset(np.concatenate(seen), info.fps, Audio(sound, _RATE_HZ))


def _cut_out(info: ClipInfo, spans: list[tuple[int, int]]) -> NDArray[np.float32]:
    """[N] the sound between samples `begin` and `end` of each span, silent where there is none, one after another."""
    parts = [np.zeros(end - begin, np.float32) for begin, end in spans]
    place = 0
    for piece in read_audio_pieces(info.path, _RATE_HZ):
        stop = place + len(piece)
        for part, (begin, end) in zip(parts, spans, strict=True):
            low, high = max(begin, place), min(end, stop)
            if low < high:
                part[low - begin : high - begin] = np.nan_to_num(piece[low - place : high - place])
        place = stop
        if place >= spans[-1][1]:
            break
    return np.concatenate(parts)


def judge_lip_sync(offset: AudioOffset | None, config: LipSyncConfig) -> Finding:
    """None where lips or speech are missing."""
    if offset is None:
        return Finding("lip sync", "not measured", "lips and speech are not seen and heard together for long enough")
    numbers = {
        "audio_late_s": offset.seconds,
        "error_s": offset.error_s,
        "confidence": offset.confidence,
        "correlation": offset.correlation,
    }
    if offset.confidence < BELIEVED:
        return Finding(
            "lip sync",
            "not measured",
            f"lips and sound agree too little to tell (correlation {offset.correlation:.2f}): short or noisy sound, or "
            "that of somebody else",
            "",
            numbers,
        )
    says = f"the sound is {abs(offset.seconds) * 1000:.0f} ms {'late' if offset.seconds > 0 else 'early'}"
    if abs(offset.seconds) <= config.good_s:
        return Finding("lip sync", "good", says, "", numbers)
    return Finding(
        "lip sync",
        "usable",
        f"{says}; the tracker takes it out",
        "record with a wired microphone, or shift the sound before you use it elsewhere",
        numbers,
    )
