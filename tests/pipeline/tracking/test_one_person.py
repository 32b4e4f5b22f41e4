"""One person before one camera: found once for all clips, and kept."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from avatron.errors import InvalidValueError, UnreadableFileError
from avatron.pipeline.tracking.batch import track_batch
from avatron.pipeline.tracking.one_person import PERSON_FILE, person_of_batch
from avatron.pipeline.tracking.options import TrackOptions
from avatron.track.fit.lens import Lens
from avatron.track.fit.person import PersonBefore, read_person, write_person
from reference.tracked_clip import TrackedClip


def somebody(width: int = 320, height: int = 320) -> PersonBefore:
    random = np.random.default_rng(1)
    return PersonBefore(random.normal(size=64), random.normal(size=(478, 3)) * 1e-3, Lens(width, height, 500.0, 0.01))


def test_a_person_comes_back_from_its_file_and_damaged_files_are_refused(tmp_path: Path) -> None:
    person, path = somebody(), tmp_path / "person.npz"
    write_person(path, person)
    back = read_person(path)
    assert back.digest == person.digest and back.lens == person.lens
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(UnreadableFileError, match="a person before a camera"):
        read_person(path)


def test_a_digest_changes_with_the_person_and_with_the_lens() -> None:
    person = somebody()
    other = PersonBefore(person.identity + 1e-6, person.offset, person.lens)
    farther = PersonBefore(person.identity, person.offset, Lens(320, 320, 500.1, 0.01))
    assert len({person.digest, other.digest, farther.digest}) == 3


def test_pictures_of_another_size_are_from_another_camera() -> None:
    somebody().check_size(320, 320)
    with pytest.raises(InvalidValueError, match="another camera"):
        somebody().check_size(640, 320)


def test_all_tracks_of_a_batch_have_the_one_identity_and_lens(tracked: TrackedClip, tmp_path: Path) -> None:
    clips = [tmp_path / "one.mp4", tmp_path / "two.mp4"]
    for clip in clips:
        shutil.copy(tracked.clip.video, clip)
    out = tmp_path / "out"
    person = person_of_batch(clips, out)
    assert (out / PERSON_FILE).is_file()
    assert person_of_batch([tmp_path / "not there.mp4"], out).digest == person.digest
    results = track_batch(clips, out, TrackOptions(quality="landmarks", person=person))
    assert [result.status for result in results] == ["made", "made"]
    from avatron.io.tracks import read_track

    for clip in clips:
        track = read_track(out / f"{clip.stem}.npz")
        assert np.allclose(track.identity, person.identity, atol=1e-5)
        assert track.camera.focal_px == pytest.approx(person.lens.focal_px)
        assert 0 < track.landmark_error.mean() < 2 * tracked.track.landmark_error.mean()
