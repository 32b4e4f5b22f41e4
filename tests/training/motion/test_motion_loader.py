"""Windows of a motion corpus: in step, in proportion, and from a few clips in memory at a time."""

from __future__ import annotations

import gc
import weakref
from collections import Counter
from fractions import Fraction
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from avatron.core.motion import EXPRESSION_INDEX
from avatron.errors import InvalidValueError, UnreadableFileError
from avatron.training.motion.clip import MotionClip
from avatron.training.motion.corpus import MotionCorpus, write_clip
from avatron.training.motion.loader import LoaderConfig, MotionLoader, window_of
from avatron.training.motion.mirror import mirrored
from training.motion.builders import HOP, RATE, jaw_motion, motion_clip

JAW = EXPRESSION_INDEX["jawOpen"]


def _corpus(folder: Path, grid: int = 3, viseme: int = 2) -> MotionCorpus:
    for number in range(grid):
        write_clip(folder, motion_clip(f"grid-{number}", seed=number, frames=100 + 40 * number))
    for number in range(viseme):
        write_clip(folder, motion_clip(f"lj-{number}", seed=9 + number, source="viseme", subject="teacher"))
    return MotionCorpus(folder)


def test_a_window_from_the_start_at_its_own_pace_is_the_clip() -> None:
    clip = motion_clip(frames=120, fps=Fraction(RATE, HOP))
    window = window_of(clip, 0.0, frames=40, columns=90)
    assert np.array_equal(window.embedding, clip.embedding[:, :90])
    assert np.array_equal(window.phoneme_ids, np.repeat(clip.phoneme_ids, clip.durations)[:90])
    np.testing.assert_allclose(window.mel, clip.mel[:, :90], atol=1e-6)
    np.testing.assert_allclose(window.expression, clip.motion.expression[:80:2], atol=1e-6)
    assert (window.confidence == 1).all()


@pytest.mark.parametrize("pace", [0.9, 1.0, 1.1])
@pytest.mark.parametrize("start", [0.0, 7.3, 31.0])
def test_speech_and_motion_stay_in_step_at_every_pace(pace: float, start: float) -> None:
    clip = motion_clip(frames=300)
    rate = RATE / HOP
    # The jaw says in which column of the clip each moment is, and so does the mel.
    times_s = np.arange(len(clip.motion)) / 25
    clip = motion_clip(
        frames=300,
        mel=np.tile(np.arange(300, dtype=np.float32) / 300, (8, 1)),
        motion=jaw_motion((times_s * rate / 300).astype(np.float32), Fraction(25)),
    )
    window = window_of(clip, start, frames=50, columns=110, pace=pace)
    np.testing.assert_allclose(window.expression[:, JAW], window.mel[0, :100:2], atol=2e-4)
    np.testing.assert_allclose(window.mel[0], (start + pace * np.arange(110)) / 300, atol=1e-5)


def test_frames_beyond_the_clip_or_beside_an_invalid_one_are_not_trusted() -> None:
    clip = motion_clip(frames=120)
    valid = np.ones(len(clip.motion), bool)
    valid[10] = False
    confidence = valid.astype(np.float32)
    window = window_of(motion_clip(frames=120, valid=valid, confidence=confidence), 0.0, frames=100, columns=200)
    times_s = np.arange(100) * 2 * HOP / RATE
    beside = (times_s > 9 / 25) & (times_s < 11 / 25)
    beyond = times_s > (len(clip.motion) - 1) / 25
    assert (window.confidence[beside | beyond] == 0).all()
    assert (window.confidence[~beside & ~beyond] == 1).all()


def test_a_face_in_two_mirrors_is_itself_and_in_one_smiles_on_the_other_side() -> None:
    clip = motion_clip(frames=60)
    expression = np.random.default_rng(0).uniform(size=clip.motion.expression.shape).astype(np.float32)
    turn = np.tile(np.float32([0.1, 0.2, 0.3]), (len(clip.motion), 1))
    arrays = {"expression": expression, "head_rotation": turn, "head_translation": turn}
    motion = type(clip.motion)(**{**vars(clip.motion), **arrays})
    once, twice = mirrored(motion), mirrored(mirrored(motion))
    for one, other in (("mouthSmileLeft", "mouthSmileRight"), ("jawLeft", "jawRight"), ("mouthLeft", "mouthRight")):
        assert np.array_equal(once.channel(one), motion.channel(other))
        assert np.array_equal(once.channel(other), motion.channel(one))
    assert np.array_equal(once.channel("jawOpen"), motion.channel("jawOpen"))
    np.testing.assert_allclose(once.head_rotation[0], [0.1, -0.2, -0.3])
    np.testing.assert_allclose(once.head_translation[0], [-0.1, 0.2, 0.3])
    for name in ("expression", "head_rotation", "head_translation", "gaze"):
        assert np.array_equal(getattr(twice, name), getattr(motion, name))


