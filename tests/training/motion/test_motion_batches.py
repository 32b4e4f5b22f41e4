"""Windows of motion clips: in step at every pace, in proportion, and trusted only where the film was."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch, of the extra `train`")
torch.set_num_threads(1)

from avatron.errors import InvalidValueError  # noqa: E402
from avatron.motion.decoder.channels import MOUTH_CHANNELS  # noqa: E402
from avatron.motion.decoder.features import UNKNOWN_CLASS  # noqa: E402
from avatron.training.motion.batches import Batch, WindowConfig, draw_batch, whole_batch  # noqa: E402
from avatron.training.motion.examples import MotionExample, example_of  # noqa: E402
from training.motion.builders import HOP, RATE, jaw_motion, motion_clip  # noqa: E402

JAW = MOUTH_CHANNELS.index("jawOpen")
SUBJECTS = ("grid-s1", "teacher")
PLAIN = WindowConfig(
    batch=1, frames=40, pace=(1.0, 1.0), beginning_share=1.0, embedding_noise=0.0, without_transcript=0.0
)


def example(frames: int = 120, **changes: object) -> MotionExample:
    return example_of(motion_clip(frames=frames, **changes), MOUTH_CHANNELS, SUBJECTS)


def drawn(examples: list[MotionExample], config: WindowConfig, seed: int = 0, shares: object = None) -> Batch:
    columns = 2 * config.frames + 10
    return draw_batch(examples, len(SUBJECTS), config, columns, np.random.default_rng(seed), shares)


def test_a_window_from_the_start_at_its_own_pace_is_the_clip() -> None:
    one = example(fps=Fraction(RATE, HOP))
    batch = drawn([one], PLAIN)
    assert np.array_equal(batch.embedding[0].numpy(), one.embedding[:, :90].astype(np.float32))
    assert np.array_equal(batch.phoneme_class[0].numpy(), one.phoneme_class[:90])
    assert np.array_equal(batch.mel[0].numpy(), one.mel[:, :90].astype(np.float32))
    np.testing.assert_allclose(batch.target[0].numpy(), one.target[:40], atol=1e-3)
    assert (batch.weight == 1).all()


@pytest.mark.parametrize("pace", [0.85, 1.0, 1.3])
def test_speech_and_motion_stay_in_step_at_every_pace_and_place(pace: float) -> None:
    # The jaw says in which column of the clip each moment is, and so does the mel.
    times_s = np.arange(int(300 * HOP / RATE * 25)) / 25
    one = example(
        frames=300,
        mel=np.tile(np.arange(300, dtype=np.float32) / 300, (8, 1)),
        motion=jaw_motion((times_s * RATE / HOP / 300).astype(np.float32), Fraction(25)),
    )
    config = replace(PLAIN, batch=6, frames=50, pace=(pace, pace), beginning_share=0.0)
    batch = drawn([one], config)
    trusted = batch.weight.numpy() > 0
    in_clip = batch.mel[:, 0, :100:2].numpy()
    assert trusted.any() and np.abs(batch.target[..., JAW].numpy() - in_clip)[trusted].max() < 1.5 / 300
    assert np.ptp(in_clip, axis=1) == pytest.approx(98 * pace / 300, abs=1.5 / 300)


def test_frames_beyond_the_clip_or_beside_an_invalid_one_are_not_trusted() -> None:
    valid = np.ones(len(motion_clip(frames=120).motion), bool)
    valid[10] = False
    batch = drawn([example(valid=valid, confidence=valid.astype(np.float32))], replace(PLAIN, frames=100))
    times_s = np.arange(100) * 2 * HOP / RATE
    beside = (times_s > 9 / 25) & (times_s < 11 / 25)
    beyond = times_s > (len(valid) - 1) / 25 + 0.03
    weight = batch.weight[0].numpy()
    assert (weight[beside | beyond] == 0).all() and beyond.any()
    safe = (times_s < 8 / 25) | ((times_s > 12 / 25) & (times_s < (len(valid) - 3) / 25))
    assert (weight[safe] == 1).all()


def test_clips_are_drawn_as_often_as_their_shares_say() -> None:
    examples = [example(seed=seed, mel=np.full((8, 120), seed, np.float32)) for seed in range(3)]
    batch = drawn(examples, replace(PLAIN, batch=600, frames=4), shares=np.array([0.6, 0.3, 0.1]))
    counts = Counter(batch.mel[:, 0, 0].numpy().round().astype(int).tolist())
    assert [counts[place] / 600 for place in range(3)] == pytest.approx([0.6, 0.3, 0.1], abs=0.06)


def test_transcript_and_style_are_kept_from_as_many_windows_as_the_config_says() -> None:
    config = replace(PLAIN, batch=500, frames=4, without_transcript=0.3, without_style=0.2)
    batch = drawn([example(subject="teacher")], config)
    untold = (batch.phoneme_class == UNKNOWN_CLASS).all(1)
    assert float(untold.float().mean()) == pytest.approx(0.3, abs=0.07)
    assert not batch.age[untold].any()
    mixed = (batch.style == 0.5).all(1)
    assert float(mixed.float().mean()) == pytest.approx(0.2, abs=0.06)
    assert (batch.style[~mixed] == torch.tensor([0.0, 1.0])).all()


def test_the_same_chooser_draws_the_same_windows_and_another_one_others() -> None:
    examples = [example(frames=300, seed=seed) for seed in range(3)]
    config = replace(PLAIN, batch=8, beginning_share=0.25, embedding_noise=0.05, pace=(0.85, 1.3))
    first, again, other = (drawn(examples, config, seed) for seed in (1, 1, 2))
    assert torch.equal(first.embedding, again.embedding) and torch.equal(first.target, again.target)
    assert not torch.equal(first.target, other.target)


def test_a_whole_clip_is_followed_by_its_last_pause_where_nothing_is_learned() -> None:
    one = example(frames=121)
    batch = whole_batch(one, len(SUBJECTS), lambda frames: 2 * frames + 10, block=4)
    assert batch.target.shape[1] == 64 and len(one.target) == 61
    assert (batch.weight[0, 61:] == 0).all() and not batch.silence[0, 61:].any()
    assert np.array_equal(batch.embedding[0, :, -1].numpy(), one.embedding[:, -1].astype(np.float32))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"frames": 0}, "frames 0"),
        ({"batch": 0}, "batch 0"),
        ({"pace": (1.1, 0.9)}, "pace"),
        ({"pace": (0.1, 0.9)}, "pace"),
        ({"beginning_share": 2}, "beginning_share 2"),
        ({"without_style": -0.1}, "without_style -0.1"),
        ({"embedding_noise": -1}, "embedding_noise -1"),
    ],
)
def test_windows_that_cannot_be_are_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidValueError, match=said):
        WindowConfig(**wrong)
