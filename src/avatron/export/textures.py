"""An avatar's maps as the pictures that engines expect: base colour, normals, roughness."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from avatron.export.character import Texture
from avatron.render.appearance import EyeMaps, HairPart, LashMap, SkinMaps
from avatron.render.geometry import texture_gradients

__all__ = [
    "eye_colour",
    "hair_colour",
    "jpeg",
    "lash_colour",
    "normal_map",
    "roughness_map",
    "texel_scale",
]

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

_JPEG_QUALITY = 90
_EYE_SIDE = 512
_LIMBUS_SOFTNESS = 0.06
"""Share of the iris radius over which it fades into the white."""
_ROUGHEST_SKIN, _LIP_ROUGHNESS = 0.85, 0.30
_SCALE_SIDE = 512


def jpeg(name: str, picture: Bytes) -> Texture:
    """A picture uint8 [H, W, 3] as JPEG with full colour resolution, its sides powers of two, as engines like them."""
    stream = BytesIO()
    _power_of_two(Image.fromarray(picture)).save(stream, "JPEG", quality=_JPEG_QUALITY, subsampling=0)
    return Texture(name, stream.getvalue(), "image/jpeg")


def _png(name: str, picture: Bytes) -> Texture:
    stream = BytesIO()
    _power_of_two(Image.fromarray(picture)).save(stream, "PNG", optimize=True)
    return Texture(name, stream.getvalue(), "image/png")


def _power_of_two(picture: Image.Image) -> Image.Image:
    width, height = (1 << max(side - 1, 0).bit_length() for side in picture.size)
    sides = (width, height)
    return picture if sides == picture.size else picture.resize(sides, Image.Resampling.BICUBIC)


def texel_scale(vertices: Floats, normals: Floats, uv: Floats, triangles: NDArray[np.int32]) -> Floats:
    """[S, S, 2] how fast u and v rise along the surface, 1 / m, over the atlas; charts differ, and slopes with them."""
    gradient, ratio = texture_gradients(vertices, normals, uv, triangles)
    along_u = np.linalg.norm(gradient, axis=1)
    per_vertex = np.stack([along_u, np.abs(ratio) * along_u], -1)
    per_triangle = per_vertex[triangles].mean(1)
    corners = np.stack([uv[..., 0], 1 - uv[..., 1]], -1)[triangles] * _SCALE_SIDE
    planes = []
    for axis in (0, 1):
        plane = Image.new("F", (_SCALE_SIDE, _SCALE_SIDE), float(np.median(per_triangle[:, axis])))
        draw = ImageDraw.Draw(plane)
        for shape, value in zip(corners.reshape(-1, 6).tolist(), per_triangle[:, axis].tolist(), strict=True):
            # The outline widens a chart by half a texel, so that its border finds its own scale.
            draw.polygon(shape, fill=value, outline=value)
        planes.append(np.asarray(plane, np.float32))
    return np.stack(planes, -1)


def normal_map(name: str, slopes: Bytes, slope_scale_m: float, scale: Floats) -> Texture:
    """The tangent-space normals of slopes [H, W, 2] (bytes about 128, metres per unit of u and v).

    `scale` [S, S, 2] is `texel_scale`, or [1, 1, 2] where it is the same all over.
    """
    height, width = slopes.shape[:2]
    rise = (slopes.astype(np.float32) - 128) * np.float32(slope_scale_m / 127)
    for axis in (0, 1):
        plane = Image.fromarray(np.ascontiguousarray(scale[..., axis]))
        rise[..., axis] *= np.asarray(plane.resize((width, height), Image.Resampling.BILINEAR))
    normal = np.dstack([-rise, np.ones((height, width), np.float32)])
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    return jpeg(name, np.rint(normal * 127 + 128).clip(0, 255).astype(np.uint8))


def roughness_map(name: str, skin: SkinMaps) -> Texture:
    """Roughness in green: where the sheen is less, skin is rougher; lips are wet."""
    sheen, lip = (skin.detail[..., channel].astype(np.float32) / 255 for channel in (2, 3))
    rough = skin.gloss + (1 - sheen) * (_ROUGHEST_SKIN - skin.gloss)
    rough += lip * (np.minimum(rough, _LIP_ROUGHNESS) - rough)
    empty = np.zeros(rough.shape, np.uint8)
    return jpeg(name, np.dstack([empty, np.rint(rough * 255).astype(np.uint8), empty]))


def eye_colour(name: str, eyes: EyeMaps, eye_radius_m: float) -> Texture:
    """The front of an eyeball seen from +Z, outline at the border: the white, with the iris on it."""
    side = _EYE_SIDE
    white = _tinted(_scaled(eyes.sclera, side), eyes.sclera_tint)
    share = min(eyes.iris_radius_m / eye_radius_m, 0.95)
    iris_side = max(round(side * share), 2)
    iris = _tinted(_scaled(eyes.iris, iris_side), eyes.iris_tint)
    line = (np.arange(iris_side) + 0.5) / iris_side * 2 - 1
    radius = np.hypot(line[:, None], line[None])
    cover = np.clip((1 - radius) / _LIMBUS_SOFTNESS, 0, 1)[..., None]
    start = (side - iris_side) // 2
    place = slice(start, start + iris_side)
    white[place, place] += cover * (iris - white[place, place])
    return jpeg(name, np.rint(white).clip(0, 255).astype(np.uint8))


def hair_colour(name: str, hair: HairPart) -> Texture:
    """Colour and alpha; what is clear has the mean colour, so that filters do not draw a dark rim."""
    picture = hair.colour_alpha.copy()
    solid = picture[..., 3] > 32
    if solid.any() and not solid.all():
        picture[~solid, :3] = picture[solid, :3].mean(0).astype(np.uint8)
    return _png(name, picture)


def lash_colour(name: str, lashes: LashMap) -> Texture:
    """The lashes' colour with their opacity as alpha."""
    encoded = _encoded(np.asarray(lashes.colour)) * 255
    picture = np.empty((*lashes.opacity.shape, 4), np.uint8)
    picture[..., :3] = np.rint(encoded)
    picture[..., 3] = lashes.opacity
    return _png(name, picture)


def _scaled(picture: Bytes, side: int) -> Bytes:
    return np.asarray(Image.fromarray(picture).resize((side, side), Image.Resampling.BICUBIC))


def _tinted(picture: Bytes, tint: tuple[float, float, float]) -> Floats:
    """The sRGB picture times a linear tint, as sRGB levels in float32."""
    levels = np.arange(256) / 255
    linear = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    tinted = np.empty(picture.shape, np.float32)
    for channel in range(3):
        tinted[..., channel] = (_encoded(np.clip(linear * tint[channel], 0, 1)) * 255)[picture[..., channel]]
    return tinted


def _encoded(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055)
