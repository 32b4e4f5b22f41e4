"""What the mouth does for each sound, at every frame rate and pace."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avatron.core.motion import EXPRESSION_NAMES, FaceMotion
from avatron.core.speech import Span, Speech
from avatron.errors import InvalidValueError
from avatron.motion.style import MotionStyle
from avatron.motion.viseme.animator import VisemeAnimator
from avatron.motion.viseme.mouth import mouth_curves
from avatron.motion.viseme.postures import posture_parts
from avatron.text.inventory import ARPABET, SYMBOLS, base_of
from motion.synthetic import POP_MY_BUBBLE, SHORT_QUESTION, SHORT_STATEMENT, SILENCE, speech_of

FRAME_RATES = (24, 25, 30, 60)
PACES = (0.5, 1.0, 2.0)
STILL = {"blinks": False, "gaze": False, "head": False, "brows": False, "breathing": False}


def mouth_of(speech: Speech, fps: int | Fraction = 25, intensity: float = 1.0) -> FaceMotion:
    return VisemeAnimator().animate(speech, MotionStyle(fps=Fraction(fps), intensity=intensity, **STILL))


def seen(motion: FaceMotion, speech: Speech, span: Span, reach_s: float = 0.0) -> slice:
    """The frames of a span, and at least the one that is nearest to its middle."""
    fps = float(motion.fps)
    start_s = speech.start_s
    first = int(np.ceil((start_s + span.start_s - reach_s) * fps)) - motion.first_frame
    past_last = int(np.floor((start_s + span.end_s + reach_s) * fps)) + 1 - motion.first_frame
    nearest = round((start_s + 0.5 * (span.start_s + span.end_s)) * fps) - motion.first_frame
    nearest = min(max(nearest, 0), len(motion) - 1)
    return slice(max(min(first, nearest), 0), max(past_last, nearest + 1))


def lips_apart(motion: FaceMotion) -> np.ndarray:
    """[T] what parts the lips: the jaw less what `mouthClose` undoes, and the shapes that open them."""
    parting = motion.channel("jawOpen") - motion.channel("mouthClose")
    for name in ("mouthLowerDownLeft", "mouthUpperUpLeft", "mouthFunnel"):
        parting = parting + motion.channel(name)
    return parting


@pytest.mark.parametrize("fps", FRAME_RATES)
@pytest.mark.parametrize("pace", PACES)
def test_every_p_b_and_m_closes_the_lips_in_some_frame(fps: int, pace: float) -> None:
    for seed, text in enumerate((POP_MY_BUBBLE, SHORT_STATEMENT, "| B AA1 B AH0 P AE1 M P AA1 .")):
        speech = speech_of(text, pace=pace, seed=seed, start_sample=1234 * seed)
        motion = mouth_of(speech, fps)
        apart = lips_apart(motion)
        for span in speech.spans:
            if span.label in ("p", "b", "m"):
                frames = seen(motion, speech, span)
                assert apart[frames].min() < 1e-6, f"{span} at {fps} fps"
                best = frames.start + int(np.argmin(apart[frames]))
                assert motion.channel("mouthPressLeft")[best] > 0.2


@pytest.mark.parametrize("fps", FRAME_RATES)
@pytest.mark.parametrize("pace", PACES)
def test_every_f_and_v_brings_the_lower_lip_under_the_teeth(fps: int, pace: float) -> None:
    speech = speech_of(POP_MY_BUBBLE, pace=pace)
    motion = mouth_of(speech, fps)
    for span in speech.spans:
        if span.label in ("f", "v"):
            frames = seen(motion, speech, span)
            best = frames.start + int(np.argmax(motion.channel("mouthRollLower")[frames]))
            assert motion.channel("mouthRollLower")[best] == pytest.approx(0.4, abs=0.02)
            assert motion.channel("jawOpen")[best] < 0.06
            assert motion.channel("mouthUpperUpLeft")[best] > 0.1


def test_two_bilabials_in_a_row_are_one_closure() -> None:
    speech = speech_of("| AA1 M / M AA1 .", pace=0.6)
    start_s, end_s = speech.spans[2].start_s, speech.spans[3].end_s
    motion = mouth_of(speech, 100)
    middle = slice(round((start_s + 0.06) * 100), round((end_s - 0.06) * 100))
    assert lips_apart(motion)[middle].max() < 1e-6


@settings(max_examples=40, deadline=None)
@given(
    sounds=st.lists(st.sampled_from(sorted(ARPABET)), min_size=1, max_size=12),
    pace=st.floats(0.5, 2.0),
    fps=st.sampled_from((1, 12, 24, 25, 30, 50, 60, 240)),
    start_sample=st.integers(0, 10**7),
)
def test_any_phonemes_give_weights_from_0_to_1_with_closed_lips_on_bilabials(
    sounds: list[str], pace: float, fps: int, start_sample: int
) -> None:
    speech = speech_of(f"| {' '.join(sounds)} .", pace=pace, start_sample=start_sample)
    motion = mouth_of(speech, fps, intensity=2.0)
    assert ((motion.expression >= 0.0) & (motion.expression <= 1.0)).all()
    tongue = sum(motion.channel(name) for name in ("tongueL", "tongueTH", "tongueN", "tongueK"))
    assert np.max(tongue, initial=0.0) <= 1.0 + 1e-6
    if len(motion):
        for span in speech.spans:
            if span.label in ("p", "b", "m"):
                assert lips_apart(motion)[seen(motion, speech, span)].min() < 1e-6


@pytest.mark.parametrize("sound", ["S", "Z", "SH", "ZH", "CH", "JH"])
def test_sibilants_nearly_close_the_teeth_between_open_vowels(sound: str) -> None:
    speech = speech_of(f"| AA1 {sound} AA1 .")
    motion = mouth_of(speech, 50)
    assert motion.channel("jawOpen")[seen(motion, speech, speech.spans[2])].min() < 0.04


@pytest.mark.parametrize(
    ("sound", "shape"),
    [
        ("L", "tongueL"),
        ("TH", "tongueTH"),
        ("DH", "tongueTH"),
        ("N", "tongueN"),
        ("T", "tongueN"),
        ("D", "tongueN"),
        ("K", "tongueK"),
        ("G", "tongueK"),
        ("NG", "tongueK"),
    ],
)
def test_the_tongue_reaches_its_place(sound: str, shape: str) -> None:
    speech = speech_of(f"| AA1 {sound} AA1 .", pace=1.5)
    motion = mouth_of(speech)
    assert motion.channel(shape)[seen(motion, speech, speech.spans[2])].max() > 0.9


def test_lips_round_before_a_rounded_vowel_is_heard() -> None:
    rounded, spread = speech_of("| S T UW1 ."), speech_of("| S T IY1 .")
    vowel_start_s = rounded.spans[3].start_s
    ahead = round((vowel_start_s - 0.1) * 100)
    assert mouth_of(rounded, 100).channel("mouthPucker")[ahead] > 0.15
    assert mouth_of(spread, 100).channel("mouthPucker")[ahead] < 0.02
    assert mouth_of(rounded, 100).channel("mouthPucker").max() > 0.55


def test_diphthongs_move_from_open_to_close() -> None:
    speech = speech_of("| B AY1 T .", pace=0.8)
    jaw = mouth_of(speech, 100).channel("jawOpen")
    vowel = speech.spans[2]
    third_s = (vowel.end_s - vowel.start_s) / 3
    early = jaw[round((vowel.start_s + third_s) * 100)]
    late = jaw[round((vowel.end_s - 0.6 * third_s) * 100)]
    assert early > 1.4 * late


def test_stress_and_length_open_vowels_wider() -> None:
    def opening(text: str, frames: list[int]) -> float:
        return float(mouth_of(speech_of(text, frames=frames), 100).channel("jawOpen").max())

    assert opening("| T AA1 T .", [12, 6, 10, 6, 30]) > 1.15 * opening("| T AA0 T .", [12, 6, 10, 6, 30])
    assert opening("| T AA1 T .", [12, 6, 16, 6, 30]) > 1.15 * opening("| T AA1 T .", [12, 6, 5, 6, 30])


def test_silence_keeps_the_mouth_shut() -> None:
    assert not mouth_of(speech_of(SILENCE), 50).expression.any()
    speech = speech_of("| AA1 , AA1 AY1 .")
    motion = mouth_of(speech, 100)
    pause, end = speech.spans[2], speech.spans[-1]
    middle = round((pause.start_s + 0.55 * (pause.end_s - pause.start_s)) * 100)
    assert motion.channel("jawOpen")[middle] < 0.005 and lips_apart(motion)[middle] < 0.02
    assert lips_apart(motion)[round((end.start_s + 0.2) * 100) :].max() < 0.01
    assert lips_apart(motion)[:2].max() == 0.0


def test_curves_have_continuous_velocity() -> None:
    speech = speech_of(POP_MY_BUBBLE, pace=1.5)

    def velocity_steps(rate_hz: int) -> np.ndarray:
        """[C] the largest change of velocity from one sample to the next, weight per second."""
        times_s = np.arange(0, float(speech.end), 1 / rate_hz)
        curves = mouth_curves(speech, times_s, range(100), Fraction(25), 1.0)
        velocity = np.diff(curves, axis=0) * rate_hz
        assert np.abs(velocity).max() < 1.875 / 0.02
        return np.abs(np.diff(velocity, axis=0)).max(axis=0)

    # A corner in a curve is a step of velocity that stays however finely one looks; a smooth curve's shrinks with it.
    coarse, fine = velocity_steps(1000), velocity_steps(8000)
    assert (fine <= 0.3 * coarse + 1e-9).all()
    assert coarse.max() > 0


@pytest.mark.parametrize("fps", [24, 25, 30])
def test_a_slow_video_samples_the_same_curves_as_a_fast_one(fps: int) -> None:
    speech = speech_of(POP_MY_BUBBLE)
    slow, fast = mouth_of(speech, fps), mouth_of(speech, 2 * fps)
    assert slow.first_frame == 0
    if fps == 24:  # a plateau may move to a frame of the slower video; see contacts.py
        moved = np.abs(slow.expression - fast.expression[::2][: len(slow)]).max()
        assert moved < 1.0
        return
    np.testing.assert_array_equal(slow.expression, fast.expression[::2])


def test_utterances_join_without_a_jump() -> None:
    first = speech_of(SHORT_QUESTION, seed=1)
    second = speech_of(POP_MY_BUBBLE, seed=2, start_sample=len(first.audio.samples))
    pieces = [mouth_of(first, 60), mouth_of(second, 60)]
    joined = FaceMotion.joined(pieces)
    step = np.abs(np.diff(joined.expression, axis=0))
    seam = len(pieces[0])
    assert step[seam - 1].max() < 0.02
    assert not pieces[0].expression[-1].max() > 0.01
    assert joined.expression[seam].max() < 0.02


def test_speech_without_a_pause_at_its_ends_still_starts_and_ends_at_rest() -> None:
    bare = speech_of("| AA1 B AA1 .")
    spans = tuple(Span(s.label, s.start_s - 0.14, s.end_s - 0.14) for s in bare.spans)[1:-1]
    phonemes = bare.phonemes
    assert phonemes is not None
    cut = type(phonemes)(
        phonemes.symbols[1:-1], phonemes.ids[1:-1], phonemes.word_index[1:-1], phonemes.words, "", "en-us"
    )
    samples = bare.audio.samples[: round(spans[-1].end_s * 22050)]
    speech = Speech(type(bare.audio)(samples, 22050), bare.acoustics, cut, spans, ())
    motion = mouth_of(speech, 240)
    assert motion.expression[0].max() == 0.0
    assert motion.expression[-1].max() < 0.01
    assert motion.channel("jawOpen").max() > 0.1


def test_where_an_utterance_starts_does_not_change_its_mouth() -> None:
    here = mouth_of(speech_of(POP_MY_BUBBLE), 25)
    there = mouth_of(speech_of(POP_MY_BUBBLE, start_sample=22050 * 40), 25)
    assert there.first_frame == 1000
    np.testing.assert_allclose(here.expression, there.expression, atol=1e-5)


def test_intensity_scales_vowels_and_keeps_contacts() -> None:
    speech = speech_of(POP_MY_BUBBLE)
    quiet, strong = mouth_of(speech, 25, 0.5), mouth_of(speech, 25, 1.5)
    assert strong.channel("jawOpen").max() > 1.8 * quiet.channel("jawOpen").max()
    np.testing.assert_allclose(quiet.channel("mouthPressLeft"), strong.channel("mouthPressLeft"), atol=1e-6)


def test_every_phoneme_of_the_inventory_has_a_posture() -> None:
    for symbol in SYMBOLS:
        assert posture_parts(symbol)
    assert len(posture_parts("ˈaɪ")) == 2 and base_of("ˈaɪ") == "aɪ"


def test_an_unknown_phoneme_and_speech_without_phonemes_are_refused() -> None:
    speech = speech_of("| AA1 .")
    spans = (speech.spans[0], Span("ʘ", speech.spans[1].start_s, speech.spans[1].end_s), speech.spans[2])
    with pytest.raises(InvalidValueError, match="ʘ"):
        mouth_of(Speech(speech.audio, speech.acoustics, speech.phonemes, spans, ()))
    with pytest.raises(InvalidValueError, match="transcript"):
        mouth_of(Speech(speech.audio, speech.acoustics, None, (), ()))


def test_the_mouth_moves_no_channel_that_belongs_to_eyes_or_brows() -> None:
    expression = mouth_of(speech_of(POP_MY_BUBBLE)).expression
    upper = [i for i, name in enumerate(EXPRESSION_NAMES) if name.startswith(("eye", "brow", "nose"))]
    assert not expression[:, upper].any()
