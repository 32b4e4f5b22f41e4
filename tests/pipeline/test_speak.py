"""The main job, end to end, with the real voice and the real head, in small pictures."""

from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

import avatron
from avatron.errors import OutputError, OutputExistsError, ScriptError
from avatron.io.audio import read_audio
from avatron.io.curves import read_motion
from avatron.pipeline.pieces import joined_audio, joined_motion, joined_words
from avatron.pipeline.produce import Production

SCRIPT = "First this. Then, a little later, that!"
SMALL = (64, 64)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Production]:
    folder = tmp_path_factory.mktemp("film")
    names = ("film.mp4", "film.wav", "film.srt", "film.vtt", "film.npz", "film.csv")
    production = avatron.speak(SCRIPT, [folder / name for name in names], size=SMALL)
    return folder, production


def test_all_outputs_of_one_run_come_from_one_performance(film: tuple[Path, Production]) -> None:
    folder, production = film
    sound = read_audio(folder / "film.wav")
    assert sound.duration_s == production.duration_s
    motion = read_motion(folder / "film.npz")
    assert len(motion) == production.frames
    np.testing.assert_allclose(
        read_motion(folder / "film.csv").channel("jawOpen"), motion.channel("jawOpen"), atol=1e-6
    )
    assert "Then," in (folder / "film.srt").read_text(encoding="utf-8")
    with av.open(str(folder / "film.mp4")) as container:
        pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(pictures) == production.frames
    assert pictures[0].shape == (64, 64, 3)
    assert production.sentences == 2


def test_the_film_lasts_as_long_as_its_sound_to_within_one_frame(film: tuple[Path, Production]) -> None:
    _, production = film
    assert 0 <= production.frames / 25 - production.duration_s < 1 / 25


def test_the_mouth_moves_while_it_speaks_and_rests_at_both_ends(film: tuple[Path, Production]) -> None:
    folder, _ = film
    jaw = read_motion(folder / "film.npz").channel("jawOpen")
    assert jaw.max() > 0.08
    assert jaw[0] < 0.02
    assert jaw[-1] < 0.02


def test_the_whole_is_exactly_the_joined_stream(film: tuple[Path, Production]) -> None:
    folder, _ = film
    pieces = list(avatron.stream(SCRIPT, size=SMALL))
    samples = joined_audio(pieces).samples
    written = read_audio(folder / "film.wav").samples
    # 16 bits: half a step of rounding, and readers that divide by 32768.
    np.testing.assert_allclose(samples, written, atol=2 / 32767)
    np.testing.assert_array_equal(joined_motion(pieces).expression, read_motion(folder / "film.npz").expression)
    words = joined_words(pieces)
    assert [word.label for word in words] == ["First", "this.", "Then,", "a", "little", "later,", "that!"]
    assert all(before.end_s <= after.start_s + 1e-9 for before, after in itertools.pairwise(words))


def test_a_sentence_is_the_same_film_whatever_its_neighbours_draw() -> None:
    first, second = avatron.stream(SCRIPT, size=SMALL)
    last_first = list(second.frames())[-1]
    list(first.frames())
    np.testing.assert_array_equal(last_first, list(second.frames())[-1])


def test_the_same_seed_gives_the_same_film_and_another_one_another() -> None:
    def whole(seed: int) -> tuple[np.ndarray, np.ndarray]:
        pieces = list(avatron.stream("Once more.", size=SMALL, seed=seed))
        return joined_audio(pieces).samples, joined_motion(pieces).gaze

    for one, two in zip(whole(3), whole(3), strict=True):
        np.testing.assert_array_equal(one, two)
    assert any((one != two).any() for one, two in zip(whole(3), whole(4), strict=True))


@pytest.mark.parametrize("fps", ["25", "30000/1001", "60", "12.5"])
def test_pieces_touch_without_a_gap_at_any_frame_rate(fps: str) -> None:
    pieces = list(avatron.stream("One. Two. Three.", size=SMALL, fps=fps))
    for before, after in itertools.pairwise(pieces):
        assert after.speech.start == before.speech.end
        assert after.motion.first_frame == before.motion.first_frame + len(before.motion)
    total = pieces[-1].speech.end
    assert len(joined_motion(pieces)) == -int(-(total * Fraction(fps)) // 1)


def test_a_slow_pace_takes_longer_than_a_fast_one() -> None:
    slow, fast = (joined_audio(list(avatron.stream(SCRIPT, pace=pace))).duration_s for pace in ("slow", "fast"))
    assert 1.3 < slow / fast < 1.8


@pytest.mark.parametrize("option", ["pitch", "pitch_range", "energy", "pace"])
def test_every_factor_of_the_call_reaches_the_voice(option: str) -> None:
    def sound(**options: float) -> bytes:
        return joined_audio(list(avatron.stream("Mind the gap.", size=SMALL, **options))).samples.tobytes()  # type: ignore[arg-type]

    assert sound(**{option: 1.5}) != sound()


def test_a_transparent_film_has_alpha(tmp_path: Path) -> None:
    output = tmp_path / "film.webm"
    avatron.speak("Hi.", output, size=SMALL, background="transparent")
    piece = next(avatron.stream("Hi.", size=SMALL, background="transparent"))
    picture = next(piece.frames())
    assert picture.shape == (64, 64, 4)
    assert picture[0, 0, 3] == 0
    assert picture[34, 32, 3] == 255


def test_an_existing_output_stays_unless_overwritten(tmp_path: Path) -> None:
    output = tmp_path / "film.wav"
    output.write_bytes(b"mine")
    with pytest.raises(OutputExistsError, match="overwrite"):
        avatron.speak("Hi.", output)
    assert output.read_bytes() == b"mine"
    avatron.speak("Hi.", output, overwrite=True)
    assert output.stat().st_size > 1000


@pytest.mark.parametrize("failing", ["film.mp4", "film.gif", "film.png", "film.wav", "film.vtt"])
def test_an_interrupted_run_leaves_no_file(failing: str, tmp_path: Path) -> None:
    def stop(share: float) -> None:
        if share > 0.3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        avatron.speak(SCRIPT, [tmp_path / failing, tmp_path / "other.srt"], size=SMALL, on_progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_a_script_that_cannot_be_said_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(ScriptError):
        avatron.speak("Здравствуйте.", tmp_path / "film.mp4")
    with pytest.raises(OutputError):
        avatron.speak("Hi.", tmp_path / "nowhere" / "film.mp4")
    assert list(tmp_path.iterdir()) == []


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    shares: list[float] = []
    avatron.speak(SCRIPT, tmp_path / "film.mp4", size=SMALL, on_progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0, abs=0.02)
