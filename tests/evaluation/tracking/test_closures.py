from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from avatron.errors import DamagedModelError, ShapeError
from avatron.evaluation.tracking.closures import (
    ClosureLabel,
    best_limit,
    nearest,
    read_closure_labels,
    score_closures,
)

LABELS = Path(__file__).resolve().parents[3] / "benchmarks" / "labels" / "grid_closures.json"


def _label(closed: bool, first: int = 0, last: int = 2, clip: str = "one", kind: str = "b") -> ClosureLabel:
    return ClosureLabel(clip, first, last, closed, kind, True)


def test_grid_has_150_closures_and_150_others_to_be_scored_from_as_many_clips():
    labels = read_closure_labels(LABELS)
    scored = [label for label in labels if label.scored]
    assert Counter(label.closed for label in scored) == {True: 150, False: 150}
    assert len({label.clip for label in scored}) == 300
    # No clip that a limit is chosen on, or anything trained on, is scored.
    assert not {label.clip for label in scored} & {label.clip for label in labels if not label.scored}
    assert all(0 <= label.first_frame <= label.last_frame < 75 for label in labels)
    assert {label.kind for label in scored if label.closed} == {"b", "p", "m"}


def test_one_frame_that_is_closed_closes_its_interval_and_the_last_frame_counts():
    gap = {"one": np.array([3.0, 3.0, 0.1, 3.0])}
    assert nearest([_label(True)], gap.__getitem__) == pytest.approx([0.1])
    assert nearest([_label(True, 0, 1)], gap.__getitem__) == pytest.approx([3.0])


def test_frames_without_a_face_are_open_and_missing_frames_are_refused():
    gap = {"one": np.array([np.nan, np.nan, np.nan])}
    assert np.isinf(nearest([_label(True)], gap.__getitem__)).all()
    with pytest.raises(ShapeError, match="names frame 3"):
        nearest([_label(True, 0, 3)], gap.__getitem__)


def test_the_score_counts_what_is_caught_missed_and_invented():
    labels = [_label(True), _label(True), _label(False, kind="f"), _label(False, kind="s")]
    score = score_closures(labels, np.array([0.1, 0.9, 0.2, 2.0]), 0.5)
    assert (score.caught, score.missed, score.invented, score.rejected) == (1, 1, 1, 1)
    assert score.precision == score.recall == score.f1 == 0.5
    assert score.invented_kinds == (("f", 1),)
    assert json.dumps(score.as_json())


def test_the_best_limit_separates_what_can_be_separated():
    labels = [_label(True), _label(True), _label(False), _label(False)]
    gaps = np.array([0.1, 0.4, 1.0, np.inf])
    limit = best_limit(labels, gaps)
    assert 0.4 < limit < 1.0 and score_closures(labels, gaps, limit).f1 == 1.0


def test_a_file_that_holds_no_labels_is_refused(tmp_path: Path):
    (tmp_path / "labels.json").write_text('{"intervals": [{"clip": "one"}]}', encoding="utf-8")
    with pytest.raises(DamagedModelError, match="holds no labels"):
        read_closure_labels(tmp_path / "labels.json")
