"""Mel in pieces, the level that follows, and the path through the sounds."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avatron.core.audio import Audio
from avatron.errors import DamagedModelError, ShapeError
from avatron.signal.mel import log_mel
from avatron.voice.listening.decoding import DecodingConfig, decode_sounds
from avatron.voice.listening.features import LevelFollower
from avatron.voice.listening.mel_stream import MelStream
from avatron.voice.listening.recorded import whole_columns
from avatron.voice.listening.sounds import BASE_OF_SOUND, BASES, HEARD_SYMBOLS, ID_OF_SOUND, SILENCE, SOUND_OF_ID
from avatron.voice.listening.statistics import SoundStatistics
from avatron.voice.listening.utterances import CutConfig, UtteranceCutter, utterances
from reference.loudness_encoder import KINDS, OPEN, LoudnessEncoder, even_statistics, pieces_of, speech_like


@pytest.mark.parametrize("length", [0, 1, 255, 256, 300, 512, 513, 1100, 22050])
@pytest.mark.parametrize("step", [1, 77, 4096])
def test_a_mel_in_pieces_is_that_of_the_whole(length: int, step: int) -> None:
    samples = speech_like(length)
    if step == 1 and length > 600:
        step = 333
    stream = MelStream()
    parts = [stream.push(piece) for piece in pieces_of(samples, step)] + [stream.finish()]
    np.testing.assert_allclose(np.concatenate(parts, axis=1), log_mel(Audio(samples, 22050)), atol=1e-5)


def test_features_in_pieces_are_those_of_the_whole_and_look_at_the_past_alone() -> None:
    mel = log_mel(Audio(speech_like(3 * 22050), 22050))
    whole = LevelFollower().features(mel)
    follower = LevelFollower()
    parts = [follower.features(mel[:, start : start + 17]) for start in range(0, mel.shape[1], 17)]
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), whole)
    changed = mel.copy()
    changed[:, 100:] += 2
    np.testing.assert_array_equal(LevelFollower().features(changed)[:, :100], whole[:, :100])


@pytest.mark.parametrize("gain", [0.05, 0.3, 3.0])
def test_loudness_hardly_matters_to_the_features_after_some_seconds(gain: float) -> None:
    samples = speech_like(20 * 22050)
    loud, quiet = (LevelFollower().features(log_mel(Audio(g * samples, 22050))) for g in (1.0, gain))
    assert np.abs(loud - quiet)[:, -400:].mean() < 0.12
    assert abs(np.log(gain)) * 0.35 > 0.35


def test_every_symbol_of_the_inventory_has_its_sound() -> None:
    assert len(HEARD_SYMBOLS) == 70
    assert len(BASES) == 40
    assert BASES[BASE_OF_SOUND[SILENCE]] == "|"
    np.testing.assert_array_equal(SOUND_OF_ID[ID_OF_SOUND], np.arange(70))
    assert SOUND_OF_ID[0] == -1


def test_a_path_finds_the_sounds_that_noise_hides() -> None:
    random = np.random.default_rng(3)
    truth = np.repeat(random.permutation(KINDS)[:40], random.integers(3, 12, 40))
    shares = random.normal(0, 0.7, (KINDS, len(truth))).astype(np.float32)
    shares[truth, np.arange(len(truth))] += 3
    shares -= np.log(np.exp(shares).sum(axis=0))
    found = decode_sounds(shares, even_statistics(3))
    assert (np.repeat(found.sounds, found.durations) == truth).mean() > 0.99 > (shares.argmax(axis=0) == truth).mean()
    assert found.durations.sum() == len(truth)


def test_no_sound_is_shorter_than_it_can_be_but_at_the_ends() -> None:
    shares = np.random.default_rng(0).normal(size=(KINDS, 300)).astype(np.float32)
    found = decode_sounds(shares, even_statistics(3))
    assert found.durations[1:-1].min() >= 3
    assert (np.diff(found.sounds) != 0).all()


def test_the_path_is_the_best_of_all_paths() -> None:
    """Slow and sure: every way to fill seven columns with sounds of at least two."""
    random = np.random.default_rng(1)
    kinds, columns = 3, 7
    shares = np.full((KINDS, columns), -50.0, np.float32)
    shares[:kinds] = random.normal(size=(kinds, columns))
    statistics = SoundStatistics(
        np.zeros(KINDS, np.float32),
        random.normal(size=(KINDS, KINDS)).astype(np.float32),
        np.full(KINDS, np.log(0.3), np.float32),
        np.full(KINDS, 2),
    )
    config = DecodingConfig(0.0, 0.7, 0.4)
    best, best_path = -np.inf, ()
    for path in itertools.product(range(kinds), repeat=columns):
        runs = [(sound, len(list(group))) for sound, group in itertools.groupby(path)]
        if any(length < 2 for _, length in runs[1:-1]):
            continue
        score = float(shares[list(path), range(columns)].sum())
        for place, (sound, length) in enumerate(runs):
            last = place == len(runs) - 1
            # The first may have begun before, so that all its columns are beyond the least.
            score += 0.4 * np.log(0.7) * max(0, length - (1 if place == 0 else 2))
            if not last:
                score += 0.4 * np.log(0.3) + 0.7 * float(statistics.log_follows[sound, runs[place + 1][0]])
        if score > best:
            best, best_path = score, path
    found = decode_sounds(shares, statistics, config)
    assert tuple(np.repeat(found.sounds, found.durations)) == best_path


@pytest.mark.parametrize("columns", [0, 1, 2, 3])
def test_the_shortest_recordings_have_a_path(columns: int) -> None:
    shares = np.full((KINDS, columns), -5.0, np.float32)
    shares[7] = -0.1
    found = decode_sounds(shares, even_statistics(3))
    assert found.durations.sum() == columns
    assert (found.sounds == 7).all()


def test_statistics_of_another_number_of_sounds_are_refused() -> None:
    tensors = even_statistics().tensors()
    with pytest.raises(DamagedModelError, match="log_ends"):
        SoundStatistics.of({name: value for name, value in tensors.items() if name != "log_ends"}, "x")
    with pytest.raises(DamagedModelError, match="log_prior"):
        SoundStatistics.of({**tensors, "log_prior": np.zeros(3)}, "x")
    with pytest.raises(ShapeError, match="at least 0 columns"):
        even_statistics(0)


@given(st.lists(st.floats(0.001, 0.4), min_size=1, max_size=30), st.integers(1, 400))
@settings(max_examples=60)
def test_whole_columns_leave_no_sound_without_one_while_there_is_room(lengths: list[float], columns: int) -> None:
    durations = whole_columns(np.cumsum(lengths), columns)
    assert durations.sum() == columns
    assert durations.min() >= (1 if columns >= len(lengths) else 0)


def test_utterances_end_in_pauses_however_the_sound_comes() -> None:
    samples = np.concatenate([speech_like(3 * 22050), np.zeros(22050, np.float32)] * 4)
    cuts = []
    for step in (1024, 50_000, len(samples)):
        hearing = LoudnessEncoder().listen()
        blocks = [*(hearing.push(piece) for piece in pieces_of(samples, step)), hearing.finish()]
        parts = list(utterances(blocks))
        np.testing.assert_allclose(
            np.concatenate([part.mel for part in parts], axis=1), log_mel(Audio(samples, 22050)), atol=1e-5
        )
        for part in parts[:-1]:
            assert part.log_shares[:, -1].argmax() == SILENCE
            assert part.log_shares.argmax(axis=0).tolist().count(OPEN) > 100
        cuts.append([len(part) for part in parts])
    assert cuts[0] == cuts[1] == cuts[2]
    # The last is the rest of the last pause.
    assert len(cuts[0]) == 5


def test_who_never_pauses_is_cut_where_it_is_quietest() -> None:
    silence = np.zeros(4000, np.float32)
    silence[1500:1506] = 0.45
    config = CutConfig()
    lengths = UtteranceCutter(config).push(silence)
    assert abs(lengths[0] - 1503) <= 4
    assert all(length / 86 <= config.longest_s for length in lengths)


def test_silence_alone_is_no_series_of_utterances() -> None:
    lengths = UtteranceCutter().push(np.ones(86 * 60, np.float32))
    assert all(length > 86 * 10 for length in lengths)
