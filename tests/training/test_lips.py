"""Training of the lip reader: pictures and truth stay together, and the network learns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")

from avatron.errors import DamagedModelError, UnreadableFileError
from avatron.track.lips.points import LIP_POINTS
from avatron.track.lips.reader import LipReader
from avatron.training.degrade import DegradeConfig
from avatron.training.lips.augment import AugmentConfig, augmented, straight
from avatron.training.lips.network import LipNetworkConfig
from avatron.training.lips.pictures import PICTURE_SIZE, LipPictures, read_lip_pictures
from avatron.training.lips.recipe import LipRecipe
from avatron.training.lips.run import export_lip_reader, train_lip_reader
from avatron.training.lips.stage import LipStageConfig
from avatron.training.loop import LoopConfig
from avatron.training.recipes import find_recipe
from avatron.training.stage import Schedule

RECIPES = Path(__file__).resolve().parents[2] / "recipes" / "tracking"
PLAIN = AugmentConfig(degrade=DegradeConfig(coarse_share=0.0, compressed_share=0.0, covered_share=0.0))


def _pictures(count: int, first_person: int = 0) -> LipPictures:
    """Pictures of two bright bars: lips, apart by the slit."""
    random = np.random.default_rng(first_person)
    width, height = PICTURE_SIZE
    pictures = np.full((count, height, width, 3), 90, np.uint8)
    points, slit = np.zeros((count, LIP_POINTS, 2), np.float32), np.zeros(count, np.float32)
    angle = np.linspace(np.pi, -np.pi, 20, endpoint=False)
    for number in range(count):
        gap = 0 if number % 2 else int(random.integers(4, 14))
        slit[number] = 0.75 * gap
        pictures[number, 46 - gap // 2 : 56 - gap // 2, 40:100] = 220
        pictures[number, 56 + gap - gap // 2 : 66 + gap - gap // 2, 40:100] = 220
        points[number, :20] = np.stack([70 + 30 * np.cos(angle), 56 - (10 + gap / 2) * np.sin(angle)], 1)
        points[number, 20:] = np.stack([70 + 28 * np.cos(angle), 56 - gap / 2 * np.sin(angle)], 1)
    return LipPictures(pictures, points, slit, first_person + np.arange(count, dtype=np.int32))


def test_points_stay_on_what_they_were_on_however_a_picture_is_augmented() -> None:
    width, height = PICTURE_SIZE
    picture = np.zeros((height, width, 3), np.uint8)
    points = np.zeros((LIP_POINTS, 2), np.float32)
    points[:] = [70, 56]
    points[0] = [50, 50]
    picture[47:53, 47:53] = 255
    random = np.random.default_rng(0)
    for _ in range(20):
        crop, moved = augmented(picture, points, random, PLAIN)
        # Mirrored contours begin at the other corner.
        column, row = moved[0] if not np.allclose(moved[0], moved[1]) else moved[10]
        brightness = crop.astype(float).mean(2)
        assert brightness[int(row), int(column)] > brightness.mean() + 50
    crop, moved = straight(picture, points)
    assert crop[int(moved[0, 1]), int(moved[0, 0])].min() > 200


def test_pictures_come_back_from_their_files_and_damaged_ones_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="no pictures of mouths"):
        read_lip_pictures(tmp_path)
    for person in (0, 9000):
        _pictures(4, person).write(tmp_path / f"{person:05d}.npz")
    found = read_lip_pictures(tmp_path)
    assert len(found) == 8 and np.array_equal(found.points[:4], _pictures(4).points)
    (tmp_path / "00001.npz").write_bytes(b"nothing")
    with pytest.raises(DamagedModelError, match="00001"):
        read_lip_pictures(tmp_path)


def test_a_reader_is_trained_resumed_exported_and_reads_what_it_was_shown(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    _pictures(32).write(folder / "a.npz")
    _pictures(8, 9000).write(folder / "b.npz")
    network = LipNetworkConfig(widths=(8, 16, 16, 24), depths=(0, 0, 1, 0), hidden=48, dropout=0.0)
    config = LipStageConfig(
        Schedule(4e-3, warm_up_steps=5), batch=16, fresh=16, remembered=64, augment=PLAIN, decay=0.9
    )
    made = {"name": "test", "licence": "none", "provenance": (), "stage": config, "network": network}
    train_lip_reader(LipRecipe(**made, loop=LoopConfig(60, evaluate_every=60)), folder, tmp_path / "run")
    recipe = LipRecipe(**made, loop=LoopConfig(120, evaluate_every=120))
    weights = train_lip_reader(recipe, folder, tmp_path / "run", resume=True)
    export_lip_reader(recipe, weights, tmp_path / "reader", {"people": 1})
    assert "people" in (tmp_path / "reader" / "CARD.md").read_text("utf-8")
    shown = _pictures(8, 9000)
    made_crops = [straight(picture, points) for picture, points in zip(shown.pictures, shown.points, strict=True)]
    crops = np.stack([crop for crop, _ in made_crops]).astype(np.float32)
    still = np.tile(np.array([[1.0, 0, 0], [0, 1.0, 0]]), (8, 1, 1))
    lips = LipReader.load(tmp_path / "reader").read(crops, still, np.ones(8, bool))
    distance = np.linalg.norm(lips.points - np.stack([points for _, points in made_crops]), axis=2)
    assert distance.mean() < 5
    assert lips.closed[shown.slit_mm == 0].min() > lips.closed[shown.slit_mm > 3].max()


def test_the_recipe_of_the_shipped_reader_can_be_read() -> None:
    recipe = find_recipe(RECIPES / "lips.py", LipRecipe)
    assert recipe.loop.steps > 0 and recipe.provenance
