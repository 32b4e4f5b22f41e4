"""Portrait shading: textured, lit surfaces to pixels, and the light that is baked once for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron import _native
from avatron.core.arrays import checked_array
from avatron.errors import ShapeError

__all__ = ["BakedLight", "DrawTimes", "Portrait", "RecordField", "SurfaceKind", "bake_light", "pack_frame"]

Floats = NDArray[np.float32]

RECORD_LENGTH: int = int(_native.shade.RECORD)
"""Floats of one vertex record."""
MOST_SURFACES = 64
TABLE_COSINES: int = int(_native.shade.TABLE_COSINES)
TABLE_CURVATURES: int = int(_native.shade.TABLE_CURVATURES)
TABLE_CURVATURE_MAX: float = float(_native.shade.TABLE_CURVATURE_MAX)
"""Shape of the skin's scattering table: rows of curvature 0 .. max (1 / m), columns of cosines -1 .. 1."""

_NO_TEXELS = np.zeros((0, 0), np.int32)
_NO_LIGHT = np.zeros((0, 4), np.float32)
_NO_CREASES = np.zeros((0, 2), np.float32)
_FIELDS: tuple[tuple[str, int], ...] = tuple(_native.shade.frame_fields())


class SurfaceKind(IntEnum):
    """How a surface is shaded; `native/shade_scene.h` names the same numbers."""

    SKIN = 0
    EYE = 1
    MOUTH = 2
    CLOTH = 3
    HAIR = 4
    LASH = 5
    PLAIN = 6


class RecordField(IntEnum):
    """First float of each field of a vertex record; `native/shade_scene.h` names the same numbers."""

    NORMAL = 0
    IRRADIANCE = 3
    OCCLUSION = 6
    RIM = 7
    CURVATURE = 8
    TANGENT = 9
    TANGENT_RATIO = 12
    U = 13
    V = 14
    COVER = 15


@dataclass(frozen=True)
class DrawTimes:
    """Milliseconds of the stages of one drawing."""

    vertices_ms: float
    shadow_ms: float
    bins_ms: float
    tiles_ms: float


@dataclass(frozen=True, eq=False)
class BakedLight:
    """What arrives at every vertex R of a person at rest."""

    irradiance: Floats
    """[R, 3] of the environment, with what hides it, over pi."""
    occlusion: Floats
    """[R] 1 open .. 0 buried."""
    rim: Floats
    """[R] share of the rim light that arrives."""


def pack_frame(values: Mapping[str, Any]) -> Floats:
    """[N] the values of one frame in the kernels' order.

    Raises:
        ShapeError: a field is missing, unknown, or of another length.
    """
    if values.keys() != {name for name, _ in _FIELDS}:
        odd = sorted(values.keys() ^ {name for name, _ in _FIELDS})
        raise ShapeError(f"frame fields {', '.join(odd)} are missing or unknown")
    parts = []
    for name, length in _FIELDS:
        part = np.asarray(values[name], np.float32).ravel()
        if len(part) != length:
            raise ShapeError(f"frame field `{name}` has {len(part)} numbers, expected {length}")
        parts.append(part)
    return np.concatenate(parts)


