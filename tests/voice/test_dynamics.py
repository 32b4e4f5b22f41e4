"""Loudness moves more or less from syllable to syllable, pauses last longer or shorter, and nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest

from avatron.text.english.frontend import EnglishFrontend
from avatron.voice.durations import lengthened_pauses
from avatron.voice.dynamics import LARGEST_CHANGE_DB, dynamics_gain
from avatron.voice.neural import NeuralVoice
from avatron.voice.style import VoiceStyle
from avatron.voice.voices import COLLECTION

DURATIONS = np.array([12, 4, 6, 5, 8, 20])
VOWELS = np.array([False, False, True, False, True, False])
TEXT = "The old captain, who had seen many storms, said nothing."


def mel_of(first_db: float, second_db: float) -> np.ndarray:
    """[M, F] whose two vowels have those levels."""
    levels = np.repeat([-80.0, -40.0, first_db, -40.0, second_db, -80.0], DURATIONS)
    mel: np.ndarray = np.tile(levels * np.log(10) / 20, (80, 1)).astype(np.float32)
    return mel


def at_vowels(gain: np.ndarray) -> np.ndarray:
    """[2] the gain in the middle of the two vowels."""
    middles = np.cumsum(DURATIONS)[VOWELS] - DURATIONS[VOWELS] / 2
    return np.interp(middles, np.arange(len(gain)) + 0.5, gain)


@pytest.mark.parametrize("dynamics", [0.5, 1.3, 2.0])
def test_the_levels_of_vowels_lie_so_many_times_as_far_apart(dynamics: float) -> None:
    gain = dynamics_gain(mel_of(-10, -16), DURATIONS, VOWELS, dynamics)
    first, second = at_vowels(gain)
    assert (-10 + first) - (-16 + second) == pytest.approx(6 * dynamics, abs=0.3)


@pytest.mark.parametrize("dynamics", [0.5, 2.0])
def test_the_power_of_the_vowels_is_kept(dynamics: float) -> None:
    levels = np.array([-10.0, -16.0])
    changed = levels + at_vowels(dynamics_gain(mel_of(*levels), DURATIONS, VOWELS, dynamics))
    assert np.mean(10 ** (changed / 10)) == pytest.approx(np.mean(10 ** (levels / 10)), rel=0.05)


def test_no_syllable_is_moved_out_of_hearing() -> None:
    first, second = at_vowels(dynamics_gain(mel_of(-5, -60), DURATIONS, VOWELS, 2.0))
    assert first - second <= 2 * LARGEST_CHANGE_DB + 0.1


def test_dynamics_of_one_changes_no_sample() -> None:
    assert not dynamics_gain(mel_of(-10, -16), DURATIONS, VOWELS, 1.0).any()


def test_a_text_without_vowels_has_no_dynamics() -> None:
    assert not dynamics_gain(mel_of(-10, -16), DURATIONS, np.zeros(6, bool), 2.0).any()


def test_longer_pauses_leave_the_words_as_long_as_they_were() -> None:
    voice = NeuralVoice.load(COLLECTION.builtin_folder / "lj")
    phonemes = EnglishFrontend().phonemize(TEXT, "en-us")
    pauses = np.array([symbol in ("|", ",", ".") for symbol in phonemes.symbols])
    own, longer = (voice.acoustics(phonemes, VoiceStyle(pauses=factor)).durations for factor in (1.0, 1.8))
    assert own is not None and longer is not None
    np.testing.assert_allclose(longer[~pauses], own[~pauses], atol=1)
    assert longer[0] == own[0]
    np.testing.assert_allclose(longer[pauses][1:-1], 1.8 * own[pauses][1:-1], atol=1)
    np.testing.assert_allclose(longer[-1] + longer[0], 1.8 * (own[-1] + own[0]), atol=1)


def test_the_shortest_pause_at_the_end_lets_the_last_sound_die_away() -> None:
    shortened = lengthened_pauses(np.array([6.0, 22.0]), ("u", "."), 0.5, lead_frames=12)
    np.testing.assert_array_equal(shortened, [6, 8])


@pytest.mark.parametrize("choice", [{"dynamics": 2.1}, {"pauses": 0.4}, {"pauses": float("nan")}])
def test_factors_out_of_range_are_refused(choice: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(choice))):
        VoiceStyle(**choice)  # type: ignore[arg-type]
