"""Where the first Gaussians lie: on what the clip shows of the head, and on the sheets beside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.core.motion import EXPRESSION_INDEX
from avatron.native.raster import rasterize
from avatron.render.splats.geometry import LAYERS, SplatGeometry
from avatron.training.appearance.filtering import box_mean
from avatron.training.appearance.frames import ClipFrames, PosedFrame
from avatron.training.appearance.matte import ClipMatte

__all__ = ["SeedConfig", "Seeds", "find_seeds"]

Floats = NDArray[np.float32]

_ON_HEAD = tuple(LAYERS.index(name) for name in ("skin", "mouth", "teeth", "eyes"))
_FINE = {"lips_upper": 3.0, "lips_lower": 3.0, "lids": 2.5, "brows": 1.6}
"""Regions whose detail is looked at most, and by how much denser they are."""
_FINE_LAYERS = {"mouth": 2.5, "teeth": 3.0, "eyes": 3.0}


@dataclass(frozen=True)
class SeedConfig:
    """How many, and how large."""

    most: int = 24_000
    """G at the start."""
    pixels_each: float = 2.5
    """Of the person in the picture: more Gaussians than one for so many pixels show nothing."""
    frames: int = 24
    """In which is looked what can be seen."""
    size: float = 0.75
    """Standard deviation of a Gaussian over its distance to the next."""
    thickness: float = 0.25
    """Standard deviation along the normal over that along the surface."""
    unevenness: float = 0.5
    """How far they lie off the surface, in their own size: on a plane any tilt would change which is before which."""
    opacity: float = 0.85
    """At the start, of what is surely the person."""
    least_person: float = 0.2
    """Pixels of the matte with less are background."""
    beyond: float = 0.06
    """Of the longer side: so far beyond the picture hair and clothes go on as they are at its border, for they move."""


@dataclass(frozen=True, eq=False)
class Seeds:
    """Gaussians in the world of one pose each; round, flat and square to their triangle."""

    triangle: NDArray[np.int32]
    """[G] row of the geometry's triangles."""
    barycentrics: Floats
    """[G, 3] where on it."""
    size_m: Floats
    """[G] standard deviation along the surface, at rest of the frame in which it was seen."""
    colours: Floats
    """[G, 3] 0 .. 1"""
    opacities: Floats
    """[G]"""


def find_seeds(frames: ClipFrames, camera: Camera, matte: ClipMatte, config: SeedConfig, *, seed: int) -> Seeds:
    """Seeds for what a clip shows."""
    generator = np.random.default_rng(seed)
    person_px = float((matte.person > config.least_person).sum())
    count = int(min(config.most, person_px / config.pixels_each))
    reference = frames.frame(matte.row)
    head_mask = _head_cover(frames.geometry, reference.vertices, camera)
    inner = box_mean(head_mask.astype(np.float32), max(round(0.006 * camera.width), 1)) > 0.999
    beside = (matte.person > config.least_person) & ~inner
    sheet_count = int(count * beside.sum() / max(beside.sum() + 2.0 * inner.sum(), 1))
    parts = [_on_head(frames, camera, config, count - sheet_count, generator)]
    person, margin = matte.person * beside, round(config.beyond * max(camera.width, camera.height))
    pixels_each = max((person > config.least_person).sum() / max(sheet_count, 1), 1.0)
    wide = camera.window(-margin, -margin, camera.width + 2 * margin, camera.height + 2 * margin)
    person, head = (np.pad(plane, margin, mode="edge") for plane in (person, matte.head))
    picture = np.pad(reference.picture, ((margin, margin), (margin, margin), (0, 0)), mode="edge")
    seen = PosedFrame(reference.number, picture, reference.vertices)
    for layer, share in (("hair", head), ("torso", 1 - head)):
        parts.append(_on_sheet(frames.geometry, layer, seen, wide, person, share, pixels_each, config, generator))
    return Seeds(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in Seeds.__dataclass_fields__)  # type: ignore[arg-type]
    )


def _head_cover(geometry: SplatGeometry, vertices: Floats, camera: Camera) -> NDArray[np.bool_]:
    mesh = geometry.triangles[np.isin(geometry.layer, _ON_HEAD)]
    return rasterize(vertices, mesh, camera, cull_back_faces=False).covered


