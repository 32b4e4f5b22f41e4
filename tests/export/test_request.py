"""Requests for exports: what cannot be is refused in one line before any work, and a failure leaves nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import avatron
from avatron.core.audio import Audio
from avatron.errors import AvatronError, InvalidValueError, OutputError, OutputExistsError, UsageError
from avatron.export import request as module
from avatron.export.request import ExportRequest, export
from avatron.io.audio import read_audio, write_wav
from avatron.io.curves import read_motion
from export.clips import Clip
from reference.gltf import Gltf


@pytest.mark.parametrize(
    ("outputs", "options", "error", "complaint"),
    [
        (["a.fbx"], {}, UsageError, "unknown type `fbx`; known: glb"),
        (["a"], {}, UsageError, "has no type"),
        ([], {}, UsageError, "nothing says where to write"),
        (["a.glb", "./a.glb"], {}, UsageError, "named twice"),
        (["a.csv"], {"motion": None}, UsageError, "there is no motion"),
        (["a.html"], {}, UsageError, "plays a glb"),
        (["missing/a.glb"], {}, OutputError, "does not exist; make it first"),
        (["a.obj"], {"frame": 20}, InvalidValueError, r"frame 20 is outside 0 \.\. 19"),
        (["a.obj"], {"frame": -1}, InvalidValueError, "frame -1 is outside"),
        (["a.glb"], {"tolerance_mm": 0}, InvalidValueError, "tolerance 0 mm"),
        (["a.glb"], {"tolerance_mm": float("nan")}, InvalidValueError, "tolerance nan mm"),
        (["a.glb"], {"motion": None, "audio": Path("a.wav")}, UsageError, "sound without a motion"),
    ],
)
def test_what_cannot_be_is_refused(
    clip: Clip,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    outputs: list[str],
    options: dict[str, Any],
    error: type[AvatronError],
    complaint: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=complaint):
        export(clip.avatar, ExportRequest(outputs, **{"motion": clip.motion, **options}))
    assert list(tmp_path.iterdir()) == []


def test_an_output_that_is_there_is_kept(clip: Clip, tmp_path: Path) -> None:
    (tmp_path / "a.glb").write_bytes(b"mine")
    with pytest.raises(OutputExistsError, match="overwrite"):
        export(clip.avatar, ExportRequest([tmp_path / "a.glb"], clip.motion))
    assert (tmp_path / "a.glb").read_bytes() == b"mine"


def test_a_failure_in_the_last_output_leaves_none_of_them(
    clip: Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> str:
        raise OutputError("the disk is full")

    monkeypatch.setattr(module, "player_page", fail)
    with pytest.raises(OutputError):
        export(clip.avatar, ExportRequest([tmp_path / "a.csv", tmp_path / "a.glb", tmp_path / "a.html"], clip.motion))
    assert list(tmp_path.iterdir()) == []


def test_the_sound_lies_beside_the_glb_as_long_as_the_motion_and_is_named_in_it(clip: Clip, tmp_path: Path) -> None:
    write_wav(tmp_path / "take.wav", Audio(np.full(44100, 0.1, np.float32), 22050))
    exported = export(clip.avatar, ExportRequest([tmp_path / "a.glb"], clip.motion, audio=tmp_path / "take.wav"))
    assert exported.paths == (tmp_path / "a.wav", tmp_path / "a.glb")
    assert read_audio(tmp_path / "a.wav").duration_s == pytest.approx(20 * 1001 / 30000, abs=1 / 22050)
    note = Gltf((tmp_path / "a.glb").read_bytes()).document["animations"][0]["extras"]["avatron"]
    assert note["audio"]["uri"] == "a.wav"


def test_sound_that_lies_beside_the_glb_already_stays_as_it_is(clip: Clip, tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", Audio(np.full(44100, 0.1, np.float32), 22050))
    before = (tmp_path / "a.wav").read_bytes()
    export(clip.avatar, ExportRequest([tmp_path / "a.glb"], clip.motion, audio=tmp_path / "a.wav"))
    assert (tmp_path / "a.wav").read_bytes() == before


def test_curves_come_back_from_the_live_link_csv(clip: Clip, tmp_path: Path) -> None:
    export(clip.avatar, ExportRequest([tmp_path / "a.csv"], clip.motion))
    back = read_motion(tmp_path / "a.csv", clip.motion.fps)
    np.testing.assert_allclose(back.expression[:, :52], clip.motion.expression[:, :52], atol=1e-7)
    assert (tmp_path / "a.csv").read_text("ascii").splitlines()[0].count(",") == 62


def test_the_page_can_hold_no_markup_of_its_inputs(clip: Clip, tmp_path: Path) -> None:
    name = "</script><script>alert(1)//"
    exported = export(
        clip.avatar, ExportRequest([tmp_path / "a.glb", tmp_path / "a.html"], clip.motion, film=name + ".mp4")
    )
    page = exported.paths[-1].read_text("utf-8")
    assert name not in page
    config = page.partition('id="config">')[2].partition("</script>")[0]
    assert json.loads(config)["film"] == name + ".mp4"


def test_speak_writes_the_avatar_and_its_sound_from_one_performance(tmp_path: Path) -> None:
    made = avatron.speak("Hi.", [tmp_path / "hi.glb", tmp_path / "hi.npz"], fps=30)
    assert made.paths == (tmp_path / "hi.wav", tmp_path / "hi.glb", tmp_path / "hi.npz")
    scene, motion = Gltf((tmp_path / "hi.glb").read_bytes()), read_motion(tmp_path / "hi.npz")
    animation = scene.document["animations"][0]
    assert animation["extras"]["avatron"] == {
        "fps": 30.0,
        "frames": len(motion),
        "audio": {"uri": "hi.wav", "start_s": 0.0},
    }
    jaw = scene.target_names(scene.document["nodes"][scene.node("Face")]["mesh"]).index("jawOpen")
    weights = next(channel for channel in animation["channels"] if channel["target"]["path"] == "weights")
    keyed = scene.array(animation["samplers"][weights["sampler"]]["output"]).reshape(len(motion), -1)[:, jaw]
    np.testing.assert_array_equal(keyed, motion.channel("jawOpen"))


def test_a_performance_that_fails_leaves_no_scene(tmp_path: Path) -> None:
    with pytest.raises(AvatronError):
        avatron.speak("Hi. \u4f60\u597d\u3002", tmp_path / "hi.glb")
    assert list(tmp_path.iterdir()) == []
