"""The mel: parity with its definition, and where its frames lie."""

from __future__ import annotations

import numpy as np
import pytest
from tests.reference.slow_mel import slow_log_mel

from avatron.core.audio import Audio
from avatron.errors import InvalidValueError
from avatron.signal.mel import MelConfig, log_mel, mel_filterbank
from avatron.signal.stft import centred_frames, periodic_hann


def test_the_mel_is_what_its_definition_says() -> None:
    samples = np.random.default_rng(0).standard_normal(3000).astype(np.float32) * 0.1
    fast = log_mel(Audio(samples, 22050))
    np.testing.assert_allclose(fast, slow_log_mel(samples, 22050, 1024, 256, 80), atol=2e-4)


def test_silence_is_the_log_of_the_floor() -> None:
    mel = log_mel(Audio(np.zeros(2560, np.float32), 22050))
    assert mel.shape == (80, 10)
    np.testing.assert_allclose(mel, np.log(1e-5))


@pytest.mark.parametrize("length", [0, 1, 255, 256, 257, 511, 512, 5120])
def test_there_is_one_frame_per_whole_hop(length: int) -> None:
    assert log_mel(Audio(np.zeros(length, np.float32), 22050)).shape == (80, length // 256)


def test_a_click_is_strongest_in_the_frame_that_is_centred_on_it() -> None:
    samples = np.zeros(256 * 30, np.float32)
    samples[256 * 11] = 1
    mel = log_mel(Audio(samples, 22050))
    assert int(mel.mean(axis=0).argmax()) == 11


def test_twice_the_magnitude_is_ln_two_more() -> None:
    samples = np.random.default_rng(1).standard_normal(8192).astype(np.float32) * 0.1
    once, twice = log_mel(Audio(samples, 22050)), log_mel(Audio(2 * samples, 22050))
    np.testing.assert_allclose(twice - once, np.log(2), atol=1e-4)


def test_the_triangles_have_equal_area() -> None:
    config = MelConfig()
    bank = mel_filterbank(config)
    assert bank.shape == (80, 513)
    # The narrow triangles at the bottom are sampled too coarsely for a sum to be the integral, which is 1.
    areas = bank[30:].sum(axis=1) * config.sample_rate / config.window_length
    np.testing.assert_allclose(areas, 1, rtol=0.03)


def test_audio_of_another_rate_is_refused_with_both_rates_named() -> None:
    with pytest.raises(InvalidValueError, match=r"16000.*22050"):
        log_mel(Audio(np.zeros(1000, np.float32), 16000))


@pytest.mark.parametrize(
    "change", [{"bins": 0}, {"hop_length": 0}, {"highest_hz": 12000.0}, {"lowest_hz": -1.0}, {"lowest_hz": 11025.0}]
)
def test_an_impossible_mel_is_refused(change: dict[str, float]) -> None:
    with pytest.raises(InvalidValueError):
        MelConfig(**change)  # type: ignore[arg-type]


@pytest.mark.parametrize("hops", [2, 4, 8])
def test_shifted_hann_windows_sum_to_a_constant(hops: int) -> None:
    window = periodic_hann(64)
    total = sum(np.roll(window, shift * 64 // hops) for shift in range(hops))
    np.testing.assert_allclose(total, hops / 2, atol=1e-6)


def test_the_middle_of_each_frame_is_its_own_sample() -> None:
    samples = np.arange(1000, dtype=np.float32)
    frames = centred_frames(samples, 64, 10)
    np.testing.assert_array_equal(frames[:, 32], samples[::10][:100])
