"""The whole bench on a small film, from the drawing to the tables."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from avatron.cli.parser import build_parser
from avatron.errors import AvatronError, InvalidValueError, UnknownNameError, UnreadableFileError
from avatron.evaluation.tracking.suite import measure_films
from avatron.evaluation.tracking.synthetic.build import build_films
from avatron.evaluation.tracking.synthetic.small import build_small_films
from avatron.evaluation.tracking.table import condition_rows, film_rows, method_rows
from avatron.evaluation.tracking.truth import TruthFilm


@pytest.fixture(scope="module")
def networks() -> None:
    """Skips where the landmark networks cannot be had."""
    from avatron.track.landmarks.landmarker import FaceLandmarker

    try:
        FaceLandmarker.load()
    except AvatronError as error:
        pytest.skip(f"the landmark networks cannot be had here: {error}")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> TruthFilm:
    return build_small_films(tmp_path_factory.mktemp("films"), ("ava",), frames=12)[0]


@pytest.mark.usefixtures("networks")
def test_landmarks_without_error_are_fitted_better_than_mediapipes_own_weights(film: TruthFilm) -> None:
    result = measure_films([film], ("mediapipe", "true landmarks"))
    row = result["films"][0]
    assert row["detection"]["valid_share"] == 1
    assert row["true landmarks"]["posed_mm"]["face"] < row["mediapipe"]["posed_mm"]["face"]
    assert row["true landmarks"]["rotation_deg"] < row["mediapipe"]["rotation_deg"]
    assert result["conditions"]["small"]["mediapipe"]["films"] == 1
    json.dumps(result)
    for rows in (method_rows(result), film_rows(result), condition_rows(result)):
        assert len({len(row) for row in rows}) == 1
    assert np.isfinite(result["summary"]["mediapipe"]["mean"]["lips_mm"])


def test_a_bench_of_nothing_or_of_unknown_methods_is_refused(film: TruthFilm) -> None:
    with pytest.raises(InvalidValueError, match="at least one"):
        measure_films([])
    with pytest.raises(UnknownNameError, match="true landmarks"):
        measure_films([film], ("guessing",))


def test_a_data_folder_without_the_source_head_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="ict_facekit"):
        build_films(tmp_path, tmp_path / "films")


def test_the_command_refuses_real_people_without_data() -> None:
    parsed = build_parser().parse_args(["bench", "track", "--real", "--quiet"])
    with pytest.raises(InvalidValueError, match="--data"):
        parsed.run(parsed)
