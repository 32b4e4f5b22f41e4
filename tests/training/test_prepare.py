"""Plain recordings become an aligned corpus; what cannot be used is named with its reason."""

from __future__ import annotations

import dataclasses
import errno
import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch, of the extra `train`")
soundfile = pytest.importorskip("soundfile", reason="recordings are read with soundfile, of the extra `train`")

from safetensors.torch import save_file  # noqa: E402

from avatron.core.audio import Audio  # noqa: E402
from avatron.errors import InvalidValueError, OutputError, OutputExistsError, UnreadableFileError  # noqa: E402
from avatron.signal.loudness import loudness_lufs  # noqa: E402
from avatron.signal.mel import log_mel  # noqa: E402
from avatron.training.aligner import Aligner, AlignerConfig  # noqa: E402
from avatron.training.aligner_stage import AlignerStage, AlignerStageConfig  # noqa: E402
from avatron.training.corpus import Clip, read_audio, read_corpus  # noqa: E402
from avatron.training.features import LEAD_FRAMES, ClipFeatures  # noqa: E402
from avatron.training.labels import label_clip  # noqa: E402
from avatron.training.loop import LoopConfig  # noqa: E402
from avatron.training.preparation.placement import fits_of, place  # noqa: E402
from avatron.training.preparation.prepare import prepare  # noqa: E402
from avatron.training.preparation.recordings import PrepareConfig, read_recordings  # noqa: E402
from avatron.training.stage import Schedule  # noqa: E402
from avatron.voice.style import VoiceStyle  # noqa: E402
from avatron.voice.voices import load_voice  # noqa: E402
from reference.tone_clips import tone_examples  # noqa: E402

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
    assert [clip.name for clip in report.clips] == ["one", "two"]
    assert json.loads((target / "report.json").read_text(encoding="utf-8")) == report.as_json()
    assert sorted(path.name for path in target.iterdir()) == ["alignments.json", "metadata.csv", "report.json", "wavs"]
    clips = read_corpus(target)
    assert [clip.name for clip in clips] == ["one", "two"]
    assert clips[0].spoken_words == ("good", "morning", "dear", "friend")
    for clip in clips:
        found = with_lead(clip)
        label = label_clip(clip, found, 22050 / 256)
        assert int(label.durations.sum()) == found.frames
        assert sum(label.word_initial) == len(clip.spoken_words)


def test_an_aligner_is_learned_from_the_recordings_where_there_is_no_base(recordings: Path, tmp_path: Path) -> None:
    report = prepare(recordings, tmp_path / "corpus", config=QUICK)
    assert len(report.clips) == 2
    assert report.boundary_error_ms is None


def test_the_report_says_how_much_was_kept_cut_and_left_out(recordings: Path, base_run: Path, tmp_path: Path) -> None:
    with (recordings / "metadata.csv").open("a", encoding="utf-8") as table:
        table.write("three|Nobody recorded this.\n")
    report = prepare(recordings, tmp_path / "corpus", base_run, config=QUICK)
    page = {row[0].strip(): row[1:] for row in report.rows()}
    assert page["kept"][0].startswith("2 clips")
    assert page["no recording"] == ("1", "three")
    cut_s = sum(clip.trimmed_s for clip in report.clips)
    assert page["silence cut at the ends"][0] == f"{cut_s:.1f} s"
    whole_s = sum(len(soundfile.read(path)[0]) for path in (recordings / "wavs").iterdir()) / 22050
    assert report.kept_s + cut_s == pytest.approx(whole_s, abs=0.1)
    assert any("minutes are little" in remark for remark in report.remarks())


def test_a_corpus_is_replaced_only_when_asked_and_nothing_else_ever(
    recordings: Path, base_run: Path, tmp_path: Path
) -> None:
    target = tmp_path / "corpus"
    prepare(recordings, target, base_run, config=QUICK)
    with pytest.raises(OutputExistsError, match="corpus` exists"):
        prepare(recordings, target, base_run, config=QUICK)
    prepare(recordings, target, base_run, config=QUICK, overwrite=True)
    for folder in (recordings, tmp_path):
        with pytest.raises(OutputExistsError, match="no prepared corpus"):
            prepare(recordings, folder, base_run, config=QUICK, overwrite=True)
    assert (recordings / "wavs" / "one.wav").exists()


