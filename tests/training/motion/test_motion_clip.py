"""Clips of motion on disk: bit for bit, and refused by name where they are damaged."""

from __future__ import annotations

from dataclasses import fields
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from avatron.core.motion import FaceMotion
from avatron.errors import (
    InvalidValueError,
    NewerFormatError,
    OutputExistsError,
    ShapeError,
    UnknownNameError,
    UnreadableFileError,
)
from avatron.training.motion.corpus import MotionCorpus, read_clip, write_clip
from training.motion.builders import motion_clip


@pytest.mark.parametrize("identity", [None, np.linspace(-1, 1, 5).astype(np.float32)])
def test_a_clip_comes_back_from_its_file_bit_for_bit(tmp_path: Path, identity: np.ndarray | None) -> None:
    clip = motion_clip(identity=identity, fps=Fraction(22050, 256), text="Mah, naïve.")
    read = read_clip(write_clip(tmp_path, clip))
    for field in fields(clip):
        before, after = getattr(clip, field.name), getattr(read, field.name)
        if isinstance(before, FaceMotion):
            assert after.fps == before.fps
            for array in ("expression", "head_rotation", "head_translation", "gaze"):
                assert np.array_equal(getattr(before, array), getattr(after, array))
        elif isinstance(before, np.ndarray):
            assert after.dtype == before.dtype
            assert np.array_equal(before, after)
        else:
            assert after == before


def test_phonemes_and_mel_and_motion_of_a_clip_share_one_clock() -> None:
    clip = motion_clip(frames=862)
    assert clip.symbols == ("|", "m", "ˈɑ", ".")
    assert clip.boundaries_s[-1] == pytest.approx(clip.duration_s)
    assert clip.duration_s == pytest.approx(862 * 256 / 22050)
    assert float(clip.frame_rate) * clip.duration_s == pytest.approx(clip.frames)


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"durations": np.array([1, 1, 1, 1])}, ShapeError, "sum to 4"),
        ({"energy": np.zeros(3, np.float32)}, ShapeError, "energy"),
        ({"pitch": np.full(120, np.nan, np.float32)}, ShapeError, "pitch"),
        ({"valid": np.ones(3, bool)}, ShapeError, "valid"),
        ({"valid": np.zeros(34, bool)}, InvalidValueError, "not valid"),
        ({"confidence": np.full(34, 1.5, np.float32)}, InvalidValueError, "outside 0"),
        ({"phoneme_ids": np.array([0, 1, 2, 76])}, InvalidValueError, "inventory of 76"),
        ({"source": "vhs"}, InvalidValueError, "vhs"),
        ({"split": "training"}, InvalidValueError, "train, valid, test"),
        ({"name": "../up"}, InvalidValueError, "letters, digits"),
        ({"embedding_space": "lj"}, InvalidValueError, "sha256"),
        ({"motion": FaceMotion.at_rest(34, first_frame=5)}, InvalidValueError, "expected 0"),
    ],
)
def test_a_clip_that_cannot_be_is_refused(changes: dict[str, object], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        motion_clip(**changes)


def test_a_corpus_names_its_clips_by_split_source_and_subject(tmp_path: Path) -> None:
    write_clip(tmp_path / "a", motion_clip("one"))
    write_clip(tmp_path / "a", motion_clip("two", split="valid"))
    write_clip(tmp_path / "b", motion_clip("three", source="viseme", subject="teacher"))
    corpus = MotionCorpus(tmp_path / "a", tmp_path / "b")
    assert corpus.names() == ["one", "three", "two"]
    assert corpus.names("train") == ["one", "three"]
    assert corpus.names(source="viseme") == corpus.names(subject="teacher") == ["three"]
    assert [clip.name for clip in corpus.clips("train", source="grid")] == ["one"]
    assert corpus.embedding_space == "0" * 64
    with pytest.raises(UnknownNameError, match="four"):
        corpus.clip("four")


def test_a_damaged_file_of_a_corpus_is_refused_by_its_name(tmp_path: Path) -> None:
    write_clip(tmp_path, motion_clip("one"))
    whole = write_clip(tmp_path, motion_clip("two")).read_bytes()
    for damaged in (b"", whole[: len(whole) // 2], b"PK" + bytes(100)):
        (tmp_path / "two.npz").write_bytes(damaged)
        with pytest.raises(UnreadableFileError, match=r"two\.npz"):
            MotionCorpus(tmp_path)


def test_a_file_whose_arrays_are_damaged_is_refused_when_it_is_read(tmp_path: Path) -> None:
    path = write_clip(tmp_path, motion_clip("one", frames=2000))
    spoilt = bytearray(path.read_bytes())
    place = spoilt.index(b"embedding.npy") + 400
    spoilt[place : place + 64] = bytes(64)
    path.write_bytes(spoilt)
    with pytest.raises(UnreadableFileError, match=r"one\.npz"):
        read_clip(path)


def test_a_corpus_without_clips_or_of_two_text_encoders_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="not a folder"):
        MotionCorpus(tmp_path / "none")
    with pytest.raises(UnreadableFileError, match="no motion clip"):
        MotionCorpus(tmp_path)
    write_clip(tmp_path, motion_clip("one"))
    write_clip(tmp_path, motion_clip("two", embedding_space="1" * 64))
    with pytest.raises(InvalidValueError, match="embedding spaces"):
        MotionCorpus(tmp_path)


def test_a_clip_that_is_there_twice_or_under_another_name_is_refused(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a", motion_clip("one"))
    with pytest.raises(OutputExistsError):
        write_clip(tmp_path / "a", motion_clip("one"))
    write_clip(tmp_path / "b", motion_clip("one"))
    with pytest.raises(UnreadableFileError, match="twice"):
        MotionCorpus(tmp_path / "a", tmp_path / "b")
    path.rename(path.with_name("other.npz"))
    with pytest.raises(UnreadableFileError, match="holds the clip `one`"):
        MotionCorpus(tmp_path / "a")


def test_a_clip_of_a_newer_avatron_is_refused(tmp_path: Path) -> None:
    path = write_clip(tmp_path, motion_clip("one"))
    with np.load(path) as stored:
        arrays = {name: stored[name] for name in stored.files}
    np.savez(path, **{**arrays, "clip_version": np.array(99)})
    with pytest.raises(NewerFormatError, match="99"):
        read_clip(path)
