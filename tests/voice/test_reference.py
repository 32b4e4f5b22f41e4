"""A recording steers the voice: its numbers come back from the sound; what shows no speech is refused in one line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import avatron
from avatron.cli import main
from avatron.core.audio import Audio
from avatron.errors import UnreadableFileError
from avatron.io.audio import write_wav
from avatron.io.resample import resample_audio
from avatron.text.english.frontend import EnglishFrontend
from avatron.voice.neural import NeuralVoice
from avatron.voice.reference.clip import CLIPPED, LONGEST_S, measure_clip, read_clip
from avatron.voice.reference.loudness import pauses, syllable_nuclei
from avatron.voice.reference.measures import measure_speech
from avatron.voice.reference.transfer import PARAGRAPH, TAKEN, ClipStyle, style_from_clip, style_of
from avatron.voice.style import VoiceStyle
from avatron.voice.voices import COLLECTION

RATE = 16000
TWO_SENTENCES = (PARAGRAPH[0], PARAGRAPH[2])
TOLERANCE = {"pace": 0.1, "pitch_range": 0.12, "dynamics": 0.15, "pauses": 0.2}
"""What comes back is drawn towards 1 by a tenth; the shortest pauses of a quick speaker are no pauses any more."""


@pytest.fixture(scope="module")
def voice() -> NeuralVoice:
    return NeuralVoice.load(COLLECTION.builtin_folder / "lj")


@pytest.fixture(scope="module")
def speech(voice: NeuralVoice) -> Audio:
    return said(voice, TWO_SENTENCES)


@pytest.fixture
def clip(speech: Audio, tmp_path: Path) -> Path:
    write_wav(tmp_path / "clip.wav", speech)
    return tmp_path / "clip.wav"


def said(voice: NeuralVoice, texts: tuple[str, ...], style: VoiceStyle | None = None) -> Audio:
    frontend = EnglishFrontend()
    return Audio.joined([voice.speak(frontend.phonemize(text, "en-us"), style or VoiceStyle()).audio for text in texts])


def buzz(seconds: float, pitch_hz: float = 120.0, rate: int = RATE) -> np.ndarray:
    """[N] a voice without a mouth."""
    time_s = np.arange(round(seconds * rate)) / rate
    harmonics = range(1, int(0.45 * rate / pitch_hz))
    waves = [np.sin(2 * np.pi * pitch_hz * number * time_s) / number for number in harmonics]
    return np.asarray(0.1 * np.sum(waves, axis=0), np.float32)


def syllables(count: int, rate_hz: float) -> np.ndarray:
    """[N] so many of them, `rate_hz` a second, 20 dB deep, half of them 6 dB softer."""
    voiced = buzz(count / rate_hz)
    phase = np.arange(len(voiced)) / RATE * rate_hz
    opening = 0.1 + 0.9 * np.sin(np.pi * (phase % 1)) ** 2
    loud = np.where(np.floor(phase) % 2, 0.5, 1.0)
    return (voiced * opening * loud).astype(np.float32)


def test_every_syllable_of_a_buzz_is_found() -> None:
    silence = np.zeros(RATE // 2, np.float32)
    for rate_hz in (2.5, 4.0, 6.0):
        measures = measure_speech(Audio(np.concatenate([silence, syllables(20, rate_hz), silence]), RATE))
        assert measures.syllables == 20
        assert measures.articulation_rate == pytest.approx(rate_hz, rel=0.06)
        assert measures.pitch_hz == pytest.approx(120, rel=0.01)
        assert measures.loudness_range == pytest.approx(6, abs=0.7)
        assert measures.pitch_range < 0.5


def test_a_peak_without_voice_or_far_below_the_others_is_no_syllable() -> None:
    level = np.concatenate([[-60, -20, -60, -22, -60, -55, -60], np.full(3, -60)]).astype(float)
    everywhere = np.ones(len(level), bool)
    np.testing.assert_array_equal(syllable_nuclei(level, everywhere), [1, 3])
    only_first = np.arange(len(level)) < 2
    np.testing.assert_array_equal(syllable_nuclei(level, only_first), [1])


def test_silence_around_speech_and_closures_are_no_pauses() -> None:
    speaking = np.repeat([False, True, False, True, False, True, False], [50, 30, 5, 30, 40, 30, 60])
    (pause,) = pauses(speaking)
    assert (pause.start, pause.end) == (115, 155)
    assert pauses(np.zeros(30, bool)) == []
    assert pauses(np.ones(30, bool)) == []


def test_pauses_are_measured_between_the_first_word_and_the_last() -> None:
    parts = [np.zeros(RATE), syllables(8, 4.0), np.zeros(RATE // 2), syllables(8, 4.0), np.zeros(2 * RATE)]
    measures = measure_speech(Audio(np.concatenate(parts).astype(np.float32), RATE))
    assert measures.pause_count == 1
    assert measures.pause_s == pytest.approx(0.5, abs=0.08)
    assert measures.speech_s == pytest.approx(4.0, abs=0.15)


def test_numbers_do_not_depend_on_how_loud_the_recording_is(speech: Audio) -> None:
    soft, loud = (measure_speech(Audio(speech.samples * np.float32(gain), speech.sample_rate)) for gain in (0.03, 1))
    assert soft.syllables == loud.syllables
    assert soft.pitch_range == pytest.approx(loud.pitch_range, rel=0.05)
    assert soft.loudness_range == pytest.approx(loud.loudness_range, rel=0.05)


def test_numbers_at_8_khz_are_close_to_those_of_the_original(speech: Audio) -> None:
    narrow, wide = measure_speech(resample_audio(speech, 8000)), measure_speech(speech)
    assert narrow.articulation_rate == pytest.approx(wide.articulation_rate, rel=0.06)
    assert narrow.pitch_range == pytest.approx(wide.pitch_range, rel=0.06)
    assert narrow.loudness_range == pytest.approx(wide.loudness_range, rel=0.06)
    assert narrow.pitch_hz == pytest.approx(wide.pitch_hz, rel=0.02)


def test_a_stereo_clip_has_the_numbers_of_its_mix(speech: Audio, tmp_path: Path) -> None:
    import wave

    samples = np.rint(speech.samples * 32767).astype("<i2")
    with wave.open(str(tmp_path / "stereo.wav"), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(speech.sample_rate)
        file.writeframes(np.stack([samples, samples], axis=1).tobytes())
    stereo, mono = read_clip(tmp_path / "stereo.wav").measures, measure_speech(speech)
    assert stereo.syllables == mono.syllables
    assert stereo.pitch_range == pytest.approx(mono.pitch_range, rel=0.02)


def test_a_voice_that_hears_itself_keeps_its_style(voice: NeuralVoice) -> None:
    found = style_of(measure_clip(said(voice, PARAGRAPH), "own"), voice)
    assert [getattr(found.style, name) for name in TAKEN] == pytest.approx([1, 1, 1, 1], abs=1e-6)
    assert found.pitch == pytest.approx(1)


@pytest.mark.parametrize(
    "asked",
    [
        VoiceStyle(pace=1.25, pitch_range=1.5),
        VoiceStyle(pace=0.8, pitch_range=0.75),
        VoiceStyle(dynamics=1.5, pauses=1.5),
    ],
    ids=["quick and lively", "slow and flat", "loud, soft and pausing"],
)
def test_a_style_comes_back_from_its_sound(voice: NeuralVoice, asked: VoiceStyle) -> None:
    found = style_of(measure_clip(said(voice, PARAGRAPH, asked), "own"), voice).style
    for name in TAKEN:
        assert getattr(found, name) == pytest.approx(getattr(asked, name), rel=TOLERANCE[name]), name


def test_a_style_comes_back_through_a_telephone(voice: NeuralVoice) -> None:
    asked = VoiceStyle(pace=1.25, pitch_range=1.4)
    found = style_of(measure_clip(resample_audio(said(voice, PARAGRAPH, asked), 8000), "call"), voice).style
    for name in TAKEN:
        assert getattr(found, name) == pytest.approx(getattr(asked, name), rel=TOLERANCE[name]), name


def test_another_speakers_pitch_is_told_and_not_taken(voice: NeuralVoice) -> None:
    found = style_of(measure_clip(said(voice, TWO_SENTENCES, VoiceStyle(pitch=0.75)), "low"), voice)
    assert found.pitch == pytest.approx(0.75, rel=0.08)
    assert found.style.pitch == 1
    assert "its pitch, 0.7" in found.remarks[0]


def test_a_clip_without_a_pause_leaves_pauses_alone(voice: NeuralVoice) -> None:
    samples = syllables(30, 5.0)
    assert style_of(measure_clip(Audio(samples, RATE), "fluent"), voice).style.pauses == 1


def test_a_clipped_clip_gives_no_dynamics_and_says_so(voice: NeuralVoice, speech: Audio) -> None:
    most = float(np.abs(speech.samples).max()) / 1.7
    distorted = Audio(np.clip(speech.samples, -most, most), speech.sample_rate)
    found = style_of(measure_clip(distorted, "distorted"), voice)
    assert found.style.dynamics == 1
    assert any("distorted is clipped" in remark and "dynamics are left out" in remark for remark in found.remarks)


def test_a_noisy_clip_gives_no_pauses_and_says_so(voice: NeuralVoice, speech: Audio) -> None:
    noise = np.random.default_rng(0).standard_normal(len(speech.samples)) * 0.02
    found = style_of(measure_clip(Audio((speech.samples + noise).astype(np.float32), speech.sample_rate), "n"), voice)
    assert found.style.pauses == 1
    assert any("dB below its speech: its pauses are left out" in remark for remark in found.remarks)
    assert found.style.pitch_range == pytest.approx(1, abs=0.25)


def test_of_a_long_clip_the_first_minute_is_heard_and_the_user_is_told(speech: Audio, tmp_path: Path) -> None:
    times = int(np.ceil((LONGEST_S + 5) / speech.duration_s))
    write_wav(tmp_path / "long.wav", Audio(np.tile(speech.samples, times), speech.sample_rate))
    found = read_clip(tmp_path / "long.wav")
    assert found.measures.speech_s + found.measures.pause_s <= LONGEST_S
    assert any("only the first 60 s" in remark for remark in found.remarks)


BAD_SOUNDS = {
    "silent": (np.zeros(3 * RATE), RATE, "is silent"),
    "a-tone": (buzz(3.0), RATE, "no speech was found"),
    "noise": (0.1 * np.random.default_rng(0).standard_normal(3 * RATE), RATE, "no speech was found"),
    "short": (syllables(5, 5.0), RATE, "1.0 s of speech, expected 1.5 s or more"),
    "clipped": (np.clip(syllables(20, 4.0), -0.004, 0.004), RATE, r"is clipped: \d+% of its samples"),
    "slow": (syllables(20, 4.0)[::4], RATE // 4, "4000 samples a second, expected 8000"),
}


@pytest.mark.parametrize("name", BAD_SOUNDS)
def test_a_sound_that_shows_nobody_speaking_is_refused_in_one_line(name: str, tmp_path: Path) -> None:
    samples, rate, message = BAD_SOUNDS[name]
    path = tmp_path / f"{name}.wav"
    write_wav(path, Audio(samples.astype(np.float32), rate))
    with pytest.raises(UnreadableFileError, match=message) as refusal:
        read_clip(path)
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_file_that_is_no_sound_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "empty.wav").write_bytes(b"")
    (tmp_path / "text.wav").write_text("This is not a sound.")
    write_wav(tmp_path / "nothing.wav", Audio(np.zeros(0, np.float32), RATE))
    write_wav(tmp_path / "nan.wav", Audio(np.zeros(RATE, np.float32), RATE), sample_format="float32")
    raw = bytearray((tmp_path / "nan.wav").read_bytes())
    raw[-400:] = np.full(100, np.nan, "<f4").tobytes()
    (tmp_path / "nan.wav").write_bytes(bytes(raw))
    for name in ("empty.wav", "text.wav", "nothing.wav", "nan.wav", "missing.wav", "."):
        with pytest.raises(UnreadableFileError, match="the reference clip is of no use") as refusal:
            read_clip(tmp_path / name)
        assert str(tmp_path / name) in str(refusal.value)


def test_the_limit_of_clipping_is_above_what_speech_reaches_by_itself(speech: Audio) -> None:
    peaks = np.abs(speech.samples)
    assert (peaks >= 0.985 * peaks.max()).mean() < CLIPPED / 2


def test_options_come_on_top_of_the_clip_and_stay_in_range() -> None:
    notes: list[str] = []
    clip = ClipStyle(VoiceStyle(pace=1.6, pitch_range=0.8, dynamics=1.2, pauses=0.6), 0.5, ("found",))
    both = clip.applied_to(VoiceStyle(pace=1.5, pitch_range=1.5, pitch=1.1, pauses=0.7, seed=7), notes.append)
    assert both == VoiceStyle(pace=2, pitch_range=0.8 * 1.5, dynamics=1.2, pauses=0.5, pitch=1.1, seed=7)
    assert notes[0] == "found"
    assert any("pace 2.40" in note and "2 is taken" in note for note in notes)
    assert any("pauses 0.42" in note and "0.5 is taken" in note for note in notes)


def test_a_clip_is_measured_again_when_it_has_changed(voice: NeuralVoice, clip: Path) -> None:
    first = style_from_clip(clip, voice)
    assert style_from_clip(clip, voice) is first
    write_wav(clip, said(voice, TWO_SENTENCES, VoiceStyle(pace=1.4)), overwrite=True)
    assert style_from_clip(clip, voice).style.pace > 1.1 * first.style.pace


def test_the_same_clip_and_seed_give_the_same_samples_and_face(voice: NeuralVoice, tmp_path: Path) -> None:
    write_wav(tmp_path / "quick.wav", said(voice, TWO_SENTENCES, VoiceStyle(pace=1.5)))
    notes: list[str] = []
    own, first, second = (
        next(avatron.stream("The tide was low. So we walked.", style_from=source, seed=3, on_note=notes.append))
        for source in (None, tmp_path / "quick.wav", str(tmp_path / "quick.wav"))
    )
    np.testing.assert_array_equal(first.audio.samples, second.audio.samples)
    np.testing.assert_array_equal(first.motion.expression, second.motion.expression)
    assert len(first.motion) < 0.9 * len(own.motion)
    assert any("style from" in note and "pace 1." in note for note in notes)


def test_the_command_line_tells_what_was_taken_unless_it_is_to_be_quiet(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["speak", "Hello.", "-o", str(tmp_path / "out.wav"), "--overwrite", "--style-from", str(clip)]
    assert main(command) == 0
    assert "note: style from" in capsys.readouterr().err
    assert main([*command, "--quiet"]) == 0
    assert capsys.readouterr().err == ""


def test_a_bad_clip_ends_a_run_before_anything_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_wav(tmp_path / "silent.wav", Audio(np.zeros(RATE, np.float32), RATE))
    options = ["--style-from", str(tmp_path / "silent.wav")]
    assert main(["speak", "Hello.", "-o", str(tmp_path / "out.wav"), *options]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    (tmp_path / "rows.csv").write_text("text\nOne.\nTwo.\n")
    assert main(["speak", "--batch", str(tmp_path / "rows.csv"), "-o", str(tmp_path / "films"), *options]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert {path.name for path in tmp_path.iterdir()} == {"silent.wav", "rows.csv"}


def test_a_row_of_a_batch_may_bring_its_own_clip(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "rows.csv").write_text(f"text,style_from\nOne.,{clip}\nTwo.,\n")
    assert main(["speak", "--batch", str(tmp_path / "rows.csv"), "-o", str(tmp_path / "out"), "--audio-only"]) == 0
    assert capsys.readouterr().err.count("row 1: style from") == 1


def test_speaking_without_a_clip_loads_no_pitch_tracker(tmp_path: Path) -> None:
    program = (
        "import sys, avatron; avatron.speak('Hi.', sys.argv[1], audio_only=True);"
        "print([m for m in ('swift_f0', 'avatron.voice.reference.transfer') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "a.wav")], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
