"""The sound's clock is found from the lips, and doubt is admitted where there is nothing to find it from."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from avatron.core.audio import Audio
from avatron.core.speech import Span
from avatron.errors import InvalidValueError
from avatron.track.speech.evidence import estimate_audio_offset, sound_evidence
from avatron.track.speech.opening import OPENING_OF_SOUND
from avatron.track.speech.sound import HeardSound, listen
from avatron.track.speech.sounds import sound_id

Spoken = tuple[Audio, str, tuple[Span, ...]]


def lips_of(spans: tuple[Span, ...], fps: float, duration_s: float, late_s: float) -> np.ndarray:
    """[T] a mouth that opens as its sounds ask, smoothly, with noise, whose sound comes `late_s` after it."""
    clock = np.arange(int(duration_s * 1000)) / 1000
    curve = np.zeros(len(clock))
    for span in spans:
        curve[int(span.start_s * 1000) : int(span.end_s * 1000)] = OPENING_OF_SOUND[sound_id(span.label)]
    kernel = np.hanning(101)
    curve = np.convolve(curve, kernel / kernel.sum(), mode="same")
    times = np.arange(int(duration_s * fps)) / fps
    noise = np.random.default_rng(3).normal(0, 0.03, len(times))
    return (0.2 * np.interp(times + late_s, clock, curve) + 0.2 * noise + 0.01 * times).astype(np.float32)


@pytest.mark.parametrize("fps", [25, Fraction(30000, 1001), 60])
@pytest.mark.parametrize("late_s", [-0.12, -0.03, 0.0, 0.055, 0.16])
def test_a_shift_is_found_to_a_quarter_of_a_frame(spoken: Spoken, fps: float, late_s: float) -> None:
    audio, _, spans = spoken
    lips = lips_of(spans, float(fps), audio.duration_s, late_s)
    offset = estimate_audio_offset(lips, fps, audio)
    assert abs(offset.seconds - late_s) < 0.01
    assert offset.confidence > 0.5


def test_a_transcript_does_not_move_the_answer(spoken: Spoken) -> None:
    audio, text, spans = spoken
    lips = lips_of(spans, 25, audio.duration_s, 0.08)
    assert abs(estimate_audio_offset(lips, 25, listen(audio, text)).seconds - 0.08) < 0.01


def test_a_picture_that_begins_late_is_on_the_clock_of_the_file(spoken: Spoken) -> None:
    audio, _, spans = spoken
    lips = lips_of(spans, 25, audio.duration_s, 0.04)
    assert abs(estimate_audio_offset(lips[50:], 25, audio, start_s=2.0).seconds - 0.04) < 0.012


def test_frames_without_a_face_have_no_say(spoken: Spoken) -> None:
    audio, _, spans = spoken
    lips = lips_of(spans, 25, audio.duration_s, 0.04)
    valid = np.ones(len(lips), bool)
    lips[60:90] = np.nan
    lips[100:120] = 9.0
    valid[100:120] = False
    assert abs(estimate_audio_offset(lips, 25, audio, valid=valid).seconds - 0.04) < 0.012


def test_lips_of_another_sentence_give_no_confidence(spoken: Spoken) -> None:
    audio, _, spans = spoken
    lips = lips_of(spans, 25, audio.duration_s, 0.0)[::-1].copy()
    assert estimate_audio_offset(lips, 25, audio).confidence < 0.5


@pytest.mark.parametrize("kind", ["still lips", "silence", "no frames", "no sound", "no face"])
def test_nothing_to_measure_is_no_offset(spoken: Spoken, kind: str) -> None:
    audio, _, spans = spoken
    lips = lips_of(spans, 25, audio.duration_s, 0.0)
    if kind == "still lips":
        lips = np.full_like(lips, 0.1)
    elif kind == "silence":
        audio = Audio(np.zeros_like(audio.samples), audio.sample_rate)
    elif kind == "no frames":
        lips = lips[:0]
    elif kind == "no sound":
        audio = Audio(audio.samples[:0], audio.sample_rate)
    else:
        lips[:] = np.nan
    offset = estimate_audio_offset(lips, 25, audio)
    assert offset.confidence == 0 and offset.seconds == 0


def test_sound_that_is_longer_than_the_picture_is_used_as_far_as_it_is_seen(spoken: Spoken) -> None:
    audio, text, spans = spoken
    lips = lips_of(spans, 25, audio.duration_s, 0.04)[:120]
    evidence = sound_evidence(listen(audio, text), lips, 25)
    assert evidence.closures.used and len(evidence.closures) == 120


def test_evidence_says_why_there_is_none(spoken: Spoken) -> None:
    audio, _, spans = spoken
    lips = lips_of(spans, 25, audio.duration_s, 0.0)
    for heard, reason in (
        (None, "no sound"),
        (listen(audio), "no transcript"),
        (listen(audio, "Nothing in here was ever said by anyone at all, I assure you."), "does not fit"),
    ):
        evidence = sound_evidence(heard, lips, 25)
        assert reason in evidence.reason and not evidence.closures.used
        assert not evidence.closures.weight.any() and not evidence.closures.labiodental.any()


def test_an_offset_without_confidence_is_not_reported() -> None:
    heard = HeardSound(np.zeros(300, np.float32), np.zeros(300, np.float32))
    assert sound_evidence(heard, np.zeros(75, np.float32), 25).audio_offset_s is None


def test_an_offset_that_is_given_takes_the_place_of_the_measured_one(spoken: Spoken) -> None:
    audio, text, spans = spoken
    heard, lips = listen(audio, text), lips_of(spans, 25, audio.duration_s, 0.0)
    measured, given = sound_evidence(heard, lips, 25), sound_evidence(heard, lips, 25, audio_offset_s=0.12)
    assert abs(measured.audio_offset_s or 1.0) < 0.01 and not measured.offset_given
    assert given.audio_offset_s == 0.12 and given.offset_given
    # What is heard 0.12 s late was seen three frames before.
    assert np.abs(given.closures.closed[:-3] - measured.closures.closed[3:]).mean() < 0.02
    assert np.abs(given.closures.closed - measured.closures.closed).mean() > 0.02


@pytest.mark.parametrize("offset_s", [40.0, -5.1, float("nan"), float("inf")])
def test_an_offset_that_no_recording_has_is_refused(offset_s: float) -> None:
    with pytest.raises(InvalidValueError, match=r"expected -5 \.\. 5 seconds"):
        sound_evidence(None, np.zeros(75, np.float32), 25, audio_offset_s=offset_s)
