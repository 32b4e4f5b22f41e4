"""The full likeness from end to end: learned, stored, loaded, drawn, and measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import avatron
from avatron.errors import InvalidValueError, MissingComponentError
from avatron.io.clips import probe_clip, read_frames
from avatron.replica.builder import requirements
from avatron.replica.builder.build import build_replica
from avatron.replica.builder.config import BuildConfig
from reference.built_replica import ClipOfPerson


def test_a_person_is_learned_and_speaks(filmed: ClipOfPerson, landmark_networks: None, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("onnx")
    config = BuildConfig(effort=0.02)
    made = build_replica(filmed.video, filmed.consent, tmp_path / "me", config)
    assert {"appearance/gaussians.safetensors", "appearance/refiner.onnx"} <= set(made.folder.files)
    assert made.report["heldout"]["tracked"]["psnr_full_db"] > 22
    avatron.speak("Bob.", tmp_path / "bob.mp4", avatar=str(tmp_path / "me"), size=(96, 128))
    info = probe_clip(tmp_path / "bob.mp4")
    assert (info.width, info.height) == (96, 128)
    pictures = np.stack(list(read_frames(info))).astype(int)
    assert np.abs(np.diff(pictures, axis=0)).max() > 20


def test_what_is_missing_is_said_before_anything_is_done(
    filmed: ClipOfPerson, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requirements, "find_spec", lambda name: None)
    with pytest.raises(MissingComponentError, match="pip install torch"):
        build_replica(filmed.video, filmed.consent, tmp_path / "me")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("effort", [0.0, -1.0, 1000.0, float("nan")])
def test_an_effort_out_of_range_is_refused(effort: float) -> None:
    with pytest.raises(InvalidValueError, match="effort"):
        BuildConfig(effort=effort)
