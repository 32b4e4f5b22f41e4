from __future__ import annotations

import io
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from avatron.errors import UnreadableFileError
from avatron.io.live_video import LiveVideo
from avatron.io.video import VideoWriter

FRAMES = 20


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures that grow lighter by ten steps each."""
    path = tmp_path_factory.mktemp("film") / "film.mkv"
    with VideoWriter(path, (64, 48), Fraction(25)) as writer:
        for number in range(FRAMES):
            writer.write_frame(np.full((48, 64, 3), 10 * number, np.uint8))
    return path


def test_a_film_gives_all_its_pictures_with_their_times(film: Path) -> None:
    with LiveVideo.open_film(film) as video:
        pictures = list(video)
    assert video.fps == 25
    assert [picture.number for picture in pictures] == list(range(FRAMES))
    assert pictures[5].time_s == pytest.approx(0.2, abs=1e-3)
    assert abs(float(pictures[5].image.mean()) - 50) < 3


def test_a_pipe_is_read_like_a_film(film: Path) -> None:
    class Pipe(io.RawIOBase):
        """Bytes that can be read once, forwards."""

        def __init__(self) -> None:
            self._file = film.open("rb")

        def readable(self) -> bool:
            return True

        def read(self, size: int = -1) -> bytes:
            return self._file.read(size)

        def close(self) -> None:
            self._file.close()
            super().close()

    with Pipe() as pipe, LiveVideo.open_pipe(pipe) as video:  # type: ignore[arg-type]
        assert len(list(video)) == FRAMES


def test_the_newest_picture_is_given_and_late_ones_are_left_out(film: Path) -> None:
    numbers = []
    with LiveVideo.open_film(film, newest=True) as video:
        began = time.monotonic()
        for picture in video:
            numbers.append(picture.number)
            assert picture.time_s <= time.monotonic() - began + 0.1
            time.sleep(0.15)
    assert numbers == sorted(set(numbers))
    assert len(numbers) < FRAMES and numbers[-1] == FRAMES - 1


def test_sources_that_are_not_there_are_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r"no camera 93.*(cameras here|--input)"):
        LiveVideo.open_camera(93)
    with pytest.raises(UnreadableFileError, match="no such file"):
        LiveVideo.open_film(tmp_path / "missing.mp4")
    with pytest.raises(UnreadableFileError, match="y4m"):
        LiveVideo.open_pipe(io.BytesIO(b"no pictures" * 100))
    sound = tmp_path / "x.mp4"
    sound.write_bytes(b"damaged")
    with pytest.raises(UnreadableFileError, match="damaged"):
        LiveVideo.open_film(sound)
