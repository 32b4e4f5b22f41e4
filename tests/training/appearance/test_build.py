"""A person is learned from a film: what is drawn of frames never seen is near to them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from avatron.errors import DamagedModelError, InputError
from avatron.face.shipped import shipped_head
from avatron.io.clips import read_frames
from avatron.io.folders import load_folder, write_folder
from avatron.native import pool
from avatron.render.splats.appearance import SplatAppearance
from avatron.render.splats.renderer import SplatRenderer
from avatron.render.view import View
from avatron.training.appearance.build import AppearanceConfig, BuiltAppearance, build_appearance
from avatron.training.appearance.fit import FitConfig
from avatron.training.appearance.seeds import SeedConfig
from reference.person_clip import PersonClip

LEARNED = 32
TINY = AppearanceConfig(
    coefficients=10,
    seeds=SeedConfig(most=4000),
    first=FitConfig(steps=150),
    second=FitConfig(steps=250),
    finished=False,
)


@pytest.fixture(scope="module")
def built(person_clip: PersonClip, tmp_path_factory: pytest.TempPathFactory) -> BuiltAppearance:
    work = tmp_path_factory.mktemp("work")
    return build_appearance(person_clip.info, person_clip.track, LEARNED, shipped_head(), config=TINY, work=work)


def psnr_db(first: np.ndarray, second: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / np.square(first.astype(np.float64) - second).mean()))


def drawn(built: BuiltAppearance, view: View, first: int, last: int) -> list[np.ndarray]:
    return list(SplatRenderer(built.appearance, view).frames(built.motion.part(first, last)))


def test_frames_never_learned_from_are_drawn_nearly_as_filmed(person_clip: PersonClip, built: BuiltAppearance) -> None:
    size = person_clip.info.width, person_clip.info.height
    frames = len(person_clip.track)
    real = list(read_frames(person_clip.info, LEARNED, frames))
    scores = [psnr_db(*pair) for pair in zip(drawn(built, View(size), LEARNED, frames), real, strict=True)]
    still = [psnr_db(built.appearance.plate, picture) for picture in real]
    assert np.mean(scores) > 27
    assert np.mean(scores) > np.mean(still) + 8


def test_films_are_the_same_for_any_number_of_threads(built: BuiltAppearance) -> None:
    films = []
    for threads in (1, 3):
        with pool.use_threads(threads):
            films.append(drawn(built, View((96, 96)), 0, 9))
    assert len(films[0]) == len(films[1]) == 9
    assert all(np.array_equal(one, other) for one, other in zip(*films, strict=True))
    assert not np.array_equal(films[0][0], films[0][8])


def test_the_cover_of_the_gaussians_is_the_person(person_clip: PersonClip, built: BuiltAppearance) -> None:
    size = person_clip.info.width, person_clip.info.height
    pictures = drawn(built, View(size, alone=True), 0, 4)
    assert pictures[0].shape == (size[1], size[0], 4)
    error = [
        np.abs(picture[..., 3].astype(int) - matte).mean() / 255
        for picture, matte in zip(pictures, person_clip.mattes, strict=False)
    ]
    assert np.mean(error) < 0.06


def test_an_appearance_comes_back_from_its_files(built: BuiltAppearance, tmp_path: Path) -> None:
    files = {f"appearance/{name}": data for name, data in built.appearance.files().items()}
    write_folder(tmp_path / "person", "replica", {}, files)
    again = SplatAppearance.load(load_folder(tmp_path / "person", "replica"))
    view = View((128, 128))
    (before,) = drawn(built, view, 3, 4)
    (after,) = drawn(replace(built, appearance=again), view, 3, 4)
    # What is stored is stored in half precision.
    assert psnr_db(before, after) > 45


def test_a_damaged_appearance_is_refused(built: BuiltAppearance, tmp_path: Path) -> None:
    files = {f"appearance/{name}": data for name, data in built.appearance.files().items()}
    files["appearance/plate.png"] = files["appearance/plate.png"][:100]
    write_folder(tmp_path / "person", "replica", {}, files)
    with pytest.raises(DamagedModelError, match="not whole"):
        SplatAppearance.load(load_folder(tmp_path / "person", "replica"))


def test_views_of_any_size_and_shape_show_the_person(built: BuiltAppearance) -> None:
    for size in ((160, 90), (90, 160), (64, 64), (200, 200)):
        (picture,) = drawn(built, View(size), 0, 1)
        assert picture.shape == (size[1], size[0], 3)
    (small,) = drawn(built, View((64, 64)), 0, 1)
    (large,) = drawn(built, View((128, 128)), 0, 1)
    halved = large.reshape(64, 2, 64, 2, 3).mean((1, 3))
    assert psnr_db(small, halved) > 28


def test_what_was_done_is_not_done_again(person_clip: PersonClip, built: BuiltAppearance, tmp_path: Path) -> None:
    quick = replace(TINY, first=FitConfig(steps=4), second=FitConfig(steps=6))
    heard: list[float] = []
    arguments = (person_clip.info, person_clip.track, LEARNED, shipped_head())
    first = build_appearance(*arguments, config=quick, work=tmp_path, on_progress=heard.append)
    assert heard == sorted(heard)
    assert heard[-1] == pytest.approx(1)
    # The finished steps are read: changed ones show that they are.
    for name in ("motion", "last"):
        (tmp_path / f"{name}.npz").unlink()
    again = build_appearance(*arguments, config=quick, work=tmp_path)
    assert np.array_equal(first.appearance.gaussians.colours, again.appearance.gaussians.colours)
    assert np.allclose(first.motion.expression, again.motion.expression, atol=1e-5)


def test_frames_that_are_held_out_teach_nothing(person_clip: PersonClip, tmp_path: Path) -> None:
    quick = replace(TINY, first=FitConfig(steps=3), second=FitConfig(steps=3))
    track = person_clip.track
    motion = track.motion
    shaken = motion.with_rows(np.arange(LEARNED, len(track)), motion.rows(np.zeros(len(track) - LEARNED, np.int64)))
    appearances = [
        build_appearance(person_clip.info, known, LEARNED, shipped_head(), config=quick).appearance
        for known in (track, replace(track, motion=shaken))
    ]
    assert np.array_equal(appearances[0].plate, appearances[1].plate)
    assert np.array_equal(appearances[0].gaussians.colours, appearances[1].gaussians.colours)
    assert np.array_equal(appearances[0].drivers.mean, appearances[1].drivers.mean)


def test_a_clip_without_a_face_is_refused(person_clip: PersonClip) -> None:
    blind = replace(person_clip.track, valid=np.zeros(len(person_clip.track), np.bool_))
    with pytest.raises(InputError, match="can be trusted"):
        build_appearance(person_clip.info, blind, LEARNED, shipped_head(), config=TINY)
