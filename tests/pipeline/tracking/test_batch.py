"""Batches: one bad file costs one line of the table, and what is done stays done."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from avatron.errors import InvalidValueError, UnreadableFileError, UsageError
from avatron.io.spoken_words import read_spoken_words, read_transcript
from avatron.pipeline.tracking.batch import ClipResult, batch_summary, clips_of, track_batch
from avatron.pipeline.tracking.options import TrackOptions
from avatron.pipeline.tracking.workers import Lost, work_off
from reference.mortal_task import doubled_or_dead
from reference.tracked_clip import TrackedClip


def bad_clips(folder: Path, *names: str) -> list[Path]:
    for name in names:
        (folder / name).write_bytes(b"no video")
    return [folder / name for name in names]


def table(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / "quality.csv").open(newline="") as stream:
        return {row["clip"]: row for row in csv.DictReader(stream)}


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_process_that_dies_costs_its_own_task_only(jobs: int) -> None:
    results = list(work_off(range(8), doubled_or_dead, jobs=jobs))
    lost = {result.task: result.reason for result in results if isinstance(result, Lost)}
    assert lost == {3: "its process was ended by SIGKILL", 5: "its process ended with code 7"}
    assert sorted(result for result in results if not isinstance(result, Lost)) == [0, 2, 4, 8, 12, 14]


def test_bad_files_are_lines_of_the_table_and_stop_nothing(tmp_path: Path) -> None:
    clips = bad_clips(tmp_path, "b.mp4", "a.mp4")
    heard: list[tuple[str, bool]] = []
    results = track_batch(
        clips, tmp_path / "out", TrackOptions(), on_result=lambda result, new: heard.append((result.clip, new))
    )
    assert [result.status for result in results] == ["failed", "failed"]
    assert all("cannot read the video" in (result.reason or "") for result in results)
    assert sorted(heard) == [("a.mp4", True), ("b.mp4", True)]
    assert list(table(tmp_path / "out")) == ["b.mp4", "a.mp4"]


def test_a_clip_that_is_done_is_kept_and_what_failed_is_tried_again(tracked: TrackedClip, tmp_path: Path) -> None:
    good = tmp_path / "good.mp4"
    good.write_bytes(tracked.clip.video.read_bytes())
    clips = [good, *bad_clips(tmp_path, "bad.mp4")]
    out, options = tmp_path / "out", TrackOptions(quality="landmarks")
    first = track_batch(clips, out, options)
    assert [result.status for result in first] == ["made", "failed"]
    row = table(out)["good.mp4"]
    assert row["frames"] == str(len(tracked.track))
    assert float(row["valid_share"]) == 1
    assert 0 < float(row["reprojection_percent"]) < 5
    before = (out / "good.npz").stat().st_mtime_ns
    heard: list[tuple[str, bool]] = []
    second = track_batch(clips, out, options, on_result=lambda result, new: heard.append((result.clip, new)))
    assert heard == [("good.mp4", False), ("bad.mp4", True)]
    assert (out / "good.npz").stat().st_mtime_ns == before
    assert second[0] == first[0]
    summary = batch_summary(second)
    assert (summary["made"], list(summary["failed"])) == (1, ["bad.mp4"])
    assert summary["frames"] == summary["valid_frames"] == len(tracked.track)
    (out / "good.npz").unlink()
    third = track_batch(clips[:1], out, options)
    assert third[0].status == "made"
    assert (out / "good.npz").is_file()
    assert set(table(out)) == {"good.mp4", "bad.mp4"}


def test_a_table_of_something_else_is_refused(tmp_path: Path) -> None:
    clips = bad_clips(tmp_path, "a.mp4")
    (tmp_path / "quality.csv").write_text("name,age\nBob,3\n")
    with pytest.raises(UnreadableFileError, match="no table of a batch"):
        track_batch(clips, tmp_path, TrackOptions())


def test_a_batch_refuses_what_cannot_be_for_any_clip(tmp_path: Path) -> None:
    clips = bad_clips(tmp_path, "a.mp4")
    with pytest.raises(UsageError, match="`npz` must be among"):
        track_batch(clips, tmp_path / "out", TrackOptions(), formats=("csv",))
    with pytest.raises(InvalidValueError, match="0 jobs"):
        track_batch(clips, tmp_path / "out", TrackOptions(), jobs=0)


def test_the_clips_of_a_folder_and_of_a_list(tmp_path: Path) -> None:
    bad_clips(tmp_path, "b.mp4", "a.MOV", "notes.txt")
    assert [path.name for path in clips_of(tmp_path)] == ["a.MOV", "b.mp4"]
    listed = tmp_path / "list.txt"
    listed.write_text("# mine\nb.mp4\n\n  a.MOV\n", encoding="utf-8")
    assert clips_of(listed) == (tmp_path / "b.mp4", tmp_path / "a.MOV")
    (tmp_path / "empty").mkdir()
    for source, message in (("empty", "has no video in it"), ("missing.txt", "cannot read")):
        with pytest.raises(UnreadableFileError, match=message):
            clips_of(tmp_path / source)
    bad_clips(tmp_path, "b.mov")
    with pytest.raises(InvalidValueError, match="would both be written to `b`"):
        clips_of(tmp_path)


def test_the_summary_names_the_worst_clips() -> None:
    results = [
        ClipResult("a", "made", frames=10, valid_share=1.0, reprojection_percent=1.0, closures=2, seconds=1.0),
        ClipResult("b", "made", frames=30, valid_share=0.5, reprojection_percent=3.0, closures=1, seconds=2.0),
        ClipResult("c", "failed", reason="no face"),
    ]
    summary = batch_summary(results)
    assert summary["columns"]["reprojection_percent"]["worst_clip"] == "b"
    assert summary["columns"]["valid_share"]["worst_clip"] == "b"
    assert summary["columns"]["reprojection_percent"]["mean"] == 2
    assert (summary["clips"], summary["frames"], summary["valid_frames"], summary["closures"]) == (3, 40, 25, 3)
    assert summary["failed"] == {"c": "no face"}
    assert batch_summary([])["columns"] == {}


def test_words_with_times_are_read_and_checked(tmp_path: Path) -> None:
    path = tmp_path / "words.json"
    path.write_text('{"clip": [[0.0, 0.5, "sil"], [0.5, 0.9, "bin"]]}', encoding="utf-8")
    assert read_spoken_words(path) == {"clip": ((0.0, 0.5, "sil"), (0.5, 0.9, "bin"))}
    for content, message in (
        ("[1]", "holds a list"),
        ("{", "is not JSON"),
        ('{"clip": [[0.5, 0.1, "x"]]}', r"expected \[start s, end s, word\]"),
        ('{"clip": [[0.5, NaN, "x"]]}', r"expected \[start s, end s, word\]"),
        ('{"clip": "words"}', r"expected \[start s, end s, word\]"),
        ('{"clip": [[0.5, 0.6, "x"], [0.1, 0.2, "y"]]}', "not in order"),
        ("\xff", "is not JSON"),
    ):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(UnreadableFileError, match=message):
            read_spoken_words(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UnreadableFileError, match="is not UTF-8 text"):
        read_spoken_words(path)


def test_a_transcript_is_a_text_or_the_file_of_one(tmp_path: Path) -> None:
    (tmp_path / "said.txt").write_text("bin blue", encoding="utf-8")
    assert read_transcript(str(tmp_path / "said.txt")) == "bin blue"
    assert read_transcript("bin blue") == "bin blue"
