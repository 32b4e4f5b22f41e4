"""Pictures on surfaces: mip pyramids, and their colour at places or at the pixels of a rasterised mesh.

u runs right and v up: (0, 0) is the lower left corner of the picture, (1, 1) the upper right one, and the texel in
column i and row j (from the top) of a picture [H, W] has its centre at ((i + 0.5) / W, 1 - (j + 0.5) / H).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from avatron import _native
from avatron.core.arrays import checked_array
from avatron.core.camera import Camera
from avatron.errors import InvalidValueError, ShapeError
from avatron.native.mesh import checked_triangles
from avatron.native.raster import Rasterization, camera_space

__all__ = ["MAX_TEXTURE_SIZE_PX", "WRAPS", "SampledSurface", "Texture", "Wrap", "sample", "sample_surface"]

MAX_TEXTURE_SIZE_PX: int = 1 << (_native.texture.MAX_LEVELS - 1)
"""The largest width and height of a texture."""

Wrap = Literal["repeat", "clamp"]
"""What lies beyond the border: the picture again, or its border's texels."""

WRAPS: tuple[Wrap, ...] = ("repeat", "clamp")

_TEXEL_BYTES = 4


@dataclass(frozen=True, eq=False)
class Texture:
    """A picture and its smaller copies, each half as large (rounded down) until one texel is left.

    Made by `Texture.from_image`.
    """

    texels: NDArray[np.uint8]
    """[N, 4] all levels one after another, row by row; channels that the picture does not have are 0."""
    levels: NDArray[np.int64]
    """[L, 3] first texel, width and height of each level."""
    channels: int
    """C, 1 to 4."""
    wrap: Wrap
    """What lies beyond the border."""

    @staticmethod
    def from_image(image: Any, *, wrap: Wrap = "repeat", srgb: bool = False, mipmaps: bool = True) -> Texture:
        """The pyramid of `image` [H, W, C] uint8, C of 1 to 4.

        Each texel of a level is the mean of exactly the area it covers (a box filter, with parts of texels where a
        size is odd), so the mean of the picture is kept; rounding to bytes does not add up from level to level.

        Args:
            wrap: `repeat` or `clamp`.
            srgb: the bytes are sRGB: average them as light (all channels but the last of two or four, which is
                coverage), so that fine patterns keep their brightness. Sampling blends the bytes as they are.
            mipmaps: False keeps the full size only.

        Raises:
            ShapeError: no [H, W, C] of uint8, no texel, or C not 1 to 4.
            InvalidValueError: beyond `MAX_TEXTURE_SIZE_PX`, or an unknown `wrap`.
        """
        # uint8 only: `checked_array` would let wider integers wrap around.
        if np.asarray(image).dtype != np.uint8:
            raise ShapeError(f"`image` has type {np.asarray(image).dtype}, expected uint8")
        checked = checked_array("image", image, (None, None, None), np.uint8)
        height, width, channels = checked.shape
        if not 1 <= channels <= _TEXEL_BYTES or height < 1 or width < 1:
            raise ShapeError(f"`image` has shape {list(checked.shape)}, expected [H, W, C] with C of 1 to 4")
        if max(height, width) > MAX_TEXTURE_SIZE_PX:
            raise InvalidValueError(f"a texture of {width}x{height} px; at most {MAX_TEXTURE_SIZE_PX} px a side")
        if wrap not in WRAPS:
            raise InvalidValueError(f"wrap `{wrap}` is unknown; use one of {', '.join(WRAPS)}")
        sizes = [(width, height)]
        while mipmaps and sizes[-1] != (1, 1):
            sizes.append((max(sizes[-1][0] // 2, 1), max(sizes[-1][1] // 2, 1)))
        counts = [columns * rows for columns, rows in sizes]
        firsts = np.cumsum([0, *counts[:-1]])
        levels = np.column_stack([firsts, np.array(sizes)]).astype(np.int64)
        texels = np.zeros((sum(counts), _TEXEL_BYTES), np.uint8)
        texels[: counts[0], :channels] = checked.reshape(-1, channels)
        _native.texture.build(texels, levels, channels, srgb)
        texels.flags.writeable = False
        return Texture(texels, levels, channels, wrap)

    def level(self, number: int) -> NDArray[np.uint8]:
        """[H, W, C] the picture of level `number`; 0 is the full size.

        Raises:
            InvalidValueError: no such level.
        """
        if not 0 <= number < len(self.levels):
            raise InvalidValueError(f"level {number} of a texture with levels 0 to {len(self.levels) - 1}")
        first, width, height = self.levels[number]
        return self.texels[first : first + width * height].reshape(height, width, _TEXEL_BYTES)[..., : self.channels]


@dataclass(frozen=True, eq=False)
class SampledSurface:
    """What the pixels of a rasterised mesh show of a texture."""

    colour: NDArray[np.float32]
    """[H, W, C] in 0 to 1; `empty` where nothing is."""
    level: NDArray[np.float32]
    """[H, W] the level of the pyramid that was sampled, 0 = full size; 0 where nothing is."""


def sample(texture: Texture, uv: Any, level: Any = None) -> NDArray[np.float32]:
    """[N, C] colour in 0 to 1 at `uv` [N, 2], bilinear, and between the two levels nearest to `level` [N].

    `level` None is the full size; values outside 0 to L - 1 are clamped.

    Raises:
        ShapeError: arrays of another shape or type, NaN or infinity.
    """
    places = checked_array("uv", uv, (None, 2), np.float32)
    levels = None if level is None else checked_array("level", level, (len(places),), np.float32)
    colour = np.empty((len(places), texture.channels), np.float32)
    _native.texture.sample(
        texture.texels, texture.levels, texture.channels, texture.wrap == "repeat", places, levels, colour
    )
    return colour


def sample_surface(
    picture: Rasterization,
    vertices: Any,
    triangles: Any,
    camera: Camera,
    uv: Any,
    texture: Texture,
    *,
    uv_triangles: Any = None,
    level_bias: float = 0.0,
    empty: float = 0.0,
) -> SampledSurface:
    """The colour of `texture` at every pixel of `picture`, from the level whose texels are as large as the pixel.

    With (u, v) in texels of the full size, the level is log2 of the longer one of the derivatives along the picture's
    x and y (OpenGL 4.6, section 8.14.1), which are exact: they come from each triangle's plane, not from neighbouring
    pixels. Where the texture is magnified the level is 0. Results are the same, to the last bit, for every instruction
    set and number of threads.

    Args:
        picture: what `rasterize` drew of `vertices` and `triangles` with `camera`.
        vertices: [V, 3] metres.
        triangles: [K, 3] vertex indices.
        uv: [U, 2] texture coordinates.
        uv_triangles: [K, 3] rows of `uv` per triangle corner; None: `triangles` (one uv a vertex).
        level_bias: added to every level; -1 is sharper, +1 softer.
        empty: the value of every channel where nothing is.

    Raises:
        ShapeError: arrays of another shape or type, or fewer triangles than were drawn.
        InvalidValueError: an index that names no row, or a `level_bias` that is no number.
    """
    positions = checked_array("vertices", vertices, (None, 3), np.float32)
    faces = checked_triangles(triangles, len(positions))
    places = checked_array("uv", uv, (None, 2), np.float32)
    corners = checked_triangles(faces if uv_triangles is None else uv_triangles, len(places))
    if len(corners) != len(faces):
        raise ShapeError(f"{len(corners)} `uv_triangles` for {len(faces)} triangles; expected as many")
    last = int(picture.triangle_ids.max(initial=-1))
    if last >= len(faces):
        raise ShapeError(f"`picture` shows triangle {last}, but only {len(faces)} triangles are given")
    if not np.isfinite(level_bias):
        raise InvalidValueError(f"level_bias is {level_bias}; it must be finite")
    sampled = SampledSurface(
        np.empty((*picture.depth.shape, texture.channels), np.float32), np.empty(picture.depth.shape, np.float32)
    )
    _native.texture.sample_surface(
        texture.texels,
        texture.levels,
        texture.channels,
        texture.wrap == "repeat",
        picture.triangle_ids,
        picture.depth,
        picture.barycentrics,
        camera_space(positions, camera),
        faces,
        places,
        corners,
        camera.focal_px,
        level_bias,
        empty,
        sampled.colour,
        sampled.level,
    )
    return sampled
