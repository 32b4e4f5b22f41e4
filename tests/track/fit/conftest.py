from __future__ import annotations

import pytest

from avatron.face.head import HeadModel
from avatron.track.fit.landmark_basis import LandmarkBasis


@pytest.fixture(scope="session")
def model() -> HeadModel:
    return HeadModel.load()


@pytest.fixture(scope="session")
def basis(model: HeadModel) -> LandmarkBasis:
    return LandmarkBasis.of(model)
