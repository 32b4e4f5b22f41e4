"""Who is in the picture and what is behind: a matte of one clip.

Where a network has told the person from the wall, it is believed but for their border. Three things move on their own
in the clip of a person who talks: the head, the torso, and the background, which does not. A place of the reference
picture belongs to what explains it best in all other pictures when it is carried along (motion segmentation by layers,
Wang and Adelson 1994); where nothing tells them apart, colours decide, as they are in places that are sure (mixtures of
Gaussians, as in GrabCut, Rother et al. 2004), and neighbours of one colour agree (guided filter, He et al. 2010). All
of that needs no network, and stands alone where there is none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.face.parts import PART_INDEX
from avatron.native.raster import rasterize
from avatron.render.splats.geometry import LAYERS, SplatGeometry
from avatron.training.appearance.carrying import carried, sheet_mappings
from avatron.training.appearance.filtering import box_mean, guided, resized
from avatron.training.appearance.frames import ClipFrames
from avatron.training.appearance.mixture import ColourMixture
from avatron.training.appearance.silhouettes import Silhouettes

__all__ = ["ClipMatte", "MatteConfig", "find_matte", "reference_row"]

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class MatteConfig:
    """How the person is told from the background."""

    width_px: int = 192
    """Of the pictures that are compared; the result is refined at full size."""
    compared: int = 40
    """Frames that the reference is held against."""
    noise: float = 0.02
    """Of one pixel of one frame, of full scale: smaller differences tell nothing."""
    rounds: int = 5
    """Of colours and places, in turns."""
    colours: int = 6
    """Gaussians in each mixture."""
    motion_weight: float = 1.0
    """Of motion against colour."""
    guide_radius: float = 0.02
    """Of the filter, as a share of the width."""
    sure_background_m: tuple[float, float] = (0.16, 0.20)
    """Sideways of the head's middle above the shoulders, and above it: hair seldom reaches so far."""
    near_m: float = 0.07
    """How far from the model hair and clothes are expected."""
    near_weight: float = 1.5
    """Of that expectation, as a logit."""
    guide_epsilon: float = 4e-4
    """Of the filter: colour differences well below its root are noise."""
    silhouette_weight: float = 4.0
    """Of what a network says along the border, as a logit where it is sure."""


@dataclass(frozen=True, eq=False)
class ClipMatte:
    """The person in the reference picture, layer by layer."""

    row: int
    """Of the reference frame in its `ClipFrames`."""
    person: Floats
    """[H, W] 0 .. 1: how much of a pixel is the person."""
    head: Floats
    """[H, W] 0 .. 1: of the person's pixels, how much goes with the head rather than with the torso."""

    def resized(self, width: int, height: int) -> ClipMatte:
        """The same in another size."""
        layers = (resized(layer[..., None], (width, height))[..., 0] for layer in (self.person, self.head))
        return ClipMatte(self.row, *layers)


def reference_row(frames: ClipFrames) -> int:
    """The row of the frame whose pose is nearest to the clip's middle."""
    motion = frames.track.motion
    turns = (motion.head_rotation + motion.neck_rotation)[frames.numbers]
    places = np.concatenate([turns, motion.torso_translation[frames.numbers] * 5], 1)
    return int(np.square(places - np.median(places, axis=0)).sum(1).argmin())


def find_matte(
    frames: ClipFrames, camera: Camera, config: MatteConfig | None = None, *, silhouettes: Silhouettes | None = None
) -> ClipMatte:
    """Tell the person from what is behind, in the clip's reference picture."""
    config = config or MatteConfig()
    row = reference_row(frames)
    reference = frames.frame(row)
    factor = min(config.width_px / camera.width, 1.0)
    size = max(round(camera.width * factor), 8), max(round(camera.height * factor), 8)
    small = camera.resized(*size)
    picture = resized(reference.picture, size)
    still, with_head, with_torso = _mismatches(frames, row, small, picture, config)

    sure_person, sure_background = _sure(frames.geometry, reference.vertices, small, config)
    expected = _nearness(frames.geometry, reference.vertices, small, config)
    if silhouettes is not None:
        whole = 0, 0, camera.width, camera.height
        certain = resized(silhouettes.certainty(row, *whole)[..., None], size)[..., 0]
        shown = resized(silhouettes.person(row, *whole)[..., None], size)[..., 0]
        sure_person = sure_person | (certain > 0.9)
        sure_background = (certain < -0.9) & ~sure_person
        expected = np.asarray(config.silhouette_weight * (shown * 2 - 1), np.float32)
    # What moves with the person and not with the wall is the person; differences below the noise say nothing.
    moved = np.minimum(with_head, with_torso)
    evidence = config.motion_weight * np.clip((still - moved) / config.noise, -6, 6)
    evidence = evidence + expected
    evidence = np.asarray(np.where(sure_person, 12, np.where(sure_background, -12, evidence)), np.float32)
    radius = max(round(config.guide_radius * size[0]), 2)
    person = _share(guided(picture, evidence, radius, config.guide_epsilon))
    across, down = np.meshgrid(np.linspace(-1, 1, size[0]), np.linspace(-1, 1, size[1]))
    places = np.concatenate([picture, across[..., None] * 0.35, down[..., None] * 0.35], -1).reshape(-1, 5)
    for turn in range(config.rounds):
        logarithms = [
            ColourMixture.of(places, weights.reshape(-1), config.colours, seed=turn).log_density(places)
            for weights in (np.maximum(person, 1e-3), np.maximum(1 - person, 1e-3))
        ]
        colour = np.clip(logarithms[0] - logarithms[1], -6, 6).reshape(person.shape)
        total = np.asarray(np.where(sure_person, 12, np.where(sure_background, -12, evidence + colour)), np.float32)
        person = _share(guided(picture, total, radius, config.guide_epsilon))

    head = _head_share(frames.geometry, reference.vertices, small, with_head, with_torso, picture, config)
    full = (camera.width, camera.height)
    colours = np.asarray(reference.picture / np.float32(255), np.float32)
    wide = max(round(config.guide_radius * full[0]), 2)
    matte = guided(colours, resized(person.astype(np.float32)[..., None], full)[..., 0], wide, config.guide_epsilon)
    return ClipMatte(row, np.clip((matte - 0.1) / 0.8, 0, 1), np.clip(resized(head[..., None], full)[..., 0], 0, 1))


