"""Gaussians on a mesh: parity with the slow rig and renderer, and what follows from how they ride."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatron.core.camera import Camera
from avatron.core.gaussians import GaussianSet
from avatron.errors import InvalidValueError, ShapeError
from avatron.native import cpu, pool, splat_rig, splats
from reference import splats as reference

VIEW = splats.SplatView.of(Camera.looking_at(np.zeros(3), np.array([0.05, 0.03, 1.0]), 37, 29, 90.0))
NAMES = ("positions", "quaternions", "log_scales", "opacity_logits", "colours", "corrections", "response")


def exact(values: np.ndarray) -> np.ndarray:
    """float64 that float32 holds exactly."""
    return np.asarray(values, np.float32).astype(np.float64)


class Scene:
    """A small mesh and Gaussians on it."""

    def __init__(self, ranks: int = 3, features: int = 2, count: int = 19, seed: int = 5) -> None:
        generator = np.random.default_rng(seed)
        self.vertices = exact(generator.normal(size=(9, 3)) * 0.09)
        self.triangles = np.array([generator.permutation(9)[:3] for _ in range(7)], np.int32)
        self.gaussians = reference.RiggedGaussians(
            exact(generator.normal(size=(count, 3)) * 0.3),
            exact(generator.normal(size=(count, 4))),
            exact(generator.normal(size=(count, 3)) * 0.4 - 1.3),
            exact(generator.normal(size=count)),
            exact(generator.uniform(0, 1, (count, 3))),
            generator.integers(0, 7, count).astype(np.int32),
            exact(generator.normal(size=(count, ranks, 7)) * 0.1),
            exact(generator.normal(size=(count, features, 3)) * 0.1),
        )
        self.coefficients = exact(generator.normal(size=ranks))
        self.features = exact(generator.normal(size=(7, features)))
        self.wish = exact(generator.normal(size=(29, 37, 3)))

    def rig(self) -> splat_rig.SplatRig:
        own = self.gaussians
        arrays = {name: getattr(own, name).astype(np.float32) for name in NAMES}
        return splat_rig.SplatRig(triangle=own.triangle, **arrays)

    def draw(self, **options: object) -> splats.DrawnSplats[splat_rig.SplatRigGradients]:
        given: dict[str, object] = {"coefficients": self.coefficients, "features": self.features, **options}
        return splat_rig.draw_rig(self.rig(), self.vertices, self.triangles, VIEW, **given)  # type: ignore[arg-type]

    def placed(self) -> reference.WorldGaussians:
        return reference.placed(self.gaussians, self.vertices, self.triangles, self.coefficients, self.features)


@pytest.mark.parametrize(("ranks", "features"), [(2, 1), (0, 0), (24, 4)])
def test_values_and_gradients_equal_the_slow_rig(ranks: int, features: int) -> None:
    scene = Scene(ranks, features, count=7 if ranks == 2 else 1)
    options = splats.SplatOptions()
    image, alpha = reference.draw(scene.placed(), VIEW, options)

    def loss_of(placed: reference.WorldGaussians) -> float:
        return float(np.sum(reference.draw(placed, VIEW, options)[0] * scene.wish))

    expected = {}
    for name in NAMES:

        def loss(values: np.ndarray, name: str = name) -> float:
            gaussians = replace(scene.gaussians, **{name: values})
            return loss_of(
                reference.placed(gaussians, scene.vertices, scene.triangles, scene.coefficients, scene.features)
            )

        expected[name] = reference.slope(loss, getattr(scene.gaussians, name), 1e-6)
    expected["coefficients"] = reference.slope(
        lambda values: loss_of(
            reference.placed(scene.gaussians, scene.vertices, scene.triangles, values, scene.features)
        ),
        scene.coefficients,
        1e-6,
    )
    world = scene.placed()
    expected["means"] = reference.slope(lambda values: loss_of(replace(world, means=values)), world.means, 1e-6)
    for isa in cpu.available_instruction_sets():
        with cpu.use_instruction_set(isa):
            drawn = scene.draw(coefficient_gradients=True)
            gradients = drawn.backward(scene.wish)
        np.testing.assert_allclose(drawn.image, image, atol=1e-5)
        np.testing.assert_allclose(drawn.alpha, alpha, atol=1e-5)
        found = {name: getattr(gradients, name) for name in (*NAMES[:5], "means", "coefficients")}
        found["corrections"] = gradients.corrections(scene.coefficients)
        found["response"] = gradients.response(scene.features, scene.gaussians.triangle)
        for name, values in expected.items():
            largest = np.abs(values).max(initial=0.0)
            np.testing.assert_allclose(found[name], values, atol=2e-5 * largest, err_msg=f"{name}, {isa}")


@pytest.mark.parametrize("isa", cpu.available_instruction_sets())
def test_every_bit_is_the_same_for_any_number_of_threads(isa: str) -> None:
    results = []
    for threads in (1, 2, 5):
        with cpu.use_instruction_set(isa), pool.use_threads(threads):
            scene = Scene(count=5000)
            drawn = scene.draw(coefficient_gradients=True)
            gradients = drawn.backward(scene.wish)
            results.append([drawn.image, *(getattr(gradients, one.name) for one in fields(gradients))])
    for other in results[1:]:
        assert all(np.array_equal(first, second) for first, second in zip(results[0], other, strict=True))


def test_gradients_are_the_same_in_memory_that_was_used_before() -> None:
    scene = Scene()
    other = scene.draw(coefficients=scene.coefficients * 2).backward(scene.wish)
    expected, drawn = scene.draw().backward(scene.wish), scene.draw()
    found = drawn.backward(scene.wish, into=other)
    assert found is other
    assert all(np.array_equal(getattr(found, one.name), getattr(expected, one.name)) for one in fields(found)[:-1])
    with pytest.raises(ShapeError, match="`into` is of 5 Gaussians"):
        drawn.backward(scene.wish, into=Scene(count=5).draw().backward(scene.wish))


def test_the_example_of_the_docs_learns() -> None:
    page = (Path(__file__).parents[2] / "docs" / "splats.md").read_text("utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```", page, re.M | re.S)
    before: dict[str, Any] = {}
    exec(code.replace("range(20)", "range(1)"), before)
    after: dict[str, Any] = {}
    exec(code, after)
    assert after["found"].value < 0.95 * before["found"].value
    assert after["frame"].shape == (64, 64, 3)


def test_gaussians_move_rigidly_with_their_mesh() -> None:
    scene = Scene()
    still = scene.draw().image.copy()
    quarter = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    shift = np.array([0.3, -0.2, 0.1])
    scene.vertices = scene.vertices @ quarter.T + shift
    rotation = VIEW.rotation @ quarter.T
    follower = replace(VIEW, rotation=rotation, translation=VIEW.translation - rotation @ shift)
    moved = splat_rig.draw_rig(
        scene.rig(),
        scene.vertices,
        scene.triangles,
        follower,
        coefficients=scene.coefficients,
        features=scene.features,
    )
    np.testing.assert_allclose(moved.image, still, atol=2e-4)


def moments_of(scene: Scene, count: int) -> tuple[list[np.ndarray], np.ndarray]:
    generator = np.random.default_rng(9)
    vertices = [scene.vertices + generator.normal(size=scene.vertices.shape) * 0.01 for _ in range(count)]
    return vertices, generator.normal(size=(count, 3))


@pytest.mark.parametrize("isa", cpu.available_instruction_sets())
def test_several_moments_drawn_together_are_those_drawn_apart_bit_by_bit(isa: str) -> None:
    scene = Scene(count=40)
    vertices, coefficients = moments_of(scene, 3)
    backdrop = np.random.default_rng(1).uniform(size=(29, 37, 3)).astype(np.float32)
    memories = [splats.SplatMemory() for _ in range(4)]
    with cpu.use_instruction_set(isa):
        together = splat_rig.draw_rigs(
            scene.rig(),
            vertices,
            scene.triangles,
            VIEW,
            coefficients=coefficients,
            memories=memories,
            background=backdrop,
        )
        for number in range(3):
            scene.vertices = vertices[number]
            alone = scene.draw(coefficients=coefficients[number], features=None, background=backdrop)
            assert np.array_equal(together[number], alone.image)
    assert not np.array_equal(together[0], together[1])


def test_several_moments_that_do_not_fit_are_refused() -> None:
    scene = Scene()
    vertices, coefficients = moments_of(scene, 2)
    memories = [splats.SplatMemory(), splats.SplatMemory()]

    def draw(**changed: Any) -> np.ndarray:
        given = {"coefficients": coefficients, "memories": memories, **changed}
        return splat_rig.draw_rigs(scene.rig(), vertices, scene.triangles, VIEW, **given)

    with pytest.raises(InvalidValueError, match="1 memories for 2 pictures"):
        draw(memories=memories[:1])
    with pytest.raises(ShapeError, match="`coefficients`"):
        draw(coefficients=coefficients[:1])
    with pytest.raises(ShapeError, match="`into`"):
        draw(into=np.empty((2, 29, 37, 3)))
    damaged = scene.rig()
    damaged.colours[0, 0] = np.nan
    with pytest.raises(ShapeError, match="1 of 19 Gaussians hold NaN"):
        splat_rig.draw_rigs(damaged, vertices, scene.triangles, VIEW, coefficients=coefficients, memories=memories)
    empty = splat_rig.draw_rigs(scene.rig(), [], scene.triangles, VIEW, coefficients=np.empty((0, 3)), memories=[])
    assert empty.shape == (0, 29, 37, 3)


def test_a_set_of_gaussians_and_its_parameters_are_the_same_thing() -> None:
    generator = np.random.default_rng(0)
    rotations = generator.normal(size=(6, 4))
    gaussians = GaussianSet(
        generator.normal(size=(6, 3)),
        rotations / np.linalg.norm(rotations, axis=1, keepdims=True),
        generator.uniform(0.1, 1, (6, 3)),
        generator.uniform(0.1, 0.9, 6),
        generator.uniform(0, 1, (6, 3)),
        np.arange(6),
    )
    again = splat_rig.SplatRig.of(gaussians).gaussians()
    for one in fields(gaussians):
        np.testing.assert_allclose(getattr(again, one.name), getattr(gaussians, one.name), rtol=1e-5)


def test_a_triangle_without_area_leaves_numbers_finite() -> None:
    scene = Scene()
    scene.vertices[:] = scene.vertices[0]
    drawn = scene.draw()
    gradients = drawn.backward(scene.wish)
    assert np.isfinite(drawn.image).all()
    assert np.isfinite(gradients.positions).all()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("isa", cpu.available_instruction_sets())
def test_what_is_no_number_is_refused(isa: str, name: str) -> None:
    scene = Scene(count=37)
    rig = scene.rig()
    getattr(rig, name).reshape(-1)[-1] = np.nan
    with cpu.use_instruction_set(isa), pytest.raises(ShapeError, match="1 of 37 Gaussians hold NaN or infinity"):
        splat_rig.draw_rig(
            rig, scene.vertices, scene.triangles, VIEW, coefficients=scene.coefficients, features=scene.features
        )


def test_what_does_not_fit_is_refused() -> None:
    scene = Scene()
    with pytest.raises(ShapeError, match="rides on triangle 5, but only 3 triangles are given"):
        splat_rig.draw_rig(scene.rig(), scene.vertices, scene.triangles[:3], VIEW)
    with pytest.raises(ShapeError, match="`coefficients`"):
        scene.draw(coefficients=np.zeros(4))
    with pytest.raises(ShapeError, match="`features`"):
        scene.draw(features=np.zeros((7, 3)))
    with pytest.raises(InvalidValueError, match="rides on triangle -1"):
        replace(scene.rig(), triangle=np.full(19, -1, np.int32))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("scales", np.zeros((1, 3)), "scale 0.0; all must be positive"),
        ("opacities", np.array([1.5]), "expected 0 to 1"),
        ("rotations", np.zeros((1, 4)), "the quaternion 0"),
        ("triangle", np.array([-2]), "triangle -2"),
    ],
)
def test_a_set_of_gaussians_that_cannot_be_is_refused(name: str, value: np.ndarray, message: str) -> None:
    arrays = {
        "positions": np.zeros((1, 3)),
        "rotations": np.ones((1, 4)),
        "scales": np.ones((1, 3)),
        "opacities": np.ones(1),
        "colours": np.ones((1, 3)),
        "triangle": np.zeros(1, np.int32),
    }
    with pytest.raises(InvalidValueError, match=message):
        GaussianSet(**{**arrays, name: value})
