"""Pitch: filled in where nothing is voiced, and tracked."""

from __future__ import annotations

import numpy as np

from avatron.core.audio import Audio
from avatron.signal.pitch import TYPICAL_HZ, fill_unvoiced, track_pitch


def test_unvoiced_frames_are_crossed_on_a_straight_line_of_ln_hz() -> None:
    filled = fill_unvoiced(np.array([0, 100, 0, 400, 0], np.float32))
    np.testing.assert_allclose(np.exp(filled), [100, 100, 200, 400, 400], rtol=1e-5)


def test_speech_without_any_voice_gets_a_typical_pitch() -> None:
    np.testing.assert_allclose(np.exp(fill_unvoiced(np.zeros(4, np.float32))), TYPICAL_HZ, rtol=1e-5)


def test_a_buzz_has_the_pitch_it_was_made_with_and_silence_none() -> None:
    seconds = np.arange(22050) / 22050
    buzz = sum(np.sin(2 * np.pi * 150 * harmonic * seconds) / harmonic for harmonic in range(1, 20))
    samples = np.concatenate([0.2 * buzz, np.zeros(22050)]).astype(np.float32)
    pitch = track_pitch(Audio(samples, 22050))
    assert pitch.shape == (len(samples) // 256,)
    voiced = pitch[5:80]
    np.testing.assert_allclose(voiced[voiced > 0], 150, rtol=0.02)
    assert (voiced > 0).mean() > 0.9
    assert (pitch[95:] == 0).mean() > 0.95


def test_sound_shorter_than_a_hop_has_no_pitch() -> None:
    assert track_pitch(Audio(np.zeros(255, np.float32), 22050)).shape == (0,)


def test_a_tone_outside_the_range_that_is_looked_in_is_no_pitch_of_it() -> None:
    seconds = np.arange(16000) / 16000
    buzz = sum(np.sin(2 * np.pi * 62 * harmonic * seconds) / harmonic for harmonic in range(1, 20))
    low = Audio((0.2 * buzz).astype(np.float32), 16000)
    found = track_pitch(low, 160, lowest_hz=50)[10:-10]
    np.testing.assert_allclose(found[found > 0], 62, rtol=0.02)
    assert (found > 0).mean() > 0.9
    assert not np.isclose(track_pitch(low, 160), 62, rtol=0.1).any()
