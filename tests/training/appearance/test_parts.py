"""Matte, plate, growth and refined motion, each against what is true of a drawn film."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np

from avatron.native.splat_rig import SplatRig, SplatRigGradients
from avatron.render.splats.drivers import Drivers
from avatron.render.splats.geometry import LAYERS
from avatron.training.appearance.fit import FitConfig, SplatFit
from avatron.training.appearance.footage import Footage
from avatron.training.appearance.frames import ClipFrames
from avatron.training.appearance.growth import Growth, GrowthConfig
from avatron.training.appearance.matte import find_matte
from avatron.training.appearance.plate import _trusted, find_plate
from avatron.training.appearance.reach import expression_reach
from avatron.training.appearance.refined_motion import Directions, MotionRefiner, RefinementConfig
from avatron.training.appearance.section import Section
from avatron.training.appearance.seeds import SeedConfig, find_seeds
from avatron.training.appearance.start import gaussians_of_seeds, triangle_frames
from reference.person_clip import PersonClip


def test_the_matte_is_the_person(person_clip: PersonClip, clip_frames: ClipFrames) -> None:
    matte = find_matte(clip_frames, person_clip.track.camera)
    true = person_clip.mattes[clip_frames.numbers[matte.row]] / 255
    assert np.abs(matte.person - true).mean() < 0.08


def test_the_plate_is_the_wall_where_it_was_seen(person_clip: PersonClip, clip_frames: ClipFrames) -> None:
    camera = person_clip.track.camera
    plate = find_plate(clip_frames, camera, find_matte(clip_frames, camera))
    size = camera.width
    across, down = np.meshgrid(np.linspace(0, 1, size), np.linspace(0, 1, size))
    wall = np.stack([90 + 80 * across, 120 + 40 * down, np.where(across > 0.5, 150, 90)], -1)
    never = (person_clip.mattes < 3).all(0)
    assert plate.seen[never].mean() > 0.6
    assert np.abs(plate.picture - wall)[plate.seen & never].mean() < 4


def test_strands_beside_what_is_hidden_are_not_the_wall() -> None:
    across, down = np.meshgrid(np.arange(100.0), np.arange(80.0))
    wall = np.stack([120 + 0.5 * across, 100 + 0.4 * down, 90 + 0 * down], -1).astype(np.float32)
    seen = ~((np.abs(across - 50) < 20) & (down > 20))
    picture = wall.copy()
    strand = (across == 29) & (down > 30) & (down < 60)
    picture[strand] = 20
    trusted = _trusted(picture, seen, strand)
    assert not trusted[strand].any()
    assert trusted[seen].mean() > 0.95
    # A frame on the wall looks like that, too, but stays as it is.
    assert _trusted(picture, seen, np.zeros_like(strand))[seen].all()
    assert _trusted(wall, seen, strand)[seen].all()


def test_a_section_shows_the_person_and_its_camera_sees_it(person_clip: PersonClip, clip_frames: ClipFrames) -> None:
    camera = person_clip.track.camera
    matte = find_matte(clip_frames, camera)
    section = Section.of_person(matte, 64)
    assert max(section.size) == 64
    kept = section.matte(matte).person.mean() * section.width * section.height
    assert kept > 0.97 * matte.person.sum()
    # A point of the head is where it was, in the section's pixels.
    across, down = camera.project(np.array([0.0, 0.0, 0.05]))
    x, y = section.camera(camera).project(np.array([0.0, 0.0, 0.05]))
    scale = section.size[0] / section.width
    assert np.allclose([x, y], [(across - section.left) * scale, (down - section.top) * scale], atol=0.5)
    assert section.frames(clip_frames).pictures.shape[1:3] == section.size[::-1]


def test_hair_and_clothes_go_on_beyond_the_border(person_clip: PersonClip, clip_frames: ClipFrames) -> None:
    camera = person_clip.track.camera
    matte = find_matte(clip_frames, camera)

    def below(config: SeedConfig) -> int:
        seeds = find_seeds(clip_frames, camera, matte, config, seed=0)
        vertices = clip_frames.frame(matte.row).vertices
        corners = vertices[clip_frames.geometry.triangles[seeds.triangle]]
        return int((camera.project(np.einsum("gc,gcd->gd", seeds.barycentrics, corners))[:, 1] > camera.height).sum())

    assert below(SeedConfig(most=3000, beyond=0.1)) > below(SeedConfig(most=3000, beyond=0)) + 20


def seeded(person_clip: PersonClip, clip_frames: ClipFrames, count: int) -> SplatRig:
    matte = find_matte(clip_frames, person_clip.track.camera)
    seeds = find_seeds(clip_frames, person_clip.track.camera, matte, SeedConfig(most=count), seed=0)
    return gaussians_of_seeds(seeds, clip_frames.geometry, 4, 2, SeedConfig(unevenness=0), seed=0)


def test_seeds_lie_on_all_layers_that_are_seen(person_clip: PersonClip, clip_frames: ClipFrames) -> None:
    rig = seeded(person_clip, clip_frames, 3000)
    layers = clip_frames.geometry.layer[rig.triangle]
    for name in ("skin", "eyes", "hair", "torso"):
        assert (layers == LAYERS.index(name)).sum() > 20, name


def test_a_seed_is_where_its_triangle_says(person_clip: PersonClip, clip_frames: ClipFrames) -> None:
    rig = seeded(person_clip, clip_frames, 500)
    geometry = clip_frames.geometry
    origins, axes, lengths = triangle_frames(geometry.rest, geometry.triangles[rig.triangle])
    places = origins + np.einsum("gca,ga->gc", axes, rig.positions) * lengths[:, None]
    corners = geometry.rest[geometry.triangles[rig.triangle]]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    off_plane = np.einsum("gc,gc->g", places - corners[:, 0], normal)
    assert np.abs(off_plane).max() < 1e-5


def test_growth_splits_what_is_pulled_and_drops_what_is_not_seen(
    person_clip: PersonClip, clip_frames: ClipFrames
) -> None:
    rig = seeded(person_clip, clip_frames, 400)
    count = len(rig)
    logits = rig.opacity_logits.copy()
    logits[:10] = -8
    rig = replace(rig, opacity_logits=logits)
    screen = np.zeros((count, 2), np.float32)
    screen[20:40] = 1
    zeros = {name: np.zeros_like(getattr(rig, name)) for name in ("positions", "quaternions", "log_scales")}
    gradients = SplatRigGradients(
        **zeros,
        opacity_logits=np.zeros(count, np.float32),
        colours=np.zeros((count, 3), np.float32),
        means=np.zeros((count, 3), np.float32),
        screen=screen,
        seen=np.ones(count, np.bool_),
        coefficients=None,
    )
    growth = Growth(count, GrowthConfig(share=20 / (count - 10), most=10_000))
    growth.see(gradients, 1)
    grown = growth.grown(rig, np.random.default_rng(0))
    assert len(grown) == count - 10 + 20
    assert {field.name for field in fields(grown)} == {field.name for field in fields(rig)}
    halves = grown.log_scales[-20:].sum(1) < rig.log_scales[20:40].sum(1) - 0.3
    assert halves.all()


def test_motion_that_is_wrong_is_found_again_against_the_gaussians(
    person_clip: PersonClip, clip_frames: ClipFrames
) -> None:
    camera, motion = person_clip.track.camera, person_clip.track.motion
    matte = find_matte(clip_frames, camera)
    plate = find_plate(clip_frames, camera, matte)
    rig = seeded(person_clip, clip_frames, 4000)
    reach = expression_reach(clip_frames.geometry.head)
    drivers = Drivers.of(motion, reach, 4)
    footage = Footage(clip_frames, camera, matte, plate)
    fit = SplatFit(footage, rig, drivers.coefficients(motion), FitConfig(steps=300), seed=0)
    fit.run(300)
    config = RefinementConfig(components=4, rounds=3)
    behind = (plate.picture / np.float32(255)).astype(np.float32)
    refiner = MotionRefiner(
        clip_frames.geometry, fit.rig, drivers, camera, behind, Directions.of(motion, reach, config), config
    )
    some = motion.part(4, 8)
    wrong = replace(some, neck_rotation=some.neck_rotation + np.array([0.02, -0.02, 0.015], np.float32))
    found = refiner.refined(wrong, clip_frames.pictures[4:8])
    before = np.abs(wrong.neck_rotation - some.neck_rotation).mean()
    # A turn of the head may be explained by the head's other joint: together they are what is seen.
    turned = found.neck_rotation + found.torso_rotation - some.neck_rotation - some.torso_rotation
    assert np.abs(turned).mean() < 0.6 * before
