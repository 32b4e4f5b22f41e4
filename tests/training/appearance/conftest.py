"""One small film for all tests of how an appearance is learned."""

from __future__ import annotations

import pytest

from avatron.face.shipped import shipped_head
from avatron.render.splats.geometry import SplatGeometry
from avatron.render.splats.sheets import hair_sheet, torso_sheet
from avatron.training.appearance.frames import ClipFrames
from reference.person_clip import PersonClip, write_person_clip

LEARNED = 32


@pytest.fixture(scope="session")
def person_clip(tmp_path_factory: pytest.TempPathFactory) -> PersonClip:
    """40 frames of Henry, 128 pixels wide."""
    return write_person_clip(tmp_path_factory.mktemp("person") / "henry.mp4")


@pytest.fixture(scope="session")
def clip_frames(person_clip: PersonClip) -> ClipFrames:
    """The first `LEARNED` of them."""
    track = person_clip.track
    posed = shipped_head().posed(track.identity, track.displacement if len(track.displacement) else None)
    geometry = SplatGeometry(posed, hair_sheet(track.camera), torso_sheet(track.camera))
    return ClipFrames(person_clip.info, track, geometry, LEARNED, most=100)
