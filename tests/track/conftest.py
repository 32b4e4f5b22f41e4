"""What the tests of tracking share: the landmark networks, and a face whose every point is known."""

from __future__ import annotations

import pytest

from avatron.assets import fetch_asset
from avatron.errors import MissingComponentError
from avatron.track.landmarks.landmarker import FaceLandmarker
from reference.drawn_person import DrawnPerson


@pytest.fixture(scope="session")
def landmarker() -> FaceLandmarker:
    """MediaPipe's networks, fetched on first use."""
    try:
        return FaceLandmarker.load(fetch_asset("face_landmarker.task"))
    except MissingComponentError as error:
        pytest.skip(f"the landmark networks cannot be had here: {error}")


@pytest.fixture(scope="session")
def person() -> DrawnPerson:
    """Ava, 384 x 384 px."""
    return DrawnPerson()
