"""GLB: what an independent reader sees in it is what our own head does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from avatron.core.motion import ARKIT_NAMES, EXPRESSION_NAMES, FaceMotion
from avatron.errors import InvalidValueError
from avatron.export.build import JOINT_NAMES
from avatron.export.correctives import CorrectiveOptions
from avatron.export.scene import SceneOptions, make_scene, scene_files
from avatron.export.visemes import VISEMES
from export.clips import FPS, SURFACES, Clip
from reference.gltf import Gltf

NODE_MODULES = Path(os.environ.get("AVATRON_NODE_MODULES", Path(__file__).parents[2] / "node_modules"))
"""Where `npm install gltf-validator three` was run."""


@pytest.fixture(scope="module")
def glb(clip: Clip) -> Gltf:
    return Gltf(clip.glb(audio_name="clip.wav"))


def furthest_mm(found: np.ndarray, expected: np.ndarray) -> float:
    return float(np.linalg.norm(found - expected, axis=-1).max() * 1000)


def test_every_frame_of_the_clip_is_our_own_head_within_the_error_that_is_said(clip: Clip, glb: Gltf) -> None:
    expected = clip.head_vertices()
    for frame in range(0, len(clip.motion), 3):
        found = glb.posed("Face", frame / float(FPS))
        for vertices, parts in zip(found, SURFACES.values(), strict=True):
            away = furthest_mm(vertices, expected[frame][clip.surface_vertices(*parts)])
            # 0.012 mm: what moves by less than 0.01 mm along each axis is left out of a target.
            assert away < clip.scene.largest_error_m * 1000 + 0.012
            assert away < 0.5


def test_the_measured_error_is_the_error(clip: Clip, glb: Gltf) -> None:
    expected = clip.head_vertices()
    largest = max(
        furthest_mm(vertices, expected[frame][clip.surface_vertices(*parts)])
        for frame in range(len(clip.motion))
        for vertices, parts in zip(glb.posed("Face", frame / float(FPS)), SURFACES.values(), strict=True)
    )
    assert largest == pytest.approx(clip.scene.largest_error_m * 1000, abs=0.012)


def test_eyeballs_turn_with_the_gaze(clip: Clip, glb: Gltf) -> None:
    expected = clip.head_vertices()
    for frame in (0, 5, 14):
        for vertices, part in zip(glb.posed("Eyes", frame / float(FPS)), ("eye_left", "eye_right"), strict=True):
            own = np.unique(clip.head.triangles_of(part))
            assert furthest_mm(vertices, expected[frame][own]) < 0.002


def test_each_target_at_weight_one_is_our_own_expression(clip: Clip, glb: Gltf) -> None:
    rest = clip.avatar.appearance().rest_weights()
    posed = clip.posed()
    skin = clip.surface_vertices(*SURFACES["Skin"])
    for name in ("jawOpen", "eyeBlinkLeft", "mouthPucker", "browDownRight"):
        expression = rest.copy()
        expression[EXPRESSION_NAMES.index(name)] = 1
        still = FaceMotion.at_rest(1)
        moved = FaceMotion(expression[None], *[still.head_rotation] * 5, still.gaze, still.fps)
        expected = next(posed.frames(moved))[skin]
        # What moves by less than 0.01 mm along each axis is left out of a target.
        assert furthest_mm(glb.posed("Face", weights={name: 1.0})[0], expected) < 0.018


def test_the_52_arkit_names_the_visemes_and_the_joints_are_there_under_their_exact_names(glb: Gltf) -> None:
    names = glb.target_names(glb.document["nodes"][glb.node("Face")]["mesh"])
    assert tuple(names[:52]) == ARKIT_NAMES
    assert tuple(names[56:71]) == tuple(VISEMES)
    assert len(names) == len(set(names))
    assert len(names) == len(glb.document["meshes"][0]["weights"])
    joints = [glb.document["nodes"][joint]["name"] for joint in glb.document["skins"][0]["joints"]]
    assert joints == list(JOINT_NAMES.values())


def test_visemes_look_like_their_sounds(clip: Clip, glb: Gltf) -> None:
    skin = clip.surface_vertices(*SURFACES["Skin"])
    row = {int(vertex): number for number, vertex in enumerate(skin)}
    upper, lower = (row[int(vertex)] for vertex in clip.head.lip_pairs[1])

    def gap_mm(name: str) -> float:
        vertices = glb.posed("Face", weights={name: 1.0})[0]
        return float((vertices[upper] - vertices[lower])[1] * 1000)

    assert gap_mm("viseme_PP") < 0.3
    assert gap_mm("viseme_sil") < 0.3
    assert gap_mm("viseme_aa") > 6
    assert gap_mm("viseme_aa") > gap_mm("viseme_E") > gap_mm("viseme_SS") > gap_mm("viseme_PP")


def test_compact_targets_are_a_fraction_and_within_a_tenth_of_a_millimetre(clip: Clip, glb: Gltf) -> None:
    data = clip.glb(compact=True)
    assert len(data) < 0.7 * len(clip.glb())
    small = Gltf(data)
    for frame in (3, 9):
        for found, whole in zip(
            small.posed("Face", frame / float(FPS)), glb.posed("Face", frame / float(FPS)), strict=True
        ):
            assert furthest_mm(found, whole) < 0.1


def test_all_keyed_weights_are_between_zero_and_one_since_programs_clamp_others(clip: Clip) -> None:
    assert clip.scene.performance is not None
    assert clip.scene.performance.weights.min() >= 0
    assert clip.scene.performance.weights.max() <= 1


def test_weights_sum_to_one_and_no_vertex_has_more_than_four_joints(glb: Gltf) -> None:
    for mesh in glb.document["meshes"]:
        for primitive in mesh["primitives"]:
            assert "JOINTS_1" not in primitive["attributes"]
            weights = glb.array(primitive["attributes"]["WEIGHTS_0"])
            np.testing.assert_allclose(weights.sum(1), 1, atol=1e-6)


def test_keys_are_at_the_times_of_the_frames_and_the_sound_begins_with_them(clip: Clip, glb: Gltf) -> None:
    animation = glb.document["animations"][0]
    times = glb.array(animation["samplers"][0]["input"])[:, 0]
    np.testing.assert_allclose(times, np.arange(len(clip.motion)) * 1001 / 30000, rtol=1e-6)
    assert animation["extras"]["avatron"]["audio"] == {"uri": "clip.wav", "start_s": 0.0}


def test_the_same_scene_gives_the_same_bytes(clip: Clip) -> None:
    assert clip.glb() == clip.glb()


def test_without_correctives_the_error_is_measured_and_larger(clip: Clip) -> None:
    plain = make_scene(clip.avatar, clip.motion, SceneOptions(correctives=None))
    assert plain.largest_error_m > 3 * clip.scene.largest_error_m
    names = plain.character.meshes[0].target_names
    assert not any(name.startswith("corrective") for name in names)


def test_more_targets_follow_the_clip_more_closely(clip: Clip) -> None:
    errors = [
        make_scene(clip.avatar, clip.motion, SceneOptions(correctives=CorrectiveOptions(most=most))).largest_error_m
        for most in (2, 20)
    ]
    # Twenty directions span all that twenty frames can leave out.
    assert errors[1] < min(0.0001, errors[0] / 2)


def test_an_avatar_alone_has_no_animation(clip: Clip) -> None:
    scene = make_scene(clip.avatar)
    files = scene_files(scene, Path("ava.glb"))
    assert "animations" not in Gltf(files["ava.glb"]).document


def test_a_motion_without_frames_is_refused(clip: Clip) -> None:
    with pytest.raises(InvalidValueError, match="no frames"):
        make_scene(clip.avatar, FaceMotion.at_rest(0))


def test_an_endless_motion_is_refused_before_any_work(clip: Clip) -> None:
    with pytest.raises(InvalidValueError, match="cut it into parts"):
        make_scene(clip.avatar, FaceMotion.at_rest(90_001))


@pytest.mark.parametrize("kind", ["whole", "compact", "still"])
def test_the_khronos_validator_has_nothing_to_say(clip: Clip, tmp_path: Path, kind: str) -> None:
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    if not (NODE_MODULES / "gltf-validator").is_dir():
        pytest.skip(f"no gltf-validator in {NODE_MODULES}: `npm install gltf-validator three` there")
    path = tmp_path / "clip.glb"
    if kind == "still":
        path.write_bytes(scene_files(make_scene(clip.avatar), path)["clip.glb"])
    else:
        path.write_bytes(clip.glb(compact=kind == "compact", audio_name="clip.wav"))
    program = (
        f"require({json.dumps(str(NODE_MODULES / 'gltf-validator'))})"
        f".validateBytes(new Uint8Array(require('fs').readFileSync({json.dumps(str(path))})))"
        ".then(report => console.log(JSON.stringify(report.issues)))"
    )
    done = subprocess.run(["node", "-e", program], capture_output=True, text=True, check=True, timeout=300)
    issues = json.loads(done.stdout)
    assert (issues["numErrors"], issues["numWarnings"]) == (0, 0), issues["messages"][:5]
