"""Measures of a voice give what their definitions give on sounds whose answers are known."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.core.speech import Span
from avatron.errors import InvalidValueError, MissingComponentError, ShapeError
from avatron.evaluation.measurement import Measurement
from avatron.evaluation.voice.copies import copy_measures, mel_distance, pesq_wideband, stoi
from avatron.evaluation.voice.forced_alignment import ForcedAligner, distance_summary, start_distances_ms
from avatron.evaluation.voice.griffin_lim import griffin_lim, magnitude_of_mel
from avatron.evaluation.voice.melody import compare_melodies, melody_measures, pitch_range_ratio, semitone_deviation
from avatron.evaluation.voice.naturalness import DistillMos, Dnsmos, judged
from avatron.evaluation.voice.optional import absent
from avatron.evaluation.voice.recordings import AlignedRecording
from avatron.evaluation.voice.sets import SETS
from avatron.evaluation.voice.similarity import speaker_similarity
from avatron.evaluation.voice.speaking import audio_of, copied, given_timing, say
from avatron.evaluation.voice.suite import VoiceBench, measure_voice
from avatron.evaluation.voice.texts import new_sentences
from avatron.evaluation.voice.words import (
    WordErrors,
    relative_word_error_rate,
    spoken_words,
    word_error_rate,
    word_errors,
)
from avatron.io.optional import optional_package
from avatron.io.resample import resample_audio
from avatron.signal.level import JUDGED_LUFS, at_loudness
from avatron.signal.loudness import loudness_lufs
from avatron.signal.mel import MelConfig, log_mel, mel_filterbank
from avatron.voice.neural import NeuralVoice
from avatron.voice.voices import COLLECTION

RATE = 22050


@pytest.fixture(scope="module")
def voice() -> NeuralVoice:
    return NeuralVoice.load(COLLECTION.builtin_folder / "lj")


@pytest.fixture(scope="module")
def spoken(voice: NeuralVoice) -> Audio:
    return audio_of(say(voice, "She opened the small wooden box."))


@pytest.fixture(scope="module")
def recording(voice: NeuralVoice) -> AlignedRecording:
    """What the voice itself says, as if somebody had recorded and aligned it."""
    (speech,) = say(voice, "She opened the small wooden box.")
    acoustics, lead_frames = speech.acoustics, 6
    assert speech.phonemes is not None and acoustics.durations is not None
    own = Audio(speech.audio.samples[lead_frames * 256 :], RATE)
    starts = np.cumsum(acoustics.durations) - acoustics.durations
    return AlignedRecording(
        name="said",
        text="She opened the small wooden box.",
        audio=own,
        phonemes=speech.phonemes,
        durations=acoustics.durations,
        log_pitch=np.full(len(starts), np.log(200.0), np.float32),
        energy=(np.add.reduceat(acoustics.energy, starts) / acoustics.durations).astype(np.float32),
        mel=acoustics.mel,
        pitch_hz=acoustics.pitch,
        lead_frames=lead_frames,
    )


def contour(frames: int = 200) -> NDArray[np.float32]:
    pitch_hz = (200 * 2 ** (np.sin(np.arange(frames) / 15) / 6)).astype(np.float32)
    pitch_hz[::7] = 0
    return pitch_hz


def test_a_contour_that_is_stretched_in_semitones_correlates_fully_and_has_the_stretch_as_range_ratio() -> None:
    reference = contour()
    stretched = np.where(reference > 0, 200 * (np.maximum(reference, 1) / 200) ** 1.5, 0).astype(np.float32)
    melody = compare_melodies(stretched, reference)
    assert melody.correlation == pytest.approx(1.0, abs=1e-6)
    assert melody.voicing_error == 0.0
    assert pitch_range_ratio([stretched], [reference]).mean == pytest.approx(1.5, rel=1e-4)


def test_a_contour_an_octave_up_is_off_by_1200_cents_and_has_the_same_range() -> None:
    reference = contour()
    assert compare_melodies(reference * 2, reference).error_cents == pytest.approx(1200, rel=1e-5)
    assert pitch_range_ratio([reference * 2], [reference]).mean == pytest.approx(1.0, rel=1e-5)


def test_voicing_error_is_the_share_of_frames_that_differ() -> None:
    reference = contour(100)
    reference[:] = 150
    own = reference.copy()
    own[:25] = 0
    assert compare_melodies(own, reference).voicing_error == 0.25


def test_a_melody_of_too_few_voiced_frames_is_left_out_of_the_mean() -> None:
    silent = np.zeros(200, np.float32)
    melodies = [compare_melodies(silent, contour()), compare_melodies(contour(), contour())]
    assert np.isnan(melodies[0].correlation) and np.isnan(semitone_deviation(silent))
    assert melody_measures(melodies)["pitch_correlation"].count == 1
    assert melody_measures(melodies)["voicing_error"].count == 2


def test_spans_that_are_shifted_have_the_shift_as_distance() -> None:
    starts_s = np.array([np.nan, 0.1, 0.2, 0.3])
    spans = [Span("x", start - 0.03, start) for start in (0.0, 0.1, 0.2, 0.3)]
    summary = distance_summary(start_distances_ms(starts_s, spans))
    assert summary["count"] == 3
    assert summary["signed_mean_ms"] == summary["median_ms"] == summary["percentile95_ms"] == 30.0
    assert summary["within_25_ms"] == 0 and summary["within_50_ms"] == 1


def test_distances_of_nothing_are_counted_as_nothing() -> None:
    assert distance_summary(np.zeros(0)) == {"count": 0}


def test_an_aligner_that_knows_nothing_of_ours_hears_phonemes_begin_where_the_spans_say(voice: NeuralVoice) -> None:
    pytest.importorskip("pocketsphinx")
    (speech,) = say(voice, "She opened the small wooden box, and inside it lay a silver key.")
    assert speech.phonemes is not None
    aligner = ForcedAligner()
    for starts in (aligner.word_starts_s, aligner.phoneme_starts_s):
        heard = starts(speech.audio, speech.phonemes)
        assert heard is not None
        summary = distance_summary(start_distances_ms(heard, speech.spans))
        assert summary["within_50_ms"] > 0.8
        late = tuple(Span(span.label, span.start_s + 0.3, span.end_s + 0.3) for span in speech.spans)
        assert distance_summary(start_distances_ms(heard, late))["median_ms"] > 250


def test_words_are_counted_as_levenshtein_counts_them() -> None:
    assert word_errors(["a", "b", "c", "d"], ["a", "x", "c"]) == WordErrors(2, 4)
    assert word_errors(["a", "b"], ["a", "b"]) == WordErrors(0, 2)
    assert word_errors([], ["a", "b"]) == WordErrors(2, 0)


def test_word_error_rates_are_errors_by_words_and_by_the_reference_errors() -> None:
    own = [WordErrors(1, 10), WordErrors(3, 10)]
    reference = [WordErrors(2, 10), WordErrors(6, 10)]
    assert word_error_rate(own).mean == pytest.approx(0.2)
    relative = relative_word_error_rate(own, reference)
    assert relative.mean == relative.low == relative.high == pytest.approx(0.5)


def test_texts_are_compared_as_they_are_said() -> None:
    said = spoken_words("Dr. Smith paid $3.50 for two T-shirts.")
    assert " ".join(said) == "doctor smith paid three dollars and fifty cents for two t shirts"


def test_a_hundred_new_sentences_are_there_each_once_and_all_can_be_said() -> None:
    texts = new_sentences()
    assert len(texts) == len(set(texts)) == 100
    assert all(spoken_words(text) for text in texts)


def test_sets_are_judged_at_one_loudness(spoken: Audio) -> None:
    loud = Audio(np.clip(spoken.samples * 2, -1, 1), RATE)
    assert loudness_lufs(at_loudness(loud)) == pytest.approx(JUDGED_LUFS, abs=0.01)
    silence = Audio(np.zeros(RATE, np.float32), RATE)
    assert at_loudness(silence) is silence


def test_a_judge_that_hears_levels_gives_one_score_at_one_loudness_and_another_as_it_is(spoken: Audio) -> None:
    pytest.importorskip("speechmos")
    judge = Dnsmos()
    loud, soft = (judged([at_loudness(spoken, lufs)], judge) for lufs in (-14.0, -40.0))
    assert loud["dnsmos_ovrl"].mean == pytest.approx(soft["dnsmos_ovrl"].mean, abs=0.01)
    assert abs(loud["dnsmos_ovrl_as_is"].mean - soft["dnsmos_ovrl_as_is"].mean) > 0.02


def test_a_short_sound_is_repeated_for_the_judge_that_would_fill_it_with_silence(spoken: Audio) -> None:
    try:
        judge = DistillMos()
    except MissingComponentError as error:
        pytest.skip(str(error))
    once = resample_audio(spoken, 16000).samples
    assert len(once) < judge.heard_samples
    assert judge.scores(once) == judge.scores(np.resize(once, judge.heard_samples))


def test_the_same_sound_has_no_mel_distance_and_a_louder_one_the_logarithm_of_the_factor(spoken: Audio) -> None:
    assert mel_distance(spoken, spoken) == 0.0
    noise = Audio((np.random.default_rng(0).standard_normal(RATE) * 0.1).astype(np.float32), RATE)
    louder = Audio(noise.samples * 2, RATE)
    assert mel_distance(louder, noise) == pytest.approx(np.log(2), rel=1e-4)


def test_too_short_a_copy_is_refused() -> None:
    short = Audio(np.zeros(1024, np.float32), RATE)
    with pytest.raises(ShapeError, match="too few"):
        mel_distance(short, short)


def test_the_same_sound_has_the_highest_pesq(spoken: Audio) -> None:
    pytest.importorskip("pesq")
    assert pesq_wideband(spoken, spoken) == pytest.approx(4.644, abs=0.01)


def test_the_same_sound_has_a_stoi_of_one(spoken: Audio) -> None:
    pytest.importorskip("pystoi")
    assert stoi(spoken, spoken) == pytest.approx(1.0, abs=1e-3)


def test_a_measure_whose_package_is_missing_says_why_and_how_to_get_it(
    spoken: Audio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pesq", None)
    found = copy_measures([spoken], [spoken])["pesq_wb"]
    assert isinstance(found, dict)
    assert "pip install pesq" in found["not_measured"]
    with pytest.raises(MissingComponentError, match="pip install nothing-like-it"):
        optional_package("nothing_like_it", "nothing-like-it")
    assert absent(ValueError("because")) == {"not_measured": "because"}


def test_sounds_that_cannot_be_measured_are_named_and_do_not_end_the_run() -> None:
    silence = Audio(np.zeros(RATE, np.float32), RATE)
    with pytest.raises(InvalidValueError, match="pitch_range_ratio"):
        pitch_range_ratio([np.zeros(200, np.float32)], [contour()])
    found = copy_measures([silence], [silence])
    assert isinstance(found["mel_l1"], Measurement) and found["mel_l1"].mean == 0
    assert isinstance(found["pesq_wb"], dict) and found["pesq_wb"]["not_measured"]


def test_similarity_leaves_out_the_recording_of_the_same_text() -> None:
    recordings = np.eye(3, dtype=np.float32)
    assert speaker_similarity(recordings, recordings).mean == 0.0
    same = np.tile(np.array([[1, 0, 0]], np.float32), (3, 1))
    assert speaker_similarity(same, same).mean == 1.0
    with pytest.raises(InvalidValueError, match="two recordings"):
        speaker_similarity(same[:1], same[:1])


def test_magnitudes_explain_the_mel_that_they_come_from(spoken: Audio) -> None:
    config = MelConfig()
    mel = log_mel(spoken, config)
    magnitude = magnitude_of_mel(mel, config)
    assert magnitude.min() >= 0
    rebuilt = np.log(np.maximum(mel_filterbank(config) @ magnitude, config.floor))
    loud = mel > -7
    assert np.abs(rebuilt - mel)[loud].mean() < 0.05


def test_griffin_lim_gives_sound_of_nearly_the_same_mel_and_length(spoken: Audio) -> None:
    mel = log_mel(spoken)
    rebuilt = griffin_lim(mel)
    assert len(rebuilt.samples) == mel.shape[1] * 256
    assert mel_distance(rebuilt, spoken) < 0.3
    assert (rebuilt.samples == griffin_lim(mel).samples).all()


def test_copies_last_as_long_as_their_recording(voice: NeuralVoice, recording: AlignedRecording) -> None:
    for sound in (copied(voice, recording), given_timing(voice, recording)):
        assert len(sound.samples) == len(recording.audio.samples)
    # The voice has a gain; what it says in the time of its own speech is that speech.
    same = at_loudness(given_timing(voice, recording), loudness_lufs(recording.audio))
    assert mel_distance(same, recording.audio) < 0.05


def test_spans_of_a_recording_begin_before_it_by_its_lead(recording: AlignedRecording) -> None:
    spans = recording.spans(RATE / 256)
    assert spans[0].start_s == pytest.approx(-recording.lead_frames * 256 / RATE)
    assert spans[-1].end_s == pytest.approx(recording.audio.duration_s)


def test_a_run_says_of_every_set_what_was_measured_or_why_not(recording: AlignedRecording) -> None:
    shares: list[float] = []
    bench = VoiceBench(texts=("Yes, it is.",), sets=("recorded", "copy", "new", "espeak_new"), times=False)
    result = measure_voice(bench, [recording], shares.append)
    assert set(result["sets"]) == set(bench.sets)
    copy = result["sets"]["copy"]
    for name in ("dnsmos_ovrl", "distillmos", "word_error_rate", "pesq_wb", "stoi", "mel_l1", "speaker_similarity"):
        assert "mean" in copy[name] or copy[name]["not_measured"]
    assert copy["pitch_correlation"]["mean"] > 0.9
    assert set(result["timing"]) == {"recorded", "new"}
    assert shares == sorted(shares) and all(0 <= share <= 1 for share in shares)
    assert set(SETS) > set(bench.sets)
