"""By how much the sound of a clip comes after its picture: the lips and what is heard are laid over each other.

The listener says for each hundredth of a second how far the mouth should be open (`opening.py`); the picture says how
far it is. Both are freed of slow drift, and the shift with the highest correlation over the whole clip is looked for,
to a fraction of a frame. How sure that is comes from the clip itself: its parts must agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.errors import InvalidValueError
from avatron.track.speech.features import FRAME_RATE

__all__ = ["AudioOffset", "OffsetConfig", "match_offset"]

MOVES_PER_SECOND = 5.0
"""Of lips in speech that say something new."""
RIVAL_S = 0.12
"""Shifts further than this from the best are others: half a syllable."""


@dataclass(frozen=True)
class OffsetConfig:
    """How the shift is looked for."""

    largest_s: float = 0.4
    """Shifts to either side."""
    step_s: float = 0.005
    """Between shifts; the best is found between them by a parabola."""
    drift_s: float = 0.6
    """Movements slower than this are the person's, or the drift of landmarks, and no sounds."""
    lips_s: float = 0.16
    """Lips move more smoothly than sounds change: what is heard is smoothed over a window of this length."""
    part_s: float = 3.0
    """Parts of the clip that are drawn anew to see how far the answer moves."""
    draws: int = 60
    """How often."""
    believed_error_s: float = 0.02
    """Standard error at which the confidence is a half."""
    fewest_frames: int = 20
    """With both a face and sound."""
    least_speech_s: float = 0.8
    """Seconds of speech in the sound."""


@dataclass(frozen=True)
class AudioOffset:
    """By how much the sound of a clip comes after its picture."""

    seconds: float
    """Positive: the sound is late. 0 where nothing could be measured."""
    confidence: float
    """0 .. 1; 0 where nothing could be measured, above 0.5 where it can be relied on."""
    error_s: float
    """Standard error; infinite where nothing could be measured."""
    correlation: float
    """Of lips and sound at that shift, -1 .. 1."""

    @staticmethod
    def unknown(correlation: float = 0.0) -> AudioOffset:
        """Nothing could be measured."""
        return AudioOffset(0.0, 0.0, float("inf"), correlation)


