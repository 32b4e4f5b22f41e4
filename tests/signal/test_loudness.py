from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from scipy.signal import lfilter

from avatron.core.audio import Audio
from avatron.signal import loudness


@pytest.mark.parametrize("rate", [8000, 22050, 48000])
def test_weighting_is_what_the_recursive_filters_give(rate: int) -> None:
    audio = Audio(np.random.default_rng(rate).standard_normal(2 * rate + 17).astype(np.float32) * 0.1, rate)
    expected = audio.samples.astype(np.float64)
    for numerator, denominator in (
        loudness._shelf(rate, 1681.974450955533, 3.999843853973347, 0.7071752369554196),
        loudness._high_pass(rate, 38.13547087602444, 0.5003270373238773),
    ):
        expected = lfilter(numerator, denominator, expected)
    np.testing.assert_allclose(loudness._k_weighted(audio), expected, atol=1e-12)


def test_a_full_sine_of_997_hz_has_the_loudness_that_the_standard_gives_it() -> None:
    seconds = np.arange(3 * 48000) / 48000
    sine = Audio(np.sin(2 * np.pi * 997 * seconds).astype(np.float32), 48000)
    assert loudness.loudness_lufs(sine) == pytest.approx(-3.01, abs=0.01)


def test_silence_has_no_loudness_and_a_sound_shorter_than_a_block_has_one() -> None:
    assert loudness.loudness_lufs(Audio(np.zeros(48000, np.float32), 48000)) == float("-inf")
    short = Audio(np.full(4800, 0.5, np.float32) * np.sign(np.sin(np.arange(4800) / 10)).astype(np.float32), 48000)
    assert -30 < loudness.loudness_lufs(short) < 0


def test_loudness_needs_nothing_that_the_base_install_has_not() -> None:
    program = (
        "import sys; sys.modules['scipy'] = None; import numpy as np; from avatron.core.audio import Audio; "
        "from avatron.signal.loudness import loudness_lufs; "
        "print(loudness_lufs(Audio(np.ones(9000, np.float32), 8000)))"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
