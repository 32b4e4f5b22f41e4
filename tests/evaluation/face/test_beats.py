"""Beats of head and brows, and how well they fall on accents."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatron.core.motion import EXPRESSION_INDEX, FaceMotion
from avatron.errors import InvalidValueError
from avatron.evaluation.face.beats import beat_alignment, beat_alignment_by_chance, brow_beats_s, head_beats_s


def nodding(hertz: float, seconds: float = 4.0) -> FaceMotion:
    motion = FaceMotion.at_rest(int(seconds * 25))
    turn = motion.head_rotation.copy()
    turn[:, 0] = 0.1 * np.sin(2 * np.pi * hertz * np.arange(len(motion)) / 25)
    return replace(motion, head_rotation=turn)


def test_a_nod_has_a_beat_where_it_turns_back() -> None:
    beats = head_beats_s(nodding(1.0))
    np.testing.assert_allclose(beats, np.arange(0.25, 4, 0.5), atol=0.021)
    assert not len(head_beats_s(FaceMotion.at_rest(100)))


def test_turns_of_skull_and_neck_that_cancel_are_no_motion() -> None:
    motion = nodding(1.0)
    assert not len(head_beats_s(replace(motion, neck_rotation=-motion.head_rotation)))


def test_brows_beat_where_they_are_highest_and_small_rises_do_not_count() -> None:
    motion = FaceMotion.at_rest(50)
    expression = motion.expression.copy()
    rise = np.exp(-np.square((np.arange(50) - 20) / 4))
    for name in ("browInnerUp", "browOuterUpLeft", "browOuterUpRight"):
        expression[:, EXPRESSION_INDEX[name]] = rise
    np.testing.assert_allclose(brow_beats_s(replace(motion, expression=expression)), [0.8])
    assert not len(brow_beats_s(replace(motion, expression=0.01 * expression)))


def test_alignment_is_one_on_the_accent_and_falls_with_distance() -> None:
    accents = np.array([1.0, 2.0])
    assert beat_alignment(accents, accents) == pytest.approx(1.0)
    assert beat_alignment(accents + 0.1, accents) == pytest.approx(np.exp(-0.5))
    assert beat_alignment(np.zeros(0), accents) == 0.0
    with pytest.raises(InvalidValueError, match="0 accents"):
        beat_alignment(accents, accents[:0])


def test_whoever_nods_all_the_time_gains_nothing_over_chance() -> None:
    accents = np.array([0.73, 1.61, 2.9])
    all_the_time = np.arange(0, 4, 0.08)
    restless = beat_alignment(all_the_time, accents)
    assert restless > 0.85
    assert restless - beat_alignment_by_chance(all_the_time, accents, 0, 4) < 0.03
    assert beat_alignment(accents, accents) - beat_alignment_by_chance(accents, accents, 0, 4) > 0.6
    with pytest.raises(InvalidValueError, match="no length"):
        beat_alignment_by_chance(accents, accents, 1, 1)
