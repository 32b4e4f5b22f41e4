"""Films of every kind come out as upright sRGB pictures, the right one for each moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from avatron.errors import InvalidValueError, UnreadableFileError
from avatron.io import film_stream
from avatron.io.audio import read_audio
from avatron.io.clips import probe_clip, read_frames
from avatron.io.key_frames import key_frames, read_key_frames
from avatron.io.video import VideoWriter

BITS = 8
CELL = 8
FPS = Fraction(25)


def numbered(number: int, width: int = 64, height: int = 48) -> NDArray[np.uint8]:
    """A picture that shows its number as a row of black and white cells."""
    picture = np.full((height, width, 3), (200, 120, 60), np.uint8)
    for bit in range(BITS):
        picture[:CELL, bit * CELL : (bit + 1) * CELL] = 255 if number >> bit & 1 else 0
    return picture


def number_of(picture: NDArray[np.uint8]) -> int:
    cells = picture[CELL // 2, CELL // 2 : BITS * CELL : CELL, 1] > 128
    return int((cells << np.arange(BITS)).sum())


def write_film(path: Path, count: int, **options: Any) -> Path:
    with VideoWriter(path, (64, 48), FPS, quality=90, **options) as writer:
        for number in range(count):
            writer.write_frame(numbered(number))
    return path


def write_raw(
    path: Path,
    pictures: Sequence[NDArray[np.uint8]],
    stamps_ms: Sequence[int] | None = None,
    *,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    shape: Callable[[Any], None] = lambda stream: None,
    convert: dict[str, Any] | None = None,
) -> Path:
    """A film straight from PyAV, for what our own writer never makes."""
    with av.open(str(path), "w") as container:
        height, width = pictures[0].shape[:2]
        stream: Any = container.add_stream(codec, rate=FPS, width=width, height=height, pix_fmt=pixel_format)
        stream.codec_context.time_base = Fraction(1, 1000)
        shape(stream)
        for index, picture in enumerate(pictures):
            frame: Any = av.VideoFrame.from_ndarray(picture, format="rgb24" if picture.shape[2] == 3 else "rgba")
            frame = frame.reformat(format=pixel_format, **(convert or {}))
            frame.pts = index * 40 if stamps_ms is None else stamps_ms[index]
            frame.time_base = Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eleven seconds, three key pictures."""
    return write_film(tmp_path_factory.mktemp("clips") / "numbers.mp4", 250)


def test_every_frame_of_a_film_comes_once_and_in_order(film: Path) -> None:
    info = probe_clip(film)
    assert (info.width, info.height, info.fps, info.frames) == (64, 48, FPS, 250)
    assert (info.duration_s, info.start_s, info.variable_rate, info.complete) == (10.0, 0.0, False, True)
    assert (info.rotation_deg, info.audio_rate, info.codec) == (0, None, "h264")
    assert [number_of(picture) for picture in read_frames(info)] == list(range(250))


@pytest.mark.parametrize("suffix", ["mp4", "webm", "mkv", "mov"])
@pytest.mark.parametrize("start", [1, 99, 100, 101, 237])
def test_reading_from_any_frame_gives_that_very_frame(tmp_path: Path, film: Path, suffix: str, start: int) -> None:
    info = probe_clip(film if suffix == "mp4" else write_film(tmp_path / f"film.{suffix}", 250))
    assert [number_of(picture) for picture in read_frames(info, start, start + 3)] == [start, start + 1, start + 2]


def test_frames_outside_the_film_are_refused_and_none_may_be_asked_for(film: Path) -> None:
    info = probe_clip(film)
    assert list(read_frames(info, 250)) == []
    with pytest.raises(InvalidValueError, match="250 frames"):
        list(read_frames(info, 0, 251))


@pytest.mark.parametrize("suffix", ["mp4", "webm", "mkv"])
def test_key_pictures_are_read_without_the_others(tmp_path: Path, suffix: str) -> None:
    info = probe_clip(write_film(tmp_path / f"film.{suffix}", 250))
    numbers = key_frames(info).tolist()
    assert numbers[0] == 0
    assert len(numbers) >= 3
    assert [(number, number_of(picture)) for number, picture in read_key_frames(info, numbers)] == [
        (number, number) for number in numbers
    ]


