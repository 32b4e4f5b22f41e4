"""The vocoder's signal processing: chunks, pulses, gains."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from avatron.voice.source_filter import FrameFilters, SourceFilter

HOP, STEP, RATE = 256, 128, 22050
SILENT = -30.0


def filters_of(frames: int, harmonic: float, noise: float) -> FrameFilters:
    bins = (frames * HOP // STEP, STEP + 1)
    return FrameFilters(
        np.full(bins, harmonic, np.float32), np.zeros(bins, np.float32), np.full(bins, noise, np.float32)
    )


def random_filters(frames: int) -> FrameFilters:
    generator = np.random.default_rng(3)
    first, second, third = generator.standard_normal((3, frames * HOP // STEP, STEP + 1)).astype(np.float32)
    return FrameFilters(first - 1, second, third - 3)


def rendered(filters: FrameFilters, pitch_hz: NDArray[np.float64], chunk: int, seed: int = 0) -> NDArray[np.float32]:
    shaper = SourceFilter(sample_rate=RATE, hop_length=HOP, step=STEP, seed=seed)
    pitch = np.append(pitch_hz, pitch_hz[-1])
    pieces = []
    for start in range(0, len(pitch_hz), chunk):
        end = min(start + chunk, len(pitch_hz))
        part = filters.part(start * HOP // STEP, end * HOP // STEP)
        pieces.append(shaper.push(part, pitch[start : end + 1]))
    return np.concatenate([*pieces, shaper.finish()])


@pytest.mark.parametrize("chunk", [1, 2, 7, 37])
def test_chunks_of_any_size_give_the_samples_of_the_whole(chunk: int) -> None:
    filters, pitch = random_filters(50), np.linspace(90, 400, 50)
    whole = rendered(filters, pitch, 50)
    assert len(whole) == 50 * HOP
    np.testing.assert_array_equal(rendered(filters, pitch, chunk), whole)


def test_without_gain_there_is_silence() -> None:
    assert np.abs(rendered(filters_of(20, SILENT, SILENT), np.full(20, 200.0), 20)).max() < 1e-9


def test_a_flat_filter_leaves_pulses_of_unit_power_at_the_pitch_that_was_asked_for() -> None:
    samples = rendered(filters_of(200, 0.0, SILENT), np.full(200, 220.0), 200)[HOP:-HOP]
    assert np.mean(samples**2) == pytest.approx(1, rel=0.02)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    frequencies = np.fft.rfftfreq(len(samples), 1 / RATE)
    strongest = frequencies[spectrum > 0.5 * spectrum.max()]
    remainder = np.abs(strongest / 220 - np.rint(strongest / 220))
    assert remainder.max() < 0.01
    assert len(np.unique(np.rint(strongest / 220))) == 50


def test_the_pulses_hold_nothing_above_half_the_rate_however_high_the_pitch() -> None:
    samples = rendered(filters_of(60, 0.0, SILENT), np.full(60, 497.0), 60)[HOP:-HOP]
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    frequencies = np.fft.rfftfreq(len(samples), 1 / RATE)
    between = np.abs(frequencies / 497 - np.rint(frequencies / 497)) > 0.1
    assert spectrum[between].max() < 1e-3 * spectrum.max()


def test_a_flat_filter_leaves_noise_white_and_of_unit_power() -> None:
    samples = rendered(filters_of(400, SILENT, 0.0), np.full(400, 200.0), 400)[HOP:-HOP]
    assert np.mean(samples**2) == pytest.approx(1, rel=0.03)


def test_another_seed_is_other_noise_of_the_same_power() -> None:
    filters, pitch = filters_of(100, SILENT, 0.0), np.full(100, 200.0)
    first, second = rendered(filters, pitch, 100, seed=1), rendered(filters, pitch, 100, seed=2)
    assert np.abs(first - second).max() > 0.1
    assert np.std(first) == pytest.approx(np.std(second), rel=0.05)
