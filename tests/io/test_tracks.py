from __future__ import annotations

import io
import os
import signal
import zipfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatron.core.camera import Camera
from avatron.core.motion import EXPRESSION_NAMES, FaceMotion
from avatron.core.track import FaceTrack
from avatron.errors import InvalidValueError, NewerFormatError, OutputError, OutputExistsError, UnreadableFileError
from avatron.io.curves import read_motion, write_motion_npz
from avatron.io.tracks import TRACK_VERSION, is_track, read_track, write_track

FIELDS = ("head_rotation", "neck_rotation", "torso_rotation", "head_translation", "torso_translation")


def some_track(frames: int = 40, vertices: int = 30) -> FaceTrack:
    random = np.random.default_rng(3)
    fields: dict[str, Any] = {name: random.normal(0, 0.1, (frames, 3)).astype(np.float32) for name in FIELDS}
    expression = random.uniform(0, 1, (frames, len(EXPRESSION_NAMES))).astype(np.float32)
    gaze = random.normal(0, 0.1, (frames, 2, 2)).astype(np.float32)
    return FaceTrack(
        identity=random.normal(size=64).astype(np.float32),
        displacement=random.normal(0, 1e-3, (vertices, 3)).astype(np.float32),
        motion=FaceMotion(expression, **fields, gaze=gaze, fps=Fraction(30000, 1001)),
        camera=Camera.looking_at(np.zeros(3), np.array([0.01, 0.02, 0.7]), 1280, 720, 1301.25),
        radial_distortion=-0.0625,
        landmark_error=random.uniform(0, 2, frames).astype(np.float32),
        valid=random.uniform(size=frames) > 0.2,
        start_s=0.041,
        audio_offset_s=0.0123,
        audio_evidence=True,
    )


def same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and one.shape == other.shape and bool((one == other).all())
    if hasattr(one, "__dataclass_fields__"):
        return all(same(getattr(one, name), getattr(other, name)) for name in one.__dataclass_fields__)
    return bool(one == other)


@pytest.mark.parametrize("offset", [None, 0.0, -0.02])
def test_a_track_comes_back_bit_for_bit(tmp_path: Path, offset: float | None) -> None:
    track = replace(some_track(), audio_offset_s=offset)
    write_track(tmp_path / "a.npz", track)
    assert same(read_track(tmp_path / "a.npz"), track)


def test_an_offset_that_was_given_comes_back_as_given(tmp_path: Path) -> None:
    write_track(tmp_path / "a.npz", replace(some_track(), audio_offset_s=0.08, audio_offset_given=True))
    read = read_track(tmp_path / "a.npz")
    assert read.audio_offset_s == 0.08 and read.audio_offset_given
    with pytest.raises(InvalidValueError, match="give both"):
        replace(some_track(), audio_offset_s=None, audio_offset_given=True)


def test_how_hair_and_clothes_move_comes_back(tmp_path: Path) -> None:
    track = some_track()
    swaying = replace(track.motion, sway=np.random.default_rng(4).normal(size=(40, 5)).astype(np.float32))
    write_track(tmp_path / "a.npz", replace(track, motion=swaying))
    assert same(read_track(tmp_path / "a.npz").motion, swaying)
    assert same(read_motion(tmp_path / "a.npz"), swaying)


def test_a_track_without_displacement_or_frames_comes_back(tmp_path: Path) -> None:
    for name, track in (("a", some_track(5, 0)), ("b", some_track(0, 3))):
        write_track(tmp_path / f"{name}.npz", track)
        assert same(read_track(tmp_path / f"{name}.npz"), track)


def test_every_reader_of_motion_reads_the_motion_of_a_track(tmp_path: Path) -> None:
    track = some_track()
    write_track(tmp_path / "a.npz", track)
    assert same(read_motion(tmp_path / "a.npz"), track.motion)


def test_a_motion_is_not_taken_for_a_track(tmp_path: Path) -> None:
    track = some_track()
    write_motion_npz(tmp_path / "motion.npz", track.motion)
    write_track(tmp_path / "track.npz", track)
    assert is_track(tmp_path / "track.npz")
    assert not is_track(tmp_path / "motion.npz")
    assert not is_track(tmp_path / "nothing.npz")
    with pytest.raises(UnreadableFileError, match="no npz of a face track: it lacks track_version"):
        read_track(tmp_path / "motion.npz")


