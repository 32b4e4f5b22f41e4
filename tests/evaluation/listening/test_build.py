"""What a built test holds: films under names that say nothing, anchors, checks, and a page that needs nobody else."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from avatron.errors import (
    DamagedModelError,
    InvalidValueError,
    NewerFormatError,
    OutputExistsError,
    UnknownNameError,
    UnreadableFileError,
)
from avatron.evaluation.films.systems import FilmSet, read_film_set, system_folder
from avatron.evaluation.listening.anchors import EARLY_S, write_with_early_sound
from avatron.evaluation.listening.build import ListeningOptions, build_test
from avatron.evaluation.listening.checks import dichotic_noise, write_check_film
from avatron.evaluation.listening.key import EARLY_SOUND, KEY_FILE, ListeningKey, read_key
from avatron.io.audio import read_audio
from avatron.io.clips import probe_clip, read_frames
from avatron.voice.protocol import Voice
from reference.tiny_films import FLASH_S, film_type, write_film


def flash_and_tone_s(path: Path) -> tuple[float, float]:
    """When the picture turns white, and when the tone begins."""
    info = probe_clip(path)
    bright = [picture.mean() for picture in read_frames(info)]
    sound = read_audio(path)
    begin = int(np.argmax(np.abs(sound.samples) > 0.1))
    return float(np.argmax(np.array(bright) > 230) / info.fps), begin / sound.sample_rate


def page_config(folder: Path) -> dict:
    page = (folder / "page" / "index.html").read_text("utf-8")
    return json.loads(re.search(r'id="config">(.*?)</script>', page, re.DOTALL)[1])


def test_the_low_anchor_is_the_same_film_with_its_sound_200_ms_early(tmp_path: Path) -> None:
    film = write_film(tmp_path / f"film.{film_type()}", (20, 90, 40), 1.0)
    early = write_with_early_sound(film, tmp_path / f"early{film.suffix}")
    flash_s, tone_s = flash_and_tone_s(film)
    early_flash_s, early_tone_s = flash_and_tone_s(early)
    assert flash_s == pytest.approx(FLASH_S, abs=0.021) and tone_s == pytest.approx(FLASH_S, abs=0.01)
    assert early_tone_s == pytest.approx(tone_s, abs=0.002)
    assert early_flash_s - flash_s == pytest.approx(EARLY_S, abs=0.001)
    # Nothing is encoded again: the last picture and the sound are what they were.
    last, kept = list(read_frames(probe_clip(film)))[-1], list(read_frames(probe_clip(early)))[-1]
    np.testing.assert_array_equal(last, kept)
    np.testing.assert_array_equal(read_audio(film).samples[:10000], read_audio(early).samples[:10000])


def test_an_advance_of_nothing_is_refused(tmp_path: Path) -> None:
    film = write_film(tmp_path / f"film.{film_type()}", (20, 90, 40))
    with pytest.raises(InvalidValueError, match="early"):
        write_with_early_sound(film, tmp_path / f"early{film.suffix}", 0.0)


def test_a_check_has_the_pictures_of_a_film_for_as_long_as_its_instruction(tmp_path: Path, voice: Voice) -> None:
    film = write_film(tmp_path / f"film.{film_type()}", (200, 20, 20))
    check = write_check_film(film, tmp_path / f"check{film.suffix}", 4, voice)
    info = probe_clip(check)
    assert (info.width, info.height) == (64, 48)
    assert info.duration_s > 3
    assert info.duration_s == pytest.approx(info.audio_duration_s, abs=0.1)
    assert {round(float(picture[..., 0].mean())) > 150 for picture in read_frames(info)} == {True}
    with pytest.raises(InvalidValueError, match=r"outside 1 \.\. 5"):
        write_check_film(film, tmp_path / "no.mp4", 6, voice)


def test_the_pitch_of_the_headphone_test_is_in_neither_ear_but_between_them() -> None:
    generator = np.random.default_rng(0)
    spectra = {}
    for pitch in (True, False):
        noises = [dichotic_noise(pitch, generator)[0] for _ in range(60)]
        rate = dichotic_noise(pitch, generator)[1]
        frequency = np.fft.rfftfreq(noises[0].shape[1], 1 / rate)
        band, beside = np.abs(frequency - 600) < 9, (np.abs(frequency - 600) > 60) & (np.abs(frequency - 600) < 200)
        power = np.mean([np.abs(np.fft.rfft(noise)) ** 2 for noise in noises], 0)
        apart = np.mean([np.abs(np.fft.rfft(noise[0] - noise[1])) ** 2 for noise in noises], 0)
        spectra[pitch] = [power[ear][band].mean() / power[ear][beside].mean() for ear in (0, 1)]
        spectra[pitch].append(apart[band].mean() / power[0][beside].mean())
    for pitch in (True, False):
        assert spectra[pitch][:2] == pytest.approx([1.0, 1.0], abs=0.12)
    assert spectra[True][2] > 1.0
    assert spectra[False][2] == 0.0


def test_names_of_media_and_the_page_do_not_say_what_a_film_is(smos_folder: Path, smos_key: ListeningKey) -> None:
    page = (smos_folder / "page" / "index.html").read_text("utf-8")
    for word in ("rules", "recorded", EARLY_SOUND, "expected"):
        assert word not in page
    for path in (smos_folder / "page" / "media").iterdir():
        assert re.fullmatch(r"[0-9a-f]{12}\.(mp4|webm|wav)", path.name)
    judged = {(stimulus.system, stimulus.sentence) for stimulus in smos_key.stimuli if stimulus.expected is None}
    assert judged == {(s, n) for s in ("recorded", "rules", EARLY_SOUND) for n in ("one", "three", "two")}
    assert sorted(path.name for path in smos_folder.iterdir()) == [KEY_FILE, "page"]


def test_everything_that_the_page_shows_lies_beside_it_and_nothing_else_does(smos_folder: Path) -> None:
    config = page_config(smos_folder)
    named = {film[part] for film in config["films"] for part in ("src", "reference")}
    named |= {sound["src"] for sound in config["sounds"]} | {noise for trial in config["noises"] for noise in trial}
    page = smos_folder / "page"
    assert {str(path.relative_to(page)) for path in page.rglob("*.*")} == named | {"index.html"}
    text = (page / "index.html").read_text("utf-8")
    assert not re.search(r"""(?:src|href|url)\s*[=(]\s*["']?(?:https?:)?//""", text)
    assert "connect-src 'none'" in text


def test_markup_in_a_title_is_text(smos_folder: Path) -> None:
    text = (smos_folder / "page" / "index.html").read_text("utf-8")
    assert "<b>tiny" not in text and "A &lt;b&gt;tiny" in text


def test_the_key_is_read_as_it_was_written_and_plans_agree(smos_folder: Path, smos_key: ListeningKey) -> None:
    config = page_config(smos_folder)
    assert [film["id"] for film in config["films"]] == [stimulus.id for stimulus in smos_key.stimuli]
    assert [tuple(plan) for plan in config["plans"]] == list(smos_key.plans)
    assert len(smos_key.plans) == 12 and len(smos_key.pitch_at) == 3
    checks = [stimulus.expected for stimulus in smos_key.stimuli if stimulus.system is None]
    assert len(checks) == 2 and len(set(checks)) == 2
    assert config["test"] == smos_key.test and config["minutes"] >= 1


def test_the_same_films_and_seed_give_the_same_test(tiny_films: FilmSet, voice: Voice, tmp_path: Path) -> None:
    options = ListeningOptions(checks=1, headphones=False, plans=3)
    first = build_test(tiny_films, tmp_path / "first", voice, options)
    again = build_test(tiny_films, tmp_path / "again", voice, options)
    other = build_test(tiny_films, tmp_path / "other", voice, replace(options, seed=1, checks=0))
    assert again.test == first.test != other.test
    assert (again.plan_length, other.plan_length) == (7, 6)
    pages = [(folder / "page" / "index.html").read_text("utf-8") for folder in (first.folder, again.folder)]
    assert pages[0] == pages[1]


def test_a_test_without_a_reference_has_no_anchors(tiny_films: FilmSet, voice: Voice, tmp_path: Path) -> None:
    built = build_test(tiny_films, tmp_path / "mos", voice, ListeningOptions(checks=0, headphones=False, plans=2))
    assert built.films == 6 and built.plan_length == 6
    assert {stimulus.system for stimulus in read_key(built.folder).stimuli} == {"recorded", "rules"}
    assert all("reference" not in film for film in page_config(built.folder)["films"])


def test_what_cannot_be_asked_is_refused(tiny_films: FilmSet, voice: Voice, tmp_path: Path) -> None:
    for options, error, message in (
        ({"kind": "smos"}, InvalidValueError, "--reference"),
        ({"reference": "nobody"}, UnknownNameError, "rules"),
        ({"most": 0}, InvalidValueError, "expected 1 or more"),
    ):
        with pytest.raises(error, match=message):
            build_test(tiny_films, tmp_path / "no", voice, ListeningOptions(**options))
    assert not (tmp_path / "no").exists()
    with pytest.raises(UnknownNameError, match="smos"):
        ListeningOptions(kind="cmos")
    with pytest.raises(InvalidValueError, match="address"):
        ListeningOptions(post="ftp://example.org")


def test_only_a_listening_test_is_replaced(tiny_films: FilmSet, voice: Voice, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("dear to me")
    with pytest.raises(OutputExistsError, match="no listening test"):
        build_test(tiny_films, tmp_path / "mine", voice, overwrite=True)
    assert (tmp_path / "mine" / "thesis.txt").exists()


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("{", DamagedModelError),
        ("{}", DamagedModelError),
        ('{"format": "avatron-listening-key", "format_version": 2}', NewerFormatError),
        ('{"format": "avatron-listening-key", "format_version": 1, "stimuli": [], "plans": [[0]]}', DamagedModelError),
        (None, UnreadableFileError),
    ],
)
def test_a_damaged_key_is_refused_by_name(tmp_path: Path, text: str | None, error: type[Exception]) -> None:
    if text is not None:
        (tmp_path / KEY_FILE).write_text(text)
    with pytest.raises(error, match=KEY_FILE):
        read_key(tmp_path)


def test_systems_must_show_the_same_sentences(tmp_path: Path) -> None:
    kind = film_type()
    for name in ("a/one", "a/two", "b/one"):
        write_film(tmp_path / f"{name}.{kind}", (9, 9, 9))
    folders = [system_folder(str(tmp_path / "a")), system_folder(f"second={tmp_path / 'b'}")]
    assert [name for name, _ in folders] == ["a", "second"]
    with pytest.raises(UnreadableFileError, match="no film `two`"):
        read_film_set(folders)
    with pytest.raises(UnreadableFileError, match="film `two`, which"):
        read_film_set(folders[::-1])
    assert read_film_set(folders, ["one"]).sentences == ("one",)
    with pytest.raises(InvalidValueError, match="there are: one, two"):
        read_film_set(folders, ["three"])
    with pytest.raises(InvalidValueError, match="named twice"):
        read_film_set([folders[0], folders[0]])
    (tmp_path / "b" / f"two.{kind}").write_bytes(b"not a film")
    with pytest.raises(UnreadableFileError, match="two"):
        read_film_set(folders)
