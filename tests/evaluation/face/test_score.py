"""The measures together: truth against itself is perfect, late truth is late, and rows come in the order they must."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from avatron.core.motion import FaceMotion
from avatron.core.speech import Speech
from avatron.errors import InvalidValueError, ShapeError
from avatron.evaluation.face.case import FaceCase
from avatron.evaluation.face.rows.animators import row_of
from avatron.evaluation.face.rows.mean import MeanMotion
from avatron.evaluation.face.rows.nearest import NearestPhones
from avatron.evaluation.face.rows.row import Row
from avatron.evaluation.face.rows.truth import Truth
from avatron.evaluation.face.score import MEASURES, score
from avatron.evaluation.face.suite import measure_faces
from avatron.evaluation.face.summary import paired_difference, seed_interval, summarised
from avatron.evaluation.face.table import difference_rows, quality_rows
from avatron.evaluation.tracking.closures import ClosureLabel
from evaluation.face.scene import TEXTS, PacedVoice, case_of

KNOWN = [case_of(text, f"known{number}", seed=7) for number, text in enumerate(TEXTS)]


def scored(case: FaceCase, motion: FaceMotion, speech: Speech | None = None) -> dict[str, Any]:
    return score(case, speech or case.speech, motion, case.face.shapes(case.truth))


def test_the_truth_against_itself_has_no_error_and_all_its_closures() -> None:
    case = case_of(TEXTS[0], still=False)
    values = scored(case, case.truth)
    for key in ("lve_m2", "lve_mm", "lvme_m2", "fdd_m2", "fdd_absolute_m2", "vertex_error_mm", "opening_difference_mm"):
        assert values[key] == 0, key
    for key in ("range_ratio", "speed_ratio", "jitter_ratio"):
        assert values[key] == pytest.approx(1.0), key
    for key in ("closure", "true_closures_caught", "closures_that_are_true"):
        assert values[key].all() and len(values[key]) >= 2, key
    assert not values["false_closure"].any()
    assert set(values) <= set(MEASURES)


def test_the_later_the_truth_the_larger_its_error() -> None:
    case = case_of(TEXTS[0])
    errors = [scored(case, Truth(late_s).animate(case, case.speech)) for late_s in (0.0, 0.04, 0.1, 0.2)]
    for key in ("lve_mm", "lve_m2", "vertex_error_mm", "opening_difference_mm"):
        assert np.all(np.diff([values[key] for values in errors]) > 0), key
    assert errors[2]["closure"].mean() < errors[0]["closure"].mean()


def test_a_warp_forgives_another_pace_and_says_how_late_a_motion_is() -> None:
    case = case_of(TEXTS[0])
    voice = PacedVoice()
    slow = voice.speak(case.speech.phonemes, type("Style", (), {"pace": 0.7}))
    on_time = scored(case, Truth().animate(case, slow), slow)
    late = scored(case, Truth(0.1).animate(case, slow), slow)
    assert on_time["lve_mm"] < 1.0
    assert abs(on_time["late_ms"]) < 20 and late["late_ms"] > 50
    assert late["lve_mm"] < 2.0, "the path goes along"
    assert "speed_ratio" not in on_time, "a warped motion has no speed"


def test_frames_that_are_not_trusted_do_not_count() -> None:
    case = case_of(TEXTS[0])
    wrong = case.truth.expression.copy()
    wrong[10:20] = 0.5
    moved = replace(case.truth, expression=wrong)
    trusted = np.ones(len(case.truth), bool)
    trusted[10:20] = False
    careful = replace(case, trusted=trusted)
    assert scored(case, moved)["lve_mm"] > 0.1
    assert scored(careful, moved)["lve_mm"] == 0


def test_closures_labelled_from_pixels_are_scored_by_their_own_frames() -> None:
    case = case_of(TEXTS[0])
    gap = case.face.shapes(case.truth).gap_mm
    shut, wide = int(gap[8:].argmin()) + 8, int(gap.argmax())
    labels = (ClosureLabel("x", shut, shut, True, "p", True), ClosureLabel("x", wide, wide, False, "vowel", True))
    values = scored(replace(case, labels=labels), case.truth)
    assert values["labelled_closures_caught"].tolist() == [True]
    assert values["labelled_open_shut"].tolist() == [False]
    swapped = tuple(replace(label, closed=not label.closed) for label in labels)
    values = scored(replace(case, labels=swapped), case.truth)
    assert values["labelled_closures_caught"].tolist() == [False] and values["labelled_open_shut"].tolist() == [True]


def test_rows_come_in_the_order_that_they_must() -> None:
    cases = [case_of(TEXTS[0], "one"), case_of(TEXTS[1], "two")]
    rows = [
        Row("truth", (Truth(),), reference=True),
        row_of("viseme"),
        Row("nearest", (NearestPhones(KNOWN),)),
        Row("mean", (MeanMotion(KNOWN),)),
    ]
    result = measure_faces(cases, rows, voice=PacedVoice(), paces={"slow": 0.8})  # type: ignore[arg-type]
    found = {row["name"]: row["conditions"] for row in result["rows"]}
    for condition in ("oracle", "slow"):
        errors = {name: found[name][condition]["lve_mm"]["mean"] for name in found}
        assert errors["viseme"] < errors["nearest"] < errors["mean"], errors
    assert found["mean"]["oracle"]["range_ratio"]["mean"] == 0
    assert found["truth"]["oracle"]["closure"]["mean"] == 1
    assert result["compared_with"] == "viseme"
    assert result["differences"]["mean"]["oracle"]["lve_mm"]["verdict"] == "better"
    assert result["clips"]["viseme"]["oracle"][0]["one"]["closure"] == [3, 3]
    accuracy, behaviour = quality_rows(result, "slow")
    assert accuracy[0][0] == "slow" and len(accuracy) == 5 and len({len(row) for row in accuracy + behaviour}) == 2
    assert any("late" in title for title in accuracy[0])
    assert difference_rows(result, "oracle")[0][0] == "viseme against"


def test_neighbours_of_the_very_utterance_are_the_truth() -> None:
    case = case_of(TEXTS[0])
    values = scored(case, NearestPhones([case]).animate(case, case.speech))
    assert values["lve_mm"] < 0.3


def test_motion_at_another_rate_and_rows_of_one_name_are_refused() -> None:
    case = case_of(TEXTS[0])
    with pytest.raises(ShapeError, match="at least 3"):
        scored(case, FaceMotion.at_rest(2))
    with pytest.raises(InvalidValueError, match="two rows are called `viseme`"):
        measure_faces([case], [row_of("viseme"), row_of("viseme")])
    with pytest.raises(InvalidValueError, match="0 cases"):
        measure_faces([], [row_of("viseme")])
    with pytest.raises(InvalidValueError, match="mean"):
        MeanMotion([])
    with pytest.raises(InvalidValueError, match="phone"):
        NearestPhones([])


def test_three_seeds_have_students_interval_and_a_share_is_of_all_events() -> None:
    seeds = [{"a": {"lve_mm": 1.0 + seed, "closure": np.array([True, seed > 0])}} for seed in range(3)]
    found = summarised(seeds)
    assert found["lve_mm"]["mean"] == pytest.approx(2.0) and found["lve_mm"]["seeds"] == [1.0, 2.0, 3.0]
    assert found["lve_mm"]["high"] - 2.0 == pytest.approx(4.303 / np.sqrt(3), rel=1e-3)
    assert found["closure"]["mean"] == pytest.approx(5 / 6) and found["closure"]["count"] == 6
    with pytest.raises(InvalidValueError, match="1 seeds"):
        seed_interval([1.0])


def test_a_small_difference_in_every_clip_is_a_win_where_clips_differ_a_lot() -> None:
    generator = np.random.default_rng(0)
    clips = generator.normal(10, 5, 20)
    one = [{str(n): {"lve_mm": float(value), "range_ratio": 0.9} for n, value in enumerate(clips)}]
    other = [
        {
            str(n): {"lve_mm": float(value + generator.normal(0.5, 0.2)), "range_ratio": 1.3 + 0.01 * n}
            for n, value in enumerate(clips)
        }
    ]
    compared = paired_difference("lve_mm", one, other)
    assert compared["verdict"] == "better" and compared["clips"] == 20 and compared["high"] < 0
    assert paired_difference("lve_mm", other, one)["verdict"] == "worse"
    assert paired_difference("range_ratio", one, other)["verdict"] == "better", "0.9 is nearer to 1 than 1.3"
    assert paired_difference("speed_mm_s", one, other) is None
