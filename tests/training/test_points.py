"""Training of the point reader: pictures and truth stay together, and the network learns to move landmarks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")

import onnx

from avatron.errors import DamagedModelError, UnreadableFileError
from avatron.face.shipped import shipped_head
from avatron.io.folders import load_folder
from avatron.io.sessions import open_session
from avatron.track.landmarks.crop import FaceCrop
from avatron.track.landmarks.landmarker import FaceLook
from avatron.track.observations import LANDMARKS
from avatron.track.points.crop import crop_face, face_frames
from avatron.track.points.reader import PointReader
from avatron.training.degrade import DegradeConfig
from avatron.training.loop import LoopConfig
from avatron.training.points.augment import AugmentConfig, augmented
from avatron.training.points.network import PointNetworkConfig
from avatron.training.points.pictures import PICTURE_SIZE, FacePictures, read_face_pictures
from avatron.training.points.quantized import calibration, quantized
from avatron.training.points.recipe import PointRecipe
from avatron.training.points.run import export_point_reader, train_point_reader
from avatron.training.points.stage import PointStageConfig
from avatron.training.recipes import find_recipe
from avatron.training.stage import Schedule

RECIPES = Path(__file__).resolve().parents[2] / "recipes" / "tracking"
SHIPPED = Path(__file__).resolve().parents[2] / "src" / "avatron" / "data" / "track" / "points"
PLAIN = AugmentConfig(degrade=DegradeConfig(coarse_share=0.0, compressed_share=0.0, covered_share=0.0, noise=0.1))
OFF_PX = 5.0


def _face() -> np.ndarray:
    """[478, 2] a face that fills two thirds of a picture."""
    head = shipped_head()
    places = head.landmarks(head.neutral)[:, :2] * [1, -1] * 850
    return (places - places.mean(0) + np.array(PICTURE_SIZE) / 2).astype(np.float32)


class OffLandmarker:
    """Sees the brightest place of the picture, and the whole face beside it by some pixels to the right."""

    def look(self, image: np.ndarray, crop: FaceCrop) -> FaceLook:
        row, column = np.unravel_index(image.astype(float).mean(2).argmax(), image.shape[:2])
        face = _face()
        shifted = face - face[4] + [column + OFF_PX, row]
        return FaceLook(np.column_stack([shifted, np.zeros(LANDMARKS)]).astype(np.float32), 1.0)


def _pictures(count: int, first_person: int = 0) -> FacePictures:
    """Pictures of dark grounds with one bright dot where the tip of the nose is."""
    random = np.random.default_rng(first_person)
    width, height = PICTURE_SIZE
    pictures = random.integers(60, 90, (count, height, width, 3)).astype(np.uint8)
    points = np.repeat(_face()[None], count, 0) + random.normal(scale=4, size=(count, 1, 2)).astype(np.float32)
    row, column = np.mgrid[0:height, 0:width]
    for picture, face in zip(pictures, points, strict=True):
        near = np.exp(-((column + 0.5 - face[4, 0]) ** 2 + (row + 0.5 - face[4, 1]) ** 2) / 18)
        picture[:] = (picture + (250.0 - picture) * near[..., None]).astype(np.uint8)
    return FacePictures(pictures, points, first_person + np.arange(count, dtype=np.int32))


def test_points_stay_on_what_they_were_on_however_a_picture_is_augmented() -> None:
    shown, random = _pictures(1), np.random.default_rng(0)
    for _ in range(20):
        made = augmented(shown.pictures[0], shown.points[0], OffLandmarker(), random, PLAIN)
        assert made is not None
        crop, moved, seen = made
        brightest = np.unravel_index(crop.astype(float).mean(2).argmax(), crop.shape[:2])
        assert np.linalg.norm(moved[4] - (np.array(brightest[::-1]) + 0.5)) < 2.5
        assert np.linalg.norm(seen[4] - moved[4]) > 2


def test_pictures_come_back_from_their_files_and_damaged_ones_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="no pictures of faces"):
        read_face_pictures(tmp_path)
    _pictures(3).write(tmp_path / "00000.npz")
    assert np.array_equal(read_face_pictures(tmp_path).points, _pictures(3).points)
    (tmp_path / "00001.npz").write_bytes(b"nothing")
    with pytest.raises(DamagedModelError, match="00001"):
        read_face_pictures(tmp_path)


def test_a_reader_is_trained_resumed_exported_and_moves_landmarks_to_where_they_are(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    _pictures(24).write(folder / "a.npz")
    _pictures(8, 9000).write(folder / "b.npz")
    network = PointNetworkConfig(widths=(8, 12, 16, 16, 16), depths=(0, 0, 0, 0, 0), context=24, hidden=24, dropout=0.0)
    config = PointStageConfig(
        Schedule(4e-3, warm_up_steps=5), batch=12, fresh=8, remembered=64, augment=PLAIN, decay=0.9
    )
    made = {"name": "test", "licence": "none", "provenance": (), "stage": config, "network": network}
    eye = OffLandmarker()
    train_point_reader(
        PointRecipe(**made, loop=LoopConfig(40, evaluate_every=40)), folder, tmp_path / "run", landmarker=eye
    )
    recipe = PointRecipe(**made, loop=LoopConfig(80, evaluate_every=80))
    weights = train_point_reader(recipe, folder, tmp_path / "run", resume=True, landmarker=eye)
    export_point_reader(recipe, weights, tmp_path / "reader", {"people": 1})
    assert "people" in (tmp_path / "reader" / "CARD.md").read_text("utf-8")
    shown = _pictures(6, 9000)
    seen = np.stack([eye.look(picture, FaceCrop((0, 0), 1, 0)).landmarks for picture in shown.pictures])
    frames = face_frames(seen)
    crops = np.stack([crop_face(picture, frame) for picture, frame in zip(shown.pictures, frames, strict=True)])
    points, deviations = PointReader.load(tmp_path / "reader").read(crops, frames, seen)
    before = np.linalg.norm(seen[..., :2] - shown.points, axis=2).mean()
    after = np.linalg.norm(points - shown.points, axis=2).mean()
    assert after < 0.5 * before
    assert (deviations > 0).all()
    _check_quantised(tmp_path / "reader", crops, frames, seen, points)


def _check_quantised(reader: Path, crops: np.ndarray, frames: np.ndarray, seen: np.ndarray, points: np.ndarray) -> None:
    """In 8 bits the same points are read, by convolutions of integers."""
    graph = onnx.load(reader / "points.onnx")
    shown = calibration(_pictures(24), OffLandmarker(), 24, np.random.default_rng(2))
    faster = PointReader(open_session(quantized(graph, *shown).SerializeToString()))
    moved = np.linalg.norm(faster.read(crops, frames, seen)[0] - points, axis=2)
    assert 0 < moved.mean() < 0.5


def test_quantised_graphs_hold_their_convolutions_in_bytes_and_the_first_in_full() -> None:
    graph = onnx.load_from_string(load_folder(SHIPPED, "points").read_bytes("points.onnx"))
    weights = {weight.name: weight.data_type for weight in graph.graph.initializer}
    assert sum(kind == onnx.TensorProto.INT8 for kind in weights.values()) >= 20
    first = next(node for node in graph.graph.node if node.op_type == "Conv")
    assert weights[first.input[1]] == onnx.TensorProto.FLOAT


def test_the_recipe_of_the_shipped_reader_can_be_read() -> None:
    recipe = find_recipe(RECIPES / "points.py", PointRecipe)
    assert recipe.loop.steps > 0 and recipe.provenance
