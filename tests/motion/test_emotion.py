"""Emotions on a speaking face: contacts are kept, nothing stands still, utterances join, and each looks like itself."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from avatron.core.emotion import EMOTIONS, NOTHING_ASKED, Border, Emotion
from avatron.core.motion import FaceMotion
from avatron.core.speech import PhonemeMarks, Speech
from avatron.errors import InvalidValueError, ShapeError, UnknownNameError, UnreadableFileError
from avatron.evaluation.lips import bilabial_closures, lip_gap_of, silence_gaps
from avatron.face.head import HeadModel
from avatron.motion.emotion.course import MET_SHARE, course_of, strengths_of
from avatron.motion.manner import MANNERS, Manner, manner_named
from avatron.motion.style import MotionStyle
from avatron.motion.viseme.animator import VisemeAnimator
from motion.synthetic import POP_MY_BUBBLE, SHORT_QUESTION, SHORT_STATEMENT, speech_of

FELT = EMOTIONS[1:]
CONTINUITY = {"expression": 0.12, "head_rotation": 0.012, "neck_rotation": 0.01, "gaze": 0.06}
"""Largest change from one frame to the next at 100 frames a second: of weights, and in radians."""


@pytest.fixture(scope="module")
def head() -> HeadModel:
    return HeadModel.load()


def animated(speech: Speech, **style: object) -> FaceMotion:
    return VisemeAnimator().animate(speech, MotionStyle(**style))  # type: ignore[arg-type]


def marked(
    arpabet: str,
    emotion: Emotion | None,
    start_sample: int = 0,
    starts: Border = NOTHING_ASKED,
    ends: Border = NOTHING_ASKED,
) -> Speech:
    """Speech whose words are all said with one emotion."""
    speech = speech_of(arpabet, start_sample=start_sample)
    assert speech.phonemes is not None
    emotions = tuple(emotion if word >= 0 else None for word in speech.phonemes.word_index)
    marks = replace(PhonemeMarks.plain(len(speech.phonemes)), emotions=emotions, starts=starts, ends=ends)
    return replace(speech, phonemes=replace(speech.phonemes, marks=marks))


def length_of(speech: Speech) -> int:
    return len(speech.audio.samples)


@pytest.mark.parametrize("emotion", FELT)
def test_lips_close_on_every_bilabial_and_in_silence_at_full_intensity(emotion: str, head: HeadModel) -> None:
    closed, silent = [], []
    for text in (POP_MY_BUBBLE, SHORT_STATEMENT, SHORT_QUESTION):
        speech = speech_of(text)
        motion = animated(speech, emotion=emotion)
        gap_mm = lip_gap_of(motion, head)
        closed.append(bilabial_closures(gap_mm, motion, speech))
        silent.append(silence_gaps(gap_mm, motion, speech))
    assert np.concatenate(closed).mean() >= 0.97
    assert np.concatenate(silent).mean() <= 0.3


@pytest.mark.parametrize("emotion", FELT)
@pytest.mark.parametrize("seed", range(3))
def test_weights_stay_in_range_and_lips_never_close_further_than_the_jaw_is_open(emotion: str, seed: int) -> None:
    manner = Manner(opening=1.5, width=1.5, smile=0.4, feeling=1.5, asymmetry=0.3)
    motion = animated(speech_of(POP_MY_BUBBLE), emotion=emotion, seed=seed, intensity=2.0, manner=manner)
    assert motion.expression.min() >= 0 and motion.expression.max() <= 1
    assert (motion.channel("mouthClose") <= motion.channel("jawOpen") + 1e-6).all()


@pytest.mark.parametrize("emotion", FELT)
def test_no_shape_of_an_emotion_stands_still(emotion: str) -> None:
    """A pasted pose would add a constant; here every shape that is added moves by a tenth of its size at least."""
    speech = speech_of(POP_MY_BUBBLE)
    still = {"blinks": False, "gaze": False, "head": False, "brows": False, "breathing": False}
    added = animated(speech, emotion=emotion, **still).expression - animated(speech, **still).expression
    shapes = np.flatnonzero(np.abs(added).max(axis=0) > 0.1)
    assert len(shapes) >= 2
    assert (np.ptp(added[:, shapes], axis=0) > 0.1 * np.abs(added[:, shapes]).max(axis=0)).all()


def test_left_and_right_differ_by_the_asymmetry_of_the_person() -> None:
    speech = speech_of(POP_MY_BUBBLE)
    even = animated(speech, emotion="happy", manner=Manner(asymmetry=0.0))
    uneven = animated(speech, emotion="happy", manner=Manner(asymmetry=0.2))
    assert np.array_equal(even.channel("mouthSmileLeft"), even.channel("mouthSmileRight"))
    ratio = uneven.channel("mouthSmileLeft")[20:].mean() / uneven.channel("mouthSmileRight")[20:].mean()
    assert 1.05 < max(ratio, 1 / ratio) < 1.35


def test_a_felt_smile_has_cheeks_and_lids_in_it_and_gives_way_to_rounded_lips() -> None:
    motion = animated(speech_of(POP_MY_BUBBLE), emotion="happy", blinks=False)
    assert motion.channel("cheekSquintLeft").mean() > 0.25 and motion.channel("eyeSquintLeft").mean() > 0.1
    rounding = motion.channel("mouthPucker") + motion.channel("mouthFunnel")
    smile = motion.channel("mouthSmileLeft")
    assert smile[rounding > 0.4].mean() < 0.75 * smile[rounding < 0.05].mean()


def test_intensity_is_a_dial_from_neutral_on() -> None:
    speech = speech_of(POP_MY_BUBBLE)
    neutral, nothing = animated(speech), animated(speech, emotion="sad", emotion_intensity=0.0)
    # What nothing shows is no emotion: only events that are counted, such as blinks, may fall elsewhere.
    assert np.array_equal(neutral.channel("mouthFrownLeft"), nothing.channel("mouthFrownLeft"))
    assert np.array_equal(neutral.expression, nothing.expression)
    frowns = [
        animated(speech, emotion="sad", emotion_intensity=step).channel("mouthFrownLeft").mean()
        for step in (0.3, 0.6, 1)
    ]
    assert 0 < frowns[0] < frowns[1] < frowns[2]


def test_emotions_differ_in_how_far_and_how_fast_the_mouth_moves() -> None:
    speech = speech_of(POP_MY_BUBBLE)
    jaws = {emotion: animated(speech, emotion=emotion, fps=Fraction(60)).channel("jawOpen") for emotion in EMOTIONS}
    speeds = {emotion: np.abs(np.diff(jaw)).mean() for emotion, jaw in jaws.items()}
    assert speeds["sad"] < speeds["calm"] < speeds["neutral"] < speeds["happy"] < speeds["angry"]
    assert speeds["neutral"] < speeds["surprised"]


@pytest.mark.parametrize(
    ("before", "after"),
    [("happy", "happy"), ("happy", "sad"), ("angry", None), (None, "surprised"), ("calm", "angry")],
)
def test_utterances_of_different_emotions_join_without_a_jump(before: str | None, after: str | None) -> None:
    left, right = Emotion(before) if before else None, Emotion(after) if after else None
    border = Border(left, right)
    first = marked(POP_MY_BUBBLE, left, ends=border)
    second = marked(SHORT_STATEMENT, right, start_sample=length_of(first), starts=border)
    fps = Fraction(100)
    joined = FaceMotion.joined([animated(speech, fps=fps, seed=3, blinks=False) for speech in (first, second)])
    place = next(index for index in range(len(joined)) if index / fps >= second.start)
    for name, limit in CONTINUITY.items():
        steps = np.abs(np.diff(getattr(joined, name)[place - 3 : place + 3], axis=0))
        assert steps.max() < limit, name


def test_the_same_emotion_on_both_sides_of_a_border_goes_on() -> None:
    happy = Emotion("happy", 0.8)
    border = Border(happy, happy)
    speech = marked(SHORT_STATEMENT, happy, starts=border, ends=border)
    course = course_of(speech, Emotion())
    assert not course.steps.size
    assert np.allclose(course.strengths(np.linspace(0, 1, 5)), strengths_of(happy))


def test_different_emotions_meet_in_a_value_that_both_sides_know() -> None:
    border = Border(Emotion("happy"), Emotion("sad", 0.5))
    first, second = (
        marked(SHORT_STATEMENT, border.before, ends=border),
        marked(SHORT_STATEMENT, border.after, starts=border),
    )
    end_s = float(first.end - first.start)
    ended = course_of(first, Emotion()).strengths(np.array([end_s]))[0]
    begun = course_of(second, Emotion()).strengths(np.array([0.0]))[0]
    assert np.allclose(ended, begun)
    assert ended[EMOTIONS.index("happy")] == pytest.approx(MET_SHARE)
    assert ended[EMOTIONS.index("sad")] == pytest.approx(0.5 * MET_SHARE)


def test_what_the_script_asks_overrules_what_is_felt_throughout() -> None:
    motion = animated(marked(POP_MY_BUBBLE, Emotion("happy")), emotion="sad")
    middle = slice(len(motion) // 3, 2 * len(motion) // 3)
    assert motion.channel("mouthSmileLeft")[middle].mean() > 0.3
    assert motion.channel("mouthFrownLeft")[middle].mean() < 0.02


def test_feelings_come_faster_than_they_go_and_surprise_comes_fastest() -> None:
    words = marked(POP_MY_BUBBLE, None)
    assert words.phonemes is not None and words.phonemes.marks is not None
    times_s = np.linspace(0, float(words.end), 2000)
    spoken = [place for place, word in enumerate(words.phonemes.word_index) if word >= 0]

    def rise_s(emotion: str) -> float:
        emotions: list[Emotion | None] = [None] * len(words.spans)
        for place in spoken[len(spoken) // 2 :]:
            emotions[place] = Emotion(emotion)
        asked = replace(words.phonemes.marks, emotions=tuple(emotions))  # type: ignore[union-attr, type-var]
        speech = replace(words, phonemes=replace(words.phonemes, marks=asked))  # type: ignore[type-var]
        felt = course_of(speech, Emotion()).strengths(times_s)[:, EMOTIONS.index(emotion)]
        return float(((felt > 0.05) & (felt < 0.95) & (times_s < times_s[felt.argmax()])).sum())

    rises = {emotion: rise_s(emotion) for emotion in FELT}
    assert min(rises, key=lambda emotion: rises[emotion]) == "surprised"
    assert rises["sad"] > 1.5 * rises["happy"]


@pytest.mark.parametrize("name", [name for name in MANNERS if name != "plain"])
def test_a_manner_changes_how_a_neutral_face_moves_and_keeps_its_contacts(name: str, head: HeadModel) -> None:
    speech = speech_of(POP_MY_BUBBLE)
    plain, own = animated(speech), animated(speech, manner=MANNERS[name])
    assert np.abs(plain.head_rotation).mean() != pytest.approx(np.abs(own.head_rotation).mean(), rel=0.05)
    assert bilabial_closures(lip_gap_of(own, head), own, speech).all()


def test_a_manner_is_read_from_a_name_from_numbers_and_from_a_file(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "mine.json").write_text('{"head": 0.5, "smile": -0.1}')
    assert (
        manner_named("head=0.5, smile=-0.1")
        == manner_named(str(tmp_path / "mine.json"))
        == Manner(head=0.5, smile=-0.1)
    )
    assert manner_named("warm").vector().shape == (9,)
    (tmp_path / "list.json").write_text("[1, 2]")
    for given, error in (
        ("grumpy", UnknownNameError),
        ("head=9", InvalidValueError),
        ("nose=1", InvalidValueError),
        ("head", UnknownNameError),
        ("head=0.5,smile", InvalidValueError),
        (str(tmp_path / "missing.json"), UnreadableFileError),
        (str(tmp_path / "list.json"), UnreadableFileError),
    ):
        with pytest.raises(error):
            manner_named(given)


def test_unknown_emotions_and_intensities_are_refused_with_what_is_known() -> None:
    with pytest.raises(UnknownNameError, match="angry, calm, happy"):
        MotionStyle(emotion="bored")
    for intensity in (-0.1, 1.1, float("nan")):
        with pytest.raises(InvalidValueError, match=r"0 \.\. 1"):
            MotionStyle(emotion="happy", emotion_intensity=intensity)
    with pytest.raises(ShapeError):
        replace(PhonemeMarks.plain(3), emotions=(None, None))
