"""What the portrait renderer draws besides the head model's own shape: skin, eyes, lashes, hair and clothes.

Conventions of every map: 8-bit, row 0 is the top of the picture, u runs right and v runs UP (texel row = (1 - v) H).
Colours in maps are sRGB; a `tint` is linear RGB and multiplies the decoded colour. Lengths are metres in the head
frame. Alpha is straight (not premultiplied).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.core.motion import EXPRESSION_INDEX, EXPRESSION_NAMES
from avatron.errors import InvalidValueError, ShapeError
from avatron.render.creases import CREASE_REGIONS

__all__ = [
    "Appearance",
    "AttachedMesh",
    "EyeMaps",
    "GarmentPart",
    "HairPart",
    "LashMap",
    "SkinMaps",
]

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Colour = tuple[float, float, float]
"""Linear RGB; 1 is white."""


def _check(instance: object, name: str, shape: tuple[int | None, ...], dtype: type[np.generic]) -> None:
    object.__setattr__(instance, name, checked_array(name, getattr(instance, name), shape, dtype))


@dataclass(frozen=True, eq=False)
class AttachedMesh:
    """A mesh that is fitted on the head model's mean identity and rides on it: hair or a garment.

    A vertex of another identity is v + sum_a anchor_weight[a] * (head[anchor_index[a]] - mean_head[anchor_index[a]]).
    Anchors follow identity only, never expressions; the pose moves a vertex rigidly, between torso and head by
    `head_weight`.

    Raises:
        ShapeError: lengths that disagree.
        InvalidValueError: a triangle that names a vertex that is not there.
    """

    vertices: Floats
    """[N, 3] metres, on the mean identity. A vertex on a texture seam is listed once per side."""
    triangles: NDArray[np.int32]
    """[K, 3] counter-clockwise seen from outside; drawn from both sides."""
    uv: Floats
    """[N, 2] texture coordinates, v up."""
    anchor_index: NDArray[np.int32]
    """[N, A] vertices of the head model; A may be 0."""
    anchor_weight: Floats
    """[N, A]."""
    head_weight: Floats
    """[N] 0 moves with the torso, 1 with the skull."""

    def __post_init__(self) -> None:
        count = len(self.vertices)
        _check(self, "vertices", (count, 3), np.float32)
        _check(self, "triangles", (None, 3), np.int32)
        _check(self, "uv", (count, 2), np.float32)
        anchors = np.asarray(self.anchor_index).shape[-1]
        _check(self, "anchor_index", (count, anchors), np.int32)
        _check(self, "anchor_weight", (count, anchors), np.float32)
        _check(self, "head_weight", (count,), np.float32)
        if len(self.triangles) and not 0 <= self.triangles.min() <= self.triangles.max() < count:
            raise InvalidValueError(f"a triangle names a vertex outside 0 .. {count - 1}")


@dataclass(frozen=True, eq=False)
class SkinMaps:
    """The maps of the head model's own atlas: skin, and also teeth, gums, tongue and the mouth's inside."""

    albedo: Bytes
    """[H, W, 3] sRGB, de-lit. Brows, lip colour, stubble and the tint of the scalp under hair are painted in."""
    detail: Bytes
    """[H, W, 4]: d height/du and d height/dv (128 = flat, 255 = +`detail_scale_m`, 1 = -`detail_scale_m`),
    specular mask (255 = full sheen, oily and smooth; about 130 on dry cheeks, darker in pores, brows and
    under hair), lip mask (255 = lip: wetter,
    without pores)."""
    detail_scale_m: float = 0.03
    """Metres of height per unit of u or v that a byte of 255 stands for."""
    pores: Bytes | None = None
    """[P, P, 2] tileable d height/du and /dv of the fine relief, in the units of one tile; None = no pores.
    Only drawn where a pixel is fine enough to show it."""
    pore_repeats: float = 11.0
    """Tiles along the atlas; the derivative is scaled accordingly."""
    pore_scale_m: float = 0.005
    """As `detail_scale_m`, for one tile."""
    gloss: float = 0.46
    """Perceptual roughness of the skin's broad specular lobe, 0 mirror .. 1 chalk."""
    creases: Bytes | None = None
    """[H, W, 4] folds at full strength: d height/du and /dv of the first group, then of the second (see
    `render.creases`), as in `detail`. None = skin that does not fold."""
    crease_scale_m: float = 0.06
    """As `detail_scale_m`, for the folds."""
    crease_valleys: Bytes | None = None
    """[H, W] how deep a texel lies in a fold at full strength, 255 = at the bottom of the deepest: such skin is darker
    and does not shine. Same size as `creases`."""
    crease_rest: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """Strength of the folds of a face that does not move, by region of `render.creases`: what age has left."""

    def __post_init__(self) -> None:
        _check(self, "albedo", (None, None, 3), np.uint8)
        _check(self, "detail", (None, None, 4), np.uint8)
        if self.pores is not None:
            _check(self, "pores", (None, None, 2), np.uint8)
        if self.creases is not None:
            _check(self, "creases", (None, None, 4), np.uint8)
        if self.crease_valleys is not None:
            size = (None, None) if self.creases is None else self.creases.shape[:2]
            _check(self, "crease_valleys", size, np.uint8)
        for region, share in self.crease_rest.items():
            if region not in CREASE_REGIONS:
                raise InvalidValueError(f"no region of folds `{region}`; there are {', '.join(CREASE_REGIONS)}")
            if not 0 <= share <= 1:
                raise InvalidValueError(f"strength at rest of `{region}` is {share}, expected 0 .. 1")


