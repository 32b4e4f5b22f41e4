"""A textured head against a picture: the difference, and where its vertices should go; pictures to textures.

`compare` is a differentiable form of `avatron.native.raster`: colours on the surface, outlines softened, and the
adjoint of the difference, for each vertex on the screen. Kernels here run on the caller's thread: one frame is little
work, and threads each take a frame of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron import _native
from avatron.core.arrays import checked_array
from avatron.errors import InvalidValueError, ShapeError
from avatron.native.mesh import checked_triangles
from avatron.native.raster import Rasterization

__all__ = ["Comparison", "Outlines", "SurfaceLook", "VertexShapes", "compare", "crop", "gather", "normal_equations"]

Floats = NDArray[np.float32]
POSE = 6


@dataclass(frozen=True)
class Outlines:
    """What counts as an outline, and as a colour that cannot be."""

    robust_scale: float = 0.15
    """Root of the summed squares of the channels (0 .. 1 each) beyond which a difference counts less and less."""
    gap_m: float = 0.0005
    """What is behind an outline is at least this much further away, metres."""
    connected_m: float = 0.006
    """Neighbouring pixels whose depths differ by less are on one surface, metres."""
    outside_px: float = 3.0
    """Where nothing is modelled beyond an outline, the colour that is seen this far beyond it stands there."""


@dataclass(frozen=True, eq=False)
class SurfaceLook:
    """What does not change while a head moves.

    Raises:
        ShapeError: arrays of another shape.
        InvalidValueError: an index that names nothing.
    """

    triangles: NDArray[np.int32]
    """[K, 3] as they are rasterised."""
    edges: NDArray[np.int32]
    """[E, 6] two vertices, the triangles on either side (-1: none), and the third corner of each (-1: none)."""
    uv: Floats
    """[V, 2]"""
    weight: Floats
    """[V] 0 .. 1, how much the colour of a vertex is to be trusted."""

    def __post_init__(self) -> None:
        count = len(self.uv)
        object.__setattr__(self, "uv", checked_array("uv", self.uv, (None, 2), np.float32))
        object.__setattr__(self, "weight", checked_array("weight", self.weight, (count,), np.float32))
        object.__setattr__(self, "triangles", checked_triangles(self.triangles, count))
        edges = checked_array("edges", self.edges, (None, 6), np.int32)
        if len(edges):
            least = edges.min(axis=0)
            most = edges.max(axis=0)
            limits = (count, count, len(self.triangles), len(self.triangles), count, count)
            if (
                least[:2].min() < 0
                or least.min() < -1
                or any(top >= limit for top, limit in zip(most, limits, strict=True))
            ):
                raise InvalidValueError("an edge names a vertex or triangle that is not there")
        object.__setattr__(self, "edges", edges)

    @staticmethod
    def of(triangles: Any, uv: Any, weight: Any, weld: Any = None) -> SurfaceLook:
        """The edges of `triangles` [K, 3], those of vertices that share a place (`weld` [V]) joined.

        An edge of three and more triangles is taken for several, each with two.
        """
        faces = checked_triangles(triangles, len(uv))
        places = faces if weld is None else np.asarray(weld)[faces]
        first, second = faces.T.reshape(-1), faces[:, [1, 2, 0]].T.reshape(-1)
        third = faces[:, [2, 0, 1]].T.reshape(-1)
        ends = np.stack([places.T.reshape(-1), places[:, [1, 2, 0]].T.reshape(-1)], 1)
        owner = np.tile(np.arange(len(faces)), 3)
        low, high = ends.min(1), ends.max(1)
        order = np.lexsort((owner, high, low))
        low, high = low[order], high[order]
        same = np.concatenate([[False], (low[1:] == low[:-1]) & (high[1:] == high[:-1]), [False]])
        starts = np.flatnonzero(~same[:-1])
        counts = np.diff(np.append(starts, len(low)))
        rows = []
        for place in range(int(counts.max(initial=0) + 1) // 2):
            here = counts > 2 * place
            one = order[starts[here] + 2 * place]
            paired = counts[here] > 2 * place + 1
            other = order[np.minimum(starts[here] + 2 * place + 1, len(order) - 1)]
            rows.append(
                np.stack(
                    [
                        first[one],
                        second[one],
                        owner[one],
                        np.where(paired, owner[other], -1),
                        third[one],
                        np.where(paired, third[other], -1),
                    ],
                    1,
                )
            )
        edges = np.concatenate(rows) if rows else np.zeros((0, 6))
        return SurfaceLook(faces, edges.astype(np.int32), uv, weight)


@dataclass(frozen=True, eq=False)
class Comparison:
    """How a head differs from a picture."""

    loss: float
    """Half the sum of the robust squared differences."""
    model: Floats
    """[H, W, 3] the head as it is drawn; the picture itself where no head is."""
    weight: Floats
    """[H, W] what each pixel counted with, 0 where nothing was compared."""
    gradient: Floats
    """[V, 2] of the loss, per pixel that a vertex moves right and down; robust weights held."""
    matrix: Floats
    """[V, 3] xx, xy, yy: Gauss-Newton matrices, those of triangles shared out to their corners. Whatever moves a
    triangle's corners alike has exactly the pixels' matrix, anything else at least that (Jensen's inequality), so a
    step that is made with them does not overshoot."""


def compare(
    picture: Rasterization,
    look: SurfaceLook,
    screen: Any,
    depth: Any,
    light: Any,
    texture: Any,
    seen: Any,
    *,
    trust: Any = None,
    outlines: Outlines | None = None,
) -> Comparison:
    """How a head that is drawn with `texture` differs from `seen`, and where its vertices would rather be.

    A pixel's colour is the texture's at its place times the light there; where an outline passes between its centre
    and a neighbour's, the pixel shows both by their share (Laine et al. 2020). The slope of colours is taken over
    the neighbours on the same surface. Loss of Geman and McClure, whose weights are taken as given by the gradient.

    Args:
        picture: `rasterize` of `look.triangles`.
        screen: [V, 2] pixels, where the vertices were when `picture` was drawn.
        depth: [V] metres.
        light: [V, 3] what the albedo is multiplied with.
        texture: [TH, TW, 3] albedo.
        seen: [H, W, 3] colours 0 .. 1.
        trust: [H, W] a further weight of the pixels.

    Raises:
        ShapeError: arrays of another shape or type, NaN or infinity.
    """
    limits = outlines or Outlines()
    count = len(look.uv)
    size = picture.depth.shape
    _check_drawn(picture, len(look.triangles))
    model, weight = np.empty((*size, 3), np.float32), np.empty(size, np.float32)
    gradient, matrix = np.empty((count, 2), np.float32), np.empty((count, 3), np.float32)
    loss = _native.photometric.compare(
        picture.triangle_ids,
        picture.barycentrics,
        picture.depth,
        look.triangles,
        checked_array("screen", screen, (count, 2), np.float32),
        checked_array("depth", depth, (count,), np.float32),
        look.uv,
        checked_array("light", light, (count, 3), np.float32),
        look.weight,
        look.edges,
        checked_array("texture", texture, (None, None, 3), np.float32),
        checked_array("seen", seen, (*size, 3), np.float32),
        None if trust is None else checked_array("trust", trust, size, np.float32),
        np.array([limits.robust_scale, limits.gap_m, limits.connected_m, limits.outside_px], np.float64),
        model,
        weight,
        gradient,
        matrix,
    )
    return Comparison(loss, model, weight, gradient, matrix)


def gather(
    picture: Rasterization,
    look: SurfaceLook,
    screen: Any,
    positions: Any,
    normals: Any,
    texels: tuple[Any, Any],
    seen: Any,
    *,
    gap_m: float = 0.003,
) -> tuple[Floats, Floats]:
    """(colour [N, 3], weight [N]) that `seen` [H, W, 3] shows of N texels; the squared cosine of the view, 0 if hidden.

    Args:
        picture: `rasterize` of `look.triangles`.
        screen: [V, 2] pixels.
        positions: [V, 3] metres, camera space; `normals` [V, 3] too.
        texels: triangle [N] and barycentrics [N, 3] of each texel.
        gap_m: a texel this far behind what its pixel shows is hidden, metres.

    Raises:
        ShapeError: arrays of another shape or type, NaN or infinity.
    """
    count = len(look.uv)
    _check_drawn(picture, len(look.triangles))
    rows = checked_array("texel triangles", texels[0], (None,), np.int32)
    if len(rows) and not 0 <= rows.min() <= rows.max() < len(look.triangles):
        raise InvalidValueError(f"texels name triangles {rows.min()} to {rows.max()} of {len(look.triangles)}")
    colour, weight = np.empty((len(rows), 3), np.float32), np.empty(len(rows), np.float32)
    _native.photometric.gather(
        picture.triangle_ids,
        picture.barycentrics,
        picture.depth,
        look.triangles,
        checked_array("screen", screen, (count, 2), np.float32),
        checked_array("positions", positions, (count, 3), np.float32),
        checked_array("normals", normals, (count, 3), np.float32),
        rows,
        checked_array("texel barycentrics", texels[1], (len(rows), 3), np.float32),
        checked_array("seen", seen, (*picture.depth.shape, 3), np.float32),
        gap_m,
        colour,
        weight,
    )
    return colour, weight


@dataclass(frozen=True, eq=False)
class VertexShapes:
    """Sparse blend shapes vertex by vertex."""

    starts: NDArray[np.int64]
    """[V + 1] vertex v is rows starts[v] to starts[v + 1] of the next two."""
    columns: NDArray[np.int32]
    """[N] shapes, ascending within a vertex."""
    deltas: Floats
    """[N, 3] metres for weight 1."""
    count: int
    """How many shapes there are."""

    @staticmethod
    def of(sparse: tuple[Any, Any, Any], shapes: Any, vertex_count: int) -> VertexShapes:
        """Those of `Blendshapes.sparse` (starts, indices, deltas) that `shapes` [N'] names, as columns 0 .. N' - 1."""
        starts, indices, deltas = sparse
        pieces = [slice(int(starts[shape]), int(starts[shape + 1])) for shape in shapes]
        columns = np.repeat(np.arange(len(pieces)), [piece.stop - piece.start for piece in pieces])
        vertices = np.concatenate([np.zeros(0, np.int32), *[indices[piece] for piece in pieces]])
        moved = np.concatenate([np.zeros((0, 3), np.float32), *[deltas[piece] for piece in pieces]])
        order = np.lexsort((columns, vertices))
        begin = np.concatenate([[0], np.cumsum(np.bincount(vertices, minlength=vertex_count))])
        return VertexShapes(
            begin.astype(np.int64),
            columns[order].astype(np.int32),
            np.ascontiguousarray(moved[order], np.float32),
            len(pieces),
        )


def normal_equations(
    positions: Any, rotation: Any, pivot: Any, focal_px: float, shapes: VertexShapes, gradient: Any, matrix: Any
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(A [P, P], b [P]): what vertices want on the screen as what pose and expressions should do; P = 6 + shapes.

    The first six are a turn (radians, about `pivot`, camera axes) and a shift (metres) of what is in front of the
    camera. The best step is -solve(A, b).

    Args:
        positions: [V, 3] metres, camera space.
        rotation: [3, 3] head frame to camera space.
        pivot: [3] metres, camera space.
        gradient: [V, 2] and `matrix` [V, 3] as of `Comparison`.

    Raises:
        ShapeError: arrays of another shape or type, NaN or infinity.
    """
    places = checked_array("positions", positions, (len(shapes.starts) - 1, 3), np.float32)
    size = POSE + shapes.count
    normal, right = np.empty((size, size)), np.empty(size)
    _native.photometric.normal_equations(
        places,
        checked_array("rotation", rotation, (3, 3), np.float64),
        checked_array("pivot", pivot, (3,), np.float64),
        focal_px,
        shapes.starts,
        shapes.columns,
        shapes.deltas,
        checked_array("gradient", gradient, (len(places), 2), np.float32),
        checked_array("matrix", matrix, (len(places), 3), np.float32),
        normal,
        right,
    )
    return normal, right


def crop(image: Any, left_px: float, top_px: float, step: float, width: int, height: int) -> Floats:
    """[height, width, 3] 0 .. 1: a window of `image` [H, W, 3] uint8 whose pixels are `step` of the image's.

    Each is the mean of the area it covers; the border of the image goes on outside of it.

    Raises:
        ShapeError: no picture of bytes.
        InvalidValueError: a window without pixels.
    """
    if np.asarray(image).dtype != np.uint8:
        raise ShapeError(f"`image` has type {np.asarray(image).dtype}, expected uint8")
    picture = checked_array("image", image, (None, None, 3), np.uint8)
    if width < 1 or height < 1 or not step > 0 or not np.isfinite([left_px, top_px, step]).all() or not picture.size:
        raise InvalidValueError(f"a window of {width}x{height} px in steps of {step} px at ({left_px}, {top_px})")
    window = np.empty((height, width, 3), np.float32)
    _native.photometric.crop(picture, left_px, top_px, step, window)
    return window


def _check_drawn(picture: Rasterization, triangles: int) -> None:
    last = int(picture.triangle_ids.max(initial=-1))
    if last >= triangles:
        raise ShapeError(f"`picture` shows triangle {last}, but only {triangles} triangles are given")
