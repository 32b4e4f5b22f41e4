"""Lips, teeth, tongue and lids of anybody: nothing passes through anything, and what closes is closed."""

from __future__ import annotations

import numpy as np
import pytest

from avatron.core.motion import EXPRESSION_INDEX
from avatron.evaluation.rig.contact import RigGauge
from avatron.evaluation.rig.poses import COMBINATIONS, RigPose, motion_of
from avatron.face.arches import ToothArch
from avatron.face.balance import Combinations, balanced
from avatron.face.head import HeadModel, PosedHead
from avatron.face.lip_sides import lip_rims, of_upper_lip

BY_NAME = {pose.name: pose for pose in COMBINATIONS}
PEOPLE = (None, 3, 5)


@pytest.fixture(scope="module")
def head() -> HeadModel:
    return HeadModel.load()


@pytest.fixture(scope="module")
def gauge(head: HeadModel) -> RigGauge:
    return RigGauge(head)


@pytest.fixture(scope="module")
def people(head: HeadModel) -> list[PosedHead]:
    return [
        head.posed(None if seed is None else np.random.default_rng(seed).normal(size=head.identity_modes))
        for seed in PEOPLE
    ]


@pytest.mark.parametrize("name", [pose.name for pose in COMBINATIONS if "lids_closed" in pose.traits])
def test_lids_close_over_any_gaze_squint_and_smile(gauge: RigGauge, people: list[PosedHead], name: str) -> None:
    for person in people:
        contacts = gauge.frame(person, motion_of(BY_NAME[name]))
        assert contacts.lid_gap_mm < 0.1
        assert contacts.lid_ball_mm < 0.05


@pytest.mark.parametrize("name", [pose.name for pose in COMBINATIONS if "lips_closed" in pose.traits])
def test_closed_lips_have_no_slit_and_do_not_pass_through_each_other(
    gauge: RigGauge, people: list[PosedHead], name: str
) -> None:
    for person in people:
        contacts = gauge.frame(person, motion_of(BY_NAME[name]))
        assert contacts.lip_gap_mm < 0.7
        assert contacts.lip_lip_mm < 1.6


@pytest.mark.parametrize(
    "name", ["f under teeth", "v with smile", "rolled p", "laugh", "open smile", "smile", "press m"]
)
def test_teeth_stay_behind_the_lips(gauge: RigGauge, people: list[PosedHead], name: str) -> None:
    for person in people:
        assert gauge.frame(person, motion_of(BY_NAME[name])).lip_teeth_mm < 1.0


@pytest.mark.parametrize(
    "weights",
    [{"tongueTH": 1.0}, {"tongueOut": 1.0}, {"tongueTH": 1.0, "jawOpen": 0.04}, {"tongueOut": 1.0, "jawOpen": 0.2}],
)
def test_the_tongue_never_leaves_a_mouth_through_lips_or_teeth(
    gauge: RigGauge, people: list[PosedHead], weights: dict[str, float]
) -> None:
    for person in people:
        contacts = gauge.frame(person, motion_of(RigPose("tongue", weights)))
        assert contacts.tongue_skin_mm < 0.3
        assert contacts.tongue_teeth_mm < 1.5


def test_an_open_mouth_lets_the_tongue_out(head: HeadModel) -> None:
    person = head.posed()
    tongue = np.unique(head.triangles_of("tongue"))
    reach = [
        float(next(person.frames(motion_of(RigPose("out", {"tongueOut": 1.0, "jawOpen": opening}))))[tongue, 2].max())
        for opening in (0.0, 0.45)
    ]
    lips = head.neutral[head.lip_pairs[1], 2].max()
    assert reach[0] < lips - 0.005
    assert reach[1] > lips


def test_a_head_at_rest_is_not_touched(people: list[PosedHead]) -> None:
    for person in people:
        places = next(person.frames(motion_of(RigPose("rest", {}))))
        np.testing.assert_allclose(places, person.rest, atol=2e-6)


