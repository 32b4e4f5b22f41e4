"""The limiter keeps true peaks below its ceiling, leaves what is below alone, and streams."""

from __future__ import annotations

import numpy as np
import pytest

from avatron.voice.limiter import CEILING_DBTP, Limiter

RATE = 22050


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(7)


def limited(samples: np.ndarray, gain: float = 1.0, chunk: int | None = None) -> np.ndarray:
    limiter = Limiter(sample_rate=RATE, gain=gain)
    step = chunk or max(len(samples), 1)
    pieces = [limiter.push(samples[at : at + step]) for at in range(0, len(samples), step)]
    return np.concatenate([*pieces, limiter.finish()])


def true_peak_db(samples: np.ndarray) -> float:
    """By a band-limited interpolation sixteen times, through the spectrum."""
    padded = np.pad(samples.astype(np.float64), 2048)
    spectrum = np.fft.rfft(padded)
    fine = np.fft.irfft(spectrum, 16 * len(padded)) * 16
    return float(20 * np.log10(np.abs(fine).max()))


def voice_like(generator: np.random.Generator, seconds: float = 1.0) -> np.ndarray:
    """Pulses through a decaying resonance, of changing loudness."""
    count = int(seconds * RATE)
    pulses = np.zeros(count)
    pulses[:: RATE // 180] = 1.0
    response = np.exp(-np.arange(300) / 40) * np.sin(np.arange(300) * 0.35)
    loudness = 0.2 + np.abs(np.sin(np.arange(count) / RATE * 5)) + 0.1 * generator.random(count)
    return (np.convolve(pulses, response)[:count] * loudness).astype(np.float32)


@pytest.mark.parametrize("gain", [0.5, 1.0, 2.0, 6.0])
def test_no_true_peak_passes_the_ceiling_however_loud_it_comes(generator: np.random.Generator, gain: float) -> None:
    assert true_peak_db(limited(voice_like(generator), gain)) <= CEILING_DBTP


def test_a_peak_between_samples_counts() -> None:
    # A sine of a quarter of the rate, sampled 45 degrees off its crests: its samples stay 3 dB below its true peak.
    sine = np.sin(np.pi / 2 * np.arange(4000) + np.pi / 4).astype(np.float32) * 1.2
    assert np.abs(sine).max() < 0.87
    assert true_peak_db(limited(sine)[500:-500]) <= CEILING_DBTP + 0.01


@pytest.mark.parametrize("gain", [1.0, 2.0, 4.0])
def test_the_peaks_of_a_hiss_up_to_nearly_half_the_rate_are_seen(generator: np.random.Generator, gain: float) -> None:
    spectrum = np.fft.rfft(generator.standard_normal(RATE))
    spectrum[np.fft.rfftfreq(RATE, 1 / RATE) > 0.45 * RATE] = 0
    hiss = (0.3 * np.fft.irfft(spectrum, RATE)).astype(np.float32)
    assert true_peak_db(limited(hiss, gain)) <= CEILING_DBTP


def test_quiet_sound_passes_bit_for_bit_and_in_its_place(generator: np.random.Generator) -> None:
    quiet = (0.3 * generator.uniform(-1, 1, 5000)).astype(np.float32)
    np.testing.assert_array_equal(limited(quiet), quiet)


@pytest.mark.parametrize("chunk", [1, 7, 100, 1000])
def test_chunks_of_any_size_give_the_samples_of_the_whole(generator: np.random.Generator, chunk: int) -> None:
    loud = voice_like(generator, 0.3)
    np.testing.assert_array_equal(limited(loud, 2.0, chunk), limited(loud, 2.0))


def test_what_is_finished_lags_by_less_than_five_milliseconds() -> None:
    limiter = Limiter(sample_rate=RATE)
    given = np.zeros(3000, np.float32)
    assert len(given) - len(limiter.push(given)) <= 0.005 * RATE


@pytest.mark.parametrize("count", [0, 1, 5, 50, 200])
def test_short_sounds_keep_their_length(count: int) -> None:
    assert len(limited(np.full(count, 2.0, np.float32), chunk=3)) == count


def test_the_gain_moves_smoothly(generator: np.random.Generator) -> None:
    steady = (0.5 * np.sin(np.arange(RATE) * 0.2)).astype(np.float32)
    loud = steady.copy()
    loud[RATE // 2] = 3.0
    quotient = limited(loud)[np.abs(steady) > 0.1] / loud[np.abs(steady) > 0.1]
    assert quotient.min() < 0.4
    assert np.abs(np.diff(quotient)).max() < 0.05
