"""A texture to be looked at: what the clip shows of the face, and one colour of skin where it shows nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.face.head import HeadModel
from avatron.native.raster import interpolate, rasterize
from avatron.track.photometric.appearance import Appearance

__all__ = ["shown_texture"]

Floats = NDArray[np.float32]

_NOT_FACE = ("scalp", "ears", "neck")
_CHEEKS = ("cheeks",)
_ENOUGH_FRAMES = 2.0
"""A texel that was seen squarely in so many frames is shown as it was seen."""
_SOFT_SHARE = 0.016
"""Over which part of the atlas' side the one passes into the other."""


def shown_texture(look: Appearance, head: HeadModel) -> NDArray[np.uint8]:
    """[H, W, 3] sRGB on the atlas of `head`: the albedo of `look` on the face, one colour of skin beyond it.

    What estimates an albedo fills in what it never saw by whatever lies next to it, hair and the wall behind included.
    """
    side = look.albedo.shape[0]
    skin_texels, (beyond, cheeks) = _on_atlas(head, (_NOT_FACE, _CHEEKS), side)
    known = skin_texels * (1 - beyond) * np.clip(look.seen / _ENOUGH_FRAMES, 0, 1)
    reach = max(round(_SOFT_SHARE * side), 1)
    # Eyes and mouth are holes of the atlas, and no border of what is known.
    soft = _softened(known, reach) / np.maximum(_softened(skin_texels, reach), 1e-3)
    # From inside: the softened border lies within what was seen.
    share = np.clip(2 * soft - 1, 0, 1)
    trusted = (cheeks > 0.5) & (look.seen > _ENOUGH_FRAMES)
    if not trusted.any():
        trusted = known > 0.5
    skin = np.median(look.albedo[trusted], axis=0) if trusted.any() else np.full(3, 0.7)
    share = (share * share * (3 - 2 * share))[..., None]
    shown = share * look.albedo + (1 - share) * skin
    return np.asarray(np.rint(np.clip(shown, 0, 1) * 255), np.uint8)


def _on_atlas(head: HeadModel, groups: tuple[tuple[str, ...], ...], side: int) -> tuple[Floats, list[Floats]]:
    """[side, side] whether a texel is skin, and of each group of regions how much it belongs to them, 0 .. 1."""
    triangles = head.triangles_of("skin")
    flat = np.column_stack([head.uv[:, 0] * side, (1 - head.uv[:, 1]) * side, np.ones(len(head.uv))])
    camera = Camera(side, side, 1.0, (0.0, 0.0), np.eye(3), np.zeros(3))
    picture = rasterize(flat.astype(np.float32), triangles, camera, cull_back_faces=False)
    weights = [np.clip(np.sum([head.regions[name] for name in group], axis=0), 0, 1) for group in groups]
    planes = interpolate(picture, triangles, np.stack(weights, -1).astype(np.float32))
    return picture.covered.astype(np.float32), [planes[..., number] for number in range(len(groups))]


def _softened(plane: Floats, reach: int) -> Floats:
    """[H, W] two means over squares of 2 `reach` + 1 texels."""
    for _ in range(2):
        for axis in (0, 1):
            padded = np.pad(plane, [(reach + 1, reach) if axis == own else (0, 0) for own in (0, 1)], mode="edge")
            total = np.cumsum(padded, axis=axis, dtype=np.float64)
            length = plane.shape[axis]
            high = np.take(total, range(2 * reach + 1, 2 * reach + 1 + length), axis)
            plane = ((high - np.take(total, range(length), axis)) / (2 * reach + 1)).astype(np.float32)
    return plane
