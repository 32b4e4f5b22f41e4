"""The clip that all tests of exports share."""

from __future__ import annotations

import pytest

from avatron.avatar.store import load_avatar
from avatron.export.scene import make_scene
from avatron.face.head import HeadModel
from export.clips import Clip, spoken_motion


@pytest.fixture(scope="session")
def clip() -> Clip:
    avatar, motion = load_avatar("ava"), spoken_motion()
    return Clip(avatar, HeadModel.load(), motion, make_scene(avatar, motion))
