"""Replica folders: what is refused, how they are found, and that deleting deletes."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from avatron.errors import (
    DamagedModelError,
    ForbiddenUseError,
    ForeignConsentError,
    NewerFormatError,
    UnknownNameError,
    UnreadableFileError,
)
from avatron.replica.builder.work import work_place
from avatron.replica.delete import delete_replica
from avatron.replica.replica import Replica
from avatron.replica.store import add_replica, list_replicas, load_replica


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder of this test alone."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data" / "avatron" / "replicas"


def _changed(folder: Path, **changes: object) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **changes}))


def test_a_flipped_byte_is_found(spare: Path) -> None:
    for name in ("face/track.npz", "preview.mp4", "appearance/draft.safetensors"):
        whole = (spare / name).read_bytes()
        (spare / name).write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
        with pytest.raises(DamagedModelError, match="was changed"):
            load_replica(spare)
        (spare / name).write_bytes(whole)


def test_a_missing_file_is_named(spare: Path) -> None:
    (spare / "appearance" / "plate.png").unlink()
    with pytest.raises(DamagedModelError, match=r"plate\.png` is missing"):
        load_replica(spare)


def test_a_newer_version_is_refused(spare: Path) -> None:
    _changed(spare, format_version=99)
    with pytest.raises(NewerFormatError, match="update"):
        load_replica(spare)


def test_a_path_that_climbs_out_is_refused(spare: Path) -> None:
    config = json.loads((spare / "config.json").read_text())
    secret = spare.parent / "secret"
    secret.write_bytes(b"secret")
    files = {**config["files"], "../secret": next(iter(config["files"].values()))}
    _changed(spare, files=files)
    with pytest.raises(DamagedModelError, match="lead nowhere else"):
        load_replica(spare)
    delete_replica(spare)
    assert secret.read_bytes() == b"secret", "nor is it deleted"


def test_a_consent_of_another_video_is_refused(spare: Path) -> None:
    config = json.loads((spare / "config.json").read_text())
    _changed(spare, video={**config["video"], "sha256": "0" * 64})
    with pytest.raises(ForeignConsentError):
        load_replica(spare)


def test_a_use_outside_of_the_consent_is_refused(replica: Replica) -> None:
    assert replica.allowed_for("personal", date(2026, 6, 1)) is replica
    with pytest.raises(ForbiddenUseError, match="commercial"):
        replica.allowed_for("commercial", date(2026, 6, 1))


def test_an_installed_replica_is_found_by_its_name(spare: Path, own_data: Path) -> None:
    installed = add_replica(spare, "ada")
    assert list_replicas() == ("ada",)
    assert load_replica("ada").folder.path == installed.folder.path == own_data / "ada"
    with pytest.raises(UnknownNameError):
        load_replica("nobody")


def test_deleting_removes_the_folder_its_installed_copies_and_what_is_unfinished(spare: Path, own_data: Path) -> None:
    add_replica(spare, "ada")
    work = work_place(spare)
    (work / "track.partial").mkdir(parents=True)
    (work / "track.partial" / "track.npz").write_bytes(b"unfinished")
    partial = spare.with_name(f".{spare.name}.0a1b2c3d.partial")
    partial.mkdir()
    deletion = delete_replica(spare)
    assert set(deletion.removed) == {spare, work, partial, own_data / "ada"}
    assert deletion.removed_bytes > 10_000
    assert deletion.kept == ()
    assert not any(path.exists() for path in deletion.removed)
    assert list_replicas() == ()
    assert list(spare.parent.glob(f".{spare.name}*")) == []


def test_deleting_keeps_what_somebody_else_put_there_and_says_so(spare: Path) -> None:
    (spare / "face" / "notes.txt").write_text("mine")
    deletion = delete_replica(spare)
    assert deletion.kept == (spare / "face" / "notes.txt",)
    assert [path.name for path in spare.rglob("*")] == ["face", "notes.txt"]


def test_a_damaged_replica_can_be_deleted(spare: Path) -> None:
    (spare / "preview.mp4").write_bytes(b"damaged")
    assert delete_replica(spare).removed == (spare,)
    assert not spare.exists()


def test_what_is_no_replica_is_not_deleted(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "config.json").write_text('{"kind": "avatar", "files": {"one.jpg": {}}}')
    (photos / "one.jpg").write_bytes(b"precious")
    with pytest.raises(UnreadableFileError, match="is no replica"):
        delete_replica(photos)
    assert (photos / "one.jpg").read_bytes() == b"precious"
    with pytest.raises(UnknownNameError):
        delete_replica(tmp_path / "nothing")


def test_an_unfinished_build_can_be_deleted(tmp_path: Path) -> None:
    work = work_place(tmp_path / "me")
    (work / "check").mkdir(parents=True)
    assert delete_replica(tmp_path / "me").removed == (work,)
    assert not work.exists()


def test_files_behind_links_are_not_deleted(spare: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "track.npz").write_bytes(b"precious")
    for entry in (spare / "face").iterdir():
        entry.unlink()
    (spare / "face").rmdir()
    (spare / "face").symlink_to(outside)
    deletion = delete_replica(spare)
    assert (outside / "track.npz").read_bytes() == b"precious"
    assert spare / "face" in deletion.kept
