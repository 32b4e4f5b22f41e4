"""Known texts find their places in the sound, whoever speaks; wrong ones are known to be wrong."""

from __future__ import annotations

import numpy as np
import pytest

from avatron.core.audio import Audio
from avatron.core.speech import Span
from avatron.errors import InvalidValueError
from avatron.io.resample import resample_audio
from avatron.text.inventory import PAUSES
from avatron.track.speech.align import align_phonemes, align_within_words
from avatron.track.speech.hearing import BLOCK_FRAMES, hear, hear_pieces
from avatron.track.speech.listener import shipped_listener
from avatron.track.speech.phonemes import PhonemeTrack, read_transcript, transcript_of_words
from avatron.track.speech.sound import INTELLIGIBLE, listen

Spoken = tuple[Audio, str, tuple[Span, ...]]


def start_errors_ms(track: PhonemeTrack, spans: tuple[Span, ...]) -> np.ndarray:
    """Distances of starts; what the path left out is passed over."""
    wanted = [span for span in spans if span.label not in PAUSES]
    found = [
        (symbol, start)
        for symbol, start, word in zip(track.symbols, track.start_s, track.word_index, strict=True)
        if word >= 0
    ]
    errors = []
    for span in wanted:
        if found and found[0][0] == span.label:
            errors.append(1000 * abs(found.pop(0)[1] - span.start_s))
    assert not found
    return np.array(errors)


def test_our_own_voices_are_aligned_within_a_frame_of_a_film(spoken: Spoken) -> None:
    audio, text, spans = spoken
    track = align_phonemes(audio, text)
    errors = start_errors_ms(track, spans)
    assert len(errors) >= 0.95 * sum(span.label not in PAUSES for span in spans)
    assert errors.mean() < 20 and np.percentile(errors, 95) < 60
    assert track.score > 0.45


@pytest.mark.parametrize("change", ["quiet", "clipped", "telephone", "noisy"])
def test_bad_recordings_of_the_right_text_are_still_aligned(spoken: Spoken, change: str) -> None:
    audio, text, spans = spoken
    samples = audio.samples
    if change == "quiet":
        samples = 0.003 * samples
    elif change == "clipped":
        samples = np.clip(4 * samples, -1, 1)
    elif change == "telephone":
        samples = resample_audio(audio, 8000).samples
    else:
        samples = samples + np.random.default_rng(0).normal(0, 0.02, len(samples)).astype(np.float32)
    track = align_phonemes(Audio(samples, 8000 if change == "telephone" else audio.sample_rate), text)
    assert start_errors_ms(track, spans).mean() < 35
    assert track.score > INTELLIGIBLE


def test_a_text_that_is_not_what_is_said_does_not_fit(spoken: Spoken) -> None:
    audio, text, _ = spoken
    wrong = (
        "However the new hotel in the north is only open in the summer, and the rain has not yet stopped since Tuesday."
    )
    assert listen(audio, text).fits
    heard = listen(audio, wrong)
    assert not heard.fits
    assert heard.phonemes is not None and heard.phonemes.score < 0.3


@pytest.mark.parametrize("kind", ["silence", "noise", "hum"])
def test_no_text_fits_what_is_no_speech(kind: str) -> None:
    time = np.arange(5 * 16000) / 16000
    samples = {
        "silence": np.zeros(len(time)),
        "noise": np.random.default_rng(1).normal(0, 0.1, len(time)),
        "hum": 0.3 * np.sin(2 * np.pi * 100 * time),
    }[kind]
    heard = listen(Audio(samples.astype(np.float32), 16000), "Bob may buy a map.")
    assert not heard.fits


def test_blocks_of_long_sound_say_what_the_whole_says(spoken: Spoken) -> None:
    audio = resample_audio(Audio(np.tile(spoken[0].samples, 6), spoken[0].sample_rate), 16000)
    listener = shipped_listener()
    blocks = list(hear(audio, listener))
    assert len(blocks) > 2 and all(len(block) == BLOCK_FRAMES for block in blocks[:-1])
    assert sum(map(len, blocks)) == len(audio.samples) // 160


def test_a_text_that_is_longer_than_a_window_is_aligned_to_its_end(spoken: Spoken) -> None:
    audio, text, spans = spoken
    times = 6
    whole = Audio(np.tile(audio.samples, times), audio.sample_rate)
    track = align_phonemes(whole, " ".join([text] * times))
    later = tuple(
        Span(span.label, span.start_s + number * audio.duration_s, span.end_s)
        for number in range(times)
        for span in spans
    )
    assert start_errors_ms(track, later).mean() < 25


def test_words_with_times_stay_near_them(spoken: Spoken) -> None:
    audio, _, spans = spoken
    first = [span for span in spans if span.label not in PAUSES][:5]
    words = [(first[0].start_s, first[-2].end_s, "peter"), (first[-1].end_s, 9.0, "sil")]
    track = align_within_words(audio, words, slack_s=0.03)
    inside = track.spoken
    assert track.start_s[inside].min() >= words[0][0] - 0.04
    assert track.end_s[inside].max() <= words[0][1] + 0.05


def test_letters_are_said_as_their_names() -> None:
    assert transcript_of_words(["a", "f", "z"]).symbols == ("|", "ˈeɪ", "|", "ˈɛ", "f", "|", "z", "ˈɛ", "d", "|")


def test_only_pauses_and_final_r_may_be_left_out() -> None:
    transcript = read_transcript("More red.")
    left_out = [symbol for symbol, optional in zip(transcript.symbols, transcript.optional, strict=True) if optional]
    assert left_out == ["|", "ɹ", "|", "|"]


def test_a_transcript_without_words_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="no word in it"):
        read_transcript(" \n ")
    with pytest.raises(InvalidValueError, match="list of words is empty"):
        transcript_of_words([])


@pytest.mark.parametrize("samples", [0, 1, 159, 200, 500])
def test_hardly_any_sound_gives_a_track_without_confidence(samples: int) -> None:
    heard = listen(Audio(np.zeros(samples, np.float32), 16000), "Bob may buy a map.")
    assert len(heard.opening) == samples // 160 and not heard.fits
    assert heard.phonemes is not None and heard.phonemes.score == 0


@pytest.mark.parametrize("size", [700, 16000, 10**7])
def test_pieces_of_any_size_are_heard_alike(spoken: Spoken, size: int) -> None:
    samples = np.tile(resample_audio(spoken[0], 16000).samples, 4)
    listener = shipped_listener()
    pieces = (samples[start : start + size] for start in range(0, len(samples), size))
    heard = np.concatenate(list(hear_pieces(pieces, listener)))
    np.testing.assert_allclose(heard, np.concatenate(list(hear(Audio(samples, 16000), listener))), atol=0.02)
    assert len(heard) == len(samples) // 160


def test_samples_that_are_no_numbers_are_silence() -> None:
    samples = np.zeros(32000, np.float32)
    samples[5000:9000] = np.nan
    samples[12000] = np.inf
    heard = np.concatenate(list(hear_pieces([samples], shipped_listener())))
    assert np.isfinite(heard).all()
