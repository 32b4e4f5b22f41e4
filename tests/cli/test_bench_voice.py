"""`avatron bench voice` says what it measured, and refuses bad requests with one line before any work."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from avatron.cli import main
from avatron.core.audio import Audio
from avatron.io.audio import write_wav

QUICK = ["bench", "voice", "--most", "1", "--sets", "new", "--skip-times", "--quiet"]


def complaint(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = main(arguments)
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    return code, line


def corpus(folder: Path, alignments: object, metadata: str = "a|Yes.|Yes.\n") -> Path:
    (folder / "wavs").mkdir(parents=True)
    (folder / "alignments.json").write_text(json.dumps(alignments), encoding="utf-8")
    (folder / "metadata.csv").write_text(metadata, encoding="utf-8")
    return folder


ALIGNED = {"a": {"words": [[0.1, 0.6, "yes"]], "phones": [[0.1, 0.2, "Y"], [0.2, 0.4, "EH1"], [0.4, 0.6, "S"]]}}


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--voice", "nobody"], 2, "unknown voice `nobody`; known: lj"),
        (["--sets", "nothing"], 2, "unknown set `nothing`; known:"),
        (["--most", "0"], 2, "give 1 or more"),
        (["--texts", "/no/such/file"], 1, "`/no/such/file` cannot be read"),
        (["--data", "/no/such/folder"], 1, "corpus `/no/such/folder` cannot be read"),
        (["--aligner", "/no/such/run"], 1, "`/no/such/run/aligner/model.safetensors` is not there"),
        (["-o", "/no/such/folder/out.json"], 1, "does not exist; make it first"),
    ],
)
def test_a_bad_request_is_one_line(
    arguments: list[str], code: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found, line = complaint(["bench", "voice", "--quiet", *arguments], capsys)
    assert found == code
    assert says in line


def test_a_corpus_without_the_sound_of_a_clip_names_the_clip(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("soundfile")
    data = corpus(tmp_path / "data", ALIGNED)
    code, line = complaint([*QUICK, "--data", str(data)], capsys)
    assert code == 1
    assert "a.flac" in line


@pytest.mark.parametrize(
    ("alignments", "metadata", "says"),
    [
        (ALIGNED, "b|No.|No.\n", "clip `a`"),
        ([1], "a|Yes.|Yes.\n", "not an object"),
        ({"a": {"words": [], "phones": []}}, "a|Yes.|Yes.\n", "no phones"),
        ({"a": {"words": []}}, "a|Yes.|Yes.\n", "KeyError('phones')"),
        ({"a": {"words": [], "phones": [[0.1, "x"]]}}, "a|Yes.|Yes.\n", "[start_s, end_s, label]"),
    ],
)
def test_an_item_of_a_corpus_that_does_not_fit_is_named(
    alignments: object, metadata: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = corpus(tmp_path / "data", alignments, metadata)
    code, line = complaint([*QUICK, "--data", str(data)], capsys)
    assert code == 1
    assert says in line and "alignments.json" in line


def test_a_half_without_recordings_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = corpus(tmp_path / "data", ALIGNED)
    code, line = complaint([*QUICK, "--data", str(data), "--half", "odd"], capsys)
    assert code == 2
    assert "none in the half `odd`" in line


def test_an_existing_result_is_not_replaced_unasked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "result.json"
    target.write_text("mine")
    code, line = complaint([*QUICK, "-o", str(target)], capsys)
    assert code == 2
    assert "--overwrite" in line
    assert target.read_text() == "mine"


def test_a_quick_run_prints_tables_and_writes_the_same_as_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = tmp_path / "texts.txt"
    texts.write_text("Yes, it is.\n\nNever heard.\n", encoding="utf-8")
    target = tmp_path / "result.json"
    wavs = tmp_path / "wavs"
    assert main([*QUICK, "--texts", str(texts), "-o", str(target), "--wavs", str(wavs)]) == 0
    printed = capsys.readouterr().out
    result = json.loads(target.read_text(encoding="utf-8"))
    assert result["voice"] == "lj" and result["sets"]["new"]["count"] == 1
    assert "new" in printed and "-26.0 LUFS" in printed
    assert [path.name for path in (wavs / "new").iterdir()] == ["001.wav"]


def test_held_out_recordings_are_read_with_their_alignment(tmp_path: Path) -> None:
    soundfile = pytest.importorskip("soundfile")
    from avatron.cli.held_out import read_held_out

    data = corpus(tmp_path / "data", ALIGNED)
    samples = (np.random.default_rng(0).standard_normal(22050) * 0.05).astype(np.float32)
    soundfile.write(data / "wavs" / "a.flac", samples, 22050)
    (recording,) = read_held_out(data)
    assert recording.durations.sum() == recording.mel.shape[1]
    assert len(recording.audio.samples) == recording.own_mel.shape[1] * 256
    assert recording.phonemes.symbols[0] == "|"
    starts = [span.start_s for span in recording.spans(22050 / 256)]
    assert starts[1:4] == pytest.approx([0.0, 0.2, 0.4], abs=0.012) or starts[1:4] == pytest.approx(
        [0.1, 0.2, 0.4], abs=0.012
    )


def test_every_judge_scores_a_folder_of_sounds(tmp_path: Path) -> None:
    from avatron.errors import InvalidValueError
    from avatron.evaluation.voice.naturalness import judge_folder

    with pytest.raises(InvalidValueError, match=r"no \.wav"):
        judge_folder(tmp_path)
    tone = np.sin(np.arange(22050) / 20).astype(np.float32) * 0.1
    write_wav(tmp_path / "tone.wav", Audio(tone, 22050))
    found = judge_folder(tmp_path)
    assert found["files"] == 1
    assert all("mean" in found[name] or found[name]["not_measured"] for name in ("dnsmos_ovrl", "distillmos"))