def test_preparation_that_fails_leaves_nothing(
    recordings: Path, base_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("avatron.training.preparation.prepare.cut", full)
    with pytest.raises(OutputError, match=r"corpus`: the disk is full"):
        prepare(recordings, tmp_path / "corpus", base_run, config=QUICK)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["base", "plain"]


def test_a_text_that_is_not_what_was_said_is_left_out() -> None:
    torch.manual_seed(0)
    clips = tone_examples(40)
    stage = AlignerStage(
        AlignerStageConfig(Schedule(5e-3, warm_up_steps=5), batch=8, prior_steps=30),
        AlignerConfig(channels=32, width=16),
        [clip[:2] for clip in clips[:32]],
        [clips[0][:2]],
    )
    chooser = np.random.default_rng(0)
    for number in range(60):
        for group in stage.optimizer.param_groups:
            group["lr"] = stage.config.schedule.rate(number, 60)
        stage.step(number, chooser)
    # Each of the last eight clips gets the text of the next one.
    texts = [clip[1] for clip in clips[:32]] + [clip[1] for clip in (*clips[33:], clips[32])]
    placements = [place(stage.average.copy, clip[0], tokens) for clip, tokens in zip(clips, texts, strict=True)]
    fits = fits_of(placements)
    below = [fits.deviations_below(each.fit) for each in placements]
    limit = PrepareConfig().outlier_deviations
    assert max(below[:32]) < min(below[32:])
    assert max(below[:32]) < limit
    # With six sounds in all, a wrong text can be right by chance for a good part.
    assert sum(each > limit for each in below[32:]) >= 7


def test_recordings_have_one_loudness_and_one_rate(recordings: Path) -> None:
    samples, _ = soundfile.read(recordings / "wavs" / "one.wav")
    soundfile.write(recordings / "wavs" / "one.wav", np.repeat(0.1 * samples, 2)[:, None].repeat(2, axis=1), 44100)
    found, rejected = read_recordings(recordings, 22050, PrepareConfig())
    assert not rejected
    assert [recording.origin for recording in found] == ["44100 Hz, 2 channels", "22050 Hz, mono"]
    for recording in found:
        assert recording.audio.sample_rate == 22050
        assert loudness_lufs(recording.audio) == pytest.approx(-24.5, abs=0.1)


def test_what_cannot_be_used_is_named_with_its_reason(recordings: Path) -> None:
    rate, wavs = 22050, recordings / "wavs"
    noise = np.random.default_rng(0).standard_normal(2 * rate)
    soundfile.write(wavs / "silent.wav", np.zeros(2 * rate), rate)
    soundfile.write(wavs / "opposed.wav", 0.1 * np.stack([noise, -noise], axis=1), rate)
    soundfile.write(wavs / "clipped.wav", np.clip(9 * noise, -1, 1), rate)
    soundfile.write(wavs / "short.wav", 0.1 * noise[:2000], rate)
    soundfile.write(wavs / "long.wav", 0.1 * np.tile(noise, 11), rate)
    soundfile.write(wavs / "telephone.wav", 0.1 * noise, 8000)
    soundfile.write(wavs / "infinite.wav", np.where(noise > 3, np.inf, 0.1 * noise), rate, subtype="FLOAT")
    soundfile.write(wavs / "both.wav", 0.1 * noise, rate)
    soundfile.write(wavs / "both.flac", 0.1 * noise, rate)
    soundfile.write(wavs / "stray.wav", 0.1 * noise, rate)
    (wavs / "noise.wav").write_bytes(b"no audio at all")
    (wavs / "nothing.wav").write_bytes(b"")
    (wavs / "packed.mp3").write_bytes(b"ID3")
    (wavs / "cut.wav").write_bytes((wavs / "both.wav").read_bytes()[:60000])
    broken = ["silent", "opposed", "clipped", "short", "long", "telephone", "infinite"]
    names = [*broken, "both", "noise", "nothing", "absent", "packed", "cut"]
    with (recordings / "metadata.csv").open("a", encoding="utf-8") as table:
        table.write("".join(f"{name}|Hello.\n" for name in (*names, "one", "../two", "/etc/passwd", ".hidden", "")))
        table.write("textless|\nno bar at all\n")
    found, rejected = read_recordings(recordings, rate, PrepareConfig())
    # A cut wav is as long as what is left of it says; its text will not fit.
    assert [recording.name for recording in found] == ["cut", "two"]
    reasons = {rejection.name: rejection.reason for rejection in rejected}
    assert reasons.pop("silent") == "silent"
    assert "channels cancel" in reasons.pop("opposed")
    assert "clipped; record it again" in reasons.pop("clipped")
    assert "0.09 s long" in reasons.pop("short")
    assert "22.00 s long" in reasons.pop("long")
    assert "8000 Hz, expected at least 16000" in reasons.pop("telephone")
    assert "no numbers" in reasons.pop("infinite")
    assert "`both.flac` and `both.wav` are there" in reasons.pop("both")
    assert "cannot be read as audio" in reasons.pop("noise")
    assert "empty file" in reasons.pop("nothing")
    assert "no wav or flac" in reasons.pop("absent")
    assert "`packed.mp3` is: convert" in reasons.pop("packed")
    assert "different texts" in reasons.pop("one")
    assert "leads out of the folder" in reasons.pop("../two")
    assert "leads out of the folder" in reasons.pop("/etc/passwd")
    assert "leads out of the folder" in reasons.pop(".hidden")
    assert "is empty" in reasons.pop("")
    assert "no text" in reasons.pop("textless")
    assert "no `|`" in reasons.pop("no bar at all")
    assert "no line" in reasons.pop("stray")
    assert not reasons


def test_one_sound_under_two_names_is_kept_once_and_not_at_all_when_the_texts_differ(recordings: Path) -> None:
    samples, rate = soundfile.read(recordings / "wavs" / "one.wav", dtype="int16")
    for name in ("copy", "twin", "other"):
        soundfile.write(recordings / "wavs" / f"{name}.flac", samples if name == "copy" else samples[::-1], rate)
    with (recordings / "metadata.csv").open("a", encoding="utf-8") as table:
        table.write(f"copy.flac|{TEXTS['one']}\ntwin|Hello.\nother|Goodbye.\n{'two'}|{TEXTS['two']}\n")
    found, rejected = read_recordings(recordings, 22050, PrepareConfig())
    assert [recording.name for recording in found] == ["copy", "two"]
    reasons = {rejection.name: rejection.reason for rejection in rejected}
    assert reasons == {
        "one": "`copy` is the same clip",
        "twin": "`other` has the same sound, with another text",
        "other": "`twin` has the same sound, with another text",
    }


def test_a_text_that_cannot_be_read_aloud_or_said_in_the_time_is_named(
    recordings: Path, base_run: Path, tmp_path: Path
) -> None:
    samples, rate = soundfile.read(recordings / "wavs" / "one.wav")
    for number, name in enumerate(("russian", "nothing", "much")):
        soundfile.write(recordings / "wavs" / f"{name}.wav", samples * (0.5 + 0.1 * number), rate)
    with (recordings / "metadata.csv").open("a", encoding="utf-8") as table:
        table.write("russian|Привет.\nnothing|...\nmuch|" + 30 * "And so on and on. " + "\n")
    config = dataclasses.replace(QUICK, fastest_phonemes_s=25.0)
    report = prepare(recordings, tmp_path / "corpus", base_run, config=config)
    found = {each.name: each.kind for each in report.rejected}
    assert found["russian"] == found["nothing"] == "text cannot be read aloud"
    assert found["much"] == "text does not fit"


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (None, r"metadata\.csv` cannot be read"),
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"one,Good morning.\n", "has a `|`"),
        (b"one|Caf\xe9.\n", "not UTF-8 .byte 0xe9 in line 1"),
    ],
)
def test_a_table_that_is_none_is_refused(table: bytes | None, says: str, recordings: Path, tmp_path: Path) -> None:
    (recordings / "metadata.csv").unlink()
    if table is not None:
        (recordings / "metadata.csv").write_bytes(table)
    with pytest.raises(UnreadableFileError, match=says):
        prepare(recordings, tmp_path / "corpus")
    assert not (tmp_path / "corpus").exists()


def test_a_folder_with_nothing_usable_is_refused(recordings: Path, base_run: Path, tmp_path: Path) -> None:
    for name in TEXTS:
        (recordings / "wavs" / f"{name}.wav").write_bytes(b"no audio")
    with pytest.raises(
        InvalidValueError, match=r"no clip of `.*plain` can be used; 2 are left out, .*`one`: `one.wav`"
    ):
        prepare(recordings, tmp_path / "corpus", base_run)
    with pytest.raises(UnreadableFileError, match="is not a folder"):
        prepare(tmp_path / "nowhere", tmp_path / "corpus", base_run)
    with pytest.raises(UnreadableFileError, match="has no trained stage `aligner`"):
        prepare(recordings, tmp_path / "corpus", tmp_path)
    assert not (tmp_path / "corpus").exists()
