"""Gaussians that ride on a mesh: from parameters to pixels and back in one pass, as training and playback use it.

    drawn = draw_rig(rig, vertices, triangles, camera, coefficients=coefficients, background=plate)
    gradients = drawn.backward(d_image)

What a Gaussian is follows the frame of its triangle (`avatron.core.gaussians`); on top of it a few coefficients per
frame, such as those of an expression, move position, colour and opacity, and features of the triangle, such as how
much it is stretched, change the colour:

    position += sum over r of coefficients[r] * corrections[r, 0:3]        opacity logit likewise with [r, 6]
    colour   += sum over r of coefficients[r] * corrections[r, 3:6] + sum over q of features[triangle, q] * response[q]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron import _native
from avatron.core.arrays import checked_array
from avatron.core.camera import Camera
from avatron.core.gaussians import GaussianSet
from avatron.errors import InvalidValueError, ShapeError
from avatron.native.mesh import checked_triangles
from avatron.native.splats import (
    DrawnSplats,
    SplatMemory,
    SplatOptions,
    SplatView,
    checked_background,
    packed_options,
    plain_floats,
    with_errors,
)

__all__ = ["CORRECTED", "SplatRig", "SplatRigGradients", "draw_rig", "draw_rigs", "rig_arrays"]

Floats = NDArray[np.float32]
CORRECTED = 7
"""What corrections move: position (3), colour (3), opacity logit (1)."""


@dataclass(frozen=True, eq=False)
class SplatRig:
    """The parameters of Gaussians on triangles. The arrays may be changed in place, as an optimiser does.

    Raises:
        ShapeError: arrays of other shapes or types.
        InvalidValueError: a triangle below 0.
    """

    positions: Floats
    """[G, 3] in units of the triangle."""
    quaternions: Floats
    """[G, 4] (w, x, y, z) of any length but 0."""
    log_scales: Floats
    """[G, 3] natural logarithm of the standard deviations in units of the triangle."""
    opacity_logits: Floats
    """[G] opacity is 1 / (1 + exp(-logit))."""
    colours: Floats
    """[G, 3] display RGB."""
    triangle: NDArray[np.int32]
    """[G] the triangle that each rides on; read-only."""
    corrections: Floats | None = None
    """[G, R, 7] position, colour and logit per coefficient; None: R = 0."""
    response: Floats | None = None
    """[G, Q, 3] colour per feature of the triangle; None: Q = 0."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "positions", plain_floats("positions", self.positions, (None, 3)))
        count = len(self.positions)
        for name, shape in (
            ("quaternions", (count, 4)),
            ("log_scales", (count, 3)),
            ("opacity_logits", (count,)),
            ("colours", (count, 3)),
        ):
            object.__setattr__(self, name, plain_floats(name, getattr(self, name), shape))
        triangle = checked_array("triangle", self.triangle, (count,), np.int32)
        if triangle.min(initial=0) < 0:
            raise InvalidValueError(f"a Gaussian rides on triangle {triangle.min()}; the first one is 0")
        object.__setattr__(self, "triangle", triangle)
        corrections = np.zeros((count, 0, CORRECTED), np.float32) if self.corrections is None else self.corrections
        response = np.zeros((count, 0, 3), np.float32) if self.response is None else self.response
        object.__setattr__(self, "corrections", plain_floats("corrections", corrections, (count, None, CORRECTED)))
        object.__setattr__(self, "response", plain_floats("response", response, (count, None, 3)))
        object.__setattr__(self, "_last_triangle", int(triangle.max(initial=-1)))

    @staticmethod
    def of(gaussians: GaussianSet) -> SplatRig:
        """The parameters that draw `gaussians` as they are; opacities are held between 0.0001 and 0.9999."""
        opacities = np.clip(gaussians.opacities.astype(np.float64), 1e-4, 1 - 1e-4)
        return SplatRig(
            gaussians.positions.copy(),
            gaussians.rotations.copy(),
            np.log(gaussians.scales),
            np.log(opacities / (1 - opacities)).astype(np.float32),
            gaussians.colours.copy(),
            gaussians.triangle,
        )

    @property
    def ranks(self) -> int:
        """R, how many coefficients the corrections take."""
        assert self.corrections is not None
        return int(self.corrections.shape[1])

    @property
    def features(self) -> int:
        """Q, how many features of a triangle the colours respond to."""
        assert self.response is not None
        return int(self.response.shape[1])

    def __len__(self) -> int:
        return len(self.positions)

    def gaussians(self) -> GaussianSet:
        """What is drawn where all coefficients and features are 0."""
        lengths = np.linalg.norm(self.quaternions, axis=1, keepdims=True)
        return GaussianSet(
            self.positions,
            self.quaternions / lengths,
            np.exp(self.log_scales),
            (1 / (1 + np.exp(-self.opacity_logits.astype(np.float64)))).astype(np.float32),
            self.colours,
            self.triangle,
        )


