"""The lower lip at the upper teeth: on F and V of the rules' animator, not on P, S or a mouth at rest."""

from __future__ import annotations

import numpy as np
import pytest

from avatron.core.motion import EXPRESSION_INDEX, FaceMotion
from avatron.errors import ShapeError, UnknownNameError
from avatron.evaluation.face.regions import LIP_SETS, regions_of
from avatron.evaluation.face.teeth import LipAndTeeth, lip_teeth_contacts
from avatron.evaluation.lips import lip_gap_of
from avatron.face.shipped import shipped_head
from avatron.motion.style import MotionStyle
from avatron.motion.viseme.animator import VisemeAnimator
from motion.synthetic import speech_of

SPEECH = speech_of("| F AY1 V / V IH1 V IH0 D / P AA1 P / S IY1 .")


def measured(motion: FaceMotion) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    head = shipped_head()
    gauge, places = LipAndTeeth(head), head.vertices(motion)
    return gauge.height_mm(places), gauge.reach_mm(places), lip_gap_of(motion, head)


def test_the_rules_bring_lip_and_teeth_together_on_every_f_and_v() -> None:
    motion = VisemeAnimator().animate(SPEECH, MotionStyle(head=False, breathing=False))
    contacts = lip_teeth_contacts(*measured(motion), motion, SPEECH)
    assert len(contacts) == 4 and contacts.all()


def test_a_mouth_that_is_shut_or_just_open_touches_no_teeth() -> None:
    frames = int(float(SPEECH.end) * 25)
    shut = FaceMotion.at_rest(frames)
    assert not lip_teeth_contacts(*measured(shut), shut, SPEECH).any(), "shut lips are a P"
    expression = shut.expression.copy()
    expression[:, EXPRESSION_INDEX["jawOpen"]] = 0.3
    still = np.zeros((frames, 3), np.float32)
    agape = FaceMotion(expression, still, still, still, still, still, shut.gaze, shut.fps)
    assert not lip_teeth_contacts(*measured(agape), agape, SPEECH).any()
    with pytest.raises(ShapeError, match="`reach_mm`"):
        lip_teeth_contacts(np.zeros(frames), np.zeros(1), np.zeros(frames), shut, SPEECH)


def test_lip_sets_are_named_lie_at_the_mouth_and_grow_outwards() -> None:
    head = shipped_head()
    sets = {name: set(regions_of(head, name).lips.vertices.tolist()) for name in LIP_SETS}
    assert sets["lips"] < sets["mouth"] and len(sets["mouth"]) > 1.5 * len(sets["lips"])
    for name, vertices in sets.items():
        places = head.neutral[sorted(vertices)]
        assert np.abs(places.mean(0) - head.neutral[head.contours["lips_inner"]].mean(0)).max() < 0.01, name
    assert not sets["mouth"] & set(regions_of(head).upper_face.vertices.tolist())
    with pytest.raises(UnknownNameError, match="lips-inner"):
        regions_of(head, "beak")
