"""What is written of a track: every type holds what was found, and nothing is written of a track of something else."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from avatron.core.camera import Camera
from avatron.core.motion import ARKIT_NAMES
from avatron.core.progress import StagedProgress
from avatron.core.track import FaceTrack
from avatron.errors import InputError, OutputError, OutputExistsError, UnknownNameError, UsageError
from avatron.face.shipped import shipped_head
from avatron.io.clips import probe_clip
from avatron.io.curves import read_motion
from avatron.io.tracks import read_track
from avatron.pipeline.tracking.options import TrackOptions, plan_track_outputs
from avatron.pipeline.tracking.run import track_to, work_folder_of
from avatron.track.quality import measure_track
from reference.tracked_clip import SpokenClip, TrackedClip


def write(clip: TrackedClip, *paths: Path) -> None:
    """More outputs of a track that is known."""
    track_to(clip.clip.video, plan_track_outputs(paths), TrackOptions(), known=clip.track)


@contextmanager
def small_disk(most_bytes: int) -> Iterator[None]:
    """A disk that takes no file larger than this."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    heard = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, heard)


def test_a_track_of_our_own_film_opens_its_mouth_when_the_film_does(tracked: TrackedClip) -> None:
    found, true = tracked.track.motion, tracked.clip.motion
    assert len(found) == len(true)
    assert tracked.track.valid.all()
    assert np.corrcoef(found.channel("jawOpen"), true.channel("jawOpen"))[0, 1] > 0.8
    assert 0 < tracked.tracked.quality.reprojection_percent < 5


def test_the_numbers_of_a_track_are_those_of_its_frames(tracked: TrackedClip) -> None:
    quality = measure_track(tracked.track, shipped_head())
    numbers = tracked.tracked.as_json()
    assert numbers["frames"] == len(numbers["valid"]) == len(numbers["frame_percent"]) == len(tracked.track)
    root = float(np.sqrt(np.mean(np.square(quality.frame_percent[tracked.track.valid]))))
    assert quality.reprojection_percent == pytest.approx(root, rel=1e-3)
    json.dumps(numbers, allow_nan=False)


def test_frames_that_are_not_valid_count_for_nothing(tracked: TrackedClip) -> None:
    valid = tracked.track.valid.copy()
    valid[5:9] = False
    error = np.where(valid, tracked.track.landmark_error, 0)
    worse = replace(tracked.track, valid=valid, landmark_error=error)
    quality = measure_track(worse, shipped_head())
    assert quality.valid_share == pytest.approx(valid.mean())
    assert not quality.frame_percent[5:9].any()
    nothing = replace(worse, valid=np.zeros(len(valid), bool), landmark_error=np.zeros(len(valid), np.float32))
    none = measure_track(nothing, shipped_head())
    assert (none.valid_share, none.closures, none.jitter_mm) == (0, 0, 0)


def test_curves_and_numbers_are_written_beside_the_track(tracked: TrackedClip, tmp_path: Path) -> None:
    write(tracked, tmp_path / "again.npz", tmp_path / "a.csv", tmp_path / "a.json")
    assert read_track(tmp_path / "again.npz").motion.fps == tracked.track.motion.fps
    curves = read_motion(tmp_path / "a.csv")
    names = slice(0, len(ARKIT_NAMES))
    np.testing.assert_allclose(curves.expression[:, names], tracked.track.motion.expression[:, names], atol=1e-6)
    assert json.loads((tmp_path / "a.json").read_text())["frames"] == len(tracked.track)


def test_a_glb_holds_the_tracked_head_and_its_motion(tracked: TrackedClip, tmp_path: Path) -> None:
    write(tracked, tmp_path / "head.glb")
    data = (tmp_path / "head.glb").read_bytes()
    length = int.from_bytes(data[12:16], "little")
    scene = json.loads(data[20 : 20 + length])
    assert len(scene["animations"]) == 1
    face = next(mesh for mesh in scene["meshes"] if mesh["name"] == "Face")
    assert "jawOpen" in face["extras"]["targetNames"]
    assert {mesh["name"] for mesh in scene["meshes"]} == {"Face", "Eyes"}


def test_an_obj_is_the_tracked_shape_at_rest(tracked: TrackedClip, tmp_path: Path) -> None:
    write(tracked, tmp_path / "head.obj")
    lines = (tmp_path / "head.obj").read_text().splitlines()
    places = np.array([line.split()[1:] for line in lines if line.startswith("v ")], np.float64)
    displacement = tracked.track.displacement if len(tracked.track.displacement) else None
    head = shipped_head()
    rest = head.posed(tracked.track.identity, displacement).rest[np.unique(head.triangles_of("skin"))]
    away = np.linalg.norm(places[None] - rest[::97, None], axis=2)
    assert away.min(1).max() < 1e-5
    assert (tmp_path / "head.mtl").is_file()
    assert list((tmp_path / "head_textures").glob("skin_colour.*"))