@dataclass(frozen=True, eq=False)
class HairPart:
    """Hair as textured sheets. Triangles that are opaque all over are drawn as a solid core, the rest as layers."""

    mesh: AttachedMesh
    strand_direction: Floats
    """[N, 3] unit vectors along the strands, root to tip, on the mean identity."""
    colour_alpha: Bytes
    """[H, W, 4] sRGB colour (strand by strand) and straight alpha."""
    strand: Bytes
    """[H, W] brightness of the single strands about 128: breaks up the highlights. Same size as `colour_alpha`."""
    tint: Colour = (1.0, 1.0, 1.0)
    """Linear RGB factor on the colour."""
    specular: tuple[float, float] = (0.5, 0.8)
    """Strength of the white highlight and of the coloured one behind it."""
    normals: Floats | None = None
    """[N, 3] unit vectors of the hair's volume, on the mean identity; None takes those of the triangles."""
    openness: Floats | None = None
    """[N] 1 on top of the hair .. 0 buried in it; None is 1 everywhere."""

    def __post_init__(self) -> None:
        count = len(self.mesh.vertices)
        _check(self, "strand_direction", (count, 3), np.float32)
        if self.normals is not None:
            _check(self, "normals", (count, 3), np.float32)
        if self.openness is not None:
            _check(self, "openness", (count,), np.float32)
        _check(self, "colour_alpha", (None, None, 4), np.uint8)
        _check(self, "strand", self.colour_alpha.shape[:2], np.uint8)


@dataclass(frozen=True, eq=False)
class GarmentPart:
    """A piece of clothing, opaque. The texture repeats outside 0 .. 1."""

    mesh: AttachedMesh
    albedo: Bytes
    """[H, W, 3] sRGB."""
    tint: Colour = (1.0, 1.0, 1.0)
    """Linear RGB factor on the albedo."""
    bump: Bytes | None = None
    """[H, W, 2] d height/du and /dv as in `SkinMaps.detail`; folds and weave. None = smooth. Same size as `albedo`."""
    bump_scale_m: float = 0.05
    """Metres of height per unit of u or v that a byte of 255 stands for."""
    fuzz: float = 0.18
    """Strength of the soft sheen at grazing angles."""
    shade: Floats | None = None
    """[N] share of light that comes to each vertex, 0 .. 1: beside seams, under flaps, inside of collars, where light
    and shadow of the renderer are too coarse. None = 1 everywhere."""

    def __post_init__(self) -> None:
        _check(self, "albedo", (None, None, 3), np.uint8)
        if self.bump is not None:
            _check(self, "bump", (*self.albedo.shape[:2], 2), np.uint8)
        if self.shade is not None:
            _check(self, "shade", (len(self.mesh.vertices),), np.float32)


