"""Marks of the script are heard, and reach the clock that the face reads."""

from __future__ import annotations

import numpy as np
import pytest

from avatron.core.speech import Speech
from avatron.text.english.frontend import EnglishFrontend
from avatron.voice.protocol import Voice
from avatron.voice.style import VoiceStyle
from avatron.voice.voices import load_voice

FRONTEND = EnglishFrontend()


@pytest.fixture(scope="module")
def voice() -> Voice:
    return load_voice("lj")


def said(voice: Voice, text: str, **style: float) -> Speech:
    return voice.speak(FRONTEND.phonemize(text), VoiceStyle(**style))  # type: ignore[arg-type]


def seconds_of(speech: Speech, word: str) -> float:
    span = next(span for span in speech.words if span.label.strip(".,") == word)
    return span.end_s - span.start_s


def pitch_of(speech: Speech, word: str) -> float:
    """Mean semitones of the stressed vowel of a word, of the curve that the vocoder was given."""
    assert speech.phonemes is not None
    number = next(n for n, written in enumerate(speech.phonemes.words) if written.strip(".,") == word)
    span = next(
        span
        for span, index in zip(speech.spans, speech.phonemes.word_index, strict=True)
        if index == number and span.label.startswith("ˈ")
    )
    rate = speech.acoustics.frame_rate
    pitch = speech.acoustics.pitch[int(span.start_s * rate) : int(span.end_s * rate)]
    return float(12 * np.log2(pitch[pitch > 0].mean()))


def test_an_emphasised_word_is_longer_and_higher_and_its_neighbours_are_not(voice: Voice) -> None:
    plain, marked = said(voice, "We never saw the garden."), said(voice, "We *never* saw the garden.")
    assert seconds_of(marked, "never") > 1.1 * seconds_of(plain, "never")
    assert pitch_of(marked, "never") > pitch_of(plain, "never") + 1.5
    assert abs(seconds_of(marked, "garden") - seconds_of(plain, "garden")) < 0.02


@pytest.mark.parametrize("pace", [1.0, 2.0])
def test_a_pause_lasts_what_the_script_says_at_any_pace(voice: Voice, pace: float) -> None:
    speech = said(voice, "One [pause 0.8s] two.", pace=pace)
    pause = speech.spans[speech.phonemes.symbols.index(",")]  # type: ignore[union-attr]
    assert abs((pause.end_s - pause.start_s) - 0.8) < 0.012
    # And it is quiet: what is heard follows the same clock.
    rate = speech.audio.sample_rate
    inside = speech.audio.samples[int((pause.start_s + 0.15) * rate) : int((pause.end_s - 0.1) * rate)]
    assert np.sqrt((inside**2).mean()) < 0.02


def test_slow_words_are_slow_and_the_others_keep_their_pace(voice: Voice) -> None:
    plain, marked = said(voice, "Take the second door."), said(voice, "Take the [second](x-slow) door.")
    assert 1.4 < seconds_of(marked, "second") / seconds_of(plain, "second") < 1.9
    assert abs(seconds_of(marked, "door") - seconds_of(plain, "door")) < 0.02


def test_volume_moves_the_level_of_its_words(voice: Voice) -> None:
    def level(text: str) -> float:
        speech = said(voice, text)
        span = next(span for span in speech.words if span.label == "second")
        rate = speech.audio.sample_rate
        samples = speech.audio.samples[int(span.start_s * rate) : int(span.end_s * rate)]
        return float(20 * np.log10(np.sqrt((samples**2).mean())))

    assert level("Take the [second](volume +6dB) door.") > level("Take the second door.") + 1.5
    assert level("Take the [second](volume -9dB) door.") < level("Take the second door.") - 3


def test_a_wider_pitch_range_widens_the_curve_about_its_middle(voice: Voice) -> None:
    def spread(pitch_range: float) -> tuple[float, float]:
        pitch = said(voice, "The morning train was late again, so we walked.", pitch_range=pitch_range).acoustics.pitch
        semitones = 12 * np.log2(pitch[pitch > 0])
        return float(semitones.std()), float(np.median(semitones))

    (narrow, middle_narrow), (own, middle), (wide, middle_wide) = (spread(each) for each in (0.5, 1.0, 1.5))
    assert narrow < 0.8 * own and wide > 1.2 * own
    assert abs(middle_narrow - middle) < 1 and abs(middle_wide - middle) < 1