@pytest.mark.parametrize("codec", ["mjpeg", "mpeg4"])
def test_an_avi_is_read_by_counting_its_pictures(tmp_path: Path, codec: str) -> None:
    pixel_format = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    path = write_raw(tmp_path / "a.avi", [numbered(n) for n in range(30)], codec=codec, pixel_format=pixel_format)
    info = probe_clip(path)
    assert (info.frames, info.fps) == (30, FPS)
    assert [number_of(picture) for picture in read_frames(info, 11)] == list(range(11, 30))


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_turned_recording_is_shown_upright(tmp_path: Path, degrees: int) -> None:
    upright = np.zeros((64, 96, 3), np.uint8)
    upright[:32, :48], upright[:32, 48:], upright[32:, :48] = (220, 40, 40), (40, 200, 40), (40, 40, 220)
    stored = np.ascontiguousarray(np.rot90(upright, degrees // 90))
    # PyAV's degrees are counter-clockwise: the player has to turn the stored picture clockwise.
    path = write_raw(tmp_path / "a.mp4", [stored] * 5, shape=lambda stream: stream.set_display_rotation(-degrees))
    info = probe_clip(path)
    assert (info.width, info.height, info.rotation_deg) == (96, 64, degrees)
    picture = next(read_frames(info))
    np.testing.assert_allclose(picture[8:56:40, 8:88:70].astype(int), upright[8:56:40, 8:88:70], atol=12)


def test_a_mirrored_recording_is_mirrored_back(tmp_path: Path) -> None:
    path = write_raw(
        tmp_path / "a.mp4",
        [np.ascontiguousarray(numbered(77)[:, ::-1])] * 3,
        shape=lambda stream: stream.set_display_rotation(0, hflip=True),
    )
    assert number_of(next(read_frames(probe_clip(path)))) == 77


def test_uneven_times_are_shown_on_an_even_grid_by_the_nearest_picture(tmp_path: Path) -> None:
    # 25 pictures a second, with pauses and a pair of pictures that come too close.
    stamps = [0, 40, 80, 120, 320, 360, 400, 412, 440, 480]
    path = write_raw(tmp_path / "a.mkv", [numbered(n) for n in range(10)], stamps)
    info = probe_clip(path)
    assert (info.variable_rate, info.fps, info.frames) == (True, FPS, 13)
    shown = [number_of(picture) for picture in read_frames(info)]
    assert shown == [0, 1, 2, 3, 3, 3, 4, 4, 4, 5, 6, 8, 9]
    assert [number_of(picture) for picture in read_frames(info, 4, 9)] == shown[4:9]


@pytest.mark.parametrize("rate", [Fraction(30000, 1001), Fraction(24000, 1001), Fraction(60), Fraction(2983, 100)])
def test_a_constant_rate_is_found_though_its_times_are_whole_milliseconds(tmp_path: Path, rate: Fraction) -> None:
    stamps = [round(n * 1000 / rate) for n in range(250)]
    info = probe_clip(write_raw(tmp_path / "a.mkv", [numbered(0)] * 250, stamps))
    assert not info.variable_rate
    assert info.frames == 250
    assert float(info.fps) == pytest.approx(float(rate), rel=2e-4)


@pytest.mark.parametrize("range_name", ["limited", "full"])
@pytest.mark.parametrize(("matrix", "tag"), [("ITU709", 1), ("ITU601", 6)])
def test_matrix_and_range_are_those_that_the_file_names(tmp_path: Path, matrix: str, tag: int, range_name: str) -> None:
    from av.video.reformatter import Colorspace

    colours = np.array([[(220, 40, 40), (40, 200, 60)], [(50, 60, 210), (205, 160, 140)]], np.uint8)
    picture = colours.repeat(32, 0).repeat(32, 1)
    number = 2 if range_name == "full" else 1

    def shape(stream: Any) -> None:
        stream.codec_context.colorspace, stream.codec_context.color_range = tag, number
        stream.options = {"crf": "4"}

    how = {"dst_colorspace": Colorspace[matrix], "src_color_range": 2, "dst_color_range": number}
    path = write_raw(tmp_path / "a.mp4", [picture] * 3, shape=shape, convert=how)
    np.testing.assert_allclose(next(read_frames(probe_clip(path)))[16::32, 16::32].astype(int), colours, atol=5)


@pytest.mark.parametrize(
    ("transfer", "signal", "shown"), [(18, 0.25, 61), (18, 0.5, 137), (18, 0.75, 254), (16, 0.25, 44), (16, 0.5, 179)]
)
def test_high_dynamic_range_is_shown_as_swscale_shows_it(
    tmp_path: Path, transfer: int, signal: float, shown: int
) -> None:
    path = tmp_path / "hdr.mkv"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("ffv1", rate=FPS, width=64, height=64, pix_fmt="yuv420p10le")
        context = stream.codec_context
        context.colorspace, context.color_primaries, context.color_trc, context.color_range = 9, 9, transfer, 1
        frame: Any = av.VideoFrame(64, 64, "yuv420p10le")
        for index, plane in enumerate(frame.planes):
            np.frombuffer(plane, np.uint16)[:] = round(64 + 876 * signal) if index == 0 else 512
        frame.colorspace, frame.color_primaries, frame.color_trc, frame.color_range = 9, 9, transfer, 1
        frame.pts = 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    # The signal is rounded to eight bits, downwards, before its curve is applied.
    np.testing.assert_allclose(next(read_frames(probe_clip(path)))[32, 32].astype(int), shown, atol=5)


def test_colours_of_our_own_films_come_back(film: Path) -> None:
    np.testing.assert_allclose(next(read_frames(probe_clip(film)))[32, 32].astype(int), (200, 120, 60), atol=4)


def test_ten_bits_odd_sides_and_transparency_are_read(tmp_path: Path) -> None:
    picture = numbered(85, 66, 50)
    deep = write_raw(tmp_path / "deep.mov", [picture] * 2, codec="prores_ks", pixel_format="yuv422p10le")
    odd = write_raw(tmp_path / "odd.mkv", [numbered(85, 67, 51)] * 2, codec="ffv1", pixel_format="yuv420p")
    clear = np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])
    clear[20:, :, 3] = 0
    glass = write_raw(tmp_path / "glass.mkv", [clear] * 2, codec="ffv1", pixel_format="bgra")
    for path, size in ((deep, (66, 50)), (odd, (67, 51)), (glass, (66, 50))):
        info = probe_clip(path)
        shown = next(read_frames(info))
        assert (info.width, info.height) == size
        assert shown.shape == (size[1], size[0], 3)
        assert number_of(shown) == 85
    assert (shown[30, 30] == 255).all()  # white behind what is transparent


