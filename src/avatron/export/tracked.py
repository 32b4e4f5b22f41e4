"""The person of a track as an avatar that exports know: our head in that person's shape, with a texture of the clip."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from avatron.avatar.avatar import Avatar
from avatron.avatar.store import load_avatar
from avatron.core.camera import Camera
from avatron.core.track import FaceTrack
from avatron.errors import ShapeError
from avatron.face.parts import PART_INDEX
from avatron.face.shipped import shipped_head
from avatron.native.raster import rasterize
from avatron.render.appearance import SkinMaps

__all__ = ["avatar_of_track"]

_BASE = "ava"
"""Whose eyes, lashes and mouth stand in for what no camera sees."""
_PLAIN_SKIN = (204, 168, 150)
"""sRGB of a skin whose colour is not known."""
_PLAIN_DETAIL = (128, 128, 120, 0)
"""No relief and a dull sheen: those of the person are in the texture already."""
_DETAIL_SIDE, _PLAIN_SIDE = 64, 512
_SKIN_PARTS = ("skin", "bust")
_INSIDE_PARTS = ("mouth", "gums", "tongue", "teeth_upper", "teeth_lower")


def avatar_of_track(track: FaceTrack, name: str, albedo: NDArray[np.uint8] | None = None) -> Avatar:
    """The head of `track`, bald and without clothes; `albedo` [H, W, 3] sRGB is its texture on the head's atlas.

    Without a texture its skin has one plain colour. What a texture shows of teeth and tongue is too little to be used.

    Raises:
        ShapeError: a texture that is not uint8 [H, W, 3].
    """
    base = load_avatar(_BASE)
    if albedo is None:
        albedo = np.empty((_PLAIN_SIDE, _PLAIN_SIDE, 3), np.uint8)
        albedo[:] = _PLAIN_SKIN
    elif albedo.ndim != 3 or albedo.shape[2] != 3 or albedo.dtype != np.uint8:
        raise ShapeError(f"texture is {albedo.dtype} {list(albedo.shape)}, expected uint8 [H, W, 3]")
    size = albedo.shape[1::-1]
    inside = np.asarray(Image.fromarray(base.look.skin.albedo).resize(size, Image.Resampling.LANCZOS))
    painted = np.where(_skin_texels(size)[..., None], albedo, inside)
    detail = np.empty((_DETAIL_SIDE, _DETAIL_SIDE, 4), np.uint8)
    detail[:] = _PLAIN_DETAIL
    look = replace(
        base.look,
        identity=track.identity,
        displacement=track.displacement if len(track.displacement) else None,
        skin=SkinMaps(albedo=painted, detail=detail),
        hair=(),
        garments=(),
        rest_expression={},
        hidden_triangles=np.zeros(0, np.int32),
    )
    seen = {"name": name, "licence": "that of the video and of the person in it", "used_for": "shape and texture"}
    # Whose face it is, is theirs: no licence of ours covers it.
    licence = "LicenseRef-person-in-the-video"
    provenance = (seen, *base.provenance)
    return Avatar(name, f"the person in {name}", base.default_voice, licence, provenance, base.default_light, look)


@lru_cache(maxsize=2)
def _skin_texels(size: tuple[int, int]) -> NDArray[np.bool_]:
    """[H, W] whether a texel belongs to skin, or to nothing."""
    head = shipped_head()
    width, height = size
    flat = np.column_stack([head.uv[:, 0] * width, (1 - head.uv[:, 1]) * height, np.ones(len(head.uv))])
    camera = Camera(width, height, 1.0, (0.0, 0.0), np.eye(3), np.zeros(3))
    atlas = np.flatnonzero(np.isin(head.part, [PART_INDEX[name] for name in (*_SKIN_PARTS, *_INSIDE_PARTS)]))
    picture = rasterize(flat.astype(np.float32), head.triangles[atlas], camera, cull_back_faces=False)
    skin = np.isin(head.part[atlas], [PART_INDEX[name] for name in _SKIN_PARTS])
    return np.asarray(~picture.covered | skin[picture.triangle_ids])
