"""Output names are read into a plan, and what could not be written is refused before any work is done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from avatron.errors import AvatronError, InvalidValueError, OutputExistsError, UnknownNameError, UsageError
from avatron.pipeline.plan import FORMATS, plan_outputs


def formats(plan: Any) -> list[str]:
    return [target.format for target in plan.targets]


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_the_suffix_says_the_type(tmp_path: Path, name: str) -> None:
    if name.startswith("usd"):
        pytest.importorskip("pxr", reason="usd-core is not installed: pip install avatron[export]")
    plan = plan_outputs([tmp_path / f"a.{name}", tmp_path / f"b.{name.upper()}"])
    # Scenes without sound inside have theirs before them.
    assert formats(plan)[-2:] == [name, name]
    assert set(formats(plan)) <= {name, "wav"}


def test_a_scene_has_its_sound_beside_it_unless_a_wav_is_asked_for(tmp_path: Path) -> None:
    plan = plan_outputs([tmp_path / "a.glb", tmp_path / "a.csv"])
    assert [target.path for target in plan.targets if target.format == "wav"] == [tmp_path / "a.wav"]
    named = plan_outputs([tmp_path / "a.glb", tmp_path / "other.wav"])
    assert [target.path for target in named.targets if target.format == "wav"] == [tmp_path / "other.wav"]
    (tmp_path / "a.wav").write_bytes(b"mine")
    with pytest.raises(OutputExistsError):
        plan_outputs([tmp_path / "a.glb"])


def test_a_format_is_for_stdout_and_for_names_that_say_none(tmp_path: Path) -> None:
    plan = plan_outputs(["-", tmp_path / "a.wav", tmp_path / "b", tmp_path / "c.v2"], format_name="mp4")
    assert formats(plan) == ["mp4", "wav", "mp4", "mp4"]


def test_a_format_that_no_output_can_use_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"`--format` is for stdout and for names that say no type; .*a\.mp4` does"):
        plan_outputs([tmp_path / "a.mp4"], format_name="wav")


@pytest.mark.parametrize("second", ["{0}/a.wav", "{0}/inside/../a.wav", "{0}/link.wav"])
def test_one_file_under_two_names_is_refused(tmp_path: Path, second: str) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "link.wav").symlink_to(tmp_path / "a.wav")
    with pytest.raises(UsageError, match="is named twice"):
        plan_outputs([tmp_path / "a.wav", second.format(tmp_path)])


@pytest.mark.parametrize(
    ("outputs", "options", "error", "said"),
    [
        ([], {}, UsageError, "nothing says where to write"),
        (["a"], {}, UsageError, "has no type"),
        (["a.avi"], {}, UsageError, "unknown type `avi`; known: mp4"),
        ([""], {}, UsageError, "not a file name"),
        (["-"], {}, UsageError, "needs `--format`"),
        (["-", "-"], {"format_name": "wav"}, UsageError, "only one output can be `-`"),
        (["-"], {"format_name": "gif"}, UsageError, "gif cannot be written to a pipe"),
        (["a.mp4"], {"format_name": "avi"}, UsageError, "unknown output type `avi`"),
        (["a.mp4"], {"audio_only": True}, UsageError, "`--audio-only` writes wav, srt, vtt, json and textgrid"),
        (["a.mp4"], {"quality": 101}, InvalidValueError, "quality 101 is outside 0 .. 100"),
        (["a.gif"], {"codec": "nobody"}, UnknownNameError, "unknown codec `nobody`; known: av1"),
        (["a.wav"], {"codec": "h264"}, UsageError, "codec h264 is for mkv, mov, mp4, webm, and no output is one"),
    ],
)
def test_what_cannot_be_planned_is_refused(
    outputs: list[str],
    options: dict[str, Any],
    error: type[AvatronError],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=said):
        plan_outputs(outputs, **options)


@pytest.mark.parametrize("name", [".", "..", "/", "inside/.."])
def test_a_folder_is_no_file_name(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "inside").mkdir()
    with pytest.raises(UsageError, match="is a folder, not a file name"):
        plan_outputs([name], format_name="png", overwrite=True)


def test_a_folder_with_other_things_is_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "a.png").mkdir()
    (tmp_path / "a.png" / "mine.txt").write_text("mine")
    with pytest.raises(OutputExistsError, match=r"mine\.txt"):
        plan_outputs([tmp_path / "a.png"], overwrite=True)


def test_an_output_that_exists_is_refused_and_overwritten_on_request(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"mine")
    with pytest.raises(OutputExistsError, match="--overwrite"):
        plan_outputs([tmp_path / "a.wav"])
    assert plan_outputs([tmp_path / "a.wav"], overwrite=True).overwrite
