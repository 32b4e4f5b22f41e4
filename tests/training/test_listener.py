"""The listener: NumPy runs what torch trained, recordings are bent without breaking, and training learns."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch, of the extra `train`")

from avatron.track.speech.sounds import SOUNDS, STATES  # noqa: E402
from avatron.training.listener import (  # noqa: E402
    UNKNOWN,
    HeardClip,
    ListenerNet,
    ListenerStage,
    ListenerStageConfig,
    bent,
)
from avatron.training.listener_data import TimedSound, states_of_sounds  # noqa: E402
from avatron.training.stage import Schedule  # noqa: E402

CONFIG = ListenerStageConfig(Schedule(3e-3, warm_up_steps=5), batch=4, crop=100)


def test_numpy_hears_what_torch_hears() -> None:
    torch.manual_seed(0)
    network = ListenerNet().eval()
    features = np.random.default_rng(0).normal(size=(137, 40)).astype(np.float32)
    with torch.no_grad():
        logits = network(torch.from_numpy(features.T[None]))[0].T
        wanted = torch.log_softmax(logits, dim=1).numpy()
    np.testing.assert_allclose(network.listener().log_shares(features), wanted, atol=2e-5)


def test_bent_recordings_keep_their_length_and_are_finite() -> None:
    mel = np.random.default_rng(1).normal(-5, 2, (90, 40)).astype(np.float32)
    mel[30:50] = np.log(1e-6)
    for seed in range(20):
        result = bent(mel, CONFIG, np.random.default_rng(seed))
        assert result.shape == mel.shape and np.isfinite(result).all()


def test_sounds_fill_their_frames_in_halves() -> None:
    sounds = [TimedSound(0, 0.0, 0.1), TimedSound(3, 0.1, 0.2), TimedSound(UNKNOWN, 0.2, 0.3)]
    assert states_of_sounds(sounds, 40, 1.0).tolist() == [0] * 10 + [5] * 5 + [6] * 5 + [UNKNOWN] * 20
    assert (states_of_sounds(sounds, 40, 0.5)[20:40] > 0).all()


def test_two_sounds_are_told_apart_after_some_steps() -> None:
    torch.manual_seed(0)
    chooser = np.random.default_rng(2)
    states = np.repeat([0, 5, 0, 9, 0, 5, 9, 0], 25).astype(np.int16)
    mel = chooser.normal(-9, 0.3, (len(states), 40))
    mel[states == 5, :15] += 6
    mel[states == 9, 25:] += 6
    clip = HeardClip("two", mel.astype(np.float16), states)
    stage = ListenerStage(CONFIG, [(1.0, [clip])], [clip])
    for group in stage.optimizer.param_groups:
        group["lr"] = 3e-3
    for number in range(40):
        stage.step(number, chooser)
    assert stage.evaluate()["accuracy"] > 0.9
    assert len(SOUNDS) == 40 and STATES == 79
