from __future__ import annotations

import io
import wave
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avatron.core.audio import Audio
from avatron.errors import InvalidValueError, OutputError, OutputExistsError, UnreadableFileError
from avatron.io import audio as audio_module
from avatron.io.audio import WavWriter, read_audio, read_audio_pieces, to_int16, write_wav
from avatron.io.resample import StreamResampler, resample_audio


def tone(seconds: float, rate: int = 22050) -> Audio:
    time_s = np.arange(round(seconds * rate)) / rate
    return Audio((0.5 * np.sin(2 * np.pi * 220 * time_s)).astype(np.float32), rate)


def test_float_wav_comes_back_bit_for_bit(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", tone(0.3), sample_format="float32")
    back = read_audio(tmp_path / "a.wav")
    assert back.sample_rate == 22050
    np.testing.assert_array_equal(back.samples, tone(0.3).samples)


def test_16_bit_wav_is_within_half_a_step_and_readable_by_others(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", tone(0.3))
    np.testing.assert_allclose(read_audio(tmp_path / "a.wav").samples * 32768 / 32767, tone(0.3).samples, atol=0.6e-4)
    with wave.open(str(tmp_path / "a.wav")) as other:
        assert (other.getnchannels(), other.getsampwidth(), other.getframerate()) == (1, 2, 22050)
        assert other.getnframes() == len(tone(0.3).samples)


def test_wav_in_pieces_is_the_wav_of_the_whole(tmp_path: Path) -> None:
    write_wav(tmp_path / "whole.wav", tone(0.3))
    with WavWriter(tmp_path / "pieces.wav", 22050) as writer:
        for piece in np.array_split(tone(0.3).samples, 7):
            writer.write(piece)
    assert (tmp_path / "pieces.wav").read_bytes() == (tmp_path / "whole.wav").read_bytes()


def test_wav_on_a_pipe_says_that_its_length_is_unknown_and_is_read_to_its_end(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with WavWriter(stream, 22050) as writer:
        writer.write(tone(0.3).samples)
    (tmp_path / "a.wav").write_bytes(stream.getvalue())
    assert stream.getvalue()[40:44] == b"\xff\xff\xff\xff"
    assert len(read_audio(tmp_path / "a.wav").samples) == len(tone(0.3).samples)


def test_loud_samples_are_clipped_not_wrapped(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", Audio(np.array([2, -2, 0], np.float32), 8000))
    samples = read_audio(tmp_path / "a.wav").samples
    assert samples[0] > 0.99
    assert samples[1] < -0.99


def test_a_wav_past_4_gib_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio_module, "_LARGEST_DATA", 1000)
    writer = WavWriter(tmp_path / "a.wav", 8000)
    with pytest.raises(OutputError, match="4 GiB"):
        writer.write(np.zeros(501, np.float32))
    writer.discard()
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_wav_leaves_nothing(tmp_path: Path) -> None:
    def interrupted() -> None:
        with WavWriter(tmp_path / "a.wav", 8000) as writer:
            writer.write(np.zeros(100, np.float32))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_an_existing_wav_is_refused(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", tone(0.1))
    with pytest.raises(OutputExistsError):
        write_wav(tmp_path / "a.wav", tone(0.1))


def test_a_full_pipe_is_one_clear_error() -> None:
    with Path("/dev/full").open("wb", buffering=0) as full, pytest.raises(OutputError, match="the disk is full"):
        WavWriter(full, 8000)


def test_sample_formats_that_are_not_known_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidValueError, match="int16, float32"):
        WavWriter(tmp_path / "a.wav", 8000, sample_format="int8")  # type: ignore[arg-type]


@pytest.mark.parametrize("content", [b"", b"not sound", b"RIFF\0\0\0\0WAVE", b"\0" * 5000])
def test_what_is_no_sound_is_one_clear_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.wav").write_bytes(content)
    with pytest.raises(UnreadableFileError, match=r"a\.wav"):
        read_audio(tmp_path / "a.wav")


def test_missing_and_overlong_sound_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="no such file"):
        read_audio(tmp_path / "missing.wav")
    write_wav(tmp_path / "a.wav", tone(2))
    with pytest.raises(UnreadableFileError, match="longer than 1 s"):
        read_audio(tmp_path / "a.wav", longest_s=1)


def test_names_that_ffmpeg_takes_for_protocols_are_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_wav("concat:a.wav", tone(0.1))
    assert len(read_audio("concat:a.wav").samples) == 2205


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([8000, 16000, 22050, 24000, 44100, 48000]),
    st.sampled_from([8000, 16000, 22050, 24000, 44100, 48000]),
    st.integers(1, 5000),
    st.integers(1, 6),
)
def test_resampling_in_pieces_gives_the_exact_length_and_the_whole(
    source_rate: int, target_rate: int, count: int, pieces: int
) -> None:
    samples = np.random.default_rng(count).standard_normal(count).astype(np.float32) * 0.1
    resampler = StreamResampler(source_rate, target_rate)
    parts = [resampler.push(piece) for piece in np.array_split(samples, pieces)]
    joined = np.concatenate([*parts, resampler.finish()])
    assert len(joined) == -(-count * target_rate // source_rate)
    np.testing.assert_allclose(
        joined, resample_audio(Audio(samples, source_rate), target_rate).samples, rtol=0, atol=1e-6
    )


@pytest.mark.parametrize("target_rate", [16000, 44100, 48000])
def test_resampling_keeps_every_moment_in_its_place(target_rate: int) -> None:
    def bump(rate: int) -> Audio:
        return Audio(np.exp(-(((np.arange(rate) / rate - 0.4) / 0.002) ** 2)).astype(np.float32), rate)

    moved = resample_audio(bump(22050), target_rate)
    np.testing.assert_allclose(moved.samples, bump(target_rate).samples, atol=1e-4)


def test_only_the_first_seconds_of_a_long_file_are_read(tmp_path: Path) -> None:
    write_wav(tmp_path / "long.wav", tone(9.0), sample_format="float32")
    first = read_audio(tmp_path / "long.wav", only_first_s=1.5, longest_s=5)
    np.testing.assert_array_equal(first.samples, tone(9.0).samples[: round(1.5 * 22050)])
    assert len(read_audio(tmp_path / "long.wav", only_first_s=60).samples) == len(tone(9.0).samples)


def written_with_times(path: Path, pieces: list[tuple[float, Audio]]) -> None:
    """A file whose sounds begin at their seconds."""
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=pieces[0][1].sample_rate, layout="mono")
        for start_s, audio in pieces:
            rate = audio.sample_rate
            for first in range(0, len(audio.samples), 500):
                samples = to_int16(audio.samples[first : first + 500])
                frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
                frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
                frame.pts = round(start_s * rate) + first
                container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.mark.parametrize("container", ["mkv", "nut"])
def test_sound_after_a_gap_keeps_its_time_and_the_gap_is_silent(tmp_path: Path, container: str) -> None:
    path = tmp_path / f"gap.{container}"
    written_with_times(path, [(0.0, tone(0.5)), (1.25, tone(0.5)), (4.0, tone(0.5))])
    whole = read_audio(path)
    assert abs(len(whole.samples) - round(4.5 * 22050)) <= 23
    loud = np.abs(whole.samples)
    for start_s in (0.0, 1.25, 4.0):
        place = round(start_s * 22050)
        assert loud[place + 200 : place + 10800].max() > 0.1
        assert loud[place + 11025 + 30 : place + 11025 + 10000].max(initial=0) == 0
    pieces = np.concatenate(list(read_audio_pieces(path, None)))
    np.testing.assert_array_equal(pieces, whole.samples)


def test_times_in_whole_milliseconds_put_no_silence_between_sounds_that_follow_each_other(tmp_path: Path) -> None:
    sound = tone(2.0, 44100)
    written_with_times(tmp_path / "even.mkv", [(0.0, sound)])
    np.testing.assert_allclose(read_audio(tmp_path / "even.mkv").samples, sound.samples, atol=2 / 32767)
