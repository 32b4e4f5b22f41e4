from __future__ import annotations

import io
import subprocess
import sys
import textwrap
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from avatron.errors import (
    AvatronError,
    InvalidValueError,
    MissingComponentError,
    OutputError,
    OutputExistsError,
    ShapeError,
    UnknownNameError,
    UsageError,
)
from avatron.io.audio import read_audio
from avatron.io.codecs import CODECS, CONTAINERS, choose_codec, codecs_here
from avatron.io.gif import GifWriter
from avatron.io.sequence import SequenceWriter
from avatron.io.video import VideoWriter

RATE = 22050
SIZE = (64, 48)
FILMS = ["mp4", "mov", "webm", "mkv"]


def grey(value: int, size: tuple[int, int] = SIZE) -> NDArray[np.uint8]:
    return np.full((size[1], size[0], 3), value, np.uint8)


def see_through(size: tuple[int, int] = SIZE) -> NDArray[np.uint8]:
    """Orange on the left half, nothing on the right one."""
    picture = np.zeros((size[1], size[0], 4), np.uint8)
    picture[:, : size[0] // 2] = (255, 128, 0, 255)
    return picture


def decoded(path: Path) -> tuple[list[Fraction], list[float]]:
    """Exact time and mean brightness of each frame."""
    with av.open(str(path)) as container:
        pictures: Any = container.decode(video=0)
        frames = [(frame.pts * frame.time_base, frame.to_ndarray(format="gray").mean()) for frame in pictures]
    return [time for time, _ in frames], [float(value) for _, value in frames]


def click_and_flash(path: Any, fps: Fraction, events_s: list[int], seconds: int, **options: Any) -> None:
    """A film whose picture is white and whose sound bursts at each of `events_s`, from that moment for 0.1 s."""
    frames = seconds * fps
    with VideoWriter(path, SIZE, fps, RATE, **options) as writer:
        for second in range(seconds):
            time_s = np.arange(RATE) / RATE
            burst = (time_s < 0.1) * np.sin(2 * np.pi * 1000 * time_s) * 0.8 if second in events_s else np.zeros(RATE)
            writer.write_audio(burst.astype(np.float32))
            while writer.frames_written < min((second + 1) * fps, frames):
                time = writer.frames_written / fps
                flash = int(time) in events_s and time % 1 < Fraction(1, 10)
                writer.write_frame(grey(255 if flash else 0))


def onsets(path: Path) -> tuple[list[float], list[Fraction]]:
    """Seconds at which the sound begins and at which the picture turns white."""
    audio = read_audio(path)
    loud = np.abs(audio.samples) > 0.2
    starts = np.flatnonzero(loud)
    starts = starts[np.diff(starts, prepend=-audio.sample_rate) > audio.sample_rate // 2]
    times, values = decoded(path)
    white = [time for time, value, before in zip(times, values, [0.0, *values], strict=False) if value > 128 >= before]
    return [float(start / audio.sample_rate) for start in starts], white


@pytest.mark.parametrize("fps", [Fraction(25), Fraction(30000, 1001)])
@pytest.mark.parametrize("name", FILMS)
def test_sound_and_picture_begin_together_to_a_millisecond(tmp_path: Path, name: str, fps: Fraction) -> None:
    path = tmp_path / f"a.{name}"
    click_and_flash(path, fps, [0, 2, 4], 6)
    clicks, flashes = onsets(path)
    # A sine of 1 kHz passes 0.2 of 0.8 after 0.04 ms.
    assert clicks == pytest.approx([0, 2, 4], abs=0.001)
    first_frames = [Fraction(-int(-second * fps // 1)) / fps for second in (0, 2, 4)]
    tolerance = 0 if name in ("mp4", "mov") else 0.0005
    for flash, expected in zip(flashes, first_frames, strict=True):
        assert abs(flash - expected) <= tolerance


def test_there_is_no_drift_in_ten_minutes(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    fps = Fraction(10000, 1001)
    click_and_flash(path, fps, [1, 599], 600)
    clicks, flashes = onsets(path)
    assert clicks == pytest.approx([1, 599], abs=0.001)
    assert flashes == [Fraction(-int(-second * fps // 1)) / fps for second in (1, 599)]


@pytest.mark.parametrize("name", ["mp4", "webm", "mkv"])
def test_a_film_on_a_pipe_is_as_well_timed(tmp_path: Path, name: str) -> None:
    stream = io.BytesIO()
    click_and_flash(stream, Fraction(25), [0, 2], 4, format_name=name)
    path = tmp_path / f"a.{name}"
    path.write_bytes(stream.getvalue())
    clicks, flashes = onsets(path)
    assert clicks == pytest.approx([0, 2], abs=0.001)
    assert [float(flash) for flash in flashes] == pytest.approx([0, 2], abs=0.0005)
    assert len(decoded(path)[0]) == 100


@settings(max_examples=12, deadline=None)
@given(
    st.sampled_from(["mp4", "webm"]),
    st.fractions(Fraction(1, 2), 240, max_denominator=1001),
    st.integers(1, 40),
)
def test_frame_t_has_the_time_t_over_fps(
    tmp_path_factory: pytest.TempPathFactory, name: str, fps: Fraction, count: int
) -> None:
    path = tmp_path_factory.mktemp("film") / f"a.{name}"
    with VideoWriter(path, SIZE, fps) as writer:
        for index in range(count):
            writer.write_frame(grey(index))
    times, _ = decoded(path)
    assert len(times) == count
    for index, time in enumerate(times):
        assert abs(time - index / fps) <= (0 if name == "mp4" else Fraction(1, 1900))


def test_the_order_of_the_calls_does_not_change_the_film(tmp_path: Path) -> None:
    sound = np.sin(np.arange(2 * RATE) * 0.1).astype(np.float32) * 0.5
    for order in ("sound first", "pictures first"):
        with VideoWriter(tmp_path / f"{order}.mp4", SIZE, Fraction(25), RATE) as writer:
            if order == "sound first":
                writer.write_audio(sound)
            for index in range(50):
                writer.write_frame(grey(index))
            if order == "pictures first":
                writer.write_audio(sound)
    first, second = (read_audio(tmp_path / f"{order}.mp4").samples for order in ("sound first", "pictures first"))
    np.testing.assert_array_equal(first, second)
    assert decoded(tmp_path / "sound first.mp4") == decoded(tmp_path / "pictures first.mp4")


@pytest.mark.parametrize("name", FILMS)
def test_colours_come_back_as_they_were_drawn(tmp_path: Path, name: str) -> None:
    picture = np.zeros((48, 64, 3), np.uint8)
    for column, colour in enumerate([(224, 172, 140), (200, 30, 30), (30, 120, 200), (250, 250, 250)]):
        picture[:, column * 16 : column * 16 + 16] = colour
    with VideoWriter(tmp_path / f"a.{name}", SIZE, Fraction(25), quality=100) as writer:
        for _ in range(3):
            writer.write_frame(picture)
    with av.open(str(tmp_path / f"a.{name}")) as container:
        frame = next(container.decode(video=0))
        assert (frame.colorspace, frame.color_range) == (1, 1)
        back = frame.to_ndarray(format="rgb24").astype(int)
    middles = (slice(None), [8, 24, 40, 56])
    assert np.abs(back[middles] - picture[middles]).max() <= 5


@pytest.mark.parametrize("name", FILMS)
def test_a_silent_film_has_no_sound_track(tmp_path: Path, name: str) -> None:
    with VideoWriter(tmp_path / f"a.{name}", SIZE, Fraction(25)) as writer:
        writer.write_frame(grey(0))
        with pytest.raises(InvalidValueError, match="without sound"):
            writer.write_audio(np.zeros(1, np.float32))
    with av.open(str(tmp_path / f"a.{name}")) as container:
        assert not container.streams.audio


@pytest.mark.parametrize("codec", sorted(CODECS))
def test_every_codec_here_writes_a_film_that_is_read_back(tmp_path: Path, codec: str) -> None:
    name = next(name for name in CONTAINERS if codec in CONTAINERS[name].codecs)
    if CODECS[codec] not in codecs_here(name):
        pytest.skip(f"{codec} is not in the installed FFmpeg")
    with VideoWriter(tmp_path / f"a.{name}", (64, 64), Fraction(25), RATE, codec=codec) as writer:
        for index in range(12):
            writer.write_audio(np.zeros(RATE // 25, np.float32))
            writer.write_frame(grey(20 * index, (64, 64)))
    times, values = decoded(tmp_path / f"a.{name}")
    assert len(times) == 12
    assert values == pytest.approx([20 * index for index in range(12)], abs=8)


@pytest.mark.parametrize(("name", "codec"), [("webm", "vp9"), ("mkv", "vp9"), ("mov", "prores"), ("mkv", "ffv1")])
def test_transparency_comes_back(tmp_path: Path, name: str, codec: str) -> None:
    if CODECS[codec] not in codecs_here(name):
        pytest.skip(f"{codec} is not in the installed FFmpeg")
    path = tmp_path / f"a.{name}"
    with VideoWriter(path, SIZE, Fraction(25), codec=codec, alpha=True) as writer:
        for _ in range(5):
            writer.write_frame(see_through())
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        # FFmpeg's own VP9 decoder leaves alpha out; libvpx's does not.
        context: Any = av.CodecContext.create("libvpx-vp9", "r") if codec == "vp9" else stream.codec_context
        frames = [frame for packet in container.demux(stream) for frame in context.decode(packet)]
    back = frames[0].to_ndarray(format="rgba").astype(int)
    np.testing.assert_allclose(back[:, 4:28], see_through()[:, 4:28], atol=12)
    assert back[:, 36:, 3].max() <= 4


def test_a_gif_is_see_through_and_keeps_its_speed(tmp_path: Path) -> None:
    with GifWriter(tmp_path / "a.gif", SIZE, Fraction(30), alpha=True) as writer:
        for index in range(30):
            writer.write_frame(np.roll(see_through(), index, 1))
    delays = []
    with Image.open(tmp_path / "a.gif") as gif:
        assert gif.info["loop"] == 0
        for index in range(30):
            gif.seek(index)
            delays.append(gif.info["duration"])
            alpha = np.asarray(gif.convert("RGBA"))[..., 3]
            np.testing.assert_array_equal(alpha, np.roll(see_through(), index, 1)[..., 3])
    assert set(delays) == {30, 40}
    assert abs(sum(delays) - 1000) <= 10


def test_the_colours_of_a_gif_are_near_even_where_they_come_late(tmp_path: Path) -> None:
    with GifWriter(tmp_path / "a.gif", SIZE, Fraction(10)) as writer:
        for colour in [(20, 30, 40)] * 20 + [(200, 40, 90)]:
            writer.write_frame(np.full((48, 64, 3), colour, np.uint8))
    with Image.open(tmp_path / "a.gif") as gif:
        gif.seek(20)
        np.testing.assert_allclose(np.asarray(gif.convert("RGB"))[0, 0], (200, 40, 90), atol=6)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.gif"]


def test_a_gif_faster_than_players_play_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidValueError, match="at most 50"):
        GifWriter(tmp_path / "a.gif", SIZE, Fraction(60))


def test_a_sequence_is_numbered_lossless_and_has_its_sound(tmp_path: Path) -> None:
    with SequenceWriter(tmp_path / "a.png", SIZE, Fraction(25), RATE, alpha=True) as writer:
        for _ in range(3):
            writer.write_audio(np.zeros(RATE // 25, np.float32))
            writer.write_frame(see_through())
    names = sorted(entry.name for entry in (tmp_path / "a.png").iterdir())
    assert names == ["audio.wav", "frame_000000.png", "frame_000001.png", "frame_000002.png"]
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "a.png" / names[1])), see_through())
    assert len(read_audio(tmp_path / "a.png" / "audio.wav").samples) == 3 * (RATE // 25)


def test_odd_sizes_are_refused_only_where_the_codec_cannot(tmp_path: Path) -> None:
    with pytest.raises(InvalidValueError, match=r"h264 cannot hold 65x47: .*; the nearest is 66x48"):
        VideoWriter(tmp_path / "a.mp4", (65, 47), Fraction(25))
    with VideoWriter(tmp_path / "a.webm", (65, 47), Fraction(25)) as writer:
        writer.write_frame(grey(9, (65, 47)))
    with av.open(str(tmp_path / "a.webm")) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (65, 47)


@given(st.sampled_from(sorted(CODECS)), st.integers(-5, 20000), st.integers(-5, 20000))
def test_the_nearest_size_is_always_a_legal_one(codec: str, width: int, height: int) -> None:
    nearest = CODECS[codec].nearest_size(width, height)
    CODECS[codec].check_size(*nearest)
    if nearest != (width, height):
        with pytest.raises(InvalidValueError, match=f"the nearest is {nearest[0]}x{nearest[1]}"):
            CODECS[codec].check_size(width, height)


def test_without_x264_only_h264_is_refused_and_what_works_is_named() -> None:
    rest = {"libvpx-vp9", "libsvtav1"}
    with pytest.raises(
        MissingComponentError, match=r"no encoder for h264 \(libx264\); give `--codec` one of: av1, vp9"
    ):
        choose_codec("mp4", encoders=rest)
    assert choose_codec("webm", encoders=rest).name == "vp9"
    assert choose_codec("mp4", "av1", encoders=rest).name == "av1"


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"codec": "h26"}, UnknownNameError, "unknown codec `h26`; known: av1"),
        ({"codec": "prores"}, UsageError, "mp4 cannot hold prores; codecs for mp4 here: h264"),
        ({"codec": "prores", "format_name": "mov", "size": (65, 64)}, InvalidValueError, "an even width, and sides of"),
        ({"alpha": True}, UsageError, "mp4 cannot hold transparency; write webm, gif or png"),
        ({"alpha": True, "codec": "vp9"}, UsageError, "mp4 cannot hold transparency; write webm, gif or png"),
        ({"alpha": True, "codec": "h264", "format_name": "mkv"}, UsageError, "h264 cannot hold transparency; codecs"),
        ({"quality": 101}, InvalidValueError, "quality 101"),
        ({"format_name": "avi"}, UnknownNameError, "unknown film type `avi`"),
    ],
)
def test_what_does_not_fit_is_refused(
    tmp_path: Path, options: dict[str, Any], error: type[AvatronError], said: str
) -> None:
    with pytest.raises(error, match=said):
        VideoWriter(tmp_path / "a.mp4", fps=Fraction(25), **{"size": SIZE, **options})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fps", [Fraction(0), Fraction(-1), Fraction(241)])
def test_impossible_rates_are_refused(tmp_path: Path, fps: Fraction) -> None:
    for kind, name in ((VideoWriter, "a.mp4"), (GifWriter, "a.gif"), (SequenceWriter, "a.png")):
        with pytest.raises(InvalidValueError, match="fps"):
            kind(tmp_path / name, SIZE, fps)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", [VideoWriter, GifWriter, SequenceWriter])
def test_an_interrupted_film_leaves_nothing_and_an_existing_one_is_refused(
    tmp_path: Path, kind: type[VideoWriter | GifWriter | SequenceWriter]
) -> None:
    path = tmp_path / {VideoWriter: "a.mp4", GifWriter: "a.gif", SequenceWriter: "a.png"}[kind]

    def interrupted() -> None:
        with kind(path, SIZE, Fraction(25)) as writer:
            writer.write_frame(grey(1))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with pytest.raises(InvalidValueError, match="no picture"), kind(path, SIZE, Fraction(25)):
        pass
    with pytest.raises(ShapeError, match=r"expected uint8 \[48, 64, 3\]"), kind(path, SIZE, Fraction(25)) as writer:
        writer.write_frame(see_through())
    assert list(tmp_path.iterdir()) == []
    with kind(path, SIZE, Fraction(25)) as writer:
        writer.write_frame(grey(1))
    with pytest.raises(OutputExistsError):
        kind(path, SIZE, Fraction(25))
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file sizes are POSIX")
@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "a.gif"])
def test_a_full_disk_is_one_clear_error_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    script = """
        import resource, signal, sys
        from fractions import Fraction
        import numpy as np
        from avatron.errors import OutputError
        from avatron.io.gif import GifWriter
        from avatron.io.video import VideoWriter
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
        noise = np.random.default_rng(1)
        kind = GifWriter if sys.argv[1].endswith("gif") else VideoWriter
        try:
            with kind(sys.argv[1], (256, 256), Fraction(25)) as writer:
                for _ in range(40):
                    writer.write_frame(noise.integers(0, 255, (256, 256, 3)).astype(np.uint8))
        except OutputError as error:
            print(error)
    """
    target = tmp_path / name
    command = [sys.executable, "-c", textwrap.dedent(script), str(target)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert said.startswith(f"cannot write `{target}`: the file would be larger than")
    assert said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_full_pipe_is_one_clear_error() -> None:
    def fill() -> None:
        with (
            Path("/dev/full").open("wb", buffering=0) as full,
            VideoWriter(full, SIZE, Fraction(25), format_name="mp4") as writer,
        ):
            for index in range(200):
                writer.write_frame(grey(index))

    with pytest.raises(OutputError, match="the disk is full"):
        fill()


class _ReaderThatLeaves(io.BytesIO):
    """A pipe whose reader goes after some bytes."""

    def write(self, data: Any) -> int:
        if self.tell() > 2000:
            raise BrokenPipeError
        return super().write(data)


@pytest.mark.parametrize("name", ["mp4", "webm"])
def test_a_reader_that_leaves_is_a_broken_pipe_and_nothing_else(name: str) -> None:
    writer = VideoWriter(_ReaderThatLeaves(), SIZE, Fraction(25), RATE, format_name=name)

    def write() -> None:
        for index in range(400):
            writer.write_audio(np.zeros(RATE // 25, np.float32))
            writer.write_frame(np.full((48, 64, 3), index % 256, np.uint8))
        writer.close()

    with pytest.raises(BrokenPipeError):
        write()
    writer.discard()


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file sizes are POSIX")
def test_a_full_disk_names_the_sequence_that_was_asked_for(tmp_path: Path) -> None:
    script = """
        import resource, signal, sys
        from fractions import Fraction
        import numpy as np
        from avatron.errors import OutputError
        from avatron.io.sequence import SequenceWriter
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
        try:
            with SequenceWriter(sys.argv[1], (16, 16), Fraction(25), 22050) as writer:
                writer.write_frame(np.zeros((16, 16, 3), np.uint8))
                writer.write_audio(np.zeros(22050, np.float32))
        except OutputError as error:
            print(error)
    """
    target = tmp_path / "a.png"
    command = [sys.executable, "-c", textwrap.dedent(script), str(target)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert said.startswith(f"cannot write `{target / 'audio.wav'}`: ")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_anything_else_is_never_replaced_by_a_sequence(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "mine.jpg").write_bytes(b"mine")
    with pytest.raises(OutputExistsError, match=r"holds `mine\.jpg`, which is no part of a picture sequence"):
        SequenceWriter(folder, SIZE, Fraction(25), overwrite=True)
    assert (folder / "mine.jpg").read_bytes() == b"mine"
    (folder / "mine.jpg").unlink()
    for _ in range(2):
        with SequenceWriter(folder, SIZE, Fraction(25), RATE, overwrite=True) as writer:
            writer.write_frame(grey(1))
            writer.write_audio(np.zeros(10, np.float32))
    assert sorted(entry.name for entry in folder.iterdir()) == ["audio.wav", "frame_000000.png"]
