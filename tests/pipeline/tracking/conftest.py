"""A short film of our own avatar, and its track."""

from __future__ import annotations

import pytest

import avatron
from avatron.assets import fetch_asset
from avatron.errors import MissingComponentError
from avatron.io.curves import read_motion
from avatron.io.tracks import read_track
from avatron.pipeline.tracking.options import TrackOptions, plan_track_outputs
from avatron.pipeline.tracking.run import track_to
from reference.tracked_clip import SpokenClip, TrackedClip


@pytest.fixture(scope="session")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> SpokenClip:
    """Ava says something with lips that close, 320 x 320 px."""
    folder = tmp_path_factory.mktemp("spoken")
    video, curves = folder / "ava says.mp4", folder / "curves.npz"
    avatron.speak("Maybe Bob.", [video, curves], size=(320, 320), framing="close-up")
    return SpokenClip(video, read_motion(curves))


@pytest.fixture(scope="session")
def networks() -> None:
    """Skips where the landmark networks cannot be had."""
    try:
        fetch_asset("face_landmarker.task")
    except MissingComponentError as error:
        pytest.skip(f"the landmark networks cannot be had here: {error}")


@pytest.fixture(scope="session")
def tracked(spoken: SpokenClip, networks: None, tmp_path_factory: pytest.TempPathFactory) -> TrackedClip:
    """That film's track."""
    npz = tmp_path_factory.mktemp("tracked") / "ava.npz"
    found = track_to(spoken.video, plan_track_outputs([npz]), TrackOptions(quality="landmarks"))
    return TrackedClip(spoken, npz, read_track(npz), found)
