"""Hair and clothes that move on their own are followed, and what they do is told in modes."""

from __future__ import annotations

from copy import copy
from dataclasses import replace

import numpy as np
import pytest

from avatron.native.splat_loss import to_bytes
from avatron.native.splat_rig import SplatRig, draw_rig
from avatron.render.splats.drivers import Drivers
from avatron.render.splats.geometry import SplatGeometry
from avatron.render.splats.sway import Sway
from avatron.training.appearance.frames import ClipFrames
from avatron.training.appearance.matte import find_matte
from avatron.training.appearance.reach import expression_reach
from avatron.training.appearance.refined_motion import Directions, MotionRefiner, RefinementConfig
from avatron.training.appearance.seeds import SeedConfig, find_seeds
from avatron.training.appearance.start import gaussians_of_seeds
from avatron.training.appearance.sway import SwayConfig, find_sway
from reference.person_clip import PersonClip

WALL = np.full((128, 128, 3), 0.35, np.float32)


class Swaying:
    """Frames of one person whose torso shifts sideways and whose hair shifts down, each by its own sine."""

    def __init__(self, clip: PersonClip, frames: ClipFrames) -> None:
        camera = self.camera = clip.track.camera
        matte = find_matte(frames, camera)
        seeds = find_seeds(frames, camera, matte, SeedConfig(most=5000), seed=0)
        # Smooth clothes show no motion: a pattern does.
        corners = frames.geometry.rest[frames.geometry.triangles[seeds.triangle]]
        places_m = np.einsum("gc,gcd->gd", seeds.barycentrics, corners)
        pattern = 0.5 + 0.4 * np.sin(places_m[:, :1] * [180, 130, 150]) * np.cos(places_m[:, 1:2] * [140, 170, 120])
        coloured = replace(seeds, colours=pattern.astype(np.float32))
        motion = clip.track.motion
        reach = expression_reach(frames.geometry.head)
        self.drivers = Drivers.of(motion, reach, 4)
        self.rig: SplatRig = gaussians_of_seeds(coloured, frames.geometry, 4, 0, SeedConfig(), seed=0)
        hair, torso = frames.geometry.sheets
        modes = np.zeros((2, len(hair.vertices) + len(torso.vertices), 2), np.float32)
        modes[0, len(hair.vertices) :, 0] = 0.002
        modes[1, : len(hair.vertices), 1] = 0.0015
        self.sway = Sway(modes, camera.rotation[:2].astype(np.float32))
        time = np.arange(len(motion))
        self.weights = np.stack([np.sin(time / 1.7), np.sin(time / 2.9)], 1).astype(np.float32)
        self.geometry = SplatGeometry(frames.geometry.head, hair, torso, self.sway)
        self.moving = replace(motion, sway=self.weights)
        self.frames = copy(frames)
        self.frames.geometry = self.geometry
        self.frames.follow(replace(clip.track, motion=self.moving))
        self.frames.pictures = np.stack([self.drawn(int(number)) for number in frames.numbers])

    def drawn(self, number: int) -> np.ndarray:
        vertices = self.frames.vertices(number)
        coefficients = self.drivers.coefficients(self.moving)[number]
        return to_bytes(
            draw_rig(
                self.rig, vertices, self.geometry.triangles, self.camera, coefficients=coefficients, background=WALL
            ).image
        )


@pytest.fixture(scope="module")
def swaying(person_clip: PersonClip, clip_frames: ClipFrames) -> Swaying:
    return Swaying(person_clip, clip_frames)


def test_sway_that_was_filmed_is_found(swaying: Swaying, person_clip: PersonClip) -> None:
    still = copy(swaying.frames)
    still.geometry = SplatGeometry(swaying.geometry.head, *swaying.geometry.sheets)
    still.follow(person_clip.track)
    found = find_sway(still, swaying.camera, WALL, swaying.rig, swaying.drivers, SwayConfig(modes=2, stillness=0.1))
    assert found is not None
    assert found.weights.shape == (len(still), 2)
    true = swaying.weights[still.numbers]
    # Modes may be mixtures of what was done: they have to span it.
    solved, *_ = np.linalg.lstsq(found.weights - found.weights.mean(0), true - true.mean(0), rcond=None)
    explained = (found.weights - found.weights.mean(0)) @ solved
    for column in (0, 1):
        assert np.corrcoef(explained[:, column], true[:, column])[0, 1] > 0.9


def test_a_person_who_does_not_sway_has_no_modes(swaying: Swaying, person_clip: PersonClip) -> None:
    still = copy(swaying.frames)
    still.follow(person_clip.track)
    still.pictures = swaying.frames.pictures.copy()
    for row, number in enumerate(still.numbers):
        vertices = still.vertices(int(number))
        coefficients = swaying.drivers.coefficients(person_clip.track.motion)[int(number)]
        image = draw_rig(
            swaying.rig, vertices, still.geometry.triangles, swaying.camera, coefficients=coefficients, background=WALL
        ).image
        still.pictures[row] = to_bytes(image)
    config = SwayConfig(least_m=3e-4)
    assert find_sway(still, swaying.camera, WALL, swaying.rig, swaying.drivers, config) is None


def test_sway_of_a_frame_never_seen_is_searched_with_its_motion(swaying: Swaying, person_clip: PersonClip) -> None:
    config = RefinementConfig(components=2, rounds=2, picture_px=128)
    still = replace(person_clip.track.motion, sway=np.zeros_like(swaying.weights))
    reach = expression_reach(swaying.geometry.head)
    refiner = MotionRefiner(
        swaying.geometry,
        swaying.rig,
        swaying.drivers,
        swaying.camera,
        WALL,
        Directions.of(still, reach, config),
        config,
    )
    rows = swaying.frames.numbers[3:9]
    found = refiner.refined(still.rows(rows), swaying.frames.pictures[3:9])
    true = swaying.weights[rows]
    assert np.abs(found.sway - true).mean() < 0.4 * np.abs(true).mean()