@dataclass(frozen=True, eq=False)
class SplatRigGradients:
    """d loss / d of what `SplatRig` holds; 0 for Gaussians that no pixel shows.

    Those of the corrections are products, which nobody has to store: see `corrections` and `response`, and
    `avatron.native.splat_adam`, which takes steps without making them.
    """

    positions: Floats
    """[G, 3]"""
    quaternions: Floats
    """[G, 4]"""
    log_scales: Floats
    """[G, 3]"""
    opacity_logits: Floats
    """[G]"""
    colours: Floats
    """[G, 3]"""
    means: Floats
    """[G, 3] of the centres in the world, per metre: what the motion of the mesh gets."""
    screen: Floats
    """[G, 2] of the place on the screen, per pixel: where it is large, more Gaussians are wanted."""
    seen: NDArray[np.bool_]
    """[G] False where every gradient is exactly 0, as no pixel looked at the Gaussian."""
    coefficients: NDArray[np.float64] | None
    """[R] of the frame's coefficients; None where they were not asked for."""

    def corrections(self, coefficients: Any) -> Floats:
        """[G, R, 7] of the corrections, in a frame of `coefficients` [R]."""
        own = np.concatenate([self.positions, self.colours, self.opacity_logits[:, None]], 1)
        return np.asarray(np.asarray(coefficients, np.float32)[None, :, None] * own[:, None, :])

    def response(self, features: Any, triangle: NDArray[np.int32]) -> Floats:
        """[G, Q, 3] of the response, in a frame of `features` [K, Q], for Gaussians on `triangle` [G]."""
        return np.asarray(np.asarray(features, np.float32)[triangle][:, :, None] * self.colours[:, None, :])


def draw_rig(
    rig: SplatRig,
    vertices: Any,
    triangles: Any,
    camera: Camera | SplatView,
    *,
    coefficients: Any = None,
    features: Any = None,
    background: Any = None,
    options: SplatOptions | None = None,
    memory: SplatMemory | None = None,
    coefficient_gradients: bool = False,
) -> DrawnSplats[SplatRigGradients]:
    """The picture of `rig` on a mesh, as `camera` sees it.

    Args:
        vertices: [V, 3] metres, in the world of `camera`.
        triangles: [K, 3] corners of the triangles that the Gaussians ride on.
        coefficients: [R] of the corrections in this frame; None: all 0.
        features: [K, Q] of the triangles in this frame; None: all 0.
        background: [3] a colour, or [H, W, 3] a picture; None is black.
        memory: what an earlier picture used; saves its allocation.
        coefficient_gradients: the way back leads to the coefficients too, which reads all corrections once more.

    Raises:
        ShapeError: arrays of another shape or type, fewer triangles than the Gaussians ride on, NaN or infinity.
        InvalidValueError: an index that names no vertex, or so many huge Gaussians that no memory holds their tiles.
    """
    view = SplatView.of(camera)
    kept = memory or SplatMemory()
    places = checked_array("vertices", vertices, (None, 3), np.float32)
    faces = _checked_faces(rig, triangles, len(places))
    given = np.zeros(rig.ranks, np.float32) if coefficients is None else coefficients
    ranks = checked_array("coefficients", given, (rig.ranks,), np.float32)
    felt = None if features is None else checked_array("features", features, (len(faces), rig.features), np.float32)
    behind = checked_background(background, view, 3)
    image, alpha = kept.picture(view.height, view.width, 3)
    arrays = rig_arrays(rig, rig.corrections, ranks, felt)
    with_errors(
        len(rig),
        lambda: kept.frame.draw_rig(arrays, places, faces, view.packed, packed_options(options), behind, image, alpha),
    )

    def back(pixels: tuple[Floats, Floats, Floats, Floats | None], into: SplatRigGradients | None) -> SplatRigGradients:
        found = into or SplatRigGradients(
            positions=np.empty_like(rig.positions),
            quaternions=np.empty_like(rig.quaternions),
            log_scales=np.empty_like(rig.log_scales),
            opacity_logits=np.empty_like(rig.opacity_logits),
            colours=np.empty_like(rig.colours),
            means=np.empty_like(rig.positions),
            screen=np.empty((len(rig), 2), np.float32),
            seen=np.empty(len(rig), np.bool_),
            coefficients=np.zeros(rig.ranks) if coefficient_gradients else None,
        )
        if len(found.positions) != len(rig) or (found.coefficients is not None) != coefficient_gradients:
            raise ShapeError(f"`into` is of {len(found.positions)} Gaussians or of other gradients, not of {len(rig)}")
        target = (found.positions, found.quaternions, found.log_scales, found.opacity_logits, found.colours)
        extra = (found.means, found.screen, found.seen.view(np.uint8))
        kept.frame.backward_rig(arrays, pixels, (*target, *extra), found.coefficients)
        return found

    return DrawnSplats(image, alpha, kept, back)