def match_offset(
    seen: NDArray[np.float32],
    valid: NDArray[np.bool_],
    fps: Fraction | float,
    heard: NDArray[np.float32],
    *,
    speech: NDArray[np.float32] | None = None,
    start_s: float = 0.0,
    config: OffsetConfig | None = None,
) -> AudioOffset:
    """The shift between how far the mouth is seen to be open [T], at `fps` from `start_s`, and what is heard [F].

    `heard` is the expected opening at 100 a second, `speech` [F] 0 .. 1 how surely somebody speaks. Frames that are not
    `valid` [T], or not finite, have no say.

    Raises:
        InvalidValueError: fps that is not positive.
        ShapeError: lengths that disagree.
    """
    config = config or OffsetConfig()
    rate = float(fps)
    if not rate > 0:
        raise InvalidValueError(f"fps {rate:g} is not above 0")
    checked_array("valid", valid, (len(seen),), np.bool_)
    times = start_s + np.arange(len(seen)) / rate
    weight = valid & np.isfinite(seen)
    weight = weight & (times > -config.largest_s) & (times < len(heard) / FRAME_RATE + config.largest_s)
    spoken = np.ones(len(heard)) if speech is None else np.clip(speech, 0, 1).astype(float)
    if weight.sum() < config.fewest_frames or spoken.sum() < config.least_speech_s * FRAME_RATE:
        return AudioOffset.unknown()
    picture = _without_drift(np.where(weight, np.nan_to_num(seen), 0.0), weight.astype(float), config.drift_s * rate)
    smooth = np.hanning(2 * round(config.lips_s * FRAME_RATE / 2) + 3)[1:-1]
    lips = np.convolve(heard, smooth / smooth.sum())[len(smooth) // 2 :][: len(heard)]
    sound = _without_drift(lips, np.ones(len(heard)), config.drift_s * FRAME_RATE)
    shifts = np.arange(-config.largest_s, config.largest_s + config.step_s / 2, config.step_s)
    frames_per_part = max(1, round(config.part_s * rate))
    moments = np.stack(
        [
            _moments(picture[rows], weight[rows], times[rows, None] + shifts, sound, spoken)
            for rows in (slice(start, start + frames_per_part) for start in range(0, len(seen), frames_per_part))
        ]
    )
    best, correlation = _peak(moments.sum(axis=0), shifts)
    if not np.isfinite(best) or correlation <= 0 or abs(best) >= config.largest_s - config.step_s:
        return AudioOffset.unknown(float(np.nan_to_num(correlation)))
    error_s = _standard_error(moments, shifts, config)
    if not np.isfinite(error_s):
        error_s = _curvature_error(moments.sum(axis=0), shifts, float(weight.sum()) / rate)
    precise = 1 / (1 + (error_s / config.believed_error_s) ** 2)
    spoken_s = float(moments[:, 0].sum(axis=0).max()) / rate
    confidence = precise * _significance(moments.sum(axis=0), shifts, best, correlation, spoken_s)
    if confidence <= 0:
        return AudioOffset.unknown(float(correlation))
    return AudioOffset(float(best), confidence, error_s, float(correlation))


def _without_drift(values: NDArray[np.float64], weight: NDArray[np.float64], frames: float) -> NDArray[np.float64]:
    """[T] minus its weighted mean over so many frames around each; 0 where the weight is."""
    half = max(1, round(frames / 2))
    kernel = np.hanning(2 * half + 3)[1:-1]
    total = np.convolve(weight, kernel)[half : half + len(values)]
    mean = np.convolve(values * weight, kernel)[half : half + len(values)] / np.maximum(total, 1e-9)
    return np.where(weight > 0, values - mean, 0.0)


def _moments(
    picture: NDArray[np.float64],
    weight: NDArray[np.bool_],
    times: NDArray[np.float64],
    sound: NDArray[np.float64],
    spoken: NDArray[np.float64],
) -> NDArray[np.float64]:
    """[6, shifts] weighted sums of 1, p, s, pp, ss, ps over the frames of a part.

    `times` [t, shifts] are where each frame of the picture [t] is in the sound [F] if that is late by each shift.
    """
    first = max(0, int(times.min() * FRAME_RATE) - 1)
    near = slice(first, max(first, int(times.max() * FRAME_RATE)) + 2)
    if not len(sound[near]):
        return np.zeros((6, times.shape[1]))
    clock = np.arange(first, first + len(sound[near])) / FRAME_RATE
    heard = np.interp(times, clock, sound[near], left=0.0, right=0.0)
    # Lips that move in silence say little of sound; those in speech say all.
    shares = weight[:, None] * (0.1 + 0.9 * np.interp(times, clock, spoken[near], left=0.0, right=0.0))
    seen = picture[:, None]
    return np.stack(
        [
            shares.sum(axis=0),
            (shares * seen).sum(axis=0),
            (shares * heard).sum(axis=0),
            (shares * seen**2).sum(axis=0),
            (shares * heard**2).sum(axis=0),
            (shares * seen * heard).sum(axis=0),
        ]
    )


def _peak(moments: NDArray[np.float64], shifts: NDArray[np.float64]) -> tuple[float, float]:
    """(shift of the highest correlation, that correlation); NaN where nothing varies."""
    count, picture, sound, picture2, sound2, both = moments
    count = np.maximum(count, 1e-9)
    spread = np.maximum(picture2 / count - (picture / count) ** 2, 0) * np.maximum(
        sound2 / count - (sound / count) ** 2, 0
    )
    correlation = np.where(
        spread > 1e-18, (both / count - picture * sound / count**2) / np.sqrt(np.maximum(spread, 1e-18)), 0.0
    )
    if not correlation.any():
        return float("nan"), 0.0
    top = int(correlation.argmax())
    if not 0 < top < len(shifts) - 1:
        return float(shifts[top]), float(correlation[top])
    before, here, after = correlation[top - 1 : top + 2]
    bend = before - 2 * here + after
    aside = 0.0 if bend >= 0 else 0.5 * (before - after) / bend
    return float(shifts[top] + aside * (shifts[1] - shifts[0])), float(here - 0.25 * (before - after) * aside)


def _significance(
    moments: NDArray[np.float64], shifts: NDArray[np.float64], best: float, correlation: float, spoken_s: float
) -> float:
    """0 .. 1: whether a correlation is more than chance finds in so much speech, and more than at any other shift."""
    deviations = correlation * np.sqrt(MOVES_PER_SECOND * spoken_s)
    curve = np.array([_peak(moments[:, [place]], shifts[[place]])[1] for place in range(len(shifts))])
    rival = float(curve[np.abs(shifts - best) > RIVAL_S].max(initial=0.0))
    beyond_chance = np.clip((deviations - 2.5) / 1.5, 0, 1)
    alone = np.clip((correlation - rival) / (0.15 * correlation), 0, 1)
    return float(beyond_chance * alone)


def _standard_error(moments: NDArray[np.float64], shifts: NDArray[np.float64], config: OffsetConfig) -> float:
    """Seconds by which the answer moves when the clip's parts are drawn anew; NaN for fewer than four parts."""
    heavy = moments[moments[:, 0].max(axis=1) > 0.25 * moments[:, 0].max()]
    if len(heavy) < 4:
        return float("nan")
    chooser = np.random.default_rng(0)
    drawn = [
        _peak(heavy[chooser.integers(0, len(heavy), len(heavy))].sum(axis=0), shifts)[0] for _ in range(config.draws)
    ]
    return float(np.nanstd(drawn))


def _curvature_error(moments: NDArray[np.float64], shifts: NDArray[np.float64], seconds: float) -> float:
    """Seconds: of a single short clip, from how sharp the peak is and how much of the lips it explains."""
    best, correlation = _peak(moments, shifts)
    near = np.abs(shifts - best) <= 0.06
    values = np.array([_peak(moments[:, [place]], shifts[[place]])[1] for place in np.flatnonzero(near)])
    bend = -2 * np.polyfit(shifts[near] - best, values, 2)[0]
    if bend <= 0:
        return float("inf")
    free = max(MOVES_PER_SECOND * seconds - 2, 1.0)
    return float(np.sqrt(max(1 - correlation**2, 1e-3) / (free * bend * max(correlation, 1e-3))))
