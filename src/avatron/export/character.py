"""A person as other programs know one: meshes with morph targets, joints that carry them, materials with pictures.

Everything is in the head frame of avatron, which is that of glTF: right-handed, metres, +Y up, the face looks along +Z.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Character",
    "CharacterJoint",
    "CharacterMesh",
    "Material",
    "MorphTarget",
    "Performance",
    "Surface",
    "Texture",
]

Floats = NDArray[np.float32]
Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Texture:
    """A picture as the bytes of a file."""

    name: str
    """Without a suffix; unique within a character."""
    data: bytes
    mime_type: str
    """`image/jpeg` or `image/png`."""

    @property
    def file_name(self) -> str:
        """The name that it has as a file of its own."""
        return f"{self.name}.{'jpg' if self.mime_type == 'image/jpeg' else 'png'}"


@dataclass(frozen=True)
class Material:
    """Metallic-roughness, never metallic."""

    name: str
    base_colour: Texture | None = None
    """sRGB; with straight alpha where `blended`."""
    tint: Colour = (1.0, 1.0, 1.0)
    """Linear RGB factor."""
    roughness: float = 0.6
    roughness_map: Texture | None = None
    """Green is the roughness, blue is metalness (0): replaces `roughness`."""
    normal: Texture | None = None
    """Tangent space, green points along rising v."""
    normal_strength: float = 1.0
    blended: bool = False
    """Whether alpha makes it see-through; its triangles come sorted from the inside out."""
    double_sided: bool = False
    refraction: float = 1.5
    """Index of refraction: 1.4 for skin, 1.5 is glTF's own."""
    specular: float = 1.0
    """Factor on the mirrored light: hair and cloth mirror less than a smooth surface."""


@dataclass(frozen=True, eq=False)
class MorphTarget:
    """What one weight moves."""

    name: str
    vertices: NDArray[np.int32]
    """[N] ascending."""
    offsets: Floats
    """[N, 3] metres at weight 1."""
    normal_offsets: Floats
    """[N, 3]."""


@dataclass(frozen=True, eq=False)
class Surface:
    """One material's part of a mesh, with vertices of its own."""

    name: str
    material: Material
    vertices: Floats
    """[V, 3] metres at rest."""
    normals: Floats
    """[V, 3] unit."""
    uv: Floats
    """[V, 2], v up."""
    triangles: NDArray[np.int32]
    """[K, 3] counter-clockwise seen from outside."""
    joints: NDArray[np.uint8]
    """[V, 4] numbers of joints."""
    joint_weights: Floats
    """[V, 4], rows sum to 1."""
    tangents: Floats | None = None
    """[V, 4] along rising u, and the side on which v rises (1 or -1); where the material has a normal map."""
    shade: Floats | None = None
    """[V, 3] linear factor on the base colour: light that never gets in. None = 1."""
    targets: tuple[MorphTarget, ...] = ()
    """As many as the mesh has names, in their order."""


@dataclass(frozen=True, eq=False)
class CharacterMesh:
    """Surfaces that share their morph targets' weights."""

    name: str
    surfaces: tuple[Surface, ...]
    target_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class CharacterJoint:
    """One joint; at rest it has no rotation of its own."""

    name: str
    parent: int | None
    place: tuple[float, float, float]
    """At rest, metres, in the head frame."""


@dataclass(frozen=True, eq=False)
class Character:
    """A person at rest."""

    name: str
    licence: str
    """SPDX expression."""
    meshes: tuple[CharacterMesh, ...]
    joints: tuple[CharacterJoint, ...]
    """Parents come before their children."""

    @property
    def materials(self) -> tuple[Material, ...]:
        """Each once, in the order of first use."""
        return tuple(dict.fromkeys(surface.material for mesh in self.meshes for surface in mesh.surfaces))

    @property
    def textures(self) -> tuple[Texture, ...]:
        """Each once, in the order of first use."""
        found: dict[Texture, None] = {}
        for material in self.materials:
            for texture in (material.base_colour, material.normal, material.roughness_map):
                if texture is not None:
                    found[texture] = None
        return tuple(found)


@dataclass(frozen=True, eq=False)
class Performance:
    """A character's motion over T frames. Frame t is at `times_s[t]`, and so is the sound beside it."""

    times_s: NDArray[np.float64]
    """[T] seconds from the start of the sound."""
    fps: float
    weights: Floats
    """[T, M] of the morph targets."""
    rotations: Floats
    """[T, J, 4] of each joint relative to its parent; quaternions x y z w, neighbours on one side of the sphere."""
    translations: Floats
    """[T, J, 3] metres: the place of each joint relative to its parent's."""
