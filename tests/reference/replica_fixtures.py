"""A second of our own avatar, and the draft replica that is built of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import avatron
from avatron.assets import fetch_asset
from avatron.errors import MissingComponentError
from avatron.replica.replica import Replica
from reference.built_replica import ClipOfPerson, build_of, consent_for


@pytest.fixture(scope="session")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> ClipOfPerson:
    """Ava says something with lips that close, 192 x 192 px, and Ada allows it."""
    folder = tmp_path_factory.mktemp("clip of a person")
    avatron.speak("Maybe Bob.", folder / "me.mp4", size=(192, 192), framing="close-up")
    return ClipOfPerson(folder / "me.mp4", consent_for(folder / "consent.json"))


@pytest.fixture(scope="session")
def landmark_networks() -> None:
    """Skips where the landmark networks cannot be had."""
    try:
        fetch_asset("face_landmarker.task")
    except MissingComponentError as error:
        pytest.skip(f"the landmark networks cannot be had here: {error}")


@pytest.fixture(scope="session")
def replica(filmed: ClipOfPerson, landmark_networks: None, tmp_path_factory: pytest.TempPathFactory) -> Replica:
    """The replica of that clip, beside it named as the clip is."""
    return build_of(filmed, tmp_path_factory.mktemp("built") / "me")


@pytest.fixture
def spare(replica: Replica, tmp_path: Path) -> Path:
    """The folder of a copy that a test may spoil."""
    return Path(shutil.copytree(replica.folder.path, tmp_path / "copy"))
