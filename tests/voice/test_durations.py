"""Durations: whole frames, none lost, and a pace that is kept."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from avatron.text.inventory import SYMBOLS
from avatron.voice.durations import paced_durations, whole_frames

LENGTHS = st.lists(st.floats(0, 60), min_size=1, max_size=60)


@given(LENGTHS)
def test_every_phoneme_has_a_frame_and_no_boundary_is_moved_without_need(lengths: list[float]) -> None:
    durations = np.array(lengths)
    frames = whole_frames(durations)
    assert (frames >= 1).all()
    boundaries, wanted = np.cumsum(frames), np.cumsum(durations)
    if (durations >= 1.5).all():
        assert np.abs(boundaries - wanted).max() <= 0.5 + 1e-9
    assert frames.sum() <= max(np.rint(durations.sum()), 0) + len(frames)


@given(LENGTHS, st.floats(0.5, 2), st.data())
def test_the_pace_divides_the_whole_length_exactly(lengths: list[float], pace: float, data: st.DataObject) -> None:
    symbols = data.draw(st.lists(st.sampled_from(SYMBOLS), min_size=len(lengths), max_size=len(lengths)))
    durations = np.array(lengths) + 0.1
    np.testing.assert_allclose(paced_durations(durations, symbols, pace).sum(), durations.sum() / pace)


def test_slow_speech_lengthens_vowels_and_pauses_more_than_closures() -> None:
    stretched = paced_durations(np.array([10.0, 10.0, 10.0, 10.0]), ["p", "s", "ˈɑ", ","], 0.5)
    assert list(stretched) == sorted(stretched)
    assert stretched[0] < 20 < stretched[2]