def _telling(frames: ClipFrames, count: int) -> list[PosedFrame]:
    """Half of the frames evenly over time, half where the mouth is open widest."""
    motion = frames.track.motion
    jaw = motion.expression[frames.numbers, EXPRESSION_INDEX["jawOpen"]]
    even = np.linspace(0, len(frames) - 1, max(count // 2, 1)).round().astype(np.int64)
    order = np.argsort(-jaw)
    apart = max(len(frames) // (count * 4), 1)
    wide = order[:: max(apart, 1)][: count // 2]
    return [frames.frame(int(row)) for row in np.unique(np.concatenate([even, wide]))]


def _on_head(
    frames: ClipFrames, camera: Camera, config: SeedConfig, count: int, generator: np.random.Generator
) -> Seeds:
    geometry = frames.geometry
    rows = np.flatnonzero(np.isin(geometry.layer, _ON_HEAD))
    triangles = geometry.triangles[rows]
    total, most = np.zeros(len(rows)), np.zeros(len(rows))
    best = np.zeros(len(rows), np.int64)
    looked = _telling(frames, config.frames)
    for number, frame in enumerate(looked):
        picture = rasterize(frame.vertices, triangles, camera)
        seen = np.bincount(picture.triangle_ids[picture.covered], minlength=len(rows)).astype(np.float64)
        total += seen
        best = np.where(seen > most, number, best)
        most = np.maximum(most, seen)
    weight = (total / len(looked) + 0.25 * most) * _fineness(geometry, rows)
    expected = count * weight / max(weight.sum(), 1e-9)
    drawn = np.floor(expected + generator.random(len(rows))).astype(np.int64)
    owner = np.repeat(np.arange(len(rows)), drawn)
    shares = generator.random((len(owner), 2))
    shares = np.where(shares.sum(1, keepdims=True) > 1, 1 - shares, shares)
    barycentrics = np.column_stack([1 - shares.sum(1), shares]).astype(np.float32)
    colours = np.zeros((len(owner), 3), np.float32)
    size_m = np.zeros(len(owner), np.float32)
    for number, frame in enumerate(looked):
        mine = np.flatnonzero(best[owner] == number)
        corners = frame.vertices[triangles[owner[mine]]]
        places = np.einsum("gc,gcd->gd", barycentrics[mine], corners)
        colours[mine] = _colours(frame, camera.project(places))
        area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
        size_m[mine] = config.size * np.sqrt(area / np.maximum(expected[owner[mine]], 0.25))
    # A triangle that is hardly ever square to the camera is larger than the pixels it fills.
    floor_m = 0.5 * float(camera.to_camera(geometry.head.joints[2])[2]) / camera.focal_px
    size_m = np.clip(size_m, floor_m, 6 * floor_m + 0.002)
    return Seeds(
        rows[owner].astype(np.int32), barycentrics, size_m, colours, np.full(len(owner), config.opacity, np.float32)
    )


def _fineness(geometry: SplatGeometry, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """[K'] how much denser than plain skin a triangle is seeded."""
    model = geometry.head.model
    factor = np.ones(geometry.vertex_count)
    for region, dense in _FINE.items():
        weights = model.regions[region]
        factor[: len(weights)] = np.maximum(factor[: len(weights)], 1 + (dense - 1) * weights)
    result = factor[geometry.triangles[rows]].mean(1)
    for layer, dense in _FINE_LAYERS.items():
        result[geometry.layer[rows] == LAYERS.index(layer)] = dense
    return result


def _on_sheet(
    geometry: SplatGeometry,
    layer: str,
    frame: PosedFrame,
    camera: Camera,
    person: Floats,
    share: Floats,
    pixels_each: float,
    config: SeedConfig,
    generator: np.random.Generator,
) -> Seeds:
    """On one sheet, one for so many pixels of the person there; those of the other layer are left to the other."""
    rows = np.flatnonzero(geometry.layer == LAYERS.index(layer))
    picture = rasterize(frame.vertices, geometry.triangles[rows], camera, cull_back_faces=False)
    here = np.flatnonzero((picture.covered & (person > config.least_person) & (share > 0.2)).reshape(-1))
    chosen = here[generator.random(len(here)) < 1 / pixels_each]
    owner = rows[picture.triangle_ids.reshape(-1)[chosen]]
    depth = picture.depth.reshape(-1)[chosen]
    size_m = config.size * np.sqrt(pixels_each) * depth / camera.focal_px
    opacity = (
        config.opacity * np.clip(person.reshape(-1)[chosen], 0.1, 1) * np.clip(share.reshape(-1)[chosen] * 1.5, 0, 1)
    )
    return Seeds(
        owner.astype(np.int32),
        picture.barycentrics.reshape(-1, 3)[chosen],
        size_m.astype(np.float32),
        np.asarray(frame.picture.reshape(-1, 3)[chosen] / np.float32(255), np.float32),
        opacity.astype(np.float32),
    )


def _colours(frame: PosedFrame, pixels: NDArray[np.float64]) -> Floats:
    height, width = frame.picture.shape[:2]
    x = np.clip(pixels[:, 0].astype(np.int64), 0, width - 1)
    y = np.clip(pixels[:, 1].astype(np.int64), 0, height - 1)
    return np.asarray(frame.picture[y, x] / np.float32(255), np.float32)
