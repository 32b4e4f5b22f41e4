from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from avatron.errors import OutputError
from avatron.track.work import WorkFolder


def stopped_early(place: Path, key: dict[str, str]) -> None:
    """A run that keeps one result and is then killed."""
    with WorkFolder.open(place, key) as folder:
        folder.write("bundle", {"identity": np.arange(3.0)})
        raise KeyboardInterrupt


def test_finished_work_is_there_after_a_run_that_ended_early_and_gone_after_one_that_ended_well(tmp_path: Path) -> None:
    place = tmp_path / "clip.work"
    with pytest.raises(KeyboardInterrupt):
        stopped_early(place, {"sha256": "a"})
    with WorkFolder.open(place, {"sha256": "a"}) as folder:
        assert folder.has("bundle")
        np.testing.assert_array_equal(folder.read("bundle", "identity")["identity"], np.arange(3.0))
    assert not place.exists()


def test_work_on_another_clip_is_not_gone_on_with(tmp_path: Path) -> None:
    place = tmp_path / "clip.work"
    with pytest.raises(KeyboardInterrupt):
        stopped_early(place, {"sha256": "a"})
    with WorkFolder.open(place, {"sha256": "b"}) as folder:
        assert not folder.has("bundle")


def test_a_folder_of_somebody_else_is_never_emptied(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"")
    with pytest.raises(OutputError, match="no work folder"), WorkFolder.open(tmp_path, {}):
        pass
    assert (tmp_path / "holiday.jpg").exists()
