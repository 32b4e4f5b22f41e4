"""What a request may ask for is checked once, whatever the values are."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import avatron
from avatron.core.timeline import FrameClock
from avatron.errors import InvalidValueError, UsageError
from avatron.pipeline.options import PACES, SpeakOptions, parse_factor, parse_pace, parse_seed, parse_size
from avatron.voice.voices import list_voices


@pytest.mark.parametrize("name", ["voice", "avatar", "animator"])
def test_an_empty_name_is_not_the_default(name: str) -> None:
    options: dict[str, Any] = {name: ""}
    with pytest.raises(InvalidValueError, match=f"the {name} has an empty name"):
        SpeakOptions(**options)


@pytest.mark.parametrize(("given", "meant"), [("Studio", "studio"), (" TRANSPARENT ", "transparent")])
def test_backgrounds_that_are_words_may_be_written_in_capitals(given: str, meant: str) -> None:
    assert SpeakOptions(background=given).background == meant


def test_a_wrong_pace_is_told_the_numbers_and_the_words() -> None:
    with pytest.raises(InvalidValueError, match=r"outside 0.5 .. 2; give such a number or one of slow, normal, fast"):
        parse_pace("3")
    assert [parse_pace(word) for word in ("slow", "NORMAL", " fast ")] == [PACES[word] for word in PACES]


@pytest.mark.parametrize(
    "wrong",
    [
        {"size": (1, 2, 3)},
        {"size": ("a", 2)},
        {"size": (512.7, 512)},
        {"size": 512},
        {"fps": None},
        {"fps": float("nan")},
        {"pitch": None},
        {"energy": "loud"},
        {"seed": 1.5},
        {"seed": "1"},
        {"framing": "nobody"},
        {"light": "nobody"},
    ],
    ids=str,
)
def test_a_wrong_value_from_python_is_refused_at_once(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=next(iter(wrong))):
        avatron.stream("Hi.", **wrong)


def test_folders_and_backgrounds_may_be_paths(tmp_path: Path) -> None:
    picture = tmp_path / "wall.png"
    Image.new("RGB", (8, 8), (0, 90, 200)).save(picture)
    (piece,) = avatron.stream("Hi.", size=(32, 32), background=picture, voice=Path(list_voices()[0].path))
    assert next(iter(piece.frames()))[0, 0].tolist() == [0, 90, 200]


@given(st.text(max_size=30))
def test_any_text_is_a_value_in_range_or_one_clear_error(text: str) -> None:
    for parse, fits in (
        (parse_size, lambda size: min(size) >= 0),
        (parse_pace, lambda pace: 0.5 <= pace <= 2),
        (lambda one: parse_factor("pitch", one), lambda pitch: 0.5 <= pitch <= 2),
        (parse_seed, lambda seed: isinstance(seed, int)),
        (lambda one: FrameClock.parse(one).fps, lambda fps: 0 < fps <= 240),
    ):
        try:
            assert fits(parse(text))
        except InvalidValueError as error:
            assert str(error)


@given(st.floats(), st.floats(), st.floats(), st.integers(), st.tuples(st.integers(), st.integers()))
def test_options_are_in_range_or_refused(
    pace: float, pitch: float, energy: float, seed: int, size: tuple[int, int]
) -> None:
    try:
        options = SpeakOptions(pace=pace, pitch=pitch, energy=energy, seed=seed, size=size)
    except InvalidValueError:
        return
    assert all(0.5 <= factor <= 2 for factor in (options.pace, options.pitch, options.energy))
    assert 0 <= options.seed < 2**32
    assert all(16 <= side <= 4096 for side in options.size)


@given(st.fractions(min_value=Fraction(1, 100), max_value=240, max_denominator=1001))
def test_a_rate_that_is_written_as_a_fraction_is_that_fraction(fps: Fraction) -> None:
    assert abs(FrameClock.parse(f"{fps.numerator}/{fps.denominator}").fps - fps) < Fraction(1, 150)