def test_lips_part_no_further_than_they_must(head: HeadModel) -> None:
    person = head.posed()
    opened = RigPose("open", {"jawOpen": 0.3})
    shaped = person.shapes.vertices(
        np.concatenate([motion_of(opened).expression[0], np.zeros(len(head.combinations.full), np.float32)]),
        person.rest,
    )
    moved = np.linalg.norm(next(person.frames(motion_of(opened))) - shaped, axis=1)
    lips = np.flatnonzero((head.regions["lips_upper"] > 0.5) | (head.regions["lips_lower"] > 0.5))
    assert moved[lips].max() < 0.0015


def test_a_wall_of_teeth_has_no_chinks_and_ends_at_their_edges(head: HeadModel) -> None:
    arch = ToothArch.of(head.neutral[head.triangles_of("teeth_upper")])
    teeth = np.unique(head.triangles_of("teeth_upper"))
    front = teeth[np.abs(head.neutral[teeth, 0]) < 0.02]
    assert arch.clearance(head.neutral[front]).max() < 0.0015
    below = np.array([[0.0, head.neutral[teeth, 1].min() - 0.005, 0.105]], np.float32)
    assert arch.clearance(below)[0] > 0.004
    across = np.linspace(-0.012, 0.012, 60)
    height = np.full(60, head.neutral[front, 1].min() + 0.004)
    walls = -arch.clearance(np.stack([across, height, np.full(60, arch.axis_z + 1e-4)], 1))
    assert np.abs(np.diff(walls)).max() < 0.001


def test_lifted_points_stand_before_the_wall(head: HeadModel) -> None:
    arch = ToothArch.of(head.neutral[head.triangles_of("teeth_upper")])
    points = np.random.default_rng(0).uniform([-0.02, -0.033, 0.09], [0.02, -0.02, 0.115], (300, 3)).astype(np.float32)
    least = np.full(300, 0.001, np.float32)
    lifted = arch.lift(points, least)
    assert arch.clearance(lifted).min() > 0.001 - 1e-5
    free = arch.clearance(points) >= least
    np.testing.assert_array_equal(lifted[free], points[free])


def test_rims_that_touch_belong_to_their_own_lip(head: HeadModel) -> None:
    rims = lip_rims(head.contours["lips_inner"], head.neutral)
    upper = of_upper_lip(rims, head.neutral, head.triangles_of("skin", "mouth"), head.weld)
    assert upper[rims[0]].all()
    assert not upper[rims[1][1:-1]].any()
    assert upper[head.lip_pairs[:, 0]].all()
    assert not upper[head.lip_pairs[:, 1]].any()


def test_lips_are_closed_by_no_more_than_the_jaw_opened_and_shut_lids_do_not_look_about() -> None:
    expression = np.zeros(len(EXPRESSION_INDEX), np.float32)
    for name, weight in (("mouthClose", 0.8), ("jawOpen", 0.2), ("eyeBlinkLeft", 1.0), ("eyeLookUpLeft", 0.7)):
        expression[EXPRESSION_INDEX[name]] = weight
    expression[EXPRESSION_INDEX["eyeLookUpRight"]] = 0.7
    settled = balanced(expression)
    assert settled[EXPRESSION_INDEX["mouthClose"]] == pytest.approx(0.23)
    assert settled[EXPRESSION_INDEX["eyeLookUpLeft"]] == 0
    assert settled[EXPRESSION_INDEX["eyeLookUpRight"]] == pytest.approx(0.7)
    assert expression[EXPRESSION_INDEX["mouthClose"]] == pytest.approx(0.8)


def test_a_combination_counts_with_the_product_of_its_shares() -> None:
    combinations = Combinations(np.array([[0, 1]], np.int32), np.array([[1.0, 0.2]], np.float32))
    weights = combinations.weights(np.array([0.5, 0.1, 0.0], np.float32))
    np.testing.assert_allclose(weights, [0.5, 0.1, 0.0, 0.25])
    assert combinations.weights(np.array([1.0, 0.9, 0.0], np.float32))[3] == 1
