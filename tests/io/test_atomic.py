from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from avatron.errors import OutputError, OutputExistsError
from avatron.io.atomic import PendingFile, PendingFolder, discard_unfinished, output_error, write_file


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_a_file_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    with PendingFile(tmp_path / "a.txt") as pending:
        pending.partial.write_text("half")
        assert not (tmp_path / "a.txt").exists()
    assert (tmp_path / "a.txt").read_text() == "half"
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("kind", [PendingFile, PendingFolder])
def test_an_interrupted_write_leaves_nothing(
    tmp_path: Path, error: type[BaseException], kind: type[PendingFile | PendingFolder]
) -> None:
    def write_half() -> None:
        with kind(tmp_path / "a") as pending:
            (pending.partial / "inside" if kind is PendingFolder else pending.partial).write_text("half")
            raise error

    with pytest.raises(error):
        write_half()
    assert names(tmp_path) == []


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_interrupted_overwrite_leaves_the_old_file_as_it_was(tmp_path: Path, error: type[BaseException]) -> None:
    (tmp_path / "a.txt").write_text("old")

    def write_half() -> None:
        with PendingFile(tmp_path / "a.txt", overwrite=True) as pending:
            pending.partial.write_text("half")
            raise error

    with pytest.raises(error):
        write_half()
    assert (tmp_path / "a.txt").read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_outputs_that_nobody_ended_are_removed_and_finished_ones_stay(tmp_path: Path) -> None:
    with PendingFile(tmp_path / "whole.bin") as whole:
        whole.partial.write_bytes(b"whole")
    PendingFile(tmp_path / "half.bin").partial.write_bytes(b"half")
    (PendingFolder(tmp_path / "folder").partial / "half").write_bytes(b"half")
    discard_unfinished()
    assert names(tmp_path) == ["whole.bin"]


def test_an_existing_file_is_refused_without_overwrite(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(OutputExistsError, match="--overwrite"):
        PendingFile(tmp_path / "a.txt")
    assert write_file(tmp_path / "a.txt", "new", overwrite=True).read_text() == "new"


def test_of_two_runs_with_overwrite_the_last_one_wins_whole(tmp_path: Path) -> None:
    first = PendingFile(tmp_path / "a.txt", overwrite=True)
    second = PendingFile(tmp_path / "a.txt", overwrite=True)
    first.partial.write_text("first")
    second.partial.write_text("second")
    second.commit()
    first.commit()
    assert (tmp_path / "a.txt").read_text() == "first"
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("kind", [PendingFile, PendingFolder])
def test_of_two_runs_without_overwrite_the_second_is_refused(
    tmp_path: Path, kind: type[PendingFile | PendingFolder]
) -> None:
    pair = kind(tmp_path / "a"), kind(tmp_path / "a")
    for pending in pair:
        (pending.partial / "x" if kind is PendingFolder else pending.partial).write_text("content")
    pair[0].commit()
    with pytest.raises(OutputExistsError, match="another run"):
        pair[1].commit()
    assert names(tmp_path) == ["a"]


def test_a_folder_replaces_the_old_one_with_nothing_left_of_it(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "old").write_text("old")
    with PendingFolder(tmp_path / "a", overwrite=True) as pending:
        (pending.partial / "new").write_text("new")
    assert names(tmp_path / "a") == ["new"]
    assert names(tmp_path) == ["a"]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="does not exist; make it first"):
        PendingFile(tmp_path / "missing" / "a.txt")


def test_a_path_through_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="is a file, not a folder"):
        PendingFile(tmp_path / "file" / "a.txt")


def test_a_device_is_never_replaced() -> None:
    with pytest.raises(OutputError, match="not an ordinary file"):
        PendingFile("/dev/null", overwrite=True)


def test_a_folder_in_the_place_of_a_file_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(OutputError, match="not an ordinary file"):
        PendingFile(tmp_path / "a", overwrite=True)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputError, match="not writable"):
            PendingFile(tmp_path / "a.txt")
    finally:
        tmp_path.chmod(0o700)


def test_a_link_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to("real.txt")
    write_file(tmp_path / "link.txt", "new", overwrite=True)
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == "new"


def test_a_name_of_255_bytes_can_be_written(tmp_path: Path) -> None:
    name = "é" * 125 + ".text"
    assert write_file(tmp_path / name, "x").read_text() == "x"


def test_new_files_have_the_permissions_of_other_new_files(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("x")
    write_file(tmp_path / "ours", "x")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_full_disk_is_said_in_one_line() -> None:
    error = output_error("a.mp4", OSError(28, "No space left on device"))
    assert str(error) == "cannot write `a.mp4`: the disk is full; free some space or write to another disk"


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file sizes are POSIX")
def test_a_file_that_the_system_cuts_off_is_refused_and_removed(tmp_path: Path) -> None:
    script = """
        import resource, signal, sys
        from avatron.errors import OutputError
        from avatron.io.atomic import write_file
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        try:
            write_file(sys.argv[1], b"0" * 10000)
        except OutputError as error:
            print(error)
    """
    target = tmp_path / "a.bin"
    command = [sys.executable, "-c", textwrap.dedent(script), str(target)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert said.startswith(f"cannot write `{target}`: the file would be larger than")
    assert names(tmp_path) == []


def test_a_link_into_a_folder_that_is_not_there_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "link.txt").symlink_to(tmp_path / "nowhere" / "a.txt")
    with pytest.raises(OutputError, match="nowhere` does not exist"):
        PendingFile(tmp_path / "link.txt")
