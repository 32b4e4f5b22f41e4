"""The numbers of a finished voice: its spread brings the reader's range, its gain the loudness."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from avatron.core.audio import Audio  # noqa: E402
from avatron.core.speech import PhonemeSequence  # noqa: E402
from avatron.signal.loudness import loudness_lufs  # noqa: E402
from avatron.text.inventory import SYMBOL_IDS  # noqa: E402
from avatron.training.acoustic_data import Example  # noqa: E402
from avatron.training.calibration import LARGEST_PITCH_SPREAD, PITCH_RANGE_AIM, calibrate  # noqa: E402
from avatron.training.labels import PITCH_CENTRE, PITCH_SCALE  # noqa: E402

RATE = 22050


class FlatVoice:
    """Its pitch follows the spread by a power, as a decoder that smooths does."""

    def __init__(self, deviation: float, level: float) -> None:
        self.acoustic_model = SimpleNamespace(pitch_spread=1.0)
        self.deviation, self.level = deviation, level

    def acoustics(self, phonemes: PhonemeSequence, style: Any) -> Any:
        moved = self.deviation * self.acoustic_model.pitch_spread**0.9
        return SimpleNamespace(pitch=np.exp(5.2 + moved * contour()))

    def speak(self, phonemes: PhonemeSequence, style: Any) -> Any:
        times = np.arange(2 * RATE) / RATE
        return SimpleNamespace(audio=Audio((self.level * np.sin(6.28 * 300 * times)).astype(np.float32), RATE))


def contour() -> np.ndarray:
    """[F] of unit deviation."""
    wave = np.sin(np.arange(200) / 7)
    return np.asarray((wave - wave.mean()) / wave.std())


def examples(deviation: float) -> Sequence[Example]:
    log_pitch = 5.2 + deviation * contour()
    pause, vowel = SYMBOL_IDS["|"], SYMBOL_IDS["ɑ"]
    one = Example(
        "clip",
        torch.tensor([pause, vowel]),
        torch.tensor([0, 1]),
        torch.tensor([20, 180]),
        torch.zeros(2),
        torch.zeros(2),
        torch.zeros(80, 200),
        torch.from_numpy(((log_pitch - PITCH_CENTRE) * PITCH_SCALE).astype(np.float32)),
        torch.ones(200),
    )
    return [one] * 12


def test_the_spread_brings_a_flat_voice_to_its_readers_range() -> None:
    voice = FlatVoice(0.1, 0.1)
    found = calibrate(voice, examples(0.16), "en-us", -16.0)  # type: ignore[arg-type]
    assert 0.1 * found["pitch_spread"] ** 0.9 == pytest.approx(PITCH_RANGE_AIM * 0.16, rel=0.02)


@pytest.mark.parametrize(("reader", "expected"), [(0.05, 1.0), (0.9, LARGEST_PITCH_SPREAD)])
def test_a_lively_voice_is_not_flattened_and_a_flat_one_is_no_caricature(reader: float, expected: float) -> None:
    assert calibrate(FlatVoice(0.1, 0.1), examples(reader), "en-us", -16.0)["pitch_spread"] == expected  # type: ignore[arg-type]


def test_the_gain_brings_the_voice_to_its_loudness() -> None:
    voice = FlatVoice(0.1, 0.03)
    gain = calibrate(voice, examples(0.1), "en-us", -16.0)["gain"]  # type: ignore[arg-type]
    louder = FlatVoice(0.1, 0.03 * gain).speak(None, None).audio  # type: ignore[arg-type]
    assert loudness_lufs(louder) == pytest.approx(-16.0, abs=0.05)
