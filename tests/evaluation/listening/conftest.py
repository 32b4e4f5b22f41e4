"""One tiny test of two systems and three sentences, for all tests of listening tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from avatron.evaluation.films.systems import FilmSet, read_film_set
from avatron.evaluation.listening.build import ListeningOptions, build_test
from avatron.evaluation.listening.key import ListeningKey, read_key
from avatron.voice.protocol import Voice
from avatron.voice.voices import load_voice
from reference.tiny_films import write_systems


@pytest.fixture(scope="session")
def voice() -> Voice:
    return load_voice("lj")


@pytest.fixture(scope="session")
def tiny_films(tmp_path_factory: pytest.TempPathFactory) -> FilmSet:
    folder = tmp_path_factory.mktemp("films")
    return read_film_set(write_systems(folder, ("recorded", "rules"), ("one", "three", "two")))


@pytest.fixture(scope="session")
def smos_folder(tiny_films: FilmSet, voice: Voice, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("test") / "smos"
    options = ListeningOptions(kind="smos", reference="recorded", plans=12, title="A <b>tiny</b> test")
    return build_test(tiny_films, output, voice, options).folder


@pytest.fixture(scope="session")
def smos_key(smos_folder: Path) -> ListeningKey:
    return read_key(smos_folder)