def test_the_overlay_is_a_film_of_every_frame_with_the_clips_sound(tracked: TrackedClip, tmp_path: Path) -> None:
    write(tracked, tmp_path / "overlay.mp4")
    overlay, clip = probe_clip(tmp_path / "overlay.mp4"), probe_clip(tracked.clip.video)
    assert (overlay.frames, overlay.fps) == (clip.frames, clip.fps)
    assert overlay.audio_rate is not None


def test_outputs_that_cannot_be_are_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "there.npz").write_bytes(b"")
    for outputs, error, message in (
        ([], UsageError, "nothing says where to write"),
        (["a.xyz"], UsageError, "unknown type `xyz`; known: npz, csv"),
        (["a"], UsageError, "has no type"),
        ([tmp_path / "a.npz", tmp_path / "." / "a.npz"], UsageError, "named twice"),
        ([tmp_path / "there.npz"], OutputExistsError, "--overwrite"),
        ([tmp_path / "no" / "a.npz"], OutputError, "does not exist"),
        (["\0.npz"], UsageError, "is not a file name"),
    ):
        with pytest.raises(error, match=message):
            plan_track_outputs(outputs)
    with pytest.raises(UnknownNameError, match="known: full, landmarks"):
        TrackOptions(quality="best")  # type: ignore[arg-type]


def test_the_track_itself_is_written_first(tmp_path: Path) -> None:
    targets = plan_track_outputs([tmp_path / "a.csv", tmp_path / "a.mp4", tmp_path / "a.npz"])
    assert [target.format for target in targets] == ["npz", "csv", "mp4"]
    assert work_folder_of(targets) == tmp_path / ".a.npz.work"
    assert work_folder_of(()) is None


@pytest.mark.parametrize("change", ["size", "rate", "frames"])
def test_a_track_of_another_video_is_refused(tracked: TrackedClip, tmp_path: Path, change: str) -> None:
    track, camera = tracked.track, tracked.track.camera
    other: FaceTrack = {
        "size": replace(track, camera=Camera(99, 99, 90.0, (50, 50), camera.rotation, camera.position)),
        "rate": replace(track, motion=replace(track.motion, fps=Fraction(30))),
        "frames": replace(
            track, motion=track.motion.part(0, 5), valid=track.valid[:5], landmark_error=track.landmark_error[:5]
        ),
    }[change]
    with pytest.raises(InputError, match="it is another video's"):
        write(replace(tracked, track=other), tmp_path / "a.mp4")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="POSIX limits")
@pytest.mark.parametrize("name", ["a.npz", "a.glb", "a.mp4", "a.json"])
def test_a_full_disk_is_one_line_and_leaves_no_output(tracked: TrackedClip, tmp_path: Path, name: str) -> None:
    with small_disk(1000), pytest.raises(OutputError, match="cannot write"):
        write(tracked, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_is_stopped_goes_on_and_finds_the_same(
    spoken: SpokenClip, tracked: TrackedClip, tmp_path: Path
) -> None:
    class StopError(Exception):
        pass

    def stop(share: float) -> None:
        if share > 0.5:
            raise StopError

    targets = plan_track_outputs([tmp_path / "a.npz"])
    options = TrackOptions(quality="landmarks")
    with pytest.raises(StopError):
        track_to(spoken.video, targets, options, on_progress=stop)
    work = work_folder_of(targets)
    assert work is not None and work.is_dir()
    assert [path.name for path in tmp_path.iterdir()] == [work.name]
    shares: list[float] = []
    track_to(spoken.video, targets, options, on_progress=shares.append)
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]
    assert shares == sorted(shares) and shares[-1] == pytest.approx(1)
    again = read_track(tmp_path / "a.npz")
    np.testing.assert_allclose(again.motion.expression, tracked.track.motion.expression, atol=1e-4)


def test_stages_add_up_to_one_share_that_never_falls() -> None:
    said: list[float] = []
    progress = StagedProgress({"landmarks": 1.0, "fit": 3.0}, said.append)
    for stage, done in (("landmarks", 5), ("landmarks", 10), ("fit", 0), ("fit", 5), ("landmarks", 1), ("unknown", 3)):
        progress(stage, done, 10)
    assert said == [0.125, 0.25, 0.25, 0.625, 0.625, 0.625]
