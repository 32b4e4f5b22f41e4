from __future__ import annotations

import io
from fractions import Fraction
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from avatron.errors import InvalidValueError, UnreadableFileError
from avatron.io import images
from avatron.io.background import Background, background_frames, parse_background
from avatron.io.images import cover_fit, load_image, parse_colour
from avatron.io.video import VideoWriter


def test_colours_are_read_as_css_writes_them() -> None:
    assert parse_colour("#fff") == parse_colour("#FFFFFF") == parse_colour(" White ") == (255, 255, 255)
    assert parse_colour("teal") == (0, 128, 128)
    assert parse_colour("transparent") is None


@pytest.mark.parametrize("text", ["", "#ff", "#ggg", "blurple", "rgb(1,2,3)", "#12345678", "hsl(0,0%,0%)"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(InvalidValueError, match="is not a colour"):
        parse_colour(text)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "CMYK", "I;16"])
def test_every_kind_of_picture_becomes_rgb(tmp_path: Path, mode: str) -> None:
    suffix = ".tif" if mode in ("CMYK", "I;16") else ".png"
    Image.new("L", (5, 3), 255).convert(mode if mode != "I;16" else "I").save(tmp_path / f"a{suffix}")
    assert load_image(tmp_path / f"a{suffix}").shape == (3, 5, 3)


def test_a_16_bit_picture_keeps_its_greys(tmp_path: Path) -> None:
    Image.fromarray(np.full((2, 2), 32768, np.uint16)).save(tmp_path / "a.png")
    assert load_image(tmp_path / "a.png")[0, 0].tolist() == [128, 128, 128]


def test_transparent_parts_lie_on_white(tmp_path: Path) -> None:
    Image.new("RGBA", (2, 2), (0, 0, 0, 0)).save(tmp_path / "a.png")
    assert load_image(tmp_path / "a.png").min() == 255


def test_a_turned_photograph_is_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (8, 4)).save(tmp_path / "a.jpg", exif=exif)
    assert load_image(tmp_path / "a.jpg").shape == (8, 4, 3)


def test_pictures_cut_off_anywhere_are_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    noise = np.random.default_rng(1).integers(0, 255, (40, 40, 3)).astype(np.uint8)
    Image.fromarray(noise).save(buffer, "png")
    whole = buffer.getvalue()
    for length in range(0, len(whole) - 60, 97):
        (tmp_path / "a.png").write_bytes(whole[:length])
        with pytest.raises(UnreadableFileError, match=r"a\.png"):
            load_image(tmp_path / "a.png")


def test_a_picture_of_too_many_pixels_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("1", (20_000, 20_000)).save(tmp_path / "bomb.png")
    with pytest.raises(UnreadableFileError, match="make it smaller"):
        load_image(tmp_path / "bomb.png")
    monkeypatch.setattr(images, "LARGEST_PIXELS", 10)
    Image.new("1", (4, 4)).save(tmp_path / "a.png")
    with pytest.raises(UnreadableFileError, match="make it smaller"):
        load_image(tmp_path / "a.png")


def test_cover_fit_fills_the_size_and_never_stretches() -> None:
    picture = np.zeros((100, 200, 3), np.uint8)
    picture[:, 50:150] = 255
    assert cover_fit(picture, 30, 30).shape == (30, 30, 3)
    assert cover_fit(picture, 30, 30)[:, 1:-1].min() > 250


def test_backgrounds_are_told_apart(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8), "red").save(tmp_path / "a.png")
    assert parse_background("teal") == Background("colour", (0, 128, 128))
    assert parse_background("transparent").kind == "transparent"
    assert parse_background(str(tmp_path / "a.png")).kind == "image"


@pytest.mark.parametrize("text", ["nowhere.png", "blurple", "", "a\0b", "x" * 5000])
def test_what_is_neither_colour_nor_file_is_refused(text: str) -> None:
    with pytest.raises(InvalidValueError, match="neither a colour"):
        parse_background(text)


@pytest.mark.parametrize("name", ["a.png", "a.mp4"])
def test_a_background_that_is_no_picture_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"not a picture")
    with pytest.raises(UnreadableFileError):
        parse_background(str(tmp_path / name))


def test_still_backgrounds_repeat_without_end() -> None:
    colour, nothing = Background("colour", (1, 2, 3)), Background("transparent")
    frames = list(islice(background_frames(colour, (6, 4), Fraction(25)), 3))
    assert all(frame is not None and frame.shape == (4, 6, 3) and frame[0, 0].tolist() == [1, 2, 3] for frame in frames)
    assert next(background_frames(nothing, (6, 4), Fraction(25))) is None


@pytest.mark.parametrize("fps", [5, 10, 15, 25])
@pytest.mark.parametrize("first_frame", [0, 13, 1234])
def test_a_film_behind_the_head_shows_its_picture_of_the_moment_and_loops(
    tmp_path: Path, fps: int, first_frame: int
) -> None:
    greys = [20, 60, 100, 140, 180, 220]
    with VideoWriter(tmp_path / "a.mp4", (64, 32), Fraction(10)) as writer:
        for grey in greys:
            writer.write_frame(np.full((32, 64, 3), grey, np.uint8))
    background = parse_background(str(tmp_path / "a.mp4"))
    shown = islice(background_frames(background, (20, 20), Fraction(fps), first_frame), 30)
    for number, frame in enumerate(shown, first_frame):
        assert frame is not None
        expected = greys[number * 10 // fps % len(greys)]
        assert abs(int(frame.mean()) - expected) < 4, number
