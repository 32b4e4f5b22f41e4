"""The background plate: what is behind the person, where any frame shows it, and a guess where none does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.native.raster import rasterize
from avatron.render.splats.geometry import LAYERS
from avatron.training.appearance.carrying import carried, sheet_mappings
from avatron.training.appearance.filtering import box_mean, resized
from avatron.training.appearance.frames import ClipFrames
from avatron.training.appearance.matte import ClipMatte
from avatron.training.appearance.silhouettes import Silhouettes

__all__ = ["Plate", "find_plate", "person_cover"]

Floats = NDArray[np.float32]

_FRAMES = 48
_COVER_PX = 384
"""Longest side of the pictures in which is looked where the person is."""
_ROWS = 64
"""Of the picture whose medians are taken at a time: memory."""
_CLEAR = 0.04
"""Less of the person than this leaves a pixel to the background."""
_SPREAD = 0.02
"""How far the person is taken to reach beyond the matte, as a share of the picture's longer side: soft edges."""
_WIDE = 0.12
"""Within which the person is said to be near."""
_FARTHEST_FRAMES = 7
"""Whose median is taken."""
_HIDING = 0.6
"""Of a pixel that the person covers."""
_BESIDE = 0.03
"""Of the picture's longer side: so near to what is hidden, what was seen is doubted ..."""
_ODD_LEVELS = 24.0
"""... if it differs so much from the wall around it, 0 .. 255 ..."""
_UNSTEADY_LEVELS = 20.0
"""... and as much from itself in other frames."""
_ENOUGH = 2
"""Frames in which a pixel has to be seen."""


@dataclass(frozen=True, eq=False)
class Plate:
    """The background."""

    picture: NDArray[np.uint8]
    """[H, W, 3] sRGB"""
    seen: NDArray[np.bool_]
    """[H, W] whether it was ever seen; elsewhere the picture is a guess."""
    hidden: NDArray[np.bool_]
    """[H, W] whether the person was before it in every frame: nothing of it may ever show through."""


def person_cover(frames: ClipFrames, camera: Camera, matte: ClipMatte, vertices: Floats) -> Floats:
    """[H, W] 0 .. 1: how much of each pixel the person covers in the frame with `vertices`."""
    reference = frames.frame(matte.row).vertices
    geometry = frames.geometry
    layers = matte.person * matte.head, matte.person * (1 - matte.head)
    mesh = geometry.triangles[np.isin(geometry.layer, [LAYERS.index("skin")])]
    cover = rasterize(vertices, mesh, camera, cull_back_faces=False).covered.astype(np.float32)
    for layer, mapping in zip(layers, sheet_mappings(geometry, camera, vertices, reference), strict=True):
        cover = np.maximum(cover, carried(layer[..., None], mapping)[..., 0])
    return cover


def find_plate(
    frames: ClipFrames, camera: Camera, matte: ClipMatte, *, silhouettes: Silhouettes | None = None
) -> Plate:
    """The median of what each pixel shows in those frames in which the person is farthest from it.

    A matte that lost a strand leaves it in frames in which the person is near; in others the wall is there. What a
    network takes for the person is in the way too: hands have no place in the matte.
    """
    chosen = frames.some_rows(_FRAMES)
    # Where the person is need not be known to the pixel: a margin is left anyway.
    longer = min(max(camera.width, camera.height), _COVER_PX)
    factor = longer / max(camera.width, camera.height)
    small = camera.resized(max(round(camera.width * factor), 8), max(round(camera.height * factor), 8))
    near, wide = max(round(_SPREAD * longer), 1), max(round(_WIDE * longer), 2)
    closeness = np.empty((len(chosen), camera.height, camera.width), np.float16)
    least = np.ones((small.height, small.width), np.float32)
    down = np.minimum(np.arange(camera.height) * small.height // camera.height, small.height - 1)
    across = np.minimum(np.arange(camera.width) * small.width // camera.width, small.width - 1)
    shown_by = matte.resized(small.width, small.height)
    for number, row in enumerate(chosen):
        cover = person_cover(frames, small, shown_by, frames.frame(row).vertices)
        if silhouettes is not None:
            shown = silhouettes.person(row, 0, 0, camera.width, camera.height)
            cover = np.maximum(cover, resized(shown[..., None], (small.width, small.height))[..., 0])
        least = np.minimum(least, cover)
        around = box_mean(box_mean(cover, wide // 2), wide // 2)
        closeness[number] = np.where(box_mean(cover, near) < _CLEAR, around, np.inf)[down[:, None], across]
    picture = np.zeros((camera.height, camera.width, 3), np.float32)
    unsteady = np.zeros((camera.height, camera.width), np.bool_)
    count = min(_FARTHEST_FRAMES, len(chosen))
    for top in range(0, camera.height, _ROWS):
        rows = slice(top, top + _ROWS)
        away = np.argpartition(closeness[:, rows], count - 1, axis=0)[:count]
        clear = np.isfinite(np.take_along_axis(closeness[:, rows], away, 0))
        shown = frames.pictures[chosen, rows].astype(np.float32)
        shown = np.take_along_axis(shown, away[..., None], 0)
        most = np.where(clear[..., None], shown, -np.inf).max(0)
        shown[~clear] = np.inf
        unsteady[rows] = clear.any(0) & ((most - shown.min(0)).max(-1) > _UNSTEADY_LEVELS)
        shown.sort(axis=0)
        middle = np.maximum((clear.sum(0) - 1) // 2, 0)
        picture[rows] = np.take_along_axis(shown, middle[None, ..., None], 0)[0]
    seen = _trusted(picture, np.isfinite(closeness).sum(0) >= _ENOUGH, unsteady)
    picture[~seen] = 0
    guessed = np.rint(_filled(picture, seen)).clip(0, 255).astype(np.uint8)
    whole = resized(least[..., None], (camera.width, camera.height))[..., 0]
    return Plate(guessed, seen, whole > _HIDING)


def _trusted(picture: Floats, seen: NDArray[np.bool_], unsteady: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """[H, W] what of `seen` is the wall: beside what is hidden, whatever neither stays as it is nor is like the wall
    around it was left by a person of whom the matte has lost a little."""
    radius = max(round(_BESIDE * max(seen.shape)), 2)
    away = box_mean(seen.astype(np.float32), radius) > 1 - 1e-6
    if not away.any():
        return seen
    around = _filled(np.where(away[..., None], picture, 0).astype(np.float32), away)
    odd = seen & ~away & unsteady & (np.abs(picture - around).max(-1) > _ODD_LEVELS)
    return np.asarray(seen & (box_mean(odd.astype(np.float32), max(radius // 4, 1)) < 1e-6))


def _filled(picture: Floats, seen: NDArray[np.bool_]) -> Floats:
    """[H, W, 3] with what is around it where nothing was seen, coarse to fine (pull-push, Gortler et al. 1996)."""
    height, width = seen.shape
    if seen.all() or not seen.any():
        return picture
    weight = seen.astype(np.float32)
    size = (width + 1) // 2, (height + 1) // 2
    share = resized(weight[..., None], size)[..., 0]
    weighted = resized(picture * weight[..., None], size)
    coarse = np.asarray(weighted / np.maximum(share, 1e-6)[..., None], np.float32)
    if min(size) > 1:
        coarse = _filled(coarse, share > 1e-6)
    return np.asarray(np.where(seen[..., None], picture, resized(coarse, (width, height))), np.float32)
