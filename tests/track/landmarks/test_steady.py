from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from avatron.errors import InvalidValueError
from avatron.track.landmarks.steady import LIPS, LandmarkSteadier, SteadyConfig, steady_clip

Floats = NDArray[np.float32]
FPS = 25.0
FRAMES = 50


@pytest.fixture
def face() -> Floats:
    """A face whose eyes are 100 px apart."""
    points = np.random.default_rng(0).uniform(0, 150, (478, 3)).astype(np.float32)
    points[33], points[263] = (25, 50, 0), (125, 50, 0)
    return points


def filtered(frames: Floats, config: SteadyConfig | None = None) -> Floats:
    steadier = LandmarkSteadier(config)
    return np.stack([steadier.steady(frame, 1 / FPS) for frame in frames])


def noisy(face: Floats, pixels: float = 0.15) -> Floats:
    noise = np.random.default_rng(1).normal(0, pixels, (FRAMES, *face.shape))
    return (face + noise).astype(np.float32)


def bend(frames: Floats) -> float:
    """Root mean square second difference."""
    return float(np.sqrt(np.square(np.diff(frames[10:], 2, axis=0)).mean()))


def test_a_face_that_stands_still_jitters_less(face: Floats) -> None:
    frames = noisy(face)
    assert bend(filtered(frames)) < 0.6 * bend(frames)
    assert np.abs(filtered(frames)[-1] - face).mean() < 0.15


def test_lips_that_snap_shut_are_nine_tenths_shut_in_the_frame_in_which_they_are(face: Floats) -> None:
    frames = np.repeat(face[None], FRAMES, 0)
    frames[: FRAMES // 2, LIPS[::2], 1] += 12
    shut = filtered(frames)[FRAMES // 2]
    left = (shut - face)[LIPS[::2], 1] / 12
    assert np.abs(left).max() < 0.1


def test_a_head_that_moves_as_a_whole_is_not_left_behind(face: Floats) -> None:
    # Half the distance between the eyes in a second.
    frames = face + np.linspace(0, 100, FRAMES)[:, None, None] * np.array([1.0, 0, 0])
    behind = (frames - filtered(frames.astype(np.float32)))[FRAMES // 2 :, :, 0]
    assert np.abs(behind).max() < 1.0


def test_a_known_clip_is_filtered_without_lag(face: Floats) -> None:
    seconds = np.arange(FRAMES) / FPS
    frames = noisy(face)
    frames[:, LIPS, 1] += (4 * np.sin(2 * np.pi * 2 * seconds))[:, None]
    valid = np.ones(FRAMES, bool)
    steady = steady_clip(frames, valid, FPS)
    truth, found = 4 * np.sin(2 * np.pi * 2 * seconds), (steady - face)[:, LIPS, 1].mean(1)
    ahead, behind = np.corrcoef(truth[1:], found[:-1])[0, 1], np.corrcoef(truth[:-1], found[1:])[0, 1]
    assert abs(ahead - behind) < 0.02 and np.corrcoef(truth, found)[0, 1] > 0.995
    assert bend(np.delete(steady, LIPS, 1)) < 0.6 * bend(np.delete(frames, LIPS, 1))


def test_frames_without_a_face_are_left_alone_and_part_what_is_beside_them(face: Floats) -> None:
    frames = np.repeat(face[None], 9, 0)
    frames[5:] += 40
    frames[4] = 0
    valid = np.array([True] * 4 + [False] + [True] * 4)
    steady = steady_clip(frames, valid, FPS)
    assert np.allclose(steady, frames, atol=1e-3)


def test_settings_that_make_no_sense_are_refused() -> None:
    for wrong in ({"face_hz": 0.0}, {"quick_rise": -1.0}):
        with pytest.raises(InvalidValueError):
            SteadyConfig(**wrong)
