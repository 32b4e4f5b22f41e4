"""Sheets hold every picture they promise, in bounded memory; galleries say what is in them."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from avatron.avatar.store import load_avatar
from avatron.cli import main
from avatron.core.motion import FaceMotion
from avatron.errors import InvalidValueError, OutputExistsError, ShapeError, UnknownNameError
from avatron.evaluation.look.cells import Cell, Heading, Layout, bands
from avatron.evaluation.look.page import as_html, as_markdown
from avatron.evaluation.look.png_rows import PngRows
from avatron.evaluation.look.sheet import SheetOptions, draw_sheet
from avatron.evaluation.look.times import measure_times
from avatron.evaluation.look.views import camera_around
from avatron.face.shipped import shipped_head
from avatron.render.portrait import PortraitRenderer

MACHINE = {"processor": "a <fast> one", "instruction_set": "avx2", "cores": 2, "load_average": 0.5}


def test_a_png_written_in_rows_is_the_picture() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (37, 21, 3), np.uint8)
    stream = io.BytesIO()
    rows = PngRows(stream, 21, 37)
    for start in range(0, 37, 5):
        rows.write(picture[start : start + 5])
    rows.close()
    np.testing.assert_array_equal(np.asarray(Image.open(stream)), picture)


def test_a_png_refuses_another_width_too_many_lines_and_too_few() -> None:
    rows = PngRows(io.BytesIO(), 4, 2)
    for wrong in (np.zeros((1, 5, 3), np.uint8), np.zeros((3, 4, 3), np.uint8), np.zeros((1, 4, 3), np.float32)):
        with pytest.raises(ShapeError, match="expected uint8"):
            rows.write(wrong)
    rows.write(np.zeros((1, 4, 3), np.uint8))
    with pytest.raises(ShapeError, match="lacks 1 lines"):
        rows.close()


def test_bands_make_up_the_height_that_was_announced() -> None:
    layout = Layout(3, (64, 48))
    cell = Cell("a rather long label that does not fit", np.zeros((48, 64, 3), np.uint8))
    headings = [Heading("four", 4), Heading("three", 3), Heading("none", 0)]
    items = iter([headings[0], *[cell] * 4, headings[1], *[cell] * 3, headings[2]])
    whole = np.concatenate(list(bands(layout, items)))
    assert whole.shape == (layout.height(headings), layout.width, 3)


def test_a_sheet_holds_every_expression_combination_view_and_light(tmp_path: Path) -> None:
    shown: list[float] = []
    size = draw_sheet(load_avatar("ava"), tmp_path / "sheet.png", SheetOptions(64, 20), on_progress=shown.append)
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == size and sheet.mode == "RGB"
    assert shown[-1] == 1 and shown == sorted(shown)
    with pytest.raises(OutputExistsError):
        draw_sheet(load_avatar("ava"), tmp_path / "sheet.png", SheetOptions(64, 20))


@pytest.mark.parametrize("options", [{"cell_px": 63}, {"cell_px": 513}, {"columns": 3}, {"columns": 21}])
def test_a_sheet_out_of_bounds_is_refused(options: dict[str, int]) -> None:
    with pytest.raises(InvalidValueError, match="outside"):
        SheetOptions(**options)


def test_a_sheet_in_an_unknown_light_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="unknown light"):
        SheetOptions(light="disco")


def test_a_camera_that_is_carried_round_looks_at_the_same_head() -> None:
    renderer = PortraitRenderer(shipped_head(), load_avatar("ava").look, size=(64, 64))
    ears = np.array([[0.0, 0.04, 0.0]])
    for degrees in (-90, -30, 0, 45, 90):
        camera = camera_around(renderer.camera, degrees)
        assert np.linalg.norm(camera.position) == pytest.approx(np.linalg.norm(renderer.camera.position))
        assert camera.project(ears)[0, 0] == pytest.approx(32, abs=0.5)
    left = camera_around(renderer.camera, 90).position
    assert left[0] > 1, "positive shows the person's left side"


def test_times_add_up_to_the_frame() -> None:
    (row,) = measure_times(load_avatar("ava"), FaceMotion.at_rest(6), [(64, 64)], repeats=1)
    stages = [value for key, value in row.items() if key.endswith("_ms") and key != "frame_ms"]
    assert row["size"] == "64x64" and row["frame_ms"] > 0 and len(stages) >= 4
    assert row["frames_per_s"] == pytest.approx(1000 / row["frame_ms"], rel=0.02)


def test_the_page_names_every_picture_and_escapes_what_it_shows() -> None:
    pictures = [("a.jpg", "`ava`: a <b>woman</b>"), ("turn.mp4", "Turning")]
    times = [{"avatar": "ava", "size": "64x64", "frame_ms": 1.5, "frames_per_s": 666}]
    markdown, page = as_markdown(pictures, times, MACHINE), as_html(pictures, times, MACHINE)
    assert "(a.jpg)" in markdown and "[turn.mp4](turn.mp4)" in markdown and "| ava | 64x64 | 1.5 | 666 |" in markdown
    assert "<b>woman" not in page and "&lt;fast&gt;" in page and "<video" in page


def test_bench_look_makes_a_folder_of_pictures_and_replaces_only_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "look"
    verb = ["bench", "look", "-o", str(target), "--avatars", "ava", "--lights", "studio", "--cell", "64", "--quiet"]
    assert main([*verb, "--skip-times", "--no-film", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert {*said["pictures"], "index.md", "index.html", "times.json"} == {file.name for file in target.iterdir()}
    assert main([*verb, "--skip-times", "--no-film"]) == 2, "it is there"
    assert main([*verb, "--skip-times", "--no-film", "--overwrite"]) == 0
    (target / "notes.txt").write_text("mine")
    assert main([*verb, "--skip-times", "--no-film", "--overwrite"]) == 2
    assert "notes.txt" in capsys.readouterr().err and (target / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize(
    "wrong",
    [
        ["--avatars", "nobody"],
        ["--lights", "disco"],
        ["--cell", "9"],
        ["--cell", "99999"],
        ["--sizes", "1x1"],
        ["--sizes", "large"],
    ],
)
def test_bench_look_refuses_what_it_cannot_draw_and_leaves_nothing(
    wrong: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "look", "-o", str(tmp_path / "look"), "--quiet", *wrong]) == 2
    assert list(tmp_path.iterdir()) == [] and len(capsys.readouterr().err.splitlines()) == 1