@dataclass(frozen=True, eq=False)
class EyeMaps:
    """Both eyes. The iris is drawn on the eyeball about its rest axis (+Z), whatever the eyeball's own uv."""

    iris: Bytes
    """[H, W, 3] sRGB, square; the iris disc touches the border, pupil in the middle."""
    sclera: Bytes
    """[H, W, 3] sRGB, square; the front of the eyeball seen from +Z, its outline touches the border."""
    iris_tint: Colour = (1.0, 1.0, 1.0)
    """Linear RGB factor on the iris."""
    sclera_tint: Colour = (1.0, 1.0, 1.0)
    """Linear RGB factor on the white."""
    iris_radius_m: float = 0.0060
    """Radius of the iris."""

    def __post_init__(self) -> None:
        for name in ("iris", "sclera"):
            _check(self, name, (None, None, 3), np.uint8)


@dataclass(frozen=True, eq=False)
class LashMap:
    """Eyelashes on the head model's lash cards, by their uv."""

    opacity: Bytes
    """[H, W] 255 = hair."""
    colour: Colour = (0.012, 0.010, 0.010)
    """Linear RGB."""
    lower_gain: float = 0.38
    """Factor on the opacity of the lower lashes."""

    def __post_init__(self) -> None:
        _check(self, "opacity", (None, None), np.uint8)


@dataclass(frozen=True, eq=False)
class Appearance:
    """One person as drawn.

    Raises:
        ShapeError: a map of the wrong rank or type.
        InvalidValueError: an expression name that does not exist, or a rest weight outside 0 .. 1.
    """

    identity: Floats
    """[S] identity coefficients of the head model."""
    skin: SkinMaps
    eyes: EyeMaps
    lashes: LashMap
    hair: tuple[HairPart, ...] = ()
    garments: tuple[GarmentPart, ...] = ()
    rest_expression: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """Weights of the face at rest (a trace of a smile, relaxed lids). Motion m is drawn as rest + (1 - rest) m."""
    hidden_triangles: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    """Triangles of the head model that are never drawn: under clothes or a thick cap of hair."""
    framing: str = "head-and-shoulders"
    """The framing preset this person is meant for."""
    displacement: Floats | None = None
    """[V, 3] metres: what the face has beyond the identity's modes. None = nothing."""

    def __post_init__(self) -> None:
        _check(self, "identity", (None,), np.float32)
        _check(self, "hidden_triangles", (None,), np.int32)
        if self.displacement is not None:
            _check(self, "displacement", (None, 3), np.float32)
        for name, weight in self.rest_expression.items():
            if name not in EXPRESSION_INDEX:
                raise InvalidValueError(f"rest expression `{name}` is not one of {', '.join(EXPRESSION_NAMES)}")
            if not 0 <= weight <= 1:
                raise InvalidValueError(f"rest expression `{name}` has weight {weight}, outside 0 .. 1")
        if not isinstance(self.hair, tuple) or not isinstance(self.garments, tuple):
            raise ShapeError("`hair` and `garments` must be tuples of parts")

    def rest_weights(self) -> Floats:
        """[E] `rest_expression` as a row of `FaceMotion.expression`."""
        weights = np.zeros(len(EXPRESSION_NAMES), np.float32)
        for name, weight in self.rest_expression.items():
            weights[EXPRESSION_INDEX[name]] = weight
        return weights
