"""Runs as a user meets them: killed and gone on with, refused before they begin, and told what is wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch, of the extra `train`")
soundfile = pytest.importorskip("soundfile", reason="recordings are read with soundfile, of the extra `train`")

from safetensors.torch import save_file  # noqa: E402

from avatron.cli import main  # noqa: E402
from avatron.errors import DamagedModelError, OutputError  # noqa: E402
from avatron.training.checkpoint import Progress, load_checkpoint, load_result, save_checkpoint  # noqa: E402
from avatron.training.loop import LoopConfig, train  # noqa: E402
from reference.training_stage import LineStage  # noqa: E402

ROOT = Path(__file__).parents[2]

RUN = """
import sys
sys.path.insert(0, {tests!r})
import torch
from pathlib import Path
from avatron.training.loop import LoopConfig, train
from training_stage import LineStage
torch.set_num_threads(1)
torch.manual_seed(0)
loop = LoopConfig(60, report_every=5, evaluate_every=20, checkpoint_every_s=0.0)
train(LineStage({pause_s}), loop, Path({out!r}), {{}}, resume={resume})
"""


def command(out: Path, *, pause_s: float = 0.0, resume: bool = False) -> list[str]:
    """A process that trains a small stage, one checkpoint a step."""
    code = RUN.format(tests=str(ROOT / "tests" / "reference"), out=str(out), pause_s=pause_s, resume=resume)
    return [sys.executable, "-c", code]


def steps(folder: Path) -> list[int]:
    """The steps in the log; every line has to be JSON."""
    return [json.loads(line)["step"] for line in (folder / "log.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_a_run_that_was_killed_ends_with_the_same_weights_bit_for_bit(tmp_path: Path) -> None:
    subprocess.run(command(tmp_path / "whole"), check=True, capture_output=True, timeout=300)
    killed = subprocess.Popen(command(tmp_path / "killed", pause_s=0.05), stderr=subprocess.DEVNULL)
    log = tmp_path / "killed" / "log.jsonl"
    deadline = time.monotonic() + 200
    while not (log.is_file() and log.read_text().count("\n") >= 3) and time.monotonic() < deadline:
        time.sleep(0.01)
    killed.kill()
    assert killed.wait() == -signal.SIGKILL
    assert 15 <= max(steps(tmp_path / "killed")) < 60
    with log.open("a", encoding="utf-8") as cut_off:
        cut_off.write('{"step": 16, "elaps')
    subprocess.run(command(tmp_path / "killed", resume=True), check=True, capture_output=True, timeout=300)
    for name in ("model.safetensors", "checkpoint/line.safetensors", "checkpoint/line.optimizer.safetensors"):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert steps(tmp_path / "killed") == steps(tmp_path / "whole")


def stage_with_checkpoint(folder: Path) -> LineStage:
    stage = LineStage()
    train(stage, LoopConfig(2, evaluate_every=2), folder, {})
    return stage


@pytest.mark.parametrize("file", ["line.safetensors", "line.optimizer.safetensors", "random.safetensors", "state.json"])
@pytest.mark.parametrize("how", ["cut off", "empty", "missing"])
def test_a_damaged_checkpoint_is_named_with_what_to_do(tmp_path: Path, file: str, how: str) -> None:
    stage = stage_with_checkpoint(tmp_path)
    path = tmp_path / "checkpoint" / file
    content = path.read_bytes()
    path.unlink()
    if how != "missing":
        path.write_bytes(content[: len(content) // 2] if how == "cut off" else b"")
    with pytest.raises(DamagedModelError, match=r"checkpoint` is damaged .*; delete the folder"):
        train(stage, LoopConfig(4), tmp_path, {}, resume=True)


def test_a_kill_between_the_renames_of_a_checkpoint_leaves_the_one_before(tmp_path: Path) -> None:
    stage = stage_with_checkpoint(tmp_path)
    (tmp_path / "checkpoint").rename(tmp_path / "checkpoint.before")
    assert load_checkpoint(stage, np.random.default_rng(0), tmp_path).step == 2
    save_checkpoint(stage, np.random.default_rng(0), Progress(3, 1.0, 0.5), tmp_path)
    assert load_checkpoint(stage, np.random.default_rng(0), tmp_path) == Progress(3, 1.0, 0.5)


@pytest.mark.skipif(os.name == "nt", reason="POSIX limits")
def test_a_full_disk_is_one_line_and_keeps_the_last_checkpoint(tmp_path: Path) -> None:
    import resource

    stage = stage_with_checkpoint(tmp_path)
    stage.line.weight = torch.nn.Parameter(torch.zeros(200, 200))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    heard = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20000, before[1]))
    try:
        with pytest.raises(OutputError, match="cannot write"):
            save_checkpoint(stage, np.random.default_rng(0), Progress(3, 1.0, 0.5), tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, heard)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "checkpoint", "log.jsonl", "model.safetensors", "recipe.json"
    ]  # fmt: skip
    assert load_checkpoint(LineStage(), np.random.default_rng(0), tmp_path).step == 2


def test_weights_that_are_cut_off_are_named(tmp_path: Path) -> None:
    save_file({"weight": torch.zeros(3, 3)}, tmp_path / "model.safetensors")
    content = (tmp_path / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(content[:-9])
    with pytest.raises(DamagedModelError, match=r"model\.safetensors` cannot be loaded"):
        load_result(torch.nn.Linear(3, 3, bias=False), tmp_path / "model.safetensors")


def test_the_log_says_step_time_rate_and_losses_and_samples_are_asked_for_at_each_evaluation(tmp_path: Path) -> None:
    asked: list[int] = []
    stage = LineStage()
    loop = LoopConfig(6, report_every=2, evaluate_every=3)
    train(stage, loop, tmp_path, {}, write_samples=lambda step, folder: asked.append(step))
    assert asked == [3, 6]
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text("utf-8").splitlines()]
    reports = [line for line in lines if "evaluation" not in line]
    assert [list(line) for line in reports] == 3 * [["step", "elapsed_s", "learning_rate", "distance"]]
    assert reports[0]["learning_rate"] > 0
    assert [line["evaluation"].keys() for line in lines if "evaluation" in line] == 2 * [{"score"}]


def complaint(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit code and the one line of a command that must fail."""
    code = main(arguments)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1, captured.err
    return code, captured.err


