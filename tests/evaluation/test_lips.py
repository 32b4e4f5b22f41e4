"""The viseme animator on the real head: lips closed where they must be, shut in silence; and faults are seen."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from avatron.core.motion import EXPRESSION_INDEX, FaceMotion
from avatron.errors import ShapeError
from avatron.evaluation.lips import CLOSED_GAP_MM, bilabial_closures, lip_gap_of, silence_gaps
from avatron.face.head import HeadModel
from avatron.motion.style import MotionStyle
from avatron.motion.viseme.animator import VisemeAnimator
from motion.synthetic import POP_MY_BUBBLE, speech_of

SPEECH = speech_of(POP_MY_BUBBLE, start_sample=5000)


@pytest.fixture(scope="module")
def head() -> HeadModel:
    return HeadModel.load()


def animated(fps: int) -> FaceMotion:
    return VisemeAnimator().animate(SPEECH, MotionStyle(fps=Fraction(fps)))


@pytest.mark.parametrize("fps", [24, 25, 60])
def test_lips_of_the_head_close_on_every_bilabial_and_in_silence(head: HeadModel, fps: int) -> None:
    motion = animated(fps)
    gap_mm = lip_gap_of(motion, head)
    closed = bilabial_closures(gap_mm, motion, SPEECH)
    assert len(closed) == 7 and closed.all()
    assert silence_gaps(gap_mm, motion, SPEECH).max() < CLOSED_GAP_MM
    assert gap_mm.max() > 5, "the mouth does open"


def test_lips_of_other_faces_close_too(head: HeadModel) -> None:
    motion = animated(25)
    generator = np.random.default_rng(0)
    for _ in range(4):
        identity = generator.normal(size=20) * 0.8
        rest = lip_gap_of(FaceMotion.at_rest(1), head, identity)[0]
        gap_mm = lip_gap_of(motion, head, identity) - max(rest, 0.0)
        assert bilabial_closures(gap_mm, motion, SPEECH).all()


def test_a_mouth_that_never_closes_is_found_out(head: HeadModel) -> None:
    motion = animated(25)
    expression = motion.expression.copy()
    expression[:, EXPRESSION_INDEX["jawOpen"]] += 0.1
    gaping = FaceMotion(
        expression,
        motion.head_rotation,
        motion.neck_rotation,
        motion.torso_rotation,
        motion.head_translation,
        motion.torso_translation,
        motion.gaze,
        motion.fps,
        motion.first_frame,
    )
    gap_mm = lip_gap_of(gaping, head)
    assert not bilabial_closures(gap_mm, gaping, SPEECH).any()
    assert silence_gaps(gap_mm, gaping, SPEECH).min() > 2


def test_head_motion_does_not_change_the_measured_gap(head: HeadModel) -> None:
    still = VisemeAnimator().animate(SPEECH, MotionStyle(head=False, breathing=False, gaze=False, blinks=False))
    np.testing.assert_allclose(lip_gap_of(animated(25), head), lip_gap_of(still, head), atol=0.02)


def test_gaps_that_do_not_belong_to_the_motion_are_refused() -> None:
    with pytest.raises(ShapeError, match="one for each frame"):
        bilabial_closures(np.zeros(3), animated(25), SPEECH)
