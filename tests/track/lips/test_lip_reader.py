from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from avatron.avatar.store import load_avatar
from avatron.core.motion import EXPRESSION_INDEX, FaceMotion
from avatron.errors import DamagedModelError, ShapeError
from avatron.face.shipped import shipped_head
from avatron.render.portrait import PortraitRenderer
from avatron.track.lips.points import LipPoints
from avatron.track.lips.reader import _FOLDER, LipReader, read_lips
from avatron.track.observations import FaceObservations

MOUTHS: tuple[dict[str, float], ...] = (
    {},
    {"jawOpen": 0.3, "mouthClose": 0.3, "mouthPressLeft": 0.4, "mouthPressRight": 0.4},
    {"jawOpen": 0.25, "mouthLowerDownLeft": 0.2, "mouthLowerDownRight": 0.2},
    {"jawOpen": 0.35, "mouthFunnel": 0.5},
)


@pytest.fixture(scope="module")
def reader() -> LipReader:
    return LipReader.load()


@pytest.fixture(scope="module")
def film() -> tuple[list[np.ndarray], FaceObservations, np.ndarray, np.ndarray]:
    """(pictures, landmarks as they are, lip points [T, N, 2] px, lip gap [T] mm) of mouths closed and open."""
    head, look = shipped_head(), load_avatar("henry").appearance()
    motion = FaceMotion.at_rest(len(MOUTHS))
    expression = motion.expression.copy()
    for row, mouth in zip(expression, MOUTHS, strict=True):
        for name, weight in mouth.items():
            row[EXPRESSION_INDEX[name]] = weight
    motion = FaceMotion(**{**vars(motion), "expression": expression})
    renderer = PortraitRenderer(head, look, size=(320, 320), framing="close-up")
    pictures = list(renderer.frames(motion))
    rest = look.rest_weights()
    shown = FaceMotion(**{**vars(motion), "expression": rest + (1 - rest) * expression})
    vertices = np.stack(list(head.posed(look.identity, look.displacement).frames(shown)))
    camera = renderer.camera
    places = head.landmarks(vertices)
    depth = camera.to_camera(places)[..., 2:]
    scale = camera.focal_px / depth.mean()
    landmarks = np.concatenate([camera.project(places), (depth - depth.mean()) * scale], 2)
    count = len(MOUTHS)
    seen = FaceObservations(landmarks, np.ones(count), np.zeros((count, 52)), np.ones(count, bool), 7)
    return pictures, seen, camera.project(LipPoints.of(head).places(vertices)), head.lip_gap_mm(vertices).max(1)


def test_contours_are_read_within_a_share_of_the_mouth(reader: LipReader, film):
    pictures, seen, truth, _ = film
    lips = read_lips(pictures, seen, reader)
    width_px = np.linalg.norm(truth[:, 0] - truth[:, 10], axis=1)
    distance = np.linalg.norm(lips.points - truth, axis=2).mean(1)
    assert (distance < 0.06 * width_px).all()
    assert lips.first_frame == 7 and lips.valid.all()


def test_closed_lips_are_read_as_closed_and_open_ones_by_how_far(reader: LipReader, film):
    pictures, seen, _, gap_mm = film
    lips = read_lips(pictures, seen, reader)
    assert (lips.closed[:2] > 0.5).all() and (lips.closed[2:] < 0.1).all()
    assert (lips.slit_mm[:2] < 0.8).all()
    assert np.allclose(lips.slit_mm[2:], gap_mm[2:], rtol=0.35)


def test_what_shows_no_face_says_nothing(reader: LipReader, film):
    pictures, seen, _, _ = film
    blind = FaceObservations(seen.landmarks * 0, seen.presence * 0, seen.blendshapes, np.zeros(len(seen), bool))
    lips = read_lips(pictures, blind, reader)
    assert not lips.whitening.any() and (lips.closed == 0.5).all() and not lips.valid.any()


def test_a_frame_is_read_the_same_alone_and_among_others(reader: LipReader, film):
    pictures, seen, _, _ = film
    together, alone = read_lips(pictures, seen, reader), read_lips(pictures[2:3], seen.part(2, 3), reader)
    assert np.allclose(together.points[2], alone.points[0], atol=1e-2)
    assert together.closed[2] == pytest.approx(alone.closed[0], abs=1e-4)


def test_the_reader_is_small_and_says_what_it_was_made_from():
    config = json.loads((_FOLDER / "config.json").read_text(encoding="utf-8"))
    assert sum(file["bytes"] for file in config["files"].values()) < 2**20
    assert config["licence"] and config["provenance"] and "CARD.md" in config["files"]


def test_crops_of_another_size_and_readers_of_another_kind_are_refused(reader: LipReader, tmp_path: Path):
    with pytest.raises(ShapeError):
        reader.read(np.zeros((1, 10, 10, 3), np.float32), np.zeros((1, 2, 3)), np.ones(1, bool))
    shutil.copytree(_FOLDER, tmp_path / "lips")
    path = tmp_path / "lips" / "config.json"
    path.write_text(path.read_text("utf-8").replace('"points": 40', '"points": 20'), encoding="utf-8")
    with pytest.raises(DamagedModelError, match="made for points 20, expected 40"):
        LipReader.load(tmp_path / "lips")
