"""Gaussians that are only played: the pictures of the exact kernels, as far as bytes show them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from avatron.core.camera import Camera
from avatron.errors import InvalidValueError, ShapeError
from avatron.native import cpu, pool
from avatron.native.splat_loss import to_bytes
from avatron.native.splat_play import PlayedRig
from avatron.native.splat_rig import SplatRig, draw_rig
from avatron.native.splats import SplatMemory

# The last tiles and blocks are cut.
CAMERA = Camera.looking_at(np.zeros(3), np.array([0.05, 0.03, 1.0]), 53, 38, 140.0)
EVERY_SET = pytest.mark.parametrize("isa", cpu.available_instruction_sets())


class Scene:
    """Faint Gaussians on a small mesh, with corrections that half precision holds exactly; `layers` more cover all."""

    def __init__(self, ranks: int, count: int = 61, layers: int = 0) -> None:
        generator = np.random.default_rng(11)
        self.vertices = (generator.normal(size=(9, 3)) * 0.09).astype(np.float32)
        self.triangles = np.array([generator.permutation(9)[:3] for _ in range(7)], np.int32)
        log_scales = generator.normal(size=(count + layers, 3)) * 0.4 - 1.3
        log_scales[count:] += 4
        logits = np.concatenate([generator.normal(size=count) - 2, np.full(layers, 4.0)])
        corrections = (generator.normal(size=(count + layers, ranks, 7)) * 0.1).astype(np.float16)
        # The smallest numbers have an exponent of their own.
        corrections[:3, :, :3] = np.float16(3e-7)
        self.rig = SplatRig(
            (generator.normal(size=(count + layers, 3)) * 0.3).astype(np.float32),
            generator.normal(size=(count + layers, 4)).astype(np.float32),
            log_scales.astype(np.float32),
            logits.astype(np.float32),
            generator.uniform(0, 1, (count + layers, 3)).astype(np.float32),
            generator.integers(0, 7, count + layers).astype(np.int32),
            corrections.astype(np.float32),
            (generator.normal(size=(count + layers, 2, 3)) * 0.1).astype(np.float32),
        )
        self.felt: dict[str, Any] = {
            "coefficients": generator.normal(size=ranks).astype(np.float32),
            "features": generator.normal(size=(7, 2)).astype(np.float32),
        }
        self.behind = generator.integers(0, 256, (CAMERA.height, CAMERA.width, 3), np.uint8)

    @property
    def played(self) -> PlayedRig:
        return PlayedRig(self.rig, self.triangles, len(self.vertices))

    def exact(self, background: object = None) -> tuple[np.ndarray, np.ndarray]:
        drawn = draw_rig(self.rig, self.vertices, self.triangles, CAMERA, background=background, **self.felt)
        return drawn.image.copy(), drawn.alpha.copy()


@EVERY_SET
@pytest.mark.parametrize("ranks", [0, 1, 2, 5, 16])
def test_what_is_played_is_what_is_drawn(isa: str, ranks: int) -> None:
    scene = Scene(ranks)
    plate = (scene.behind / 255).astype(np.float32)
    with cpu.use_instruction_set(isa):
        for background, behind in ((plate, scene.behind), (None, None)):
            image, alpha = scene.exact(background)
            played, cover = scene.played.floats(scene.vertices, CAMERA, background=background, **scene.felt)
            assert 0.1 < alpha.mean() < 0.9, "the scene says nothing"
            np.testing.assert_allclose(played, image, atol=1e-4)
            np.testing.assert_allclose(cover, alpha, atol=1e-4)
            pixels = scene.played.bytes(scene.vertices, CAMERA, behind=behind, **scene.felt)
            # Rounding may go the other way where a colour is all but half between two bytes.
            different = np.abs(pixels.astype(int) - to_bytes(image))
            assert different.max() <= 1
            assert different.mean() < 1e-2


@EVERY_SET
def test_behind_what_lets_nothing_through_pixels_are_left_as_they_are(isa: str) -> None:
    scene = Scene(3, layers=40)
    with cpu.use_instruction_set(isa):
        image, alpha = scene.exact((scene.behind / 255).astype(np.float32))
        pixels = scene.played.bytes(scene.vertices, CAMERA, behind=scene.behind, **scene.felt)
    assert (alpha > 0.99).mean() > 0.5, "nothing is opaque"
    # A 256th of what is behind, and what the exact kernels leave over where one Gaussian alone would finish a pixel.
    assert np.abs(pixels.astype(int) - to_bytes(image)).max() <= 3


@EVERY_SET
def test_threads_and_memory_change_nothing(isa: str) -> None:
    scene, memory = Scene(5, layers=2), SplatMemory()
    played = scene.played
    with cpu.use_instruction_set(isa):
        with pool.use_threads(1):
            first = played.bytes(scene.vertices, CAMERA, behind=scene.behind, **scene.felt)
        with pool.use_threads(4):
            played.bytes(scene.vertices * np.float32(1.2), CAMERA, behind=scene.behind, memory=memory, **scene.felt)
            again = played.bytes(scene.vertices, CAMERA, behind=scene.behind, memory=memory, **scene.felt)
    np.testing.assert_array_equal(first, again)


def test_nobody_leaves_the_picture_as_it_was_behind() -> None:
    scene = Scene(2)
    threes = np.zeros((0, 3), np.float32)
    nothing = SplatRig(
        threes, np.zeros((0, 4), np.float32), threes, np.zeros(0, np.float32), threes, np.zeros(0, np.int32)
    )
    nobody = PlayedRig(nothing, scene.triangles, len(scene.vertices))
    np.testing.assert_array_equal(nobody.bytes(scene.vertices, CAMERA, behind=scene.behind), scene.behind)
    assert not nobody.bytes(scene.vertices, CAMERA).any()


def test_what_cannot_be_played_is_said() -> None:
    scene = Scene(2)
    assert scene.rig.corrections is not None
    huge = replace(scene.rig, corrections=scene.rig.corrections + np.float32(7e4))
    with pytest.raises(InvalidValueError, match="half precision"):
        PlayedRig(huge, scene.triangles, len(scene.vertices))
    with pytest.raises(ShapeError, match="rides on triangle"):
        PlayedRig(scene.rig, scene.triangles[:2], len(scene.vertices))
    with pytest.raises(InvalidValueError, match="name vertices"):
        PlayedRig(scene.rig, scene.triangles, 5)
    played = scene.played
    with pytest.raises(ShapeError, match="vertices"):
        played.bytes(scene.vertices[:-1], CAMERA)
    with pytest.raises(ShapeError, match="behind"):
        played.bytes(scene.vertices, CAMERA, behind=scene.behind[:-1])
    with pytest.raises(ShapeError, match="coefficients"):
        played.bytes(scene.vertices, CAMERA, coefficients=np.zeros(3, np.float32))
    scene.rig.colours[4] = np.nan
    damaged = scene.played
    with pytest.raises(ShapeError, match="NaN"):
        damaged.bytes(scene.vertices, CAMERA)
    assert played.bytes(scene.vertices, CAMERA).any(), "what is played is a copy"
