"""Plain recordings become an aligned corpus; what cannot be used is named with its reason."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch, of the extra `train`")
soundfile = pytest.importorskip("soundfile", reason="recordings are read with soundfile, of the extra `train`")

from safetensors.torch import save_file  # noqa: E402

from avatron.core.audio import Audio  # noqa: E402
from avatron.errors import OutputExistsError, UnreadableFileError  # noqa: E402
from avatron.signal.loudness import loudness_lufs  # noqa: E402
from avatron.signal.mel import log_mel  # noqa: E402
from avatron.training.aligner import Aligner, AlignerConfig  # noqa: E402
from avatron.training.corpus import Clip, read_audio, read_corpus  # noqa: E402
from avatron.training.features import LEAD_FRAMES, ClipFeatures  # noqa: E402
from avatron.training.labels import label_clip  # noqa: E402
from avatron.training.loop import LoopConfig  # noqa: E402
from avatron.training.prepare import prepare  # noqa: E402
from avatron.training.recordings import PrepareConfig, read_recordings  # noqa: E402
from avatron.voice.style import VoiceStyle  # noqa: E402
from avatron.voice.voices import load_voice  # noqa: E402

QUICK = PrepareConfig(adaptation=LoopConfig(1, evaluate_every=1), outlier_deviations=1e9, fastest_phonemes_s=1e9)
TEXTS = {"one": "Good morning, dear friend.", "two": "The sea is far away."}


@pytest.fixture(scope="module")
def spoken() -> dict[str, Audio]:
    """The texts, read by the voice that is shipped."""
    from avatron.text.frontends import frontend_for

    voice, frontend = load_voice("lj"), frontend_for("en-us", ("en-us",))
    return {name: voice.speak(frontend.phonemize(text, "en-us"), VoiceStyle()).audio for name, text in TEXTS.items()}


@pytest.fixture
def recordings(tmp_path: Path, spoken: dict[str, Audio]) -> Path:
    folder = tmp_path / "plain"
    (folder / "wavs").mkdir(parents=True)
    for name, audio in spoken.items():
        soundfile.write(folder / "wavs" / f"{name}.wav", np.pad(0.2 * audio.samples, (9000, 15000)), 22050)
    (folder / "metadata.csv").write_text("".join(f"{name}|{text}\n" for name, text in TEXTS.items()), encoding="utf-8")
    return folder


@pytest.fixture
def base_run(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    (tmp_path / "base" / "aligner").mkdir(parents=True)
    save_file(Aligner(AlignerConfig()).state_dict(), tmp_path / "base" / "aligner" / "model.safetensors")
    return tmp_path / "base"


def with_lead(clip: Clip) -> ClipFeatures:
    """The clip's features, with silence for a lead: an aligner that knows nothing finds no room tone."""
    samples = np.pad(read_audio(clip.path, 22050).samples, (LEAD_FRAMES * 256, 0))
    samples = samples[: len(samples) // 256 * 256]
    return ClipFeatures(clip.name, samples, log_mel(Audio(samples, 22050)), np.full(len(samples) // 256, 100.0))


def test_a_prepared_corpus_is_read_like_an_aligned_one(recordings: Path, base_run: Path, tmp_path: Path) -> None:
    target = tmp_path / "corpus"
    report = prepare(recordings, target, base_run, config=QUICK)
    assert report["kept"] == 2
    assert json.loads((target / "report.json").read_text(encoding="utf-8")) == report
    clips = read_corpus(target)
    assert [clip.name for clip in clips] == ["one", "two"]
    assert clips[0].spoken_words == ("good", "morning", "dear", "friend")
    for clip in clips:
        found = with_lead(clip)
        label = label_clip(clip, found, 22050 / 256)
        assert int(label.durations.sum()) == found.frames
        assert sum(label.word_initial) == len(clip.spoken_words)


def test_a_corpus_is_not_written_over(recordings: Path, base_run: Path, tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "alignments.json").write_text("{}", encoding="utf-8")
    with pytest.raises(OutputExistsError, match="holds a corpus already"):
        prepare(recordings, tmp_path / "corpus", base_run, config=QUICK)


def test_recordings_have_one_loudness_and_one_rate(recordings: Path) -> None:
    samples, _ = soundfile.read(recordings / "wavs" / "one.wav")
    soundfile.write(recordings / "wavs" / "one.wav", np.repeat(0.1 * samples, 2)[:, None].repeat(2, axis=1), 44100)
    found, rejected = read_recordings(recordings, 22050, PrepareConfig())
    assert not rejected
    for recording in found:
        assert recording.audio.sample_rate == 22050
        assert loudness_lufs(recording.audio) == pytest.approx(-24.5, abs=0.1)


def test_what_cannot_be_used_is_named_with_its_reason(recordings: Path) -> None:
    rate = 22050
    noise = np.random.default_rng(0).standard_normal(2 * rate)
    soundfile.write(recordings / "wavs" / "silent.wav", np.zeros(2 * rate), rate)
    soundfile.write(recordings / "wavs" / "clipped.wav", np.clip(9 * noise, -1, 1), rate)
    soundfile.write(recordings / "wavs" / "short.wav", 0.1 * noise[:2000], rate)
    (recordings / "wavs" / "noise.wav").write_bytes(b"no audio at all")
    with (recordings / "metadata.csv").open("a", encoding="utf-8") as table:
        table.write("".join(f"{name}|Hello.\n" for name in ("silent", "clipped", "short", "noise", "absent", "one")))
        table.write("textless|\n")
    found, rejected = read_recordings(recordings, rate, PrepareConfig())
    assert [recording.name for recording in found] == ["one", "two"]
    reasons = {rejection.name: rejection.reason for rejection in rejected}
    assert "silent" in reasons["silent"]
    assert "clipped" in reasons["clipped"]
    assert "0.09 s long" in reasons["short"]
    assert "cannot be read as audio" in reasons["noise"]
    assert "is there" in reasons["absent"]
    assert "once more" in reasons["one"]
    assert "no text" in reasons["textless"]


def test_a_folder_without_its_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r"metadata\.csv"):
        read_recordings(tmp_path, 22050, PrepareConfig())