def test_an_output_that_exists_is_refused(tmp_path: Path) -> None:
    write_track(tmp_path / "a.npz", some_track())
    with pytest.raises(OutputExistsError):
        write_track(tmp_path / "a.npz", some_track())
    write_track(tmp_path / "a.npz", some_track(7), overwrite=True)
    assert len(read_track(tmp_path / "a.npz")) == 7


def rewritten(path: Path, **changed: Any) -> Path:
    """`path` with some arrays replaced, or left out where the new one is None."""
    with np.load(path) as arrays:
        kept = {name: arrays[name] for name in arrays.files}
    kept |= changed
    np.savez(path, **{name: array for name, array in kept.items() if array is not None})
    return path


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"identity": None}, "it lacks identity"),
        ({"fps": None}, "it lacks fps"),
        ({"valid": np.ones(3, bool)}, "holds no face track: `valid` has shape"),
        ({"identity": np.array([np.nan])}, "holds no face track: `identity` holds NaN"),
        ({"expression": np.zeros((40, 3), np.float32)}, "holds no face track: `expression` has shape"),
        ({"camera_focal_px": np.array(np.nan)}, "its camera is not finite"),
        ({"camera_focal_px": np.array(-3.0)}, "all must be positive"),
        ({"camera_size": np.array([4])}, "holds no face track"),
        ({"camera_rotation": np.array("none")}, "holds no face track"),
        ({"radial_distortion": np.array(np.inf)}, "must be finite"),
        ({"expression_names": np.array(["jawOpen"])}, "has other expressions"),
        ({"fps": np.array([25, 0])}, "has fps 25/0"),
        ({"fps": np.array([0, 1])}, "fps 0 must be positive"),
        ({"track_version": np.array("new")}, "its version is not a whole number"),
        ({"identity": np.array([{}], object)}, "no npz of a face track"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_damaged_or_foreign_track_is_refused_with_what_is_wrong(
    tmp_path: Path, changed: dict[str, Any], message: str
) -> None:
    path = tmp_path / "a.npz"
    write_track(path, some_track())
    with pytest.raises(UnreadableFileError, match=message):
        read_track(rewritten(path, **changed))


def test_a_newer_track_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    write_track(path, some_track())
    with pytest.raises(NewerFormatError, match="update avatron"):
        read_track(rewritten(path, track_version=np.array(TRACK_VERSION + 1)))


def test_cut_and_flipped_and_foreign_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    write_track(path, some_track())
    data = path.read_bytes()
    flipped = bytearray(data)
    flipped[data.index(b"expression.npy") + 300] ^= 0xFF
    for name, content in (
        ("cut", data[: len(data) // 2]),
        ("flipped", bytes(flipped)),
        ("text", b"hello"),
        ("no", b""),
    ):
        (tmp_path / f"{name}.npz").write_bytes(content)
        with pytest.raises(UnreadableFileError, match="no npz of"):
            read_track(tmp_path / f"{name}.npz")
    for name in ("missing.npz", "track.json"):
        with pytest.raises(UnreadableFileError, match=r"cannot read|has type"):
            read_track(tmp_path / name)


def test_an_array_that_claims_more_than_memory_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    write_track(path, some_track())
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": (2**40, 2**10)})
    with zipfile.ZipFile(path) as old:
        kept = {entry.filename: old.read(entry) for entry in old.infolist()}
    with zipfile.ZipFile(path, "w") as new:
        for name, content in kept.items():
            new.writestr(name, header.getvalue() if name == "identity.npy" else content)
    with pytest.raises(UnreadableFileError, match="no npz of"):
        read_track(path)


def test_a_small_file_that_unpacks_to_a_huge_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.npz"
    write_track(path, some_track())
    packed = path.stat().st_size
    rewritten(path, note=np.zeros(packed, np.int64))
    with zipfile.ZipFile(path) as old:
        kept = {entry.filename: old.read(entry) for entry in old.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in kept.items():
            new.writestr(name, content)
    monkeypatch.setattr("avatron.io.npz.LARGEST_NPZ", 2 * packed)
    assert path.stat().st_size < 2 * packed
    with pytest.raises(UnreadableFileError, match="unpacks to more"):
        read_track(path)


@pytest.mark.skipif(os.name == "nt", reason="POSIX limits")
def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    heard = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, before[1]))
    try:
        with pytest.raises(OutputError, match="cannot write"):
            write_track(tmp_path / "a.npz", some_track())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, heard)
    assert list(tmp_path.iterdir()) == []
