"""Measures that need no truth, on films and points that are made so that the answer is known."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from avatron.core.camera import Camera
from avatron.core.track import FaceTrack
from avatron.errors import UnreadableFileError
from avatron.evaluation.tracking.closures import ClosureLabel
from avatron.evaluation.tracking.methods import Film
from avatron.evaluation.tracking.predicted import TrackedHead
from avatron.evaluation.tracking.real import measure_clip, measure_real, still_passages
from avatron.evaluation.tracking.synthetic.film import encode_film
from avatron.evaluation.tracking.synthetic.small import acted_motion
from avatron.face.shipped import shipped_head
from avatron.io.clips import probe_clip
from avatron.native.raster import interpolate, rasterize
from avatron.track.observations import FaceObservations

FRAMES = 12


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> tuple[Film, FaceTrack]:
    """A film of the mean head in smooth colours, its landmarks without error, and the track that it was drawn from."""
    model, motion = shipped_head(), acted_motion(5, FRAMES)
    camera = Camera.looking_at(np.zeros(3), np.array([0.0, 0.0, 0.8]), 192, 192, 400.0)
    track = FaceTrack(
        np.zeros(model.identity_modes, np.float32),
        np.zeros((0, 3), np.float32),
        motion,
        camera,
        0.0,
        np.zeros(FRAMES, np.float32),
        np.ones(FRAMES, bool),
    )
    head = TrackedHead(track, model)
    colours = (0.5 + 0.4 * np.sin(60 * model.neutral)).astype(np.float32)
    triangles = model.triangles_of("skin")
    pictures, marks = [], []
    still = Camera(192, 192, 400.0, (96.0, 96.0), np.eye(3), np.zeros(3))
    for places in head.frames():
        drawn = rasterize(places.astype(np.float32), triangles, still)
        pictures.append((255 * interpolate(drawn, triangles, colours, empty=0.5) + 0.5).astype(np.uint8))
        marks.append(np.concatenate([head.project(model.landmarks(places)), np.zeros((478, 1))], 1))
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    encode_film(path, pictures, Fraction(25), 4_000_000)
    seen = FaceObservations(
        np.array(marks, np.float32),
        np.ones(FRAMES, np.float32),
        np.zeros((FRAMES, 52), np.float32),
        np.ones(FRAMES, bool),
    )
    return Film(probe_clip(path), seen), track


def test_the_track_that_a_film_was_drawn_from_explains_it(scene: tuple[Film, FaceTrack]) -> None:
    film, track = scene
    error = measure_clip(film, TrackedHead(track, shipped_head()))
    assert error.landmark_px < 1e-3
    assert error.lip_contour_percent < 6
    assert error.psnr_db is not None and error.psnr_db > 30


def test_a_head_turned_away_explains_the_pictures_worse(scene: tuple[Film, FaceTrack]) -> None:
    from dataclasses import replace

    film, track = scene
    turned = track.motion.head_rotation + np.float32([0, 0.12, 0])
    wrong = replace(track, motion=replace(track.motion, head_rotation=turned))
    right, off = (measure_clip(film, TrackedHead(one, shipped_head())) for one in (track, wrong))
    assert right.psnr_db is not None and off.psnr_db is not None
    assert off.landmark_percent > 2
    assert off.lip_contour_percent > right.lip_contour_percent


def test_passages_are_still_where_the_landmarks_are() -> None:
    generator = np.random.default_rng(0)
    base = generator.uniform(50, 150, (478, 2))
    base[468], base[473] = (80, 100), (120, 100)
    seen = base + generator.normal(0, 0.05, (60, 478, 2))
    seen[30:45] += 2.0 * np.arange(15)[:, None, None]
    seen[45:] += 28.0
    passages = still_passages(seen, np.ones(60, bool))
    assert len(passages) == 2
    assert all(frame < 31 or frame > 42 for passage in passages for frame in passage)
    assert not still_passages(seen[:5], np.ones(5, bool))


def test_a_folder_without_films_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="grid_s1"):
        measure_real(tmp_path, ("mediapipe",), labels=(ClosureLabel("a", 0, 1, True, "p", True),))