@pytest.mark.parametrize(("aspect", "size"), [(Fraction(16, 15), (77, 54)), (Fraction(3, 4), (72, 72))])
def test_pixels_that_are_not_square_become_square_without_loss(
    tmp_path: Path, aspect: Fraction, size: tuple[int, int]
) -> None:
    def shape(stream: Any) -> None:
        stream.codec_context.sample_aspect_ratio = aspect

    path = write_raw(tmp_path / "a.mp4", [numbered(1, 72, 54)] * 2, shape=shape)
    info = probe_clip(path)
    assert (info.width, info.height, info.pixel_aspect) == (*size, aspect)
    assert next(read_frames(info)).shape == (size[1], size[0], 3)


def test_a_film_that_breaks_off_gives_the_pictures_that_are_there_and_says_so(tmp_path: Path, film: Path) -> None:
    data = film.read_bytes()
    for part in (0.5, 0.8):
        path = tmp_path / "cut.mp4"
        path.write_bytes(data[: int(part * len(data))])
        info = probe_clip(path)
        assert not info.complete
        assert 0 < info.frames < 250
        assert [number_of(picture) for picture in read_frames(info)] == list(range(info.frames))


def test_a_picture_that_is_damaged_within_the_film_is_stood_in_for_by_its_neighbours(
    tmp_path: Path, film: Path
) -> None:
    with av.open(str(film)) as container:
        middle = [packet.pos for packet in container.demux(video=0) if packet.pts == 0 or packet.is_keyframe][1]
    data = bytearray(film.read_bytes())
    data[middle : middle + 200] = b"\xff" * 200
    path = tmp_path / "hurt.mp4"
    path.write_bytes(data)
    assert len(list(read_frames(probe_clip(path)))) == 250


def test_sound_and_picture_share_one_clock(tmp_path: Path) -> None:
    for suffix in ("mp4", "webm"):
        path = tmp_path / f"flash.{suffix}"
        rate = 48_000
        samples = np.zeros(2 * rate, np.float32)
        samples[rate : rate + 480] = 0.9
        with VideoWriter(path, (64, 48), FPS, rate) as writer:
            writer.write_audio(samples)
            for number in range(50):
                writer.write_frame(np.full((48, 64, 3), 255 if number >= 25 else 0, np.uint8))
        info = probe_clip(path)
        assert info.audio_rate == rate
        assert info.audio_start_s == pytest.approx(0, abs=0.001)
        assert info.audio_duration_s == pytest.approx(2, abs=0.05)
        flash = next(index for index, picture in enumerate(read_frames(info)) if picture.mean() > 128)
        sound = int(np.argmax(np.abs(read_audio(path).samples) > 0.3))
        assert info.start_s + flash / info.fps == pytest.approx(sound / rate, abs=0.003)


def test_what_is_no_film_is_refused_by_name(tmp_path: Path) -> None:
    photo, sound = tmp_path / "photo.png", tmp_path / "sound.wav"
    Image.fromarray(numbered(3)).save(photo)
    Image.fromarray(numbered(3)).save(tmp_path / "photo.jpg")
    with av.open(str(sound), "w") as container:
        stream: Any = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame: Any = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    (tmp_path / "text.mp4").write_text("no film at all")
    (tmp_path / "empty.mp4").write_bytes(b"")
    for name, said in {
        "photo.png": "a photo",
        "photo.jpg": "a photo",
        "sound.wav": "only sound",
        "text.mp4": "damaged or of an unknown type",
        "empty.mp4": "damaged or of an unknown type",
        "none.mp4": "no such file",
    }.items():
        with pytest.raises(UnreadableFileError, match=said):
            probe_clip(tmp_path / name)


def test_a_film_too_large_for_the_memory_is_refused_unread(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(film_stream, "LARGEST_PIXELS", 64 * 47)
    with pytest.raises(UnreadableFileError, match=r"64x48.*scale it down"):
        probe_clip(film)


def test_a_film_of_days_is_refused_before_its_grid_is_made(tmp_path: Path) -> None:
    path = write_raw(tmp_path / "a.mkv", [numbered(0)] * 3, [0, 40, 400_000_000])
    with pytest.raises(UnreadableFileError, match="longer than"):
        probe_clip(path)
