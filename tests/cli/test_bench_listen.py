"""`avatron bench listen` and `bench gallery`, from films to a table, and what they refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from avatron.cli import main
from avatron.evaluation.listening.key import read_key
from reference.tiny_films import write_systems


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("films")
    return [f"{name}={path}" for name, path in write_systems(folder, ("recorded", "rules"), ("one", "two"))]


def test_a_test_is_built_answered_and_scored(
    films: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "test"
    how = ["--kind", "smos", "--reference", "recorded", "--checks", "1", "--plans", "2", "--no-headphones"]
    assert main(["bench", "listen", "build", *films, *how, "-o", str(output), "--json"]) == 0
    built = json.loads(capsys.readouterr().out)
    assert built["films"] == 6 and built["plan_length"] == 7 and (output / "page" / "index.html").is_file()
    key = read_key(output)
    assert built["test"] == key.test
    (tmp_path / "answers").mkdir()
    for listener in range(3):
        answers = []
        for place in key.plans[listener % 2]:
            stimulus = key.stimuli[place]
            best = {"recorded": 5, "rules": 4 - listener % 2}.get(stimulus.system or "", 1)
            answers.append({"film": stimulus.id, "rating": stimulus.expected or best})
        if listener == 2:
            answers = answers[:-1]
        document = {"format": "avatron-listening-answers", "format_version": 1, "test": key.test,
                    "session": str(listener), "listener": listener, "answers": answers}  # fmt: skip
        (tmp_path / "answers" / f"{listener}.json").write_text(json.dumps(document))
    result = tmp_path / "result.json"
    assert main(["bench", "listen", "score", str(output), str(tmp_path / "answers"), "-o", str(result)]) == 0
    said = capsys.readouterr()
    assert "recorded (reference)" in said.out and "recorded - rules" in said.out
    assert "2 listeners count, 1 are left out" in said.out
    assert "2.json`: they stopped after 6 of 7 films" in said.err
    means = {system["system"]: system["mean"] for system in json.loads(result.read_text("utf-8"))["systems"]}
    assert means == {"recorded": 5.0, "rules": 3.5, "early sound": 1.0}
    # What is there is not written over by chance.
    assert main(["bench", "listen", "score", str(output), str(tmp_path / "answers"), "-o", str(result)]) == 2
    assert main(["bench", "listen", "build", *films, *how, "-o", str(output)]) == 2
    assert "--overwrite" in capsys.readouterr().err


def test_a_gallery_is_built_from_the_same_films(
    films: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "gallery"
    assert main(["bench", "gallery", *films, "--sentences", "two", "-o", str(output), "--title", "Two", "--quiet"]) == 0
    assert capsys.readouterr().out == f"{output}\n"
    assert "<title>Two</title>" in (output / "index.html").read_text("utf-8")
    assert main(["bench", "gallery", *films, "-o", str(output), "--overwrite", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sentences"] == ["one", "two"]


def test_animators_speak_the_films_of_a_gallery_and_kept_ones_are_not_spoken_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts, films = tmp_path / "texts.txt", tmp_path / "films"
    texts.write_text("Hi.\n")
    how = ["--animators", "viseme", "--texts", str(texts), "--films", str(films), "--size", "64x64", "--quiet"]
    assert main(["bench", "gallery", *how, "-o", str(tmp_path / "one")]) == 0
    (film,) = films.rglob("*.mp4")
    assert film.parent.name == "viseme"
    written = film.stat().st_mtime_ns
    assert main(["bench", "gallery", *how, "-o", str(tmp_path / "two")]) == 0
    assert film.stat().st_mtime_ns == written
    assert '"text": "Hi."' in (tmp_path / "two" / "index.html").read_text("utf-8")
    # Films of two kinds never share a folder.
    capsys.readouterr()
    assert main(["bench", "gallery", *how, "--avatar", "henry", "-o", str(tmp_path / "three")]) == 2
    assert "another avatar (ava, now henry)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no films"),
        (["--texts", "a.txt"], "no films"),
        (["--animators", "viseme"], "--texts FILE"),
        (["no-such-folder"], "is not a folder"),
        (["=folder"], "names no system"),
        (["a<b=folder"], "names no system"),
    ],
    ids=str,
)
def test_films_that_are_not_there_are_refused_in_one_line(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for verb in (["listen", "build"], ["gallery"]):
        assert main(["bench", *verb, *arguments, "-o", str(tmp_path / "out")]) in (1, 2)
        error = capsys.readouterr().err
        assert message in error and error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_answers_without_a_test_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "listen", "score", str(tmp_path), str(tmp_path)]) == 1
    assert "has no `key.json`" in capsys.readouterr().err
