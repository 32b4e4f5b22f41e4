"""Joining films with what is said in them: one clock, sounds as the voice has them, and lips that still meet."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from avatron.core.audio import Audio
from avatron.core.camera import Camera
from avatron.core.motion import EXPRESSION_INDEX, EXPRESSION_NAMES, FaceMotion
from avatron.core.speech import Speech
from avatron.core.track import FaceTrack
from avatron.face.head import PosedHead
from avatron.face.shipped import shipped_head
from avatron.io.audio import write_wav
from avatron.motion.style import MotionStyle
from avatron.motion.viseme.animator import VisemeAnimator
from avatron.text.frontends import frontend_for
from avatron.text.inventory import SYMBOLS
from avatron.track.speech.phonemes import PhonemeTrack
from avatron.training.motion.join import (
    FilmedClip,
    JoinConfig,
    LeftOut,
    aligned_phonemes,
    doubtful_frames,
    joined_clip,
    on_picture_clock,
    resting_frames,
)
from avatron.training.motion.neutral import lip_gaps_mm, rested_motion, same_movement
from avatron.training.motion.speech import phonemes_of
from avatron.training.motion.split import split_by_name
from avatron.voice.neural import NeuralVoice
from avatron.voice.style import VoiceStyle
from avatron.voice.voices import COLLECTION

RATE = 22050 / 256


@lru_cache(maxsize=1)
def _mean_head() -> PosedHead:
    return shipped_head().posed()


def _weights(frames: int = 1, **channels: float) -> np.ndarray:
    expression = np.zeros((frames, len(EXPRESSION_NAMES)), np.float32)
    for name, weight in channels.items():
        expression[:, EXPRESSION_INDEX[name]] = weight
    return expression


def _track(frames: int, valid: np.ndarray | None = None) -> FaceTrack:
    camera = Camera(64, 64, 100.0, (32.0, 32.0), np.eye(3), np.zeros(3))
    no, error = np.zeros((0, 3), np.float32), np.zeros(frames, np.float32)
    seen = np.ones(frames, bool) if valid is None else valid
    return FaceTrack(np.zeros(3, np.float32), no, FaceMotion.at_rest(frames), camera, 0.0, error, seen)


def _bin_now() -> PhonemeTrack:
    rows = [
        ("|", 0.0, 0.5, -1),
        ("b", 0.5, 0.56, 0),
        ("ˈɪ", 0.56, 0.66, 0),
        ("n", 0.66, 0.72, 0),
        ("|", 0.72, 0.74, -1),
        ("n", 0.74, 0.8, 1),
        ("ˈaʊ", 0.8, 1.1, 1),
        ("|", 1.1, 1.3, -1),
        ("ˈɛ", 1.3, 1.5, 2),
        ("|", 1.5, 2.0, -1),
    ]
    symbols, start, end, word = zip(*rows, strict=True)
    ones = np.ones(len(rows), np.float32)
    return PhonemeTrack(symbols, np.array(start), np.array(end), ones, np.array(word), ("bin", "now", "f"))


def test_a_tenth_of_a_corpus_is_held_out_whatever_the_order_of_its_names() -> None:
    names = [f"clip{number}" for number in range(450)]
    splits = split_by_name(names)
    assert [list(splits.values()).count(split) for split in ("test", "valid", "train")] == [45, 22, 383]
    assert split_by_name(reversed(names)) == splits


def test_sound_that_is_late_is_brought_back_to_its_picture() -> None:
    samples = np.zeros(1000, np.float32)
    samples[300] = 1
    assert on_picture_clock(Audio(samples, 1000), 0.1).samples.argmax() == 200
    assert on_picture_clock(Audio(samples, 1000), -0.1).samples.argmax() == 400
    assert len(on_picture_clock(Audio(samples, 1000), -0.1).samples) == 1100


def test_aligned_sounds_become_an_utterance_of_the_voice_of_exactly_the_clips_length() -> None:
    frames = int(2 * RATE)
    ids, word_initial, durations = aligned_phonemes(_bin_now(), frames, RATE)
    assert durations.sum() == frames
    assert (durations > 0).all()
    assert "".join(SYMBOLS[number] for number in ids) == "|bˈɪnnˈaʊ|ˈɛ."
    assert word_initial.tolist() == [False, True, False, False, True, False, False, True, False]
    edges_s = np.cumsum(durations) / RATE
    # The pause of 20 ms is part of the sound before it; the rest keeps its place to half a column.
    np.testing.assert_allclose(edges_s[:8], [0.5, 0.56, 0.66, 0.74, 0.8, 1.1, 1.3, 1.5], atol=0.5 / RATE + 1e-6)


def test_a_face_rests_only_where_its_lips_are_together_and_nothing_is_said_nearby() -> None:
    valid = np.ones(50, bool)
    valid[2] = False
    gap_mm = np.zeros(50)
    gap_mm[4] = 3.0
    resting = resting_frames(_track(50, valid), gap_mm, _bin_now())
    # Speech is from 0.5 to 1.1 s and from 1.3 to 1.5 s; 0.15 s about it are not rest.
    expected = [frame for frame in range(50) if (frame / 25 < 0.35 or frame / 25 > 1.65) and frame not in (2, 4)]
    assert np.flatnonzero(resting).tolist() == expected


def test_breath_before_speech_and_closed_lips_that_no_sound_explains_are_doubtful() -> None:
    gap_mm = np.full(50, 2.0)
    gap_mm[:6] = 0.0  # silence, lips together
    gap_mm[11:15] = 0.1  # the closure of B, from 0.44 to 0.56 s
    gap_mm[22:24] = 0.0  # in the middle of a vowel, at 0.9 s
    gap_mm[40:] = 0.0
    doubtful = doubtful_frames(_track(50), gap_mm, _bin_now())
    # Lips part from 0.24 s on; speech, with what it needs before it, begins at 0.35 s. At the end they rest by 1.6 s.
    assert np.flatnonzero(doubtful).tolist() == [6, 7, 8, 22, 23]


def test_weights_are_counted_from_rest_and_move_the_face_as_before() -> None:
    rest = _weights(mouthSmileLeft=0.2, mouthShrugLower=0.15, jawOpen=0.05)[0]
    movement = rest + _weights(jawOpen=0.3, mouthPucker=0.4)
    moved, error_mm = same_movement(np.concatenate([rest[None], movement]), rest, _mean_head())
    assert np.abs(moved[0]).max() < 1e-6
    np.testing.assert_allclose(moved[1], _weights(jawOpen=0.3, mouthPucker=0.4)[0], atol=0.02)
    assert error_mm.max() < 0.05


def test_what_would_be_negative_is_said_with_shapes_that_oppose_it() -> None:
    rest = _weights(mouthSmileLeft=0.3, mouthSmileRight=0.3)[0]
    released = _weights(jawOpen=0.2)
    moved, error_mm = same_movement(released, rest, _mean_head())
    wanted = (_deltas(released[0]) - _deltas(rest)).reshape(-1, 3)
    clipped = np.linalg.norm(_deltas((released[0] - rest).clip(0, 1)) - wanted, axis=1)
    answered = np.linalg.norm(_deltas(moved[0]) - wanted, axis=1)
    assert moved.min() >= 0
    assert answered.mean() < 0.8 * clipped.mean()
    assert error_mm[0] > 0


def test_lips_are_as_far_apart_on_the_mean_head_as_they_were_on_the_person() -> None:
    person = shipped_head().posed(np.array([1.0, -1.2, 0.6, 1.1, -0.8], np.float32))
    expression = np.concatenate(
        [
            _weights(3, jawOpen=0.10, mouthClose=0.10, mouthShrugLower=0.1),
            _weights(1, jawOpen=0.35, mouthClose=0.10, mouthShrugLower=0.1),
            _weights(2, jawOpen=0.22, mouthClose=0.23, mouthShrugLower=0.1, mouthPressLeft=0.2, mouthPressRight=0.2),
            _weights(1, jawOpen=0.20, mouthFunnel=0.3, mouthShrugLower=0.1),
        ]
    )
    motion = replace(FaceMotion.at_rest(len(expression)), expression=expression)
    wanted = lip_gaps_mm(person, expression)
    rested = rested_motion(motion, np.arange(len(expression)) < 3, wanted, _mean_head())
    np.testing.assert_allclose(rested.gap_mm, lip_gaps_mm(_mean_head(), rested.motion.expression), atol=1e-6)
    np.testing.assert_allclose(np.maximum(rested.gap_mm, 0), np.maximum(wanted, 0), atol=0.13)
    assert rested.gap_mm[4:6].max() < 0.5
    assert rested.motion.expression[:3].max() < 0.06
    assert 0 <= rested.motion.expression.min() <= rested.motion.expression.max() <= 1


def _deltas(weights: np.ndarray) -> np.ndarray:
    """[V, 3] how the shapes of the mean head add up, without joints."""
    starts, vertices, deltas = _mean_head().shapes.sparse
    moved = np.zeros((len(_mean_head().rest), 3))
    for shape in np.flatnonzero(weights):
        rows = slice(int(starts[shape]), int(starts[shape + 1]))
        np.add.at(moved, vertices[rows], weights[shape] * deltas[rows].astype(np.float64))
    return moved


@pytest.mark.parametrize("late_s", [0.0, 0.018])
def test_a_clip_without_delay_is_left_as_it_is_and_loses_no_more_than_its_delay(late_s: float) -> None:
    audio = Audio(np.ones(44100, np.float32), 44100)
    assert len(on_picture_clock(audio, late_s).samples) == 44100 - round(late_s * 44100)


@lru_cache(maxsize=1)
def _voice() -> NeuralVoice:
    return NeuralVoice.load(COLLECTION.find("lj"))


@lru_cache(maxsize=1)
def _spoken() -> tuple[Speech, FaceMotion]:
    """Six words as GRID has them, and a mouth that says them."""
    phonemes = frontend_for("en-us", ("en-us",)).phonemize("Bin blue by M two please.", "en-us")
    speech = _voice().speak(phonemes, VoiceStyle())
    return speech, VisemeAnimator().animate(speech, MotionStyle(blinks=False, gaze=False, head=False, brows=False))


def _joined(tmp_path: Path, words: str = "bin blue by m two please", **changes: object) -> FilmedClip | LeftOut:
    speech, motion = _spoken()
    film = tmp_path / "film.wav"
    write_wav(film, speech.audio, overwrite=True)
    spans = [(span.start_s, span.end_s, word) for span, word in zip(speech.words, words.split(), strict=True)]
    track = replace(_track(len(motion)), motion=motion, landmark_error=np.full(len(motion), 0.4, np.float32))
    track = replace(track, **changes)
    # An utterance has less silence about it than a film.
    config = JoinConfig(audio_offset_s=0.0, away_s=0.08)
    return joined_clip(
        "film",
        film,
        track,
        spans,
        voice=_voice(),
        head=shipped_head(),
        subject="drawn",
        split="train",
        config=config,
    )


def test_a_film_is_joined_with_its_words_on_one_clock_and_its_lips_still_meet(tmp_path: Path) -> None:
    found = _joined(tmp_path)
    assert isinstance(found, FilmedClip)
    clip, (speech, motion) = found.clip, _spoken()
    assert clip.symbols[0] == "|"
    assert clip.symbols[-1] == "."
    assert [symbol for symbol in clip.symbols if symbol in "pbm"] == ["b", "b", "b", "m", "p"]
    assert clip.word_initial is not None
    assert clip.word_initial.sum() == 6
    own = phonemes_of(clip.phoneme_ids, clip.word_initial)
    embedding = np.repeat(_voice().acoustic_model.embed(own), clip.durations, axis=1)
    np.testing.assert_allclose(clip.embedding, embedding, atol=1e-6)
    # Each word begins where the voice began it, to what an aligner can do.
    begins = clip.boundaries_s[:-1][clip.word_initial]
    assert np.median(np.abs(begins - [span.start_s for span in speech.words])) < 0.03
    assert len(clip.motion) == len(motion)
    closed = lip_gaps_mm(_mean_head(), motion.expression) < 0.2
    assert closed.any()
    assert (found.rested.gap_mm[closed] < 0.5).all()
    assert clip.confidence[clip.valid].min() == 1


def test_films_that_cannot_be_learned_from_are_left_out_with_the_reason(tmp_path: Path) -> None:
    count = len(_spoken()[1])
    half = np.arange(count) < count // 2
    kinds = [
        _joined(tmp_path, valid=half),
        _joined(tmp_path, landmark_error=np.full(count, 2.0, np.float32)),
        _joined(tmp_path, words="set green with q seven again"),
    ]
    assert all(isinstance(found, LeftOut) for found in kinds)
    assert [found.kind for found in kinds] == ["face not seen", "landmarks do not fit", "text does not fit"]