def _share(logits: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-logits)), np.float32)


def _mismatches(
    frames: ClipFrames, row: int, camera: Camera, picture: Floats, config: MatteConfig
) -> tuple[Floats, Floats, Floats]:
    """[h, w] each: how badly the reference agrees with other frames, left where it is, and carried by head and torso.

    Medians over the frames: what is hidden in less than half of them is judged by the rest.
    """
    size = camera.width, camera.height
    reference = frames.frame(row).vertices
    errors: list[list[Floats]] = [[], [], []]
    for frame in frames.some(config.compared):
        other = resized(frame.picture, size)
        errors[0].append(np.abs(other - picture).mean(-1))
        for kind, mapping in enumerate(sheet_mappings(frames.geometry, camera, reference, frame.vertices), start=1):
            errors[kind].append(np.abs(carried(other, mapping) - picture).mean(-1))
    still, with_head, with_torso = (np.median(kind, axis=0).astype(np.float32) for kind in errors)
    return still, with_head, with_torso


def _sure(
    geometry: SplatGeometry, vertices: Floats, camera: Camera, config: MatteConfig
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """[h, w] each: what can only be the person, and what can only be background."""
    model = geometry.head.model
    head_rows = np.arange(len(geometry.head.rest))
    mesh = np.isin(model.part, [PART_INDEX["skin"]])
    person = rasterize(vertices[head_rows], model.triangles[mesh], camera, cull_back_faces=False).covered
    # The bust of the model stands for shoulders, drawn in: clothes reach at least so far.
    bust = model.triangles[model.part == PART_INDEX["bust"]]
    slim = vertices[head_rows] * np.array([0.8, 1, 1], np.float32) - np.array([0, 0.03, 0], np.float32)
    person |= rasterize(slim, bust, camera, cull_back_faces=False).covered
    middle = geometry.head.joints[2] + [0, 0.05, 0]
    depth = float(camera.to_camera(middle)[2])
    across, down = camera.project(middle)
    sideways_m, above_m = config.sure_background_m
    pixels_per_m = camera.focal_px / depth
    x, y = np.meshgrid(np.arange(camera.width) + 0.5, np.arange(camera.height) + 0.5)
    shoulders = camera.project(geometry.head.joints[1])[1]
    beside = (np.abs(x - across) > sideways_m * pixels_per_m) & (y < shoulders - 0.02 * pixels_per_m)
    above = y < down - above_m * pixels_per_m
    return person, (beside | above) & ~person


def _nearness(geometry: SplatGeometry, vertices: Floats, camera: Camera, config: MatteConfig) -> Floats:
    """[h, w] logits of what is near the model's head and bust: hair and clothes lie around them, and seldom far."""
    model = geometry.head.model
    parts = np.isin(model.part, [PART_INDEX["skin"], PART_INDEX["bust"]])
    depth = float(camera.to_camera(geometry.head.joints[2])[2])
    covered = rasterize(
        vertices[: len(geometry.head.rest)], model.triangles[parts], camera, cull_back_faces=False
    ).covered
    radius = max(round(config.near_m * camera.focal_px / depth), 2)
    # The picture may end below the neck, and the person does not.
    padded = np.pad(covered.astype(np.float32), ((0, radius), (0, 0)), mode="edge")
    near = box_mean(box_mean(padded, radius // 2), radius // 2)[: camera.height]
    return np.asarray(config.near_weight * (np.clip(near / 0.3, 0, 1) * 2 - 1), np.float32)


def _head_share(
    geometry: SplatGeometry,
    vertices: Floats,
    camera: Camera,
    with_head: Floats,
    with_torso: Floats,
    picture: Floats,
    config: MatteConfig,
) -> Floats:
    """[h, w] what goes with the head, 0 .. 1: by motion where it tells, by height where not."""
    middle = geometry.head.joints[2]
    depth = float(camera.to_camera(middle)[2])
    chin = float(camera.project(middle - [0, 0.07, 0])[1])
    height = (chin - np.arange(camera.height)[:, None] - 0.5) / (0.05 * camera.focal_px / depth)
    by_height = np.clip(height, -6, 6)
    by_motion = np.clip((with_torso - with_head) / config.noise, -6, 6)
    radius = max(round(config.guide_radius * camera.width), 2)
    total = guided(picture, (by_height + by_motion).astype(np.float32), radius, config.guide_epsilon)
    mesh = np.isin(geometry.layer, [LAYERS.index("skin")])
    covered = rasterize(vertices, geometry.triangles[mesh], camera, cull_back_faces=False).covered
    return np.asarray(np.where(covered & (height > 0), 1, 1 / (1 + np.exp(-total))), np.float32)
