"""Measures of replicas: what they are for shapes that are known, and the whole run on a clip of our own."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from avatron.core.motion import FaceMotion
from avatron.evaluation.replica.identity import shape_distance
from avatron.evaluation.replica.matte import matte_difference
from avatron.evaluation.replica.memory import watched_memory
from avatron.evaluation.replica.playback import PLAYED_SIZES, measure_playback
from avatron.evaluation.replica.suite import measure_clip, replica_rows
from avatron.replica.heldout.pictures import psnr_db, structural_similarity
from avatron.replica.replica import Replica
from reference.built_replica import CONFIG, ClipOfPerson


def test_a_shape_is_the_same_wherever_it_is_and_however_large() -> None:
    shape = np.random.default_rng(0).normal(size=(40, 2))
    turn = np.array([[0.8, -0.6], [0.6, 0.8]])
    assert shape_distance(shape, 3.0 * shape @ turn + 7.0) == pytest.approx(0, abs=1e-9)
    mirrored = shape * [-1, 1]
    assert shape_distance(shape, mirrored) > 0.3, "a mirror is another face"
    off = shape + np.random.default_rng(1).normal(0, 0.01, shape.shape)
    assert 0.005 < shape_distance(shape, off) < 0.02


def test_psnr_is_that_of_the_squared_difference() -> None:
    picture = np.full((20, 30, 3), 100, np.uint8)
    assert psnr_db(picture, picture) == 100.0
    assert psnr_db(picture, picture + np.uint8(10)) == pytest.approx(20 * np.log10(255 / 10), abs=1e-4)
    mask = np.zeros((20, 30), bool)
    assert np.isnan(psnr_db(picture, picture, mask))
    mask[:, :15] = True
    half = picture.copy()
    half[:, 15:] = 0
    assert psnr_db(picture, half, mask) == 100.0


def test_similarity_falls_with_noise_and_is_1_for_the_same_picture() -> None:
    random = np.random.default_rng(0)
    picture = random.integers(60, 200, (64, 64, 3)).astype(np.uint8)
    assert structural_similarity(picture, picture) == pytest.approx(1, abs=1e-5)
    noisy = [np.clip(picture + random.normal(0, spread, picture.shape), 0, 255).astype(np.uint8) for spread in (5, 40)]
    near, far = (structural_similarity(picture, one) for one in noisy)
    assert 1 > near > far > 0


def test_the_peak_of_memory_is_that_of_the_work_alone() -> None:
    with watched_memory() as small:
        np.ones(2**20)
    with watched_memory() as large:
        np.ones(2**27, np.uint8)
    if small.megabytes is None or large.megabytes is None:
        pytest.skip("this system does not tell the peak of memory")
    assert large.megabytes > small.megabytes + 64


def test_a_clip_is_built_once_and_measured(replica: Replica, filmed: ClipOfPerson) -> None:
    result = measure_clip(filmed.video, filmed.consent, replica.folder.path.parent, CONFIG)
    assert result["heldout"] == replica.report["heldout"]
    assert result["minutes"] > 0
    assert 0 <= result["identity_shape_percent"] < 20
    # A draft has neither hair nor shoulders.
    assert result["matte_error"] is None or 0 < result["matte_error"] < 0.4
    assert result["folder_mb"] < 40
    rows = replica_rows([result])
    assert [row[1] for row in rows] == ["driven by", "tracked", "audio"]
    assert len({len(row) for row in rows}) == 1


def test_a_matte_is_compared_pixel_by_pixel() -> None:
    class HalfAPerson:
        def look(self, image: np.ndarray) -> np.ndarray:
            return np.repeat(np.repeat(np.array([[1.0, 0.0]], np.float32), 16, 0), 8, 1)

    class ThreeQuarters:
        def frames(self, motion: FaceMotion) -> Iterator[np.ndarray]:
            for _ in range(len(motion)):
                picture = np.zeros((32, 32, 4), np.uint8)
                picture[:, :24, 3] = 255
                yield picture

    motion = FaceMotion.at_rest(7, Fraction(25))
    pictures = iter(np.zeros((7, 32, 32, 3), np.uint8))
    found = matte_difference(pictures, ThreeQuarters(), motion, segmenter=HalfAPerson())  # type: ignore[arg-type]
    # A quarter of the pixels, but for the soft step between two cells.
    assert found == pytest.approx(0.25, abs=0.01)
    assert matte_difference(iter(()), ThreeQuarters(), motion, segmenter=HalfAPerson()) is None  # type: ignore[arg-type]


def test_playback_is_timed_at_the_sizes_that_are_asked_for(replica: Replica) -> None:
    (played,) = measure_playback(replica, frames=3, sizes=("360p 16:9",))
    assert played.ms > 0
    assert not played.refined


def test_each_height_is_played_in_each_shape() -> None:
    for lines in (360, 720, 1080):
        for across, down in ((1, 1), (9, 16), (16, 9)):
            width, height = PLAYED_SIZES[f"{lines}p {across}:{down}"]
            assert (min(width, height), width * down) == (lines, height * across)


def test_a_consent_without_evaluation_is_not_measured(filmed: ClipOfPerson, replica: Replica, tmp_path: Path) -> None:
    from avatron.errors import MissingConsentError

    with pytest.raises(MissingConsentError):
        measure_clip(filmed.video, tmp_path / "none.json", tmp_path, CONFIG)