@pytest.mark.parametrize(
    ("content", "says", "code"),
    [
        (None, "there is no file `{path}`; recipes that are found by name: lj", 1),
        ("RECIPE = 3\n", "has no value `RECIPE`", 2),
        ("\nRECIPE = (\n", "SyntaxError in line 2", 2),
        ("import nothing_like_it\n", "ModuleNotFoundError in line 1", 2),
        ("a = 1\nRECIPE = a / 0\n", "ZeroDivisionError in line 2", 2),
        (
            "import dataclasses\nfrom avatron.training.recipes import find_recipe\n"
            "RECIPE = dataclasses.replace(find_recipe('lj'), prosody_from='nothing')\n",
            "line 3: the voice is made from stage `nothing`",
            2,
        ),
    ],
    ids=["missing", "none", "syntax", "import", "fails", "refused"],
)
def test_a_recipe_that_cannot_be_used_is_named_with_its_line(
    content: str | None, says: str, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "made.py"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    found, line = complaint(["train", str(path), "--data", "nowhere", "--out", str(tmp_path / "run")], capsys)
    assert found == code
    assert says.format(path=path) in line
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "no recipe is given; known: lj"),
        (["nobody", "--data", "x"], "unknown recipe `nobody`; known: lj"),
        (["lj"], "no data is given; expected `--data CORPUS`"),
        (["lj", "nothing", "--data", "x"], "unknown stage `nothing`; known: acoustic"),
        (["lj", "--data", "x", "--resume", "--overwrite"], "both `--resume` and `--overwrite`"),
        (["lj", "--data", "x", "--threads", "0"], "0 is below 1"),
        (["lj", "--data", "nowhere"], "corpus `nowhere` cannot be read"),
        (["pm", "--data", "x"], "stage `vocoder` builds on `lj/vocoder"),
        (["lj", "prosody", "--data", "nowhere"], "corpus `nowhere` cannot be read"),
        (["lj", "pitch", "--data", "x"], "there is no `{out}/acoustic-adversarial/model.safetensors`: train stage"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_run_that_cannot_be_is_refused_before_anything_is_made(
    arguments: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "runs" / "made"
    code, line = complaint(["train", *arguments, "--out", str(out)], capsys)
    assert says.format(out=out) in line
    assert code == (1 if "there is no" in line or "cannot be read" in line else 2)
    assert list(tmp_path.iterdir()) == []


def test_recipes_are_listed_with_their_stages(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--list", "--json"]) == 0
    listed = {each["name"]: each for each in json.loads(capsys.readouterr().out)}
    assert {"lj", "pm", "mine"} <= set(listed)
    assert "acoustic" in listed["lj"]["stages"]


def plain_corpus(folder: Path, clips: int) -> Path:
    """A corpus of buzzes that says that it is aligned."""
    (folder / "wavs").mkdir(parents=True)
    seconds = np.arange(22050) / 22050
    alignments = {}
    for number in range(clips):
        pitch = 110 + 10 * number
        buzz = sum(0.1 / k * np.sin(2 * np.pi * k * pitch * seconds) for k in range(1, 20))
        samples = np.where((seconds > 0.3) & (seconds < 0.6), buzz, 0.0005 * np.cos(40 * pitch * seconds))
        soundfile.write(folder / "wavs" / f"{number}.flac", samples, 22050)
        alignments[str(number)] = {
            "words": [[0.3, 0.6, "oh"]],
            "phones": [[0.0, 0.3, "sp"], [0.3, 0.6, "OW1"], [0.6, 1.0, "sp"]],
        }
    (folder / "alignments.json").write_text(json.dumps(alignments), encoding="utf-8")
    (folder / "metadata.csv").write_text("".join(f"{number}|Oh.|Oh.\n" for number in range(clips)), encoding="utf-8")
    return folder


SHORT = """
import dataclasses
from avatron.training.recipes import find_recipe
LJ = find_recipe("lj")
RECIPE = dataclasses.replace(
    LJ,
    vocoder=dataclasses.replace(LJ.vocoder, channels=16, blocks=1),
    stages=tuple(
        dataclasses.replace(stage, loop=dataclasses.replace(stage.loop, steps=2, evaluate_every=2))
        for stage in LJ.stages
    ),
)
"""


def test_one_stage_is_trained_from_the_command_line_with_samples_and_never_trained_over_unasked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = plain_corpus(tmp_path / "corpus", 4)
    (tmp_path / "short.py").write_text(SHORT, encoding="utf-8")
    out = tmp_path / "runs" / "short"
    arguments = ["train", str(tmp_path / "short.py"), "vocoder", "--data", str(corpus), "--out", str(out)]
    assert main([*arguments, "--quiet"]) == 0
    captured = capsys.readouterr()
    assert captured.out == f"{out / 'vocoder'}\n"
    assert captured.err == ""
    samples = {path.name for path in (out / "vocoder" / "samples").iterdir()}
    assert samples == {"000002-0.wav", "recorded-0.wav"}
    weights = (out / "vocoder" / "model.safetensors").read_bytes()
    assert main(arguments) == 2
    assert "was trained before; give `--resume`" in capsys.readouterr().err
    assert main([*arguments, "--resume", "--quiet"]) == 0
    assert (out / "vocoder" / "model.safetensors").read_bytes() == weights
    assert main([*arguments, "--overwrite", "--quiet"]) == 0
    assert (out / "vocoder" / "model.safetensors").read_bytes() == weights
    capsys.readouterr()

    other = plain_corpus(tmp_path / "other", 5)
    assert main([*arguments[:4], str(other), "--out", str(out), "--resume"]) == 2
    assert "was begun with another corpus" in capsys.readouterr().err


def test_a_corpus_with_nothing_left_to_train_on_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corpus = plain_corpus(tmp_path / "corpus", 1)
    assert main(["train", "lj", "vocoder", "--data", str(corpus), "--out", str(tmp_path / "run")]) in (1, 2)
    assert "add" in capsys.readouterr().err


def test_prepare_prints_its_page_and_gives_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "plain"
    (folder / "wavs").mkdir(parents=True)
    assert complaint(["prepare", str(folder), "-o", str(tmp_path / "corpus")], capsys)[0] == 1
    (folder / "metadata.csv").write_text("one|Hello.\n", encoding="utf-8")
    code, line = complaint(["prepare", str(folder), "-o", str(tmp_path / "corpus")], capsys)
    assert code == 2
    assert "no clip of" in line
    assert "`one`: no wav or flac" in line
    code, line = complaint(["prepare", str(folder), "-o", str(tmp_path / "corpus"), "--base", str(tmp_path)], capsys)
    assert code == 1
    assert "has no trained stage `aligner`" in line
    assert [path.name for path in tmp_path.iterdir()] == ["plain"]