class Portrait:
    """A person in the kernels' hands. Not for use by two threads at once."""

    def __init__(self) -> None:
        self._kernel = _native.shade.Portrait()
        self._head_vertices = 0
        self._surfaces = 0
        self._moving = 0

    def add_surface(
        self,
        kind: SurfaceKind,
        parameters: Sequence[float],
        *,
        two_sided: bool = False,
        behind_lips: bool = False,
        colour: NDArray[np.int32] = _NO_TEXELS,
        detail: NDArray[np.int32] = _NO_TEXELS,
        extra: NDArray[np.int32] = _NO_TEXELS,
        creases: NDArray[np.int32] = _NO_TEXELS,
    ) -> int:
        """The number of a new surface; textures are [H, W] packed texels, at least 2 x 2.

        Raises:
            ShapeError: more than eight parameters or 64 surfaces, or a texture that is too small.
        """
        if len(parameters) > 8:
            raise ShapeError(f"a surface has {len(parameters)} parameters, at most 8")
        textures = [
            checked_array("texture", texture, (None, None), np.int32) for texture in (colour, detail, extra, creases)
        ]
        if any(texture.size and min(texture.shape) < 2 for texture in textures):
            raise ShapeError("a texture must have at least 2 x 2 texels")
        if self._surfaces == MOST_SURFACES:
            raise ShapeError(f"more than {MOST_SURFACES} surfaces")
        self._surfaces += 1
        return int(
            self._kernel.add_surface(int(kind), two_sided, behind_lips, *textures, np.asarray(parameters, np.float32))
        )

    def add_surface_like(self, surface: int) -> int:
        """The number of a new surface that shares everything with `surface`.

        A pixel shades each surface once: two that touch with a fold between them are antialiased if they differ.

        Raises:
            ShapeError: more than 64 surfaces.
        """
        if self._surfaces == MOST_SURFACES:
            raise ShapeError(f"more than {MOST_SURFACES} surfaces")
        self._surfaces += 1
        return int(self._kernel.add_surface_like(int(surface)))

    def set_mesh(
        self,
        solid: NDArray[np.int32],
        hidden: NDArray[np.int32],
        layers: NDArray[np.int32],
        casters: NDArray[np.int32],
        records: Floats,
        attached: Floats,
        coarse: NDArray[np.bool_] | None = None,
        far_layers: NDArray[np.int32] | None = None,
    ) -> None:
        """Hands over the mesh; its first R - N vertices are the head's.

        Args:
            solid: [K, 4] three vertices and the surface of the opaque triangles.
            hidden: [M, 4] likewise, of those that no camera in front can see.
            layers: [L, 4] likewise, of the translucent ones.
            casters: [C] triangles that throw a shadow, counted through solid, hidden, layers and far layers.
            records: [R, 16] `RecordField`s of every vertex.
            attached: [N, 12] place, normal, strand or texture gradient, head weight, two free numbers.
            coarse: [R] vertices with triangles so large that the key light is worked out at every point instead of
                at them; None: all.
            far_layers: [F, 4] translucent triangles that no camera in front can see; None: there are none.

        Raises:
            ShapeError: lengths that do not agree, or a number that names no vertex, surface or triangle.
        """
        if far_layers is None:
            far_layers = np.zeros((0, 4), np.int32)
        triangles = np.concatenate(
            [checked_array("triangles", group, (None, 4), np.int32) for group in (solid, hidden, layers, far_layers)]
        )
        records = checked_array("records", records, (None, RECORD_LENGTH), np.float32)
        attached = checked_array("attached", attached, (None, 12), np.float32)
        if triangles.size and (triangles.min() < 0 or triangles[:, :3].max() >= len(records)):
            raise ShapeError(f"a triangle names a vertex outside 0 .. {len(records) - 1}")
        if triangles.size and triangles[:, 3].max() >= self._surfaces:
            raise ShapeError(f"a triangle names a surface outside 0 .. {self._surfaces - 1}")
        casters = checked_array("casters", casters, (None,), np.int32)
        if casters.size and (casters.min() < 0 or casters.max() >= len(triangles)):
            raise ShapeError(f"a caster is outside 0 .. {len(triangles) - 1}, the triangles")
        if coarse is None:
            coarse = np.ones(len(records), bool)
        coarse = checked_array("coarse", coarse, (len(records),), np.bool_)
        self._head_vertices = len(records) - len(attached)
        self._kernel.set_mesh(
            triangles,
            len(solid),
            len(solid) + len(hidden),
            len(triangles) - len(far_layers),
            casters,
            records,
            self._head_vertices,
            attached,
            coarse.astype(np.uint8),
        )

    def set_skin_table(self, table: Floats) -> None:
        """[curvatures, cosines, 3] scattered light."""
        self._kernel.set_skin_table(checked_array("table", table, (TABLE_CURVATURES, TABLE_COSINES, 3), np.float32))

    def set_lids(self, left: NDArray[np.int32], right: NDArray[np.int32]) -> None:
        """[L, 3] the triangles of the head that may cover each eye."""
        self._kernel.set_lids(*(checked_array("lids", lids, (None, 3), np.int32) for lids in (left, right)))

    def set_lips(self, rim: NDArray[np.int32]) -> None:
        """[N] vertices of the head about the mouth's opening: what is `behind_lips` shows through it only.

        Raises:
            ShapeError: a number that names no vertex of the head.
        """
        rim = checked_array("rim", rim, (None,), np.int32)
        if rim.size and (rim.min() < 0 or rim.max() >= self._head_vertices):
            raise ShapeError(f"a vertex of the lips is outside 0 .. {self._head_vertices - 1}, the head's")
        self._kernel.set_lips(rim)

    def set_moving_light(self, vertices: NDArray[np.int32]) -> None:
        """[L] vertices of the head whose light `draw` renews.

        Raises:
            ShapeError: a number that names no vertex of the head.
        """
        vertices = checked_array("vertices", vertices, (None,), np.int32)
        if vertices.size and not 0 <= vertices.min() <= vertices.max() < self._head_vertices:
            raise ShapeError(f"a moving light is outside 0 .. {self._head_vertices - 1}, the head's vertices")
        self._moving = len(vertices)
        self._kernel.set_moving_light(vertices)

    def set_shadow_size(self, texels: int) -> None:
        """Side of the key light's depth map."""
        self._kernel.set_shadow_size(texels)

    def draw(
        self,
        positions: Floats,
        normals: Floats,
        head: Floats,
        torso: Floats,
        frame: Floats,
        background: NDArray[np.uint8] | None,
        image: NDArray[np.uint8],
        *,
        light: Floats | None = None,
        creases: Floats | None = None,
        from_anywhere: bool = False,
    ) -> DrawTimes:
        """Draws one frame into `image` [H, W, 3], or [H, W, 4] with straight alpha where there is no background.

        Args:
            positions: [R - N, 3] the head's vertices in the world, metres.
            normals: [R - N, 3] their unit normals.
            head: [3, 4] the motion of the skull, which attached meshes follow.
            torso: [3, 4] the motion of the torso.
            frame: [N] of `pack_frame`.
            background: [H, W, 3], or None for transparency.
            image: written in full.
            light: [L, 4] irradiance and occlusion of the vertices of `set_moving_light`; None leaves what they have.
            creases: [R - N, 2] how strong both groups of the skin's folds are, 0 .. 1; None leaves the records as
                they are (`RecordField.COVER` is the first).
            from_anywhere: draw the hidden triangles too: the camera is not in front.

        Raises:
            ShapeError: lengths that do not agree.
        """
        positions = checked_array("positions", positions, (self._head_vertices, 3), np.float32)
        normals = checked_array("normals", normals, (self._head_vertices, 3), np.float32)
        if light is not None:
            light = checked_array("light", light, (self._moving, 4), np.float32)
        if creases is not None:
            creases = checked_array("creases", creases, (self._head_vertices, 2), np.float32)
        head = checked_array("head", head, (3, 4), np.float32)
        torso = checked_array("torso", torso, (3, 4), np.float32)
        channels = 4 if background is None else 3
        if image.ndim != 3 or image.shape[2] != channels or image.dtype != np.uint8 or not image.flags.c_contiguous:
            raise ShapeError(f"`image` is {image.dtype} {list(image.shape)}, expected uint8 [H, W, {channels}]")
        behind: NDArray[np.uint8] = np.zeros((0, 0, 3), np.uint8)
        if background is not None:
            behind = checked_array("background", background, image.shape, np.uint8)
        strength = _NO_CREASES if creases is None else creases
        moved = _NO_LIGHT if light is None else light
        times = self._kernel.draw(positions, normals, moved, strength, head, torso, from_anywhere, frame, behind, image)
        return DrawTimes(*times)


