"""What colour each drawn point has: skin, eyes, teeth, cloth and hair under the lamps of a film. Linear light."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.evaluation.tracking.synthetic.figure import MATERIALS, Figure
from avatron.evaluation.tracking.synthetic.light import Lamp, LightRig, ShadowMap
from avatron.native.raster import Rasterization, interpolate
from avatron.native.texture import sample, sample_surface

__all__ = ["Scene", "shade_hair", "shade_solid", "to_linear"]

Floats = NDArray[np.float32]

_SHADOW_TAPS = ((-0.7, -0.3), (0.3, -0.7), (0.7, 0.3), (-0.3, 0.7), (0.0, 0.0))
_WRAP = np.array([0.28, 0.14, 0.08], np.float32)
"""Light that goes through skin reddens the edge of shade."""
_IRIS_M, _PUPIL = 0.0059, 0.36
_FACE, _BACK, _EYE, _TEETH, _GUMS, _CLOTH, _FRAME = range(len(MATERIALS))
_PLAIN = {
    _TEETH: (0.66, 0.60, 0.50),
    _GUMS: (0.42, 0.16, 0.15),
    _FRAME: (0.012, 0.011, 0.012),
}
_SHINE = np.array([0.35, 0.2, 2.2, 0.9, 0.5, 0.03, 1.2], np.float32)
"""Strength of the highlight of each of `MATERIALS`."""
_POWER = np.array([18.0, 14.0, 350.0, 60.0, 30.0, 6.0, 60.0], np.float32)
"""Sharpness of it (Blinn's exponent)."""


@dataclass(frozen=True, eq=False)
class Scene:
    """One posed person under the lamps at one moment."""

    figure: Figure
    vertices: Floats
    """[N, 3] camera space, metres, before the lens bends the picture."""
    normals: Floats
    """[N, 3]."""
    openness: Floats
    """[N] free sky of each vertex."""
    rig: LightRig
    strengths: Floats
    """[lamps] at this moment."""
    shadows: tuple[ShadowMap | None, ...]
    face_place: Floats
    """[3] what near lamps stand before."""
    mouth_open: float
    cloth: Floats
    """[3] linear tint."""


def _dot(one: Floats, other: Floats) -> Floats:
    """[Q] products of rows; a sum over a short last axis is five times slower."""
    return np.asarray(np.einsum("qc,qc->q", one, np.broadcast_to(other, one.shape)))


def _unit(vectors: Floats) -> Floats:
    """[Q, 3] of length 1."""
    return np.asarray(vectors / np.sqrt(np.maximum(_dot(vectors, vectors), np.float32(1e-12)))[:, None], np.float32)


def to_linear(srgb: Floats) -> Floats:
    """Linear light of sRGB values 0 .. 1, by a polynomial that is within 0.002."""
    return np.asarray(srgb * (srgb * (srgb * np.float32(0.305306) + np.float32(0.682171)) + np.float32(0.012523)))


def shade_solid(scene: Scene, picture: Rasterization, drawn: Floats, camera: Camera) -> tuple[Any, Floats]:
    """(covered [H, W], colours [covered, 3]) of the solid triangles that `picture` shows.

    `drawn` [N, 3] are the vertices as they were drawn, which the lens may have moved.
    """
    figure = scene.figure
    covered = picture.covered
    per_vertex = np.concatenate(
        [scene.vertices, scene.normals, scene.openness[:, None], figure.eye_local, figure.under_hair[:, None]], 1
    )
    values = interpolate(picture, figure.solid, per_vertex)[covered]
    corners = np.arange(3 * len(figure.solid), dtype=np.int32).reshape(-1, 3)
    uv = figure.solid_uv.reshape(-1, 2)
    texel = sample_surface(picture, drawn, figure.solid, camera, uv, figure.atlas, uv_triangles=corners).colour
    albedo = to_linear(texel[covered])
    place, local, hair = values[:, :3], values[:, 7:10], values[:, 10:11]
    normal = _unit(values[:, 3:6])
    free = values[:, 6].copy()
    material = figure.material[picture.triangle_ids[covered]]
    for number, plain in _PLAIN.items():
        albedo[material == number] = np.array(plain, np.float32)
    cloth = material == _CLOTH
    albedo[cloth] *= scene.cloth
    skin = material <= _BACK
    albedo = np.where(skin[:, None], albedo + (figure.hair_colour - albedo) * 0.85 * hair, albedo)
    eye = np.flatnonzero(material == _EYE)
    gleam = _SHINE[material] * np.where(skin, 0.35 + 1.5 * albedo[:, 1], 1).astype(np.float32)
    bulge = normal
    if len(eye):
        albedo[eye], shade = _eye_colour(figure, local[eye])
        free[eye] = np.maximum(free[eye], 0.45) * shade
    mouth = np.flatnonzero((material == _TEETH) | (material == _GUMS))
    lamplight = np.ones(len(material), np.float32)
    free = np.maximum(free, 0.4 * hair[:, 0])
    if len(mouth):
        # The bake at rest knows only a shut mouth; an open one lets light in.
        depth_m = np.clip(place[mouth, 2] - scene.face_place[2], 0, 0.06)
        light = (0.12 + 0.5 * scene.mouth_open) * np.exp(-22 * depth_m)
        free[mouth] = light
        lamplight[mouth] = np.minimum(1, 2.2 * light)
    colour = _lit(scene, place, bulge, albedo, free, material, gleam, lamplight, skin)
    return covered, colour


def shade_hair(
    scene: Scene, picture: Rasterization, triangles: NDArray[np.int32], drawn: Floats, camera: Camera
) -> tuple[Any, Floats, Floats]:
    """(covered [H, W], colours [covered, 3], opacity [covered]) of lashes and hair, whose `triangles` were drawn."""
    figure = scene.figure
    covered = picture.covered
    ids = picture.triangle_ids[covered]
    values = interpolate(picture, triangles, np.concatenate([scene.vertices, scene.normals], 1))[covered]
    corners = np.arange(3 * len(triangles), dtype=np.int32).reshape(-1, 3)
    uv = np.concatenate([figure.lash_uv, figure.hair_uv]).reshape(-1, 2)
    is_lash = ids < len(figure.lash)
    options: dict[str, Any] = {"uv_triangles": corners}
    strand = sample_surface(picture, drawn, triangles, camera, uv, figure.hair_picture, **options).colour[covered]
    lash = sample_surface(picture, drawn, triangles, camera, uv, figure.lash_picture, **options).colour[covered]
    opacity = np.where(is_lash, 0.8 * lash[:, 0], np.clip(1.5 * strand[:, 3] - 0.15, 0, 1))
    place = values[:, :3]
    normal = _unit(values[:, 3:6])
    # Sheets show both sides.
    normal = np.where((_dot(normal, place) > 0)[:, None], -normal, normal)
    tone = to_linear(strand[:, :3]) @ np.full((3, 1), 1 / 3, np.float32) / figure.hair_tone
    albedo = figure.hair_colour * np.clip(tone, 0.2, 2.5)
    albedo = np.where(is_lash[:, None], np.float32(0.01), albedo).astype(np.float32)
    light = np.array(scene.rig.sky, np.float32) * 0.8
    colour = albedo * light
    for lamp, strength, shadow in zip(scene.rig.lamps, scene.strengths, scene.shadows, strict=True):
        towards, amount = _lamp_at(lamp, strength, place, scene.face_place)
        facing = np.clip(0.25 + 0.75 * _dot(normal, towards), 0, 1)
        if shadow is not None:
            facing = facing * (0.35 + 0.65 * shadow.lit(place, 0.006))
        half = _unit(towards - _unit(place))
        # A band of light across strands that hang down (Kajiya and Kay, 1989), strands taken as upright.
        sheen = np.maximum(1 - half[:, 1] ** 2, 0) ** 20 * np.maximum(_dot(half, normal), 0)
        colour = colour + (facing[:, None] * albedo + 0.05 * (facing * sheen * ~is_lash)[:, None]) * amount
    return covered, colour.astype(np.float32), opacity.astype(np.float32)


def _eye_colour(figure: Figure, local: Floats) -> tuple[Floats, Floats]:
    """(albedo [Q, 3], shade [Q]) of an eyeball at `local` [Q, 3] metres from its centre, gaze along +z."""
    from_axis = np.hypot(local[:, 0], local[:, 1])
    ahead = local[:, 2] > 0
    share = from_axis / np.float32(_IRIS_M)
    uv = 0.5 + 0.5 * local[:, :2] / np.float32(_IRIS_M)
    iris = to_linear(sample(figure.iris, np.clip(uv, 0, 1).astype(np.float32))) * np.float32(0.55)
    iris *= np.clip((share[:, None] - _PUPIL) / 0.06, 0, 1) * np.clip((1.04 - share[:, None]) / 0.16, 0.25, 1)
    white = np.array([0.62, 0.58, 0.55], np.float32) * (1 - 0.12 * np.clip(share - 1.3, 0, 1)[:, None])
    edge = np.clip((share - 0.97) / 0.08, 0, 1)[:, None]
    edge = np.where(ahead[:, None], edge, 1)
    albedo = iris + (white - iris) * edge
    # The upper lid's shade.
    height = local[:, 1] / np.float32(0.0145)
    shade = 1 - 0.55 * np.clip((height - 0.05) / 0.5, 0, 1)
    return albedo.astype(np.float32), shade.astype(np.float32)


def _lamp_at(lamp: Lamp, strength: float, place: Floats, face: Floats) -> tuple[Floats, Floats]:
    """(unit directions to the lamp [Q or 1, 3], its light [Q or 1, 3]) at `place` [Q, 3]."""
    colour = np.array(lamp.colour, np.float32) * np.float32(strength)
    towards = np.array(lamp.towards, np.float32)
    if not lamp.near:
        return (towards / np.linalg.norm(towards))[None].astype(np.float32), colour[None]
    way = (face + towards) - place
    distance = np.sqrt(_dot(way, way))[:, None]
    amount = colour * (np.float32(np.linalg.norm(towards)) / distance) ** 2
    return np.asarray(way / distance, np.float32), np.asarray(amount, np.float32)


def _lit(
    scene: Scene,
    place: Floats,
    normal: Floats,
    albedo: Floats,
    free: Floats,
    material: NDArray[np.uint8],
    gleam: Floats,
    lamplight: Floats,
    skin: NDArray[np.bool_],
) -> Floats:
    """[Q, 3] light that leaves each point towards the camera."""
    up = 0.5 - 0.5 * normal[:, 1:2]
    sky, ground = np.array(scene.rig.sky, np.float32), np.array(scene.rig.ground, np.float32)
    around = (ground + (sky - ground) * up) * free[:, None]
    # Light between folds of skin takes its colour: multiply bounced light once more.
    colour = albedo * (around + 0.35 * (1 - free[:, None]) * albedo * around)
    view = -_unit(place)
    facing_view = np.clip(_dot(normal, view), 0, 1)
    fresnel = 0.04 + 0.5 * (1 - facing_view) ** 5
    wrap = np.where(skin[:, None], _WRAP, np.float32(0.02))
    power = _POWER[material]
    # Asked from a little before the surface, or a slanting one would shade itself in stripes.
    lifted = place + np.float32(0.003) * normal
    for lamp, strength, shadow in zip(scene.rig.lamps, scene.strengths, scene.shadows, strict=True):
        towards, amount = _lamp_at(lamp, strength, place, scene.face_place)
        cosine = _dot(normal, towards)
        lit = lamplight if shadow is None else lamplight * shadow.lit(lifted, 0.0025, _SHADOW_TAPS)
        soft = np.maximum((cosine[:, None] + wrap) / (1 + wrap), 0)
        colour += albedo * soft * lit[:, None] * amount
        half = _unit(towards + view)
        peak = np.clip(_dot(normal, half), 0, 1) ** power * (power + 8) / 25
        colour += (peak * fresnel * gleam * lit * (cosine > 0))[:, None] * amount
    return colour.astype(np.float32)
