from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_INDEX, EXPRESSION_NAMES, FaceMotion
from avatron.errors import ShapeError
from avatron.face.head import HeadModel, PosedHead
from avatron.native.pool import use_threads

SAME_M = 2e-6
"""A five-hundredth of a millimetre: what the order of float sums may change."""


@pytest.fixture(scope="module")
def head() -> HeadModel:
    return HeadModel.load()


@pytest.fixture(scope="module", params=[None, 0, 1])
def person(head: HeadModel, request: pytest.FixtureRequest) -> PosedHead:
    """The mean head, and two people of random identity."""
    if request.param is None:
        return head.posed()
    return head.posed(np.random.default_rng(request.param).normal(0, 0.8, head.identity_modes))


def wild(frames: int, seed: int) -> FaceMotion:
    """Random mixtures of expressions with turned heads, jaws and eyes."""
    generator = np.random.default_rng(seed)
    shape = (frames, len(EXPRESSION_NAMES))
    weights = generator.random(shape) ** 3 * (generator.random(shape) < 0.4)
    turns = generator.normal(0, 0.2, (4, frames, 3)).astype(np.float32)
    still = FaceMotion.at_rest(frames)
    return replace(
        still,
        expression=weights.astype(np.float32),
        head_rotation=turns[0],
        neck_rotation=turns[1],
        torso_rotation=turns[2],
        head_translation=0.05 * turns[3],
        gaze=generator.normal(0, 0.3, (frames, 2, 2)).astype(np.float32),
    )


def single(*names: str) -> FaceMotion:
    """Frames in which the expressions `names` rise together from nothing to all."""
    expression = np.zeros((9, len(EXPRESSION_NAMES)), np.float32)
    expression[:, [EXPRESSION_INDEX[name] for name in names]] = np.linspace(0, 1, 9, dtype=np.float32)[:, None]
    return replace(FaceMotion.at_rest(9), expression=expression)


def assert_same(person: PosedHead, motion: FaceMotion) -> None:
    for expression, rotations, translations in zip(motion.expression, *person.joint_motions(motion), strict=True):
        frame = (expression, rotations, translations)
        np.testing.assert_allclose(person.moved(*frame), person.moved_slowly(*frame), atol=SAME_M)


def test_the_kernel_moves_every_vertex_as_numpy_does(person: PosedHead) -> None:
    assert_same(person, wild(80, seed=3))


@pytest.mark.parametrize("name", EXPRESSION_NAMES)
def test_each_expression_alone_is_the_same(head: HeadModel, name: str) -> None:
    assert_same(head.posed(), single(name))


@pytest.mark.parametrize(
    "names",
    [
        ("eyeBlinkLeft", "eyeBlinkRight", "eyeSquintLeft", "eyeLookUpLeft"),
        ("jawOpen", "mouthClose"),
        ("mouthRollLower", "mouthPressLeft", "mouthPressRight"),
        ("tongueTH", "jawOpen"),
        ("tongueL", "mouthFunnel"),
        ("mouthSmileLeft", "mouthSmileRight", "jawOpen"),
    ],
)
def test_what_lids_lips_and_tongue_are_kept_from_is_the_same(person: PosedHead, names: tuple[str, ...]) -> None:
    assert_same(person, single(*names))


def test_threads_change_no_bit(head: HeadModel) -> None:
    person, motion = head.posed(), wild(3, seed=4)

    def faces() -> NDArray[np.float32]:
        return np.stack(list(person.frames(motion)))

    expected = faces()
    for count in (1, 3):
        with use_threads(count):
            np.testing.assert_array_equal(faces(), expected)


def test_a_frame_of_another_shape_is_refused(head: HeadModel) -> None:
    person = head.posed()
    rotations, translations = (joints[0] for joints in person.joint_motions(FaceMotion.at_rest(1)))
    with pytest.raises(ShapeError, match="expression"):
        person.moved(np.zeros(3, np.float32), rotations, translations)
    with pytest.raises(ShapeError, match="rotations"):
        person.moved(np.zeros(len(EXPRESSION_NAMES), np.float32), rotations[:2], translations)
