"""Recorded speech to files: the sound stays the person's own, whatever the file, and bad ones are told in one line."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from avatron.cli import main
from avatron.core.audio import Audio
from avatron.core.motion import EXPRESSION_INDEX
from avatron.errors import InvalidValueError, UnknownNameError, UnreadableFileError, UsageError
from avatron.io.audio import read_audio, write_wav
from avatron.io.curves import read_motion
from avatron.pipeline.recorded.animate import animate_speech
from avatron.text.frontends import frontend_for
from avatron.voice.listening.encoders import SPEECH_ENCODERS
from avatron.voice.listening.hear import hear_utterances
from avatron.voice.listening.tape import SoundTape
from avatron.voice.style import VoiceStyle
from avatron.voice.voices import load_voice
from reference.loudness_encoder import LoudnessEncoder, speech_like

TEXT = "Pack my box with five dozen big jugs. Bob and Pam may bake a pie."
JAW, SHUT = EXPRESSION_INDEX["jawOpen"], EXPRESSION_INDEX["mouthClose"]


@pytest.fixture(autouse=True)
def loudness(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plug-in encoder under its name."""
    monkeypatch.setitem(SPEECH_ENCODERS._builtin, "loudness", "reference.loudness_encoder:LoudnessEncoder")


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`TEXT` as the voice `pm` says it: speech whose words are known."""
    voice = load_voice("pm")
    phonemes = frontend_for("en-us", ("en-us",)).phonemize(TEXT, "en-us")
    path = tmp_path_factory.mktemp("spoken") / "spoken.wav"
    write_wav(path, voice.speak(phonemes, VoiceStyle()).audio)
    return path


def _sound(path: Path, samples: NDArray[np.float32], rate: int = 22050, *, float32: bool = False) -> Path:
    write_wav(path, Audio(samples, rate), sample_format="float32" if float32 else "int16")
    return path


def _bursts(count: int = 3) -> NDArray[np.float32]:
    silence = np.zeros(22050, np.float32)
    return np.concatenate([part for seed in range(count) for part in (silence, speech_like(22050, seed))] + [silence])


def test_the_film_has_the_recorded_sound_and_lasts_as_long(tmp_path: Path) -> None:
    source = _sound(tmp_path / "speech.wav", _bursts(1))
    outputs = [tmp_path / "film.mkv", tmp_path / "again.wav", tmp_path / "motion.npz"]
    made = animate_speech(source, outputs, speech_encoder="loudness", size="32x32", fps=10)
    np.testing.assert_array_equal(read_audio(outputs[1]).samples, read_audio(source).samples)
    assert made.duration_s == pytest.approx(3.0)
    assert len(read_motion(outputs[2])) == made.frames == 30
    with av.open(str(outputs[0])) as film:
        assert sum(1 for _ in film.decode(video=0)) == 30


def test_the_mouth_opens_where_it_is_loud_and_rests_in_silence(tmp_path: Path) -> None:
    source = _sound(tmp_path / "speech.wav", _bursts())
    animate_speech(source, tmp_path / "motion.npz", speech_encoder="loudness", animator="viseme")
    jaw = read_motion(tmp_path / "motion.npz").expression[:, JAW].reshape(-1, 25)
    assert (jaw[1::2, 5:20].mean(axis=1) > 0.25).all()
    assert jaw[::2, 8:17].max() < 0.01


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 44100, 48000])
def test_any_sample_rate_gives_the_same_motion(tmp_path: Path, rate: int) -> None:
    from avatron.io.resample import resample_audio

    source = Audio(_bursts(1), 22050)
    motions = []
    for number, audio in enumerate((source, resample_audio(source, rate))):
        path = tmp_path / f"{number}.wav"
        write_wav(path, audio)
        animate_speech(path, tmp_path / f"{number}.npz", speech_encoder="loudness")
        motions.append(read_motion(tmp_path / f"{number}.npz").expression[:, JAW])
    assert len(motions[0]) == len(motions[1])
    assert np.corrcoef(motions[0], motions[1])[0, 1] > 0.95


def test_utterances_touch_exactly_at_any_sample_rate(tmp_path: Path) -> None:
    source = _sound(tmp_path / "odd.wav", np.tile(_bursts(2), 2)[: 22050 * 7 + 123], 16001)
    speeches = list(hear_utterances(SoundTape(source), LoudnessEncoder()))
    assert len(speeches) > 2
    for one, other in pairwise(speeches):
        assert one.end == other.start
    joined = np.concatenate([speech.audio.samples for speech in speeches])
    np.testing.assert_array_equal(joined, read_audio(source).samples)
    for speech in speeches:
        assert abs(speech.acoustics.frames / speech.acoustics.frame_rate - speech.audio.duration_s) < 0.024
        assert len(speech.acoustics.pitch) == speech.acoustics.frames == speech.acoustics.durations.sum()


def test_silence_is_a_face_at_rest_and_a_remark(tmp_path: Path) -> None:
    source = _sound(tmp_path / "silent.wav", np.zeros(2 * 22050, np.float32))
    notes: list[str] = []
    animate_speech(source, tmp_path / "m.npz", speech_encoder="loudness", on_note=notes.append)
    motion = read_motion(tmp_path / "m.npz")
    assert len(motion) == 50
    assert motion.expression[:, JAW].max() == 0
    assert any("silent" in note for note in notes)


def test_samples_that_are_no_numbers_are_silence_and_counted(tmp_path: Path) -> None:
    samples = _bursts(1)
    samples[30_000:30_100] = np.nan
    samples[5] = np.inf
    path = tmp_path / "nan.wav"
    # `Audio` takes no NaN; files hold what they like.
    with_numbers = _sound(path, np.zeros(len(samples), np.float32), float32=True)
    data = with_numbers.read_bytes()
    path.write_bytes(data[: -4 * len(samples)] + samples.astype("<f4").tobytes())
    notes: list[str] = []
    animate_speech(path, [tmp_path / "m.npz", tmp_path / "o.wav"], speech_encoder="loudness", on_note=notes.append)
    assert any("101 samples" in note and "silence" in note for note in notes)
    assert np.isfinite(read_motion(tmp_path / "m.npz").expression).all()
    assert not read_audio(tmp_path / "o.wav").samples[30_000:30_100].any()


def test_clipped_sound_is_remarked_upon(tmp_path: Path) -> None:
    source = _sound(tmp_path / "loud.wav", np.clip(30 * _bursts(1), -1, 1))
    notes: list[str] = []
    animate_speech(source, tmp_path / "m.npz", speech_encoder="loudness", on_note=notes.append)
    assert any("clipped" in note for note in notes)


def test_fifty_milliseconds_make_a_film_and_less_than_a_column_does_not(tmp_path: Path) -> None:
    made = animate_speech(
        _sound(tmp_path / "short.wav", speech_like(1102)), tmp_path / "m.npz", speech_encoder="loudness"
    )
    assert made.frames == 2
    with pytest.raises(InvalidValueError, match=r"lasts 0.005 s; expected at least 0.02 s"):
        animate_speech(_sound(tmp_path / "tiny.wav", speech_like(100)), tmp_path / "n.npz", speech_encoder="loudness")
    assert not (tmp_path / "n.npz").exists()


def test_files_without_sound_are_refused_by_name(tmp_path: Path) -> None:
    text = tmp_path / "words.txt"
    text.write_text("hello")
    with pytest.raises(UnreadableFileError, match=r"words\.txt"):
        animate_speech(text, tmp_path / "m.npz", speech_encoder="loudness")
    with pytest.raises(UnreadableFileError, match="no such file"):
        animate_speech(tmp_path / "none.wav", tmp_path / "m.npz", speech_encoder="loudness")
    mute = tmp_path / "mute.mp4"
    with av.open(str(mute), "w") as film:
        stream = film.add_stream("mpeg4", rate=25, width=32, height=32, pix_fmt="yuv420p")
        for _ in range(5):
            film.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8))))
        film.mux(stream.encode(None))
    with pytest.raises(UnreadableFileError, match=r"mute\.mp4` has no sound"):
        animate_speech(mute, tmp_path / "m.npz", speech_encoder="loudness")


@pytest.mark.parametrize(
    ("suffix", "codec"), [("mp3", "libmp3lame"), ("ogg", "libopus"), ("m4a", "aac"), ("flac", "flac")]
)
def test_every_type_of_sound_file_is_read(tmp_path: Path, suffix: str, codec: str) -> None:
    path = tmp_path / f"speech.{suffix}"
    samples = _bursts(1)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=48000, layout="mono")
        frame = av.AudioFrame.from_ndarray((samples * 32767).astype(np.int16)[None], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 22050, 0, Fraction(1, 22050)
        resampler = av.AudioResampler(
            format=stream.codec_context.format.name,
            layout="mono",
            rate=48000,
            frame_size=960 if codec == "libopus" else 1024,
        )
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    animate_speech(path, tmp_path / "m.npz", speech_encoder="loudness", animator="viseme")
    jaw = read_motion(tmp_path / "m.npz").expression[:75, JAW].reshape(3, 25)
    assert jaw[1, 6:18].mean() > 0.25 > 0.02 > jaw[[0, 2], 9:16].max()


def test_a_transcript_gives_words_and_the_text_encoders_own_embedding(spoken: Path, tmp_path: Path) -> None:
    from avatron.pipeline.recorded.transcribed import said_utterances

    voice = load_voice("lj")
    speeches = list(said_utterances(SoundTape(spoken), TEXT, voice))
    words = [word for speech in speeches for word in speech.words]
    assert [word.label for word in words][:5] == ["Pack", "my", "box", "with", "five"]
    for speech in speeches:
        assert speech.acoustics.embedding_space == voice.embedding_space
        assert speech.acoustics.durations.sum() == speech.acoustics.frames
        exact = np.repeat(voice.text_embedding(speech.phonemes), speech.acoustics.durations, axis=1)
        np.testing.assert_allclose(speech.acoustics.text_embedding, exact, atol=1e-5)
    animate_speech(spoken, [tmp_path / "m.npz", tmp_path / "m.srt"], transcript=TEXT)
    motion = read_motion(tmp_path / "m.npz")
    assert "Bob and Pam" in (tmp_path / "m.srt").read_text().replace("\n", " ")
    starts = {word.label: speech.start_s + word.start_s for speech in speeches for word in speech.words}
    first = motion.expression[int(np.ceil(starts["Bob"] * 25)) : int(starts["Bob"] * 25) + 4]
    assert (first[:, SHUT] > 0.8 * first[:, JAW]).any(), "the lips close for the b of Bob"


def test_a_transcript_of_something_else_is_refused(spoken: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidValueError, match=r"does not fit the sound of .*spoken\.wav.*its score is 0\.[0-3]"):
        animate_speech(
            spoken, tmp_path / "m.npz", transcript="Seventeen thousand years ago nothing whatsoever happened to sheep."
        )


def test_hours_need_the_memory_of_an_utterance(tmp_path: Path) -> None:
    path = _sound(tmp_path / "long.wav", np.tile(_bursts(2)[: 22050 * 4], 8))
    tape, seconds, held = SoundTape(path), 0.0, []
    for speech in hear_utterances(tape, LoudnessEncoder()):
        seconds += speech.audio.duration_s
        held.append(tape.held_s)
    assert seconds == pytest.approx(32)
    # No more than the utterance that is being heard, and the one before it.
    assert max(held) < 8


def test_requests_that_contradict_themselves_are_refused(tmp_path: Path) -> None:
    source = _sound(tmp_path / "speech.wav", _bursts(1))
    with pytest.raises(UsageError, match="srt need words"):
        animate_speech(source, tmp_path / "x.srt", speech_encoder="loudness")
    with pytest.raises(UsageError, match="leave one of the two out"):
        animate_speech(source, tmp_path / "x.npz", speech_encoder="loudness", transcript="hello")
    with pytest.raises(UnknownNameError, match="unknown speech encoder `nobody`"):
        animate_speech(source, tmp_path / "x.npz", speech_encoder="nobody")
    with pytest.raises(UnknownNameError, match="unknown animator"):
        animate_speech(source, tmp_path / "x.npz", speech_encoder="loudness", animator="nobody")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["-o", "a.mp4"], "give either a sound or video file"),
        (["s.wav", "--from", "m.npz", "-o", "a.mp4"], "give either a sound or video file"),
        (["s.wav", "--head", "still", "-o", "a.mp4"], "`--head` is for `--from MOTION`"),
        (["--from", "m.npz", "--transcript", "x", "-o", "a.mp4"], "`--transcript` is for recorded speech"),
        (["--from", "m.npz", "--fps", "30", "-o", "a.mp4"], "`--fps` is for recorded speech"),
    ],
)
def test_the_verb_takes_one_source_and_its_own_options(
    arguments: list[str],
    complaint: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["animate", *arguments]) == 2
    assert complaint in capsys.readouterr().err


def test_the_verb_animates_a_sound(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = _sound(tmp_path / "speech.wav", _bursts(1))
    command = ["animate", str(source), "--speech-encoder", "loudness", "-o", str(tmp_path / "m.npz"), "--json"]
    assert main([*command, "--fps", "30", "--seed", "3"]) == 0
    assert '"fps": "30"' in capsys.readouterr().out
