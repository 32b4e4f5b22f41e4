"""What a network takes for the person: where it lies in pictures, what is believed of it, and what it is worth."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from avatron.assets import fetch_asset
from avatron.errors import DamagedModelError, MissingComponentError, UnreadableFileError
from avatron.native.splat_rig import SplatRig, draw_rig
from avatron.replica.builder.stages.appearance import _segmenter
from avatron.track.person import PersonSegmenter
from avatron.training.appearance.filtering import resized
from avatron.training.appearance.fit import FitConfig, SplatFit
from avatron.training.appearance.footage import Footage
from avatron.training.appearance.frames import ClipFrames
from avatron.training.appearance.matte import find_matte
from avatron.training.appearance.plate import find_plate
from avatron.training.appearance.section import Section
from avatron.training.appearance.seeds import SeedConfig, find_seeds
from avatron.training.appearance.silhouettes import Look, Silhouettes, find_silhouettes
from avatron.training.appearance.start import gaussians_of_seeds
from reference.person_clip import PersonClip

CELLS = 64


def looker(person_clip: PersonClip, clip_frames: ClipFrames) -> Look:
    """What a network would say that is always right, of one frame after another."""
    numbers = iter(clip_frames.numbers)

    def look(picture: np.ndarray) -> np.ndarray:
        matte = person_clip.mattes[next(numbers)]
        assert picture.shape[:2] == matte.shape, "the person fills the picture"
        return resized(matte[..., None], (CELLS, CELLS))[..., 0]

    return look


@pytest.fixture(scope="module")
def silhouettes(person_clip: PersonClip, clip_frames: ClipFrames) -> Silhouettes:
    found = find_silhouettes(clip_frames, person_clip.track.camera, looker(person_clip, clip_frames))
    assert found is not None
    return found


def test_cells_lie_where_the_person_is(
    person_clip: PersonClip, clip_frames: ClipFrames, silhouettes: Silhouettes
) -> None:
    true = person_clip.mattes[clip_frames.numbers[5]] / 255
    height, width = true.shape
    whole = silhouettes.person(5, 0, 0, width, height)
    assert np.abs(whole - true).mean() < 0.02
    assert np.array_equal(silhouettes.person(5, 30, 20, 50, 40), whole[20:60, 30:80])
    certain = silhouettes.certainty(5, 0, 0, width, height)
    assert set(np.unique(certain)) == {-1, 0, 1}
    assert true[certain > 0].min() > 0.95
    assert true[certain < 0].max() < 0.05


def test_nobody_is_beyond_the_grid() -> None:
    one = Silhouettes(np.full((1, 4, 4), 255, np.uint8), 10.0, 0.0, (2.0, 2.0))
    person = one.person(0, 0, 0, 24, 8)
    assert (person[:, 10:18] == 1).all()
    assert (person[:, :10] == 0).all()
    assert (person[:, 18:] == 0).all()
    assert (one.certainty(0, 0, 0, 10, 8) == 0).all(), "but arms may reach there"


def test_a_section_has_the_same_person(
    person_clip: PersonClip, clip_frames: ClipFrames, silhouettes: Silhouettes
) -> None:
    camera = person_clip.track.camera
    section = Section.of_person(find_matte(clip_frames, camera), 64)
    inside = section.silhouettes(silhouettes)
    assert inside is not None
    true = section.picture(np.repeat(person_clip.mattes[clip_frames.numbers[3]][..., None], 3, -1))[..., 0] / 255
    assert np.abs(inside.person(3, 0, 0, *section.size) - true).mean() < 0.03
    assert section.silhouettes(None) is None


def test_a_network_that_sees_nobody_is_not_believed(person_clip: PersonClip, clip_frames: ClipFrames) -> None:
    nobody = find_silhouettes(
        clip_frames, person_clip.track.camera, lambda picture: np.zeros((CELLS, CELLS), np.float32)
    )
    assert nobody is None


def test_with_a_network_matte_and_plate_are_nearer_to_the_truth(
    person_clip: PersonClip, clip_frames: ClipFrames, silhouettes: Silhouettes
) -> None:
    camera = person_clip.track.camera
    alone, led = find_matte(clip_frames, camera), find_matte(clip_frames, camera, silhouettes=silhouettes)
    true = person_clip.mattes[clip_frames.numbers[led.row]] / 255
    error = np.abs(led.person - true).mean()
    assert error < 0.02
    assert error < 0.7 * np.abs(alone.person - true).mean()
    # Somebody walks by behind: only the network knows.
    passing = replace(silhouettes, cells=silhouettes.cells.copy())
    passing.cells[:, :8, :8] = 255
    plate = find_plate(clip_frames, camera, led, silhouettes=passing)
    assert not plate.seen[:14, :14].any()
    assert find_plate(clip_frames, camera, led, silhouettes=silhouettes).seen[:14, :14].all()


def test_the_first_steps_look_at_pictures_of_half_the_size(
    person_clip: PersonClip, clip_frames: ClipFrames, silhouettes: Silhouettes
) -> None:
    camera = person_clip.track.camera
    matte = find_matte(clip_frames, camera, silhouettes=silhouettes)
    footage = Footage(clip_frames, camera, matte, find_plate(clip_frames, camera, matte), silhouettes)
    seeds = find_seeds(clip_frames, camera, matte, SeedConfig(most=600), seed=0)
    rig = gaussians_of_seeds(seeds, clip_frames.geometry, 4, 2, SeedConfig(), seed=0)
    coefficients = np.zeros((len(person_clip.track), 4), np.float32)
    config = FitConfig(steps=20, coarse_share=0.5, coarse_px=camera.width)
    fit = SplatFit(footage, rig, coefficients, config, seed=0)
    fit.run(10)
    assert fit.camera.width == fit.frames.pictures.shape[2] == camera.width // 2
    fit.run(10)
    assert (fit.camera, fit.frames) == (camera, clip_frames)
    small = SplatFit(footage, rig, coefficients, replace(config, coarse_px=camera.width + 1), seed=0)
    assert small.camera is camera


def test_gaussians_cover_what_is_certain(
    person_clip: PersonClip, clip_frames: ClipFrames, silhouettes: Silhouettes
) -> None:
    """Where wall and clothes look alike, pictures alone do not say who is where."""
    camera, geometry = person_clip.track.camera, clip_frames.geometry
    matte = find_matte(clip_frames, camera, silhouettes=silhouettes)
    plate = find_plate(clip_frames, camera, matte, silhouettes=silhouettes)
    # The wall looks as the person does in the reference frame, as far as it can.
    same = replace(plate, picture=clip_frames.pictures[matte.row], hidden=np.zeros_like(plate.hidden))
    seeds = find_seeds(clip_frames, camera, matte, SeedConfig(most=1500), seed=0)
    start = gaussians_of_seeds(seeds, geometry, 4, 2, SeedConfig(), seed=0)
    coefficients = np.zeros((len(person_clip.track), 4), np.float32)

    def error(known: Silhouettes | None) -> float:
        rig = SplatRig(**{entry.name: np.copy(getattr(start, entry.name)) for entry in fields(SplatRig)})
        fit = SplatFit(Footage(clip_frames, camera, matte, same, known), rig, coefficients, FitConfig(steps=80), seed=0)
        fit.run(80)
        frame = clip_frames.frame(matte.row)
        strains = geometry.strains(frame.vertices)
        drawn = draw_rig(
            fit.rig, frame.vertices, geometry.triangles, camera, coefficients=coefficients[0], features=strains
        )
        return float(np.abs(drawn.alpha - person_clip.mattes[clip_frames.numbers[matte.row]] / 255).mean())

    assert error(silhouettes) < 0.8 * error(None)


def test_along_an_outline_colours_that_are_the_walls_cost_more(
    person_clip: PersonClip, clip_frames: ClipFrames, silhouettes: Silhouettes
) -> None:
    camera = person_clip.track.camera
    matte = find_matte(clip_frames, camera, silhouettes=silhouettes)
    plate = find_plate(clip_frames, camera, matte, silhouettes=silhouettes)
    seeds = find_seeds(clip_frames, camera, matte, SeedConfig(most=100), seed=0)
    rig = gaussians_of_seeds(seeds, clip_frames.geometry, 4, 2, SeedConfig(), seed=0)
    coefficients = np.zeros((len(person_clip.track), 4), np.float32)
    config = FitConfig()
    fit = SplatFit(Footage(clip_frames, camera, matte, plate, silhouettes), rig, coefficients, config, seed=0)
    whole = slice(0, camera.height), slice(0, camera.width)
    behind = (plate.picture / np.float32(255)).astype(np.float32)
    cost = fit._cover_cost(5, whole, clip_frames.pictures[5], behind) * camera.width * camera.height
    unsure = silhouettes.certainty(5, 0, 0, camera.width, camera.height) == 0
    true = person_clip.mattes[clip_frames.numbers[5]]
    wall, person = (unsure & ~plate.hidden & (true == value) for value in (0, 255))
    assert wall.sum() > 100
    assert person.sum() > 30
    assert cost[wall].mean() > 0.8 * (config.cover_cost + config.wall_cost)
    assert cost[person].mean() < 0.5 * (config.cover_cost + config.wall_cost)
    np.testing.assert_allclose(cost[unsure & plate.hidden], config.cover_cost, rtol=1e-5)


@pytest.fixture(scope="module")
def segmenter() -> PersonSegmenter:
    try:
        return PersonSegmenter.load(fetch_asset("selfie_segmentation.tflite"))
    except MissingComponentError as error:
        pytest.skip(f"the network that tells people from walls cannot be had here: {error}")


def test_the_network_sees_the_person(
    person_clip: PersonClip, clip_frames: ClipFrames, segmenter: PersonSegmenter
) -> None:
    found = find_silhouettes(clip_frames, person_clip.track.camera, segmenter.look)
    assert found is not None
    true = person_clip.mattes[clip_frames.numbers[0]] / 255
    assert np.abs(found.person(0, 0, 0, *true.shape[::-1]) - true).mean() < 0.06


def test_other_networks_are_refused(tmp_path: Path, segmenter: PersonSegmenter) -> None:
    with pytest.raises(UnreadableFileError, match="cannot be read"):
        PersonSegmenter.load(tmp_path / "nowhere.tflite")
    other = tmp_path / "other.tflite"
    other.write_bytes(b"no network")
    with pytest.raises(DamagedModelError):
        PersonSegmenter.load(other)


def test_without_the_network_the_build_goes_on_and_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AVATRON_PERSON_SEGMENTER", raising=False)
    monkeypatch.setenv("AVATRON_CACHE", str(tmp_path))
    monkeypatch.setenv("AVATRON_OFFLINE", "1")
    notes: list[str] = []
    assert _segmenter(SimpleNamespace(on_note=notes.append)) is None  # type: ignore[arg-type]
    assert len(notes) == 1
    assert "selfie_segmentation.tflite" in notes[0]
