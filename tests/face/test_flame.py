"""FLAME: a tiny model of the same layout, made of our own head, is read, matched and driven."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from avatron.core.motion import EXPRESSION_INDEX, FaceMotion
from avatron.core.rotation import axis_angle_to_matrix
from avatron.errors import DamagedModelError, UnreadableFileError
from avatron.face.flame import FlameModel
from avatron.face.flame_fit import FlameFit, fit_flame
from avatron.face.head import HeadModel
from avatron.face.rig import JOINTS

SHAPES = 12
EXPRESSIONS = ("mouthSmileLeft", "browInnerUp", "mouthPucker", "noseSneerRight")
SCALE, TURN, SHIFT = 0.93, np.array([0.02, -0.03, 0.01]), np.array([0.004, 0.021, -0.013])
"""How the tiny model's frame differs from ours."""


def tiny_arrays(head: HeadModel) -> dict[str, np.ndarray]:
    """A subset of our skin as FLAME stores a head, in a frame of its own."""
    skin = np.unique(head.triangles_of("skin"))
    chosen = skin
    local = np.full(len(head.neutral), -1)
    local[chosen] = np.arange(len(chosen))
    triangles = local[head.triangles_of("skin")]
    turn = axis_angle_to_matrix(TURN)

    def there(points: np.ndarray) -> np.ndarray:
        return (points - SHIFT) @ turn / SCALE

    def direction(offsets: np.ndarray) -> np.ndarray:
        return offsets @ turn / SCALE

    template = there(head.neutral[chosen])
    eye = np.eye(len(EXPRESSION_INDEX), dtype=np.float32)
    moved = [head.shapes.vertices(eye[EXPRESSION_INDEX[name]]) - head.neutral for name in EXPRESSIONS]
    modes = [direction(mode[chosen]) for mode in head.identity[:SHAPES]]
    modes += [direction(offsets[chosen]) for offsets in moved]
    names = ("torso", "neck", "jaw", "eye_left", "eye_right")
    joints = there(head.joints[[JOINTS.index(name) for name in names]])
    # Any regressor that gives the joints from the template will do: least squares over all vertices.
    regressor = joints @ np.linalg.pinv(template)
    weights = np.zeros((len(chosen), 5))
    weights[:, 1] = 1
    return {
        "v_template": template,
        "f": triangles.astype(np.uint32),
        "shapedirs": np.stack(modes, -1),
        "posedirs": np.zeros((len(chosen), 3, 36)),
        "J_regressor": regressor,
        "weights": weights,
    }


@pytest.fixture(scope="module")
def head() -> HeadModel:
    return HeadModel.load()


@pytest.fixture(scope="module")
def arrays(head: HeadModel) -> dict[str, np.ndarray]:
    return tiny_arrays(head)


@pytest.fixture(scope="module")
def fit(head: HeadModel, arrays: dict[str, np.ndarray], tmp_path_factory: pytest.TempPathFactory) -> FlameFit:
    path = tmp_path_factory.mktemp("flame") / "flame.npz"
    np.savez(path, **arrays)
    return fit_flame(head, FlameModel.load(path))


def test_a_model_that_is_our_own_face_in_another_frame_lies_on_it_exactly(fit: FlameFit) -> None:
    assert fit.error_m < 0.00005
    assert fit.scale == pytest.approx(SCALE, rel=0.002)
    np.testing.assert_allclose(fit.rotation, axis_angle_to_matrix(TURN), atol=0.002)


def test_an_expression_that_the_model_has_is_that_mode_alone(fit: FlameFit) -> None:
    for number, name in enumerate(EXPRESSIONS):
        coefficients = fit.expression_map[EXPRESSION_INDEX[name]]
        assert coefficients[number] == pytest.approx(1, abs=0.03)
        assert np.abs(np.delete(coefficients, number)).max() < 0.05


def test_the_jaw_is_a_pose_and_in_the_models_own_frame(fit: FlameFit, head: HeadModel) -> None:
    jaw = fit.jaw_poses[EXPRESSION_INDEX["jawOpen"]]
    assert np.linalg.norm(jaw) == pytest.approx(
        np.linalg.norm(head.jaw_rotation[EXPRESSION_INDEX["jawOpen"]]), rel=1e-4
    )
    np.testing.assert_allclose(fit.rotation @ jaw, head.jaw_rotation[EXPRESSION_INDEX["jawOpen"]], atol=1e-5)


def test_a_face_goes_to_flame_and_comes_back(fit: FlameFit, head: HeadModel) -> None:
    identity = np.zeros(head.identity_modes, np.float32)
    identity[:4] = [0.8, -0.6, 0.5, -0.4]
    there = fit.shape_of(identity)
    np.testing.assert_allclose(there[:4] - fit.mean_shape[:4], identity[:4], atol=0.06)
    back = fit.identity_of(there)
    moved = np.linalg.norm((head.person(back) - head.person(identity))[fit.head_vertices], axis=1)
    assert moved.max() < 0.0006


def test_a_motion_becomes_coefficients_frame_by_frame(fit: FlameFit) -> None:
    motion = FaceMotion.at_rest(3)
    expression = motion.expression.copy()
    expression[1, EXPRESSION_INDEX["mouthPucker"]] = 0.5
    moving = FaceMotion(expression, *[motion.head_rotation] * 5, motion.gaze, motion.fps)
    clip = fit.clip(moving)
    assert clip.expression.shape == (3, len(EXPRESSIONS))
    assert np.abs(clip.expression[[0, 2]]).max() == 0
    assert clip.expression[1, 2] == pytest.approx(0.5, abs=0.03)


def test_a_pickle_is_never_opened(tmp_path: Path) -> None:
    path = tmp_path / "generic_model.pkl"
    path.write_bytes(pickle.dumps({"v_template": 1}))
    with pytest.raises(UnreadableFileError, match=r"is a pickle, which avatron does not open; convert it once"):
        FlameModel.load(path)


def test_pickled_objects_inside_of_an_npz_are_refused(tmp_path: Path, arrays: dict[str, np.ndarray]) -> None:
    path = tmp_path / "flame.npz"
    np.savez(path, **{**arrays, "weights": np.array([{}, []], dtype=object)})
    with pytest.raises(UnreadableFileError, match="no npz of plain arrays"):
        FlameModel.load(path)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda arrays: arrays.pop("weights"), "lacks weights"),
        (lambda arrays: arrays.update(v_template=np.full((5, 3), np.nan)), "NaN"),
        (lambda arrays: arrays.update(weights=np.zeros((3, 5))), "`weights` has shape"),
        (lambda arrays: arrays.update(f=np.array([[0, 1, 10**6]])), "names vertices outside"),
    ],
)
def test_a_damaged_model_is_named_with_its_array(
    tmp_path: Path, arrays: dict[str, np.ndarray], change: Callable[[dict[str, np.ndarray]], None], complaint: str
) -> None:
    damaged = dict(arrays)
    change(damaged)
    path = tmp_path / "flame.npz"
    np.savez(path, **damaged)
    with pytest.raises(DamagedModelError, match=complaint):
        FlameModel.load(path)


def test_a_model_in_other_units_is_refused(head: HeadModel, arrays: dict[str, np.ndarray], tmp_path: Path) -> None:
    path = tmp_path / "flame.npz"
    np.savez(path, **{**arrays, "v_template": np.random.default_rng(1).normal(size=arrays["v_template"].shape)})
    with pytest.raises(DamagedModelError, match="in metres"):
        fit_flame(head, FlameModel.load(path))
