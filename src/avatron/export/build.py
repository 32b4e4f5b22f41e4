"""An avatar as a `Character`: the head with its targets, eyes, lashes, hair and clothes on one skeleton."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.avatar.avatar import Avatar
from avatron.export.character import (
    Character,
    CharacterJoint,
    CharacterMesh,
    Material,
    MorphTarget,
    Surface,
)
from avatron.export.correctives import Correctives
from avatron.export.rig import TARGET_NAMES, MorphRig
from avatron.export.textures import (
    eye_colour,
    hair_colour,
    jpeg,
    lash_colour,
    normal_map,
    roughness_map,
    texel_scale,
)
from avatron.face.parts import PART_INDEX
from avatron.face.rig import JOINTS
from avatron.native.mesh import VertexNormals
from avatron.render.appearance import Appearance, AttachedMesh, GarmentPart, HairPart
from avatron.render.geometry import texture_gradients

__all__ = ["HEAD_MESH", "JOINT_NAMES", "build_character"]

Floats = NDArray[np.float32]
Triangles = NDArray[np.int32]

HEAD_MESH = "Face"
"""The mesh that has the morph targets."""
JOINT_NAMES = {
    "torso": "Spine",
    "neck": "Neck",
    "head": "Head",
    "jaw": "Jaw",
    "eye_left": "LeftEye",
    "eye_right": "RightEye",
}
"""Our joints by the names that humanoid rigs of engines look for."""
_PARENTS = {"torso": None, "neck": "torso", "head": "neck", "jaw": "head", "eye_left": "head", "eye_right": "head"}

_LEAST_OFFSET_M = 0.00001
"""A vertex that a target moves by less is left out of it."""
_LEAST_TURN = 0.02
"""A normal that turns by less (radians) is left as it is."""
_MOUTH_LIGHT, _MOUTH_FALL = 0.8, 32.0
"""Share of light just behind the lips, and how fast it falls with depth, 1 / m."""
_SOFT_ALPHA = 235
"""A hair triangle whose corners and middle are above is drawn as solid."""


@dataclass(frozen=True, eq=False)
class _HeadShape:
    """What all surfaces of the head share."""

    normals: Floats
    offsets: Floats
    normal_offsets: Floats
    names: tuple[str, ...]
    joint_weights: Floats


def build_character(avatar: Avatar, rig: MorphRig, correctives: Correctives | None = None) -> Character:
    """The person of `avatar`, whose head `rig` was made for; `correctives` add their targets behind the others."""
    appearance = avatar.look
    shape = _head_shape(rig, correctives)
    shown = np.ones(len(rig.head.triangles), bool)
    shown[appearance.hidden_triangles] = False

    def of_parts(*names: str) -> Triangles:
        return rig.head.triangles[shown & np.isin(rig.head.part, [PART_INDEX[name] for name in names])]

    skin, mouth, teeth = _skin_materials(rig, shape, appearance)
    lash_map = lash_colour("lashes", appearance.lashes)
    lashes = Material("Lashes", base_colour=lash_map, roughness=0.8, blended=True, double_sided=True)
    head = CharacterMesh(
        HEAD_MESH,
        (
            _head_surface("Skin", skin, rig, shape, of_parts("skin", "bust")),
            _shaded(_head_surface("Mouth", mouth, rig, shape, of_parts("mouth", "gums", "tongue")), rig),
            _shaded(_head_surface("Teeth", teeth, rig, shape, of_parts("teeth_upper", "teeth_lower")), rig),
            _head_surface("Lashes", lashes, rig, shape, of_parts("lashes")),
        ),
        shape.names,
    )
    meshes = [head, _eyes(rig, shape, appearance)]
    meshes += [_garment(number, part, rig) for number, part in enumerate(appearance.garments, 1)]
    meshes += [_hair(number, part, rig) for number, part in enumerate(appearance.hair, 1)]
    joints = tuple(
        CharacterJoint(
            JOINT_NAMES[name],
            None if (carrier := _PARENTS[name]) is None else JOINTS.index(carrier),
            (float(place[0]), float(place[1]), float(place[2])),
        )
        for name, place in zip(JOINTS, rig.posed.joints, strict=True)
    )
    return Character(avatar.name, avatar.licence, tuple(mesh for mesh in meshes if mesh.surfaces), joints)


def _head_shape(rig: MorphRig, correctives: Correctives | None) -> _HeadShape:
    head = rig.head
    offsets, names = rig.offsets, TARGET_NAMES
    if correctives is not None:
        offsets, names = np.concatenate([offsets, correctives.offsets]), (*names, *correctives.names)
    normals = VertexNormals(head.triangles, len(head.neutral), head.weld)
    base = normals.of(rig.base)
    turned = np.stack([normals.of(rig.base + offset) - base for offset in offsets])
    return _HeadShape(base, offsets, turned, names, head.joint_weights)


def _skin_materials(rig: MorphRig, shape: _HeadShape, appearance: Appearance) -> tuple[Material, Material, Material]:
    maps, head = appearance.skin, rig.head
    scale = texel_scale(rig.base, shape.normals, head.uv, head.triangles_of("skin", "bust", "gums", "tongue", "mouth"))
    colour = jpeg("skin_colour", maps.albedo)
    skin = Material(
        "Skin",
        base_colour=colour,
        normal=normal_map("skin_normal", maps.detail[..., :2], maps.detail_scale_m, scale),
        roughness_map=roughness_map("skin_roughness", maps),
        refraction=1.4,
    )
    mouth = Material("Mouth", base_colour=colour, roughness=0.35, refraction=1.4, double_sided=True)
    return skin, mouth, Material("Teeth", base_colour=colour, roughness=0.25)


def _head_surface(name: str, material: Material, rig: MorphRig, shape: _HeadShape, triangles: Triangles) -> Surface:
    used, local = np.unique(triangles, return_inverse=True)
    joints, weights = _four_influences(shape.joint_weights[used])
    return Surface(
        name,
        material,
        rig.base[used],
        shape.normals[used],
        rig.head.uv[used],
        local.reshape(-1, 3).astype(np.int32),
        joints,
        weights,
        tangents=_tangents(material, rig.base, shape.normals, rig.head.uv, triangles, used),
        targets=tuple(
            _target(target, offset[used], turned[used])
            for target, offset, turned in zip(shape.names, shape.offsets, shape.normal_offsets, strict=True)
        ),
    )


def _shaded(surface: Surface, rig: MorphRig) -> Surface:
    """The surface darkened by how deep it lies in the mouth: engines light it as if there were no lips."""
    lips_z = float(rig.base[rig.head.lip_pairs[1], 2].mean())
    depth_m = np.clip(lips_z - surface.vertices[:, 2:3], 0, None)
    # Green and blue fall faster: what light there is has been through flesh.
    shade = _MOUTH_LIGHT * np.exp(-depth_m * np.array([[_MOUTH_FALL, 1.6 * _MOUTH_FALL, 1.6 * _MOUTH_FALL]]))
    return replace(surface, shade=np.asarray(shade, np.float32))


def _target(name: str, offsets: Floats, turned: Floats) -> MorphTarget:
    moves = np.abs(offsets).max(1, initial=0) > _LEAST_OFFSET_M
    turns = np.abs(turned).max(1, initial=0) > _LEAST_TURN
    vertices = np.flatnonzero(moves | turns)
    return MorphTarget(name, vertices.astype(np.int32), offsets[vertices], turned[vertices])


def _four_influences(shares: Floats) -> tuple[NDArray[np.uint8], Floats]:
    """(joints [V, 4], weights [V, 4]) of `shares` [V, J]: the four strongest, which sum to 1."""
    order = np.argsort(-shares, axis=1, kind="stable")[:, :4]
    weights = np.take_along_axis(shares, order, 1)
    weights = weights / weights.sum(1, keepdims=True)
    return np.where(weights > 0, order, 0).astype(np.uint8), np.asarray(weights, np.float32)


def _eyes(rig: MorphRig, shape: _HeadShape, appearance: Appearance) -> CharacterMesh:
    head, surfaces = rig.head, []
    for side in ("left", "right"):
        centre = rig.posed.joints[JOINTS.index(f"eye_{side}")]
        triangles = head.triangles_of(f"eye_{side}")
        used = np.unique(triangles)
        radius = float(np.linalg.norm(rig.base[used] - centre, axis=1).mean())
        colour = eye_colour(f"eye_{side}", appearance.eyes, radius)
        material = Material(f"Eye{side.capitalize()}", base_colour=colour, roughness=0.12, refraction=1.4)
        whole = _head_surface(
            material.name,
            material,
            rig,
            replace(shape, names=(), offsets=shape.offsets[:0], normal_offsets=shape.normal_offsets[:0]),
            triangles,
        )
        # The pictures are seen from the front: their middle is the eye's axis.
        uv = 0.5 + (whole.vertices[:, :2] - centre[:2]) / (2 * radius)
        surfaces.append(replace(whole, uv=np.asarray(uv, np.float32)))
    return CharacterMesh("Eyes", tuple(surfaces))


def _garment(number: int, part: GarmentPart, rig: MorphRig) -> CharacterMesh:
    name = f"Garment{number}"
    vertices, normals = _attached(part.mesh, rig)
    bump = None
    if part.bump is not None:
        own = texel_scale(vertices, normals, part.mesh.uv % 1.0, part.mesh.triangles)
        # A tile repeats all over the cloth: one scale for the whole of it.
        scale = np.median(own.reshape(-1, 2), axis=0).astype(np.float32).reshape(1, 1, 2)
        bump = normal_map(f"{name.lower()}_normal", part.bump, part.bump_scale_m, scale)
    colour = jpeg(f"{name.lower()}_colour", part.albedo)
    material = Material(name, colour, part.tint, roughness=0.9, specular=0.3, normal=bump, double_sided=True)
    return CharacterMesh(name, (_attached_surface(name, material, part.mesh, vertices, normals, part.mesh.triangles),))


def _hair(number: int, part: HairPart, rig: MorphRig) -> CharacterMesh:
    name = f"Hair{number}"
    vertices, normals = _attached(part.mesh, rig)
    solid = _is_solid(part)
    colour = hair_colour(name.lower(), part)
    core = Material(f"{name}Core", colour, part.tint, roughness=0.6, specular=0.4, double_sided=True)
    soft = Material(f"{name}Soft", colour, part.tint, roughness=0.6, specular=0.4, blended=True, double_sided=True)
    # Inner sheets first: seen from outside, whatever lies behind is drawn before.
    centre = vertices.mean(0)
    away = np.linalg.norm(vertices[part.mesh.triangles].mean(1) - centre, axis=1)
    order = np.argsort(away, kind="stable")
    surfaces = []
    for material, chosen in ((core, solid), (soft, ~solid)):
        triangles = part.mesh.triangles[order[chosen[order]]]
        if len(triangles):
            surfaces.append(_attached_surface(material.name, material, part.mesh, vertices, normals, triangles))
    return CharacterMesh(name, tuple(surfaces))


def _is_solid(part: HairPart) -> NDArray[np.bool_]:
    """[K] whether the texture is opaque at the corners, the edges and the middle of each triangle."""
    alpha = part.colour_alpha[..., 3]
    height, width = alpha.shape
    grid = np.array([[2, 0, 0], [0, 2, 0], [0, 0, 2], [1, 1, 0], [0, 1, 1], [1, 0, 1], [2 / 3] * 3]) / 2
    uv = np.einsum("sk,tkd->tsd", grid, part.mesh.uv[part.mesh.triangles])
    column = np.clip((uv[..., 0] * width).astype(int), 0, width - 1)
    row = np.clip(((1 - uv[..., 1]) * height).astype(int), 0, height - 1)
    return np.asarray(alpha[row, column].min(1) >= _SOFT_ALPHA)


def _attached(mesh: AttachedMesh, rig: MorphRig) -> tuple[Floats, Floats]:
    """(vertices [N, 3], normals [N, 3]) of the mesh on the person."""
    shift = rig.posed.rest - rig.head.neutral
    vertices = mesh.vertices + np.einsum("na,nad->nd", mesh.anchor_weight, shift[mesh.anchor_index])
    vertices = vertices.astype(np.float32)
    # Sheets share no vertices across texture seams: weld by place, or the seams show as creases.
    _, first, welded = np.unique(np.round(mesh.vertices, 5), axis=0, return_index=True, return_inverse=True)
    normals = VertexNormals(mesh.triangles, len(vertices), first[welded.ravel()].astype(np.int32))
    return vertices, normals.of(vertices)


def _attached_surface(
    name: str, material: Material, mesh: AttachedMesh, vertices: Floats, normals: Floats, triangles: Triangles
) -> Surface:
    used, local = np.unique(triangles, return_inverse=True)
    shares = np.zeros((len(used), len(JOINTS)), np.float32)
    shares[:, JOINTS.index("head")] = mesh.head_weight[used]
    shares[:, JOINTS.index("torso")] = 1 - mesh.head_weight[used]
    joints, weights = _four_influences(shares)
    return Surface(
        name,
        material,
        vertices[used],
        normals[used],
        mesh.uv[used],
        local.reshape(-1, 3).astype(np.int32),
        joints,
        weights,
        tangents=_tangents(material, vertices, normals, mesh.uv, triangles, used),
    )


def _tangents(
    material: Material,
    vertices: Floats,
    normals: Floats,
    uv: Floats,
    triangles: Triangles,
    used: NDArray[Any],
) -> Floats | None:
    """[N, 4] of the vertices `used`, or None where the material has no normal map."""
    if material.normal is None:
        return None
    gradient, ratio = texture_gradients(vertices, normals, uv, triangles)
    normal, along = normals[used], gradient[used]
    along = along - normal * (along * normal).sum(1, keepdims=True)
    length = np.linalg.norm(along, axis=1, keepdims=True)
    # Where the texture has no direction any will do that lies in the surface.
    spare = np.cross(normal, np.where(np.abs(normal[:, :1]) < 0.9, [[1.0, 0, 0]], [[0, 1.0, 0]]))
    spare /= np.linalg.norm(spare, axis=1, keepdims=True)
    along = np.where(length > 1e-6, along / np.maximum(length, 1e-6), spare)
    return np.column_stack([along, np.where(ratio[used] < 0, -1.0, 1.0)]).astype(np.float32)