def bake_light(
    positions: Floats,
    normals: Floats,
    biases: Floats,
    blockers: NDArray[np.int32],
    directions: Floats,
    radiance: Floats,
    rim_weight: Floats,
    map_size: int = 256,
) -> BakedLight:
    """The environment's light at every vertex, hidden by the mesh itself: one depth map per direction.

    Args:
        positions: [R, 3] metres.
        normals: [R, 3] unit.
        biases: [R] metres that a blocker must be nearer to the light.
        blockers: [K, 4] triangles (fourth number free).
        directions: [D, 3] unit, spread evenly over the sphere, towards the light.
        radiance: [D, 3] of the environment.
        rim_weight: [D] how much of the rim light comes from there.
        map_size: texels of a depth map's side.

    Raises:
        ShapeError: lengths that do not agree.
    """
    count, ways = len(positions), len(directions)
    irradiance, occlusion = np.empty((count, 3), np.float32), np.empty(count, np.float32)
    rim = np.empty(count, np.float32)
    _native.shade.bake_light(
        checked_array("positions", positions, (count, 3), np.float32),
        checked_array("normals", normals, (count, 3), np.float32),
        checked_array("biases", biases, (count,), np.float32),
        checked_array("blockers", blockers, (None, 4), np.int32),
        checked_array("directions", directions, (ways, 3), np.float32),
        checked_array("radiance", radiance, (ways, 3), np.float32),
        checked_array("rim_weight", rim_weight, (ways,), np.float32),
        map_size,
        irradiance,
        occlusion,
        rim,
    )
    return BakedLight(irradiance, occlusion, rim)
