"""A way of moving that is read from the lips: the person's timing, openings and closures, the rules' rounding."""

from __future__ import annotations

import numpy as np
import pytest

from avatron.core.motion import EXPRESSION_INDEX, EXPRESSION_NAMES
from avatron.errors import InvalidValueError
from avatron.face.shipped import shipped_head
from avatron.training.motion.neutral import lip_gaps_mm
from avatron.training.motion.presenter import PRESENTER, LipOpening, PresenterConfig, presented, presenter_clips
from training.motion.builders import motion_clip

PUCKER, SMILE = (EXPRESSION_INDEX[name] for name in ("mouthPucker", "mouthSmileLeft"))


@pytest.fixture(scope="module")
def opening() -> LipOpening:
    return LipOpening.on(shipped_head().posed())


def weights(**channels: list[float]) -> np.ndarray:
    """[T, E] of the named expressions."""
    columns = {EXPRESSION_INDEX[name]: values for name, values in channels.items()}
    result = np.zeros((len(next(iter(columns.values()))), len(EXPRESSION_NAMES)), np.float32)
    for column, values in columns.items():
        result[:, column] = values
    return result


def test_the_opening_is_that_of_the_head(opening: LipOpening) -> None:
    open_mouth = weights(
        jawOpen=[0.15, 0.3, 0.5], mouthClose=[0.0, 0.1, 0.0], mouthPucker=[0.0, 0.4, 0.2], mouthFunnel=[0.1, 0.0, 0.0]
    )
    np.testing.assert_allclose(opening.of(open_mouth), lip_gaps_mm(shipped_head().posed(), open_mouth), atol=0.1)


def test_lips_are_rounded_as_the_rules_round_them_and_opened_no_further(opening: LipOpening) -> None:
    person = weights(jawOpen=[0.3, 0.3], mouthSmileLeft=[0.2, 0.2], mouthPucker=[0.1, 0.1])
    rules = weights(jawOpen=[0.05, 0.05], mouthPucker=[0.6, 0.0])
    config = PresenterConfig()
    moved = presented(person, rules, opening, config)
    assert moved[:, PUCKER] == pytest.approx([0.6 * config.rounding, 0.1])
    assert moved[:, SMILE] == pytest.approx([0.0, 0.2])
    allowed_mm = opening.of(rules)[0] + config.slack_mm
    gaps_mm = opening.of(moved)
    assert gaps_mm[0] == pytest.approx(allowed_mm, abs=0.05) and gaps_mm[1] > allowed_mm + 2


def test_what_is_widest_is_opened_less_and_what_is_closed_stays_closed(opening: LipOpening) -> None:
    person = weights(jawOpen=[0.1, 0.3, 0.5, 0.2], mouthClose=[0.0, 0.0, 0.0, 0.2])
    config = PresenterConfig()
    before_mm, after_mm = opening.of(person), opening.of(presented(person, 0 * person, opening, config))
    assert after_mm[0] == pytest.approx(before_mm[0], abs=0.01) and after_mm[3] == pytest.approx(before_mm[3], abs=0.01)
    beyond_mm = before_mm[1:3] - config.knee_mm
    assert (beyond_mm > 2).all()
    assert after_mm[1:3] - config.knee_mm == pytest.approx(config.beyond * beyond_mm, abs=0.01)
    closed = lip_gaps_mm(shipped_head().posed(), presented(person, 0 * person, opening, config)[3:])
    assert closed[0] < 0.5


def test_a_presenter_says_what_is_filmed_and_what_rules_say_on_the_decoders_clock() -> None:
    films = [motion_clip(f"film-{number}", frames=240, split="train", seed=number) for number in range(4)]
    films.append(motion_clip("kept", frames=240, split="test", seed=9))
    rules = [motion_clip("rules", frames=120, source="viseme", subject="teacher")]
    made = list(presenter_clips(films, rules, shipped_head().posed()))
    assert [clip.name for clip in made] == [f"{PRESENTER}-{clip.name}" for clip in (*films, *rules)]
    assert {clip.subject for clip in made} == {PRESENTER}
    assert [clip.split for clip in made] == ["train"] * 4 + ["test", "train"]
    for clip, source in zip(made, (*films, *rules), strict=True):
        assert clip.motion.fps == source.frame_rate / 2 and len(clip.motion) == source.frames / 2
        assert np.array_equal(clip.embedding, source.embedding)


def test_no_films_to_learn_from_are_refused() -> None:
    films = [motion_clip("film", split="test")]
    with pytest.raises(InvalidValueError, match="films"):
        list(presenter_clips(films, [], shipped_head().posed()))