def test_sources_share_the_windows_as_the_config_says(tmp_path: Path) -> None:
    loader = MotionLoader(_corpus(tmp_path), LoaderConfig(frames=20, shares={"grid": 3, "viseme": 1}))
    counts = Counter(window.source for window in islice(loader.windows(), 800))
    assert counts["grid"] / 800 == pytest.approx(0.75, abs=0.05)
    only = MotionLoader(MotionCorpus(tmp_path), LoaderConfig(frames=20, shares={"grid": 1, "viseme": 0}))
    assert {window.source for window in islice(only.windows(), 50)} == {"grid"}


def test_windows_are_drawn_from_every_clip_as_often_as_it_is_long(tmp_path: Path) -> None:
    loader = MotionLoader(_corpus(tmp_path, viseme=0), LoaderConfig(frames=10, shares={"grid": 1}, held=2))
    counts = Counter(window.name for window in islice(loader.windows(), 1500))
    total = 100 + 140 + 180
    for number, frames in enumerate((100, 140, 180)):
        assert counts[f"grid-{number}"] / 1500 == pytest.approx(frames / total, abs=0.04)


def test_paces_and_sides_are_drawn_within_their_bounds(tmp_path: Path) -> None:
    loader = MotionLoader(_corpus(tmp_path), LoaderConfig(frames=20, pace=(0.9, 1.1), mirror_share=0.5))
    windows = list(islice(loader.windows(), 400))
    paces = np.array([window.pace for window in windows])
    assert 0.9 <= paces.min() < 0.92
    assert 1.08 < paces.max() <= 1.1
    assert np.mean([window.mirrored for window in windows]) == pytest.approx(0.5, abs=0.1)
    assert all(window.start + window.pace * 40 <= 180 for window in windows)


def test_the_same_seed_gives_the_same_windows_and_another_one_others(tmp_path: Path) -> None:
    loader = MotionLoader(_corpus(tmp_path), LoaderConfig(frames=20))
    first, again, other = ([(w.name, w.start) for w in islice(loader.windows(seed), 20)] for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_a_batch_stacks_the_arrays_of_its_windows(tmp_path: Path) -> None:
    config = LoaderConfig(frames=20, lookahead=8)
    batch = next(MotionLoader(_corpus(tmp_path), config).batches(5))
    assert batch.stacked("embedding").shape == (5, 6, 48)
    assert batch.stacked("expression").shape == (5, 20, 56)
    assert batch.stacked("confidence").shape == (5, 20)


class _CountedCorpus(MotionCorpus):
    """Knows how many of the clips that it gave away are still in memory."""

    alive: list[weakref.ref[MotionClip]]

    def clip(self, name: str) -> MotionClip:
        clip = super().clip(name)
        self.alive = [*getattr(self, "alive", []), weakref.ref(clip)]
        return clip


def test_no_more_clips_are_in_memory_than_the_config_allows(tmp_path: Path) -> None:
    _corpus(tmp_path, grid=12, viseme=0)
    corpus = _CountedCorpus(tmp_path)
    loader = MotionLoader(corpus, LoaderConfig(frames=30, shares={"grid": 1}, held=3))
    most = 0
    for _ in islice(loader.windows(), 120):
        gc.collect()
        most = max(most, sum(reference() is not None for reference in corpus.alive))
    assert len(corpus.alive) > 12
    assert most <= 4


def test_a_source_without_clips_and_a_clip_that_is_damaged_meanwhile_are_named(tmp_path: Path) -> None:
    corpus = _corpus(tmp_path, viseme=0)
    with pytest.raises(InvalidValueError, match="viseme"):
        MotionLoader(corpus)
    (tmp_path / "grid-1.npz").write_bytes(b"")
    with pytest.raises(UnreadableFileError, match=r"grid-1\.npz"):
        list(islice(MotionLoader(corpus, LoaderConfig(frames=10, shares={"grid": 1})).windows(), 200))


@pytest.mark.parametrize(
    "wrong", [{"frames": 0}, {"pace": (1.1, 0.9)}, {"mirror_share": 2}, {"shares": {}}, {"shares": {"grid": -1.0}}]
)
def test_windows_that_cannot_be_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidValueError):
        LoaderConfig(**wrong)