def draw_rigs(
    rig: SplatRig,
    vertices: Sequence[Any],
    triangles: Any,
    camera: Camera | SplatView,
    *,
    coefficients: Any,
    memories: Sequence[SplatMemory],
    background: Any = None,
    options: SplatOptions | None = None,
    into: Floats | None = None,
) -> Floats:
    """[N, H, W, 3] pictures of `rig` in N moments, bit by bit those of `draw_rig` without features.

    Corrections are read from memory once for all N, which is most of what a small picture costs. There is no way back.

    Args:
        vertices: of each moment, [V, 3] metres.
        coefficients: [N, R]
        memories: one for each moment, or more.
        into: memory for the pictures.

    Raises:
        ShapeError: arrays of another shape or type, NaN or infinity.
        InvalidValueError: fewer memories than moments, and what `draw_rig` refuses.
    """
    view, count = SplatView.of(camera), len(vertices)
    if len(memories) < count:
        raise InvalidValueError(f"{len(memories)} memories for {count} pictures; expected one for each")
    ranks = checked_array("coefficients", coefficients, (count, rig.ranks), np.float32)
    places = [checked_array("vertices", own, (None, 3), np.float32) for own in vertices]
    faces = _checked_faces(rig, triangles, min((len(own) for own in places), default=0)) if count else None
    behind = checked_background(background, view, 3)
    shape = (count, view.height, view.width, 3)
    if into is not None and (into.shape != shape or into.dtype != np.float32 or not into.flags.c_contiguous):
        raise ShapeError(f"`into` is {list(into.shape)} of {into.dtype}, expected {list(shape)} of float32")
    images = np.empty(shape, np.float32) if into is None else into
    if count:
        pictures = []
        for number, (own, memory) in enumerate(zip(places, memories, strict=False)):
            _, alpha = memory.picture(view.height, view.width, 3)
            pictures.append((memory.frame, own, ranks[number], images[number], alpha))
        arrays, packed = rig_arrays(rig, rig.corrections, ranks[0], None), packed_options(options)
        with_errors(
            len(rig),
            lambda: _native.splats.Frame.draw_rigs(pictures, arrays, faces, view.packed, packed, behind),
        )
    return images


def _checked_faces(rig: SplatRig, triangles: Any, vertices: int) -> NDArray[np.int32]:
    faces = checked_triangles(triangles, vertices)
    last: int = rig._last_triangle  # type: ignore[attr-defined]
    if last >= len(faces):
        raise ShapeError(f"a Gaussian rides on triangle {last}, but only {len(faces)} triangles are given")
    return faces


def rig_arrays(rig: SplatRig, corrections: Any, coefficients: Floats, features: Floats | None) -> tuple[Any, ...]:
    """What the kernels take of a frame; without features nothing responds."""
    felt = np.zeros((0, 0), np.float32) if features is None else features
    own = (rig.positions, rig.quaternions, rig.log_scales, rig.opacity_logits, rig.colours)
    return (*own, rig.triangle, corrections, coefficients, rig.response, felt)
