"""Acoustic features of a corpus, computed once and cached: samples, mel and pitch of each clip, with a room-tone lead.

Utterances at run time begin with a pause, but most clips begin in the middle of a sound. So each clip is given a lead
of real room tone: the quietest stretch of its own pauses, or of another clip's, cross-faded in front of it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.errors import InvalidValueError
from avatron.signal.mel import MelConfig, log_mel
from avatron.signal.pitch import fill_unvoiced, track_pitch
from avatron.training.corpus import Clip, read_audio

__all__ = ["LEAD_FRAMES", "ClipFeatures", "cached_features"]

LEAD_FRAMES = 20
"""Mel frames of room tone in front of each clip; training uses a random part of them."""
CROSSFADE_SAMPLES = 128
"""Length of the fade from room tone to clip: 6 ms at 22.05 kHz."""


@dataclass(frozen=True, eq=False)
class ClipFeatures:
    """One clip as arrays, lead included."""

    name: str
    samples: NDArray[np.float32]
    """[F * hop]."""
    mel: NDArray[np.float32]
    """[M, F]."""
    pitch_hz: NDArray[np.float32]
    """[F], 0 where unvoiced."""

    @property
    def frames(self) -> int:
        """F."""
        return int(self.mel.shape[1])

    @property
    def log_pitch(self) -> NDArray[np.float32]:
        """[F] ln Hz, drawn through the unvoiced frames."""
        return fill_unvoiced(self.pitch_hz)

    @property
    def voiced(self) -> NDArray[np.float32]:
        """[F] 1 where voiced."""
        return (self.pitch_hz > 0).astype(np.float32)


def cached_features(
    clips: Sequence[Clip], cache: Path, mel_config: MelConfig, *, seed: int = 0
) -> tuple[ClipFeatures, ...]:
    """The features of the clips, from the cache folder where they are there already."""
    cache.mkdir(parents=True, exist_ok=True)
    missing = [clip for clip in clips if not (cache / f"{clip.name}.npz").exists()]
    if missing:
        audios = {clip.name: read_audio(clip.path, mel_config.sample_rate) for clip in clips}
        tones = _room_tones(clips, audios, LEAD_FRAMES * mel_config.hop_length)
        if not tones:
            raise InvalidValueError(
                f"no training clip has a pause of {LEAD_FRAMES} frames to take room tone from; add one that has"
            )
        names = sorted(tones)
        chooser = np.random.default_rng(seed)
        lenders = {clip.name: names[chooser.integers(len(names))] for clip in clips}
        for number, clip in enumerate(missing):
            tone = tones.get(clip.name, tones[lenders[clip.name]])
            _write(_extract(clip.name, audios[clip.name], tone, mel_config), cache)
            if number % 50 == 0:
                print(f"features {number}/{len(missing)}", file=sys.stderr, flush=True)
    return tuple(_read(cache / f"{clip.name}.npz") for clip in clips)


def _room_tones(clips: Sequence[Clip], audios: dict[str, Audio], length: int) -> dict[str, NDArray[np.float32]]:
    """The quietest stretch of that length inside a pause, for each training clip that has one."""
    tones = {}
    for clip in clips:
        if clip.held_out:
            continue
        audio = audios[clip.name]
        quietest: tuple[float, NDArray[np.float32]] | None = None
        for phone in clip.phones:
            start, end = round(phone.start_s * audio.sample_rate), round(phone.end_s * audio.sample_rate)
            pause = audio.samples[start:end]
            if not phone.is_pause or len(pause) < length:
                continue
            power = np.cumsum(np.concatenate([[0.0], np.square(pause, dtype=np.float64)]))
            window_power = power[length:] - power[:-length]
            place = int(window_power.argmin())
            if quietest is None or window_power[place] < quietest[0]:
                quietest = (float(window_power[place]), pause[place : place + length])
        if quietest is not None:
            tones[clip.name] = quietest[1]
    return tones


def _extract(name: str, audio: Audio, tone: NDArray[np.float32], config: MelConfig) -> ClipFeatures:
    fade = np.linspace(0, 1, CROSSFADE_SAMPLES, dtype=np.float32)
    samples = np.concatenate([tone, audio.samples])
    # The tone's last samples fade out while their mirror image carries it under the clip's first ones.
    start = len(tone)
    samples[start : start + CROSSFADE_SAMPLES] *= fade
    samples[start : start + CROSSFADE_SAMPLES] += tone[-CROSSFADE_SAMPLES:][::-1] * (1 - fade)
    frame_count = len(samples) // config.hop_length
    led = Audio(samples[: frame_count * config.hop_length], audio.sample_rate)
    return ClipFeatures(name, led.samples, log_mel(led, config), track_pitch(led, config.hop_length))


def _write(features: ClipFeatures, cache: Path) -> None:
    partial = cache / f"{features.name}.partial.npz"
    np.savez(
        partial,
        samples=features.samples.astype(np.float16),
        mel=features.mel,
        pitch_hz=features.pitch_hz,
    )
    partial.replace(cache / f"{features.name}.npz")


def _read(path: Path) -> ClipFeatures:
    with np.load(path, allow_pickle=False) as stored:
        return ClipFeatures(path.stem, stored["samples"].astype(np.float32), stored["mel"], stored["pitch_hz"])
