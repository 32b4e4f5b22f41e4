"""Replicas perform on the same paths as avatars, where their consent allows it."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

import avatron
from avatron.errors import ForbiddenUseError, InvalidValueError, UnknownNameError, UsageError
from avatron.io.clips import probe_clip, read_frames
from avatron.io.provenance.credentials import read_credentials
from avatron.io.provenance.keys import known_certificates
from avatron.io.provenance.origin import Disabled
from avatron.io.provenance.watermark_code import payload_of
from avatron.io.provenance.watermark_search import WatermarkReading, find_watermark, mean_luminance
from avatron.io.tracks import write_track
from avatron.pipeline.actor import names_replica
from avatron.pipeline.export_replica import export_replica
from avatron.replica.replica import Replica
from avatron.replica.store import add_replica
from reference.built_replica import ClipOfPerson


def _frames(path: Path) -> np.ndarray:
    return np.stack(list(read_frames(probe_clip(path))))


def test_a_replica_says_a_text_in_any_size_and_shape(replica: Replica, tmp_path: Path) -> None:
    for size, mode in (((192, 192), "full"), ((90, 160), "portrait"), ((160, 90), None)):
        place = tmp_path / f"{size[0]}.mp4"
        made = avatron.speak("Hi.", place, avatar=replica.folder.path, size=size, mode=mode)
        film = _frames(place)
        assert film.shape == (made.frames, size[1], size[0], 3)
        assert np.abs(np.diff(film.astype(np.int16), axis=0)).max() > 20, "it moves"


def test_in_full_mode_the_scene_is_the_one_that_was_filmed(
    replica: Replica, filmed: ClipOfPerson, tmp_path: Path
) -> None:
    place = tmp_path / "full.mp4"
    avatron.speak("Hi.", place, avatar=replica.folder.path, size=(192, 192))
    corner = np.s_[:, :20, :20]
    apart = _frames(place)[corner].astype(np.float32).mean(0) - _frames(filmed.video)[corner].mean(0)
    assert np.abs(apart).mean() < 4


def test_a_background_takes_the_place_of_the_scene(replica: Replica) -> None:
    (piece,) = avatron.stream("Hi.", avatar=replica.folder.path, size=(128, 128), background="#ff0000")
    picture = next(piece.frames())
    assert picture.shape == (128, 128, 3)
    # But for the watermark, which every picture of a replica carries.
    assert np.abs(picture[2, 2].astype(int) - (255, 0, 0)).max() < 5
    (piece,) = avatron.stream("Hi.", avatar=replica.folder.path, size=(128, 128), mode="transparent")
    picture = next(piece.frames())
    assert picture.shape == (128, 128, 4)
    assert picture[2, 2, 3] == 0
    assert picture[64, 64, 3] == 255


def test_recorded_speech_and_tracked_motion_move_a_replica(
    replica: Replica, filmed: ClipOfPerson, tmp_path: Path
) -> None:
    said = avatron.animate_speech(filmed.video, tmp_path / "said.mp4", avatar=replica.folder.path, size=(96, 96))
    assert said.frames == len(_frames(tmp_path / "said.mp4"))
    write_track(tmp_path / "track.npz", replica.track)
    shown = avatron.animate(tmp_path / "track.npz", tmp_path / "shown.mp4", avatar=replica.folder.path, size=(96, 96))
    assert shown.frames == len(replica.track)


def test_a_use_that_the_consent_leaves_out_is_refused_before_anything_is_written(
    replica: Replica, filmed: ClipOfPerson, tmp_path: Path
) -> None:
    place = tmp_path / "out.mp4"
    with pytest.raises(ForbiddenUseError):
        avatron.speak("Hi.", place, avatar=replica.folder.path, use="commercial")
    with pytest.raises(ForbiddenUseError):
        avatron.animate_speech(filmed.video, place, avatar=replica.folder.path, use="commercial")
    with pytest.raises(ForbiddenUseError):
        avatron.stream("Hi.", avatar=replica.folder.path, use="commercial")
    assert list(tmp_path.iterdir()) == []


def test_every_picture_of_a_replica_is_marked_and_only_a_reason_leaves_it_out(replica: Replica) -> None:
    def read(provenance: Disabled | None) -> WatermarkReading | None:
        pieces = avatron.stream("Hi.", avatar=replica.folder.path, size=(384, 384), provenance=provenance)
        return find_watermark(mean_luminance(list(islice(next(pieces).frames(), 6))))

    found = read(None)
    assert found is not None and found.payload == payload_of(replica.id)
    assert read(Disabled("a measurement of pixels")) is None


def test_the_film_of_a_replica_says_whose_it_is(replica: Replica, tmp_path: Path) -> None:
    avatron.speak("Hi.", tmp_path / "hi.mp4", avatar=replica.folder.path, size=(64, 64))
    found = read_credentials(tmp_path / "hi.mp4", "mp4", known_certificates())
    assert found is not None
    told = str(found)
    assert replica.id in told
    assert "Ada Example" in told
    assert "self-declared" in told


def test_the_head_of_a_replica_is_a_scene_for_engines(replica: Replica, tmp_path: Path) -> None:
    avatron.speak("Hi.", tmp_path / "hi.glb", avatar=replica.folder.path)
    assert (tmp_path / "hi.glb").read_bytes()[:4] == b"glTF"


def test_options_that_an_actor_cannot_follow_are_refused(replica: Replica) -> None:
    with pytest.raises(InvalidValueError, match="lit as it was filmed"):
        avatron.stream("Hi.", avatar=replica.folder.path, light="studio")
    with pytest.raises(InvalidValueError, match="is an avatar"):
        avatron.stream("Hi.", avatar="ava", mode="full")
    with pytest.raises(UnknownNameError, match="mode"):
        avatron.stream("Hi.", avatar="ava", mode="sideways")
    with pytest.raises(UnknownNameError, match="use"):
        avatron.stream("Hi.", avatar="ava", use="fun")


def test_avatars_come_before_replicas_of_the_same_name(
    replica: Replica, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    add_replica(replica.folder.path, "ada")
    assert names_replica("ada")
    assert names_replica(str(replica.folder.path))
    assert not names_replica("ava")
    assert not names_replica("nobody")
    (piece,) = avatron.stream("Hi.", avatar="ada", size=(64, 64))
    assert next(piece.frames()).shape == (64, 64, 3)


def test_a_draft_exports_its_head_and_has_no_gaussians(replica: Replica, tmp_path: Path) -> None:
    (glb,) = export_replica(replica, [tmp_path / "me.glb"])
    assert glb.read_bytes()[:4] == b"glTF"
    sidecar = json.loads((tmp_path / "me.glb.avatron.json").read_text())
    assert replica.id in json.dumps(sidecar)
    with pytest.raises(InvalidValueError, match="no Gaussians"):
        export_replica(replica, [tmp_path / "me.ply"])
    with pytest.raises(UsageError, match="unknown type"):
        export_replica(replica, [tmp_path / "me.fbx"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["me.glb", "me.glb.avatron.json"]
