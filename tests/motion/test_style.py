"""What a request for motion may ask for, and the table of animators."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from avatron.errors import InvalidValueError, MissingComponentError, UnknownNameError
from avatron.motion.animators import ANIMATORS, DEFAULT_ANIMATOR
from avatron.motion.decoder.animator import LearnedAnimator
from avatron.motion.style import MotionStyle
from motion.synthetic import SHORT_QUESTION, speech_of


@pytest.mark.parametrize(
    "values",
    [
        {"fps": Fraction(0)},
        {"fps": Fraction(-25)},
        {"fps": Fraction(241)},
        {"seed": -1},
        {"seed": 2**32},
        {"intensity": float("nan")},
        {"intensity": -0.1},
        {"liveliness": 2.5},
    ],
)
def test_values_out_of_range_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(InvalidValueError):
        MotionStyle(**values)  # type: ignore[arg-type]


def test_an_unknown_animator_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match=DEFAULT_ANIMATOR):
        ANIMATORS.get("puppet")


@pytest.mark.parametrize("name", ANIMATORS.names())
@pytest.mark.parametrize("fps", [Fraction(1), Fraction(30000, 1001), Fraction(240)])
def test_every_animator_covers_exactly_the_frames_of_the_speech(name: str, fps: Fraction) -> None:
    speech = speech_of(SHORT_QUESTION, start_sample=54321)
    try:
        animator = ANIMATORS.get(name)()
    except MissingComponentError:
        pytest.skip(f"the weights of the animator `{name}` are not in this checkout")
    if isinstance(animator, LearnedAnimator):
        speech = replace(
            speech, acoustics=replace(speech.acoustics, embedding_space=animator.decoder.config.embedding_space)
        )
    motion = animator.animate(speech, MotionStyle(fps=fps))
    numbers = range(motion.first_frame, motion.first_frame + len(motion))
    assert all(speech.start <= number / fps < speech.end for number in numbers)
    assert (motion.first_frame - 1) / fps < speech.start and numbers.stop / fps >= speech.end
    assert motion.fps == fps
