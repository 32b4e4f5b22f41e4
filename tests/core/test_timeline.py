from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatron.core.timeline import FrameClock, sample_curve
from avatron.errors import InvalidValueError


@given(
    st.sampled_from([Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(60), Fraction(25, 2)]),
    st.lists(st.integers(1, 200_000), min_size=1, max_size=30),
    st.sampled_from([16000, 22050, 48000]),
)
def test_spans_that_touch_share_no_frame_and_lose_none(fps: Fraction, lengths: list[int], rate: int) -> None:
    clock, start, frames = FrameClock(fps), 0, []
    for length in lengths:
        frames += clock.frames_between(Fraction(start, rate), Fraction(start + length, rate))
        start += length
    assert frames == list(clock.frames_between(0, Fraction(sum(lengths), rate)))


def test_frame_times_do_not_drift_over_a_day() -> None:
    clock = FrameClock(Fraction(30000, 1001))
    frame = 24 * 3600 * 30
    assert clock.times(range(frame, frame + 1))[0] == float(frame * Fraction(1001, 30000))


@pytest.mark.parametrize(
    ("text", "fps"),
    [
        ("25", Fraction(25)),
        ("29.97", Fraction(30000, 1001)),
        ("23.976", Fraction(24000, 1001)),
        ("30000/1001", Fraction(30000, 1001)),
        (12.5, Fraction(25, 2)),
        ("30", Fraction(30)),
    ],
)
def test_a_frame_rate_is_read_as_people_write_it(text: str, fps: Fraction) -> None:
    assert FrameClock.parse(text).fps == fps


@pytest.mark.parametrize(
    "text", ["0", "-25", "nan", "inf", "1e9", "241", "fast", "", "1/0", float("nan"), float("inf")]
)
def test_a_frame_rate_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(InvalidValueError, match="fps"):
        FrameClock.parse(text)


def test_a_curve_is_read_linearly_between_its_columns_and_held_outside() -> None:
    curve = np.array([[0.0, 1.0, 3.0]])
    read = sample_curve(curve, 10.0, np.array([-1.0, 0.05, 0.1, 0.15, 9.0]))
    np.testing.assert_allclose(read, [[0, 0.5, 1, 2, 3]], atol=1e-6)
    assert sample_curve(np.array([2.0]), 10.0, np.array([0.0, 5.0])).tolist() == [2, 2]


@pytest.mark.parametrize("text", ["1e999999999", "1e-999999999", "9" * 1000, "1/" + "9" * 1000])
def test_a_rate_too_long_to_write_out_is_refused_at_once(text: str) -> None:
    with pytest.raises(InvalidValueError, match="is not a number such as"):
        FrameClock.parse(text)
