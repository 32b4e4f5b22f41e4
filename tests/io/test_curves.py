from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatron.core.motion import ARKIT_NAMES, EXPRESSION_NAMES, FaceMotion
from avatron.errors import UnreadableFileError
from avatron.io.curves import LIVE_LINK_COLUMNS, CurveCsvWriter, read_motion, write_motion_npz

FIELDS = ("head_rotation", "neck_rotation", "torso_rotation", "head_translation", "torso_translation")


def some_motion(frames: int = 60, fps: Fraction = Fraction(25), first_frame: int = 0) -> FaceMotion:
    random = np.random.default_rng(1)
    fields: dict[str, Any] = {name: random.normal(0, 0.2, (frames, 3)).astype(np.float32) for name in FIELDS}
    expression = random.uniform(0, 1, (frames, len(EXPRESSION_NAMES))).astype(np.float32)
    gaze = random.normal(0, 0.1, (frames, 2, 2)).astype(np.float32)
    return FaceMotion(expression, **fields, gaze=gaze, fps=fps, first_frame=first_frame)


def test_npz_comes_back_bit_for_bit(tmp_path: Path) -> None:
    motion = some_motion(fps=Fraction(30000, 1001), first_frame=7)
    write_motion_npz(tmp_path / "a.npz", motion)
    back = read_motion(tmp_path / "a.npz")
    for name in ("expression", "gaze", *FIELDS):
        np.testing.assert_array_equal(getattr(back, name), getattr(motion, name))
    assert (back.fps, back.first_frame) == (motion.fps, 7)


def test_csv_has_live_link_faces_columns(tmp_path: Path) -> None:
    with CurveCsvWriter(tmp_path / "a.csv") as writer:
        writer.write(some_motion(30))
    header, first, *rest = (tmp_path / "a.csv").read_text().splitlines()
    names = header.split(",")
    assert names[:3] == ["Timecode", "BlendShapeCount", "EyeBlinkLeft"]
    assert names[53:] == ["TongueOut", *LIVE_LINK_COLUMNS[54:]]
    assert names[-1] == "RightEyeRoll"
    assert len(names) == 63
    assert first.startswith("00:00:00:00.000,61,")
    assert rest[24].startswith("00:00:01:00.000,61,")


def test_csv_comes_back_but_for_what_arkit_lacks(tmp_path: Path) -> None:
    motion = some_motion()
    still = np.zeros((len(motion), 3), np.float32)
    alone = FaceMotion(motion.expression, motion.head_rotation, still, still, still, still, motion.gaze, motion.fps)
    with CurveCsvWriter(tmp_path / "a.csv") as writer:
        writer.write(alone)
    back = read_motion(tmp_path / "a.csv")
    count = len(ARKIT_NAMES)
    np.testing.assert_allclose(back.expression[:, :count], motion.expression[:, :count], atol=1e-6)
    assert not back.expression[:, count:].any()
    np.testing.assert_allclose(back.head_rotation, motion.head_rotation, atol=1e-6)
    np.testing.assert_allclose(back.gaze, motion.gaze, atol=1e-6)
    assert back.fps == 25


@pytest.mark.parametrize("fps", [24, 25, 30, 50, 60])
def test_csv_says_its_fps_through_its_timecodes(tmp_path: Path, fps: int) -> None:
    with CurveCsvWriter(tmp_path / "a.csv") as writer:
        writer.write(some_motion(fps * 2 + 3, Fraction(fps)))
    assert read_motion(tmp_path / "a.csv").fps == fps
    assert read_motion(tmp_path / "a.csv", Fraction(12)).fps == 12


def test_csv_in_pieces_is_the_csv_of_the_whole(tmp_path: Path) -> None:
    whole = some_motion(20)

    def part(start: int, stop: int) -> FaceMotion:
        fields: dict[str, Any] = {name: getattr(whole, name)[start:stop] for name in ("expression", *FIELDS, "gaze")}
        return FaceMotion(**fields, fps=whole.fps, first_frame=start)

    for name, pieces in (("whole.csv", [whole]), ("pieces.csv", [part(0, 7), part(7, 20)])):
        with CurveCsvWriter(tmp_path / name) as writer:
            for piece in pieces:
                writer.write(piece)
    assert (tmp_path / "whole.csv").read_bytes() == (tmp_path / "pieces.csv").read_bytes()


HEADER = ",".join(LIVE_LINK_COLUMNS).encode()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.npz", b"", "no npz"),
        ("a.npz", b"PK\x03\x04 cut off", "no npz"),
        ("a.csv", b"", "is empty"),
        ("a.csv", b"a,b\n1,2\n", "lacks the columns EyeBlinkLeft"),
        ("a.csv", HEADER + b"\n", "no frames"),
        ("a.csv", HEADER + b"\n00:00:00:00.000,61,x\n", "line 2 .* has `x` in column 3"),
        ("a.csv", HEADER + b"\n00:00:00:00.000,61" + b",nan" * 61, "line 2 .* has `nan`"),
        ("a.csv", HEADER + b"\nnow,61" + b",0" * 61, "no timecodes"),
        ("a.csv", b"\xff\xfe\x00", "not text"),
        ("a.bvh", b"", "expected .npz or .csv"),
    ],
)
def test_what_holds_no_motion_is_one_clear_error(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableFileError, match=said):
        read_motion(tmp_path / name)


def test_a_pickle_in_an_npz_is_never_opened(tmp_path: Path) -> None:
    arrays = {"expression_names": np.array([object()], dtype=object)}
    np.savez(tmp_path / "a.npz", **arrays)  # type: ignore[arg-type]
    with pytest.raises(UnreadableFileError, match="no npz of motion"):
        read_motion(tmp_path / "a.npz")


def test_every_cut_of_an_npz_is_refused(tmp_path: Path) -> None:
    write_motion_npz(tmp_path / "a.npz", some_motion(5))
    whole = (tmp_path / "a.npz").read_bytes()
    for length in range(0, len(whole) - 1, 97):
        (tmp_path / "a.npz").write_bytes(whole[:length])
        with pytest.raises(UnreadableFileError):
            read_motion(tmp_path / "a.npz")
