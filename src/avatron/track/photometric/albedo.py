"""The albedo of a person on the head's atlas, from frames whose pose and light are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.native.photometric import gather
from avatron.native.raster import rasterize
from avatron.track.photometric.drawing import DrawnFrame
from avatron.track.photometric.surface import FaceSurface

__all__ = ["AtlasTexels", "Sighting", "Sightings", "filled"]

Floats = NDArray[np.float32]

_DARK = 0.35
"""The mouth's inside relative to the skin, before it is seen."""
_UNSEEN_TEXELS = 20.0
"""How many texels that guess counts for."""
_OWN_FRAMES = 1.0
"""Frames in which a texel in the mouth must be seen until it is half its own."""
_AT_ONCE = 1024
"""Texels whose mean is worked out together; of 16,384 it took three times as long."""
_LEAST_FACING = 0.1
"""Squared cosine of the view below which a texel is not read: it is smeared over the outline."""


@dataclass(frozen=True, eq=False)
class AtlasTexels:
    """Which point of the head each texel of the atlas is; N of its H x W texels are on what is drawn."""

    size: int
    """H = W."""
    place: NDArray[np.int64]
    """[N] row * W + column."""
    triangle: NDArray[np.int32]
    """[N] rows of the surface's triangles."""
    barycentric: Floats
    """[N, 3]"""
    inside: NDArray[np.int8]
    """[N] part of the mouth's inside, -1 elsewhere."""

    @staticmethod
    def of(surface: FaceSurface, size: int) -> AtlasTexels:
        """The texels of a square atlas of `size` texels a side."""
        uv = surface.look.uv
        flat = np.stack([uv[:, 0], 1 - uv[:, 1], np.ones(len(uv), np.float32)], 1)
        camera = Camera(size, size, float(size), (0.0, 0.0), np.eye(3), np.zeros(3))
        # The atlas holds its pieces from either side.
        picture = rasterize(flat, surface.look.triangles, camera, cull_back_faces=False)
        place = np.flatnonzero(picture.covered)
        triangle = picture.triangle_ids.reshape(-1)[place]
        barycentric = picture.barycentrics.reshape(-1, 3)[place]
        inside = surface.inside[surface.look.triangles[triangle]].max(1)
        return AtlasTexels(size, place, triangle, barycentric, inside)

    def shading(self, drawn: DrawnFrame, light: Floats, rows: NDArray[np.int64]) -> Floats:
        """[R, 3] the light of a frame on the texels `rows` [R]."""
        corners = drawn.shading(light)[drawn.surface.look.triangles[self.triangle[rows]]]
        return np.asarray((self.barycentric[rows][:, None] @ corners)[:, 0])


@dataclass(frozen=True, eq=False)
class Sighting:
    """Albedo as one frame shows it."""

    albedo: NDArray[np.float16]
    """[N, 3] 0 where nothing was seen."""
    weight: NDArray[np.float16]
    """[N] squared cosine of the view."""

    @staticmethod
    def of(texels: AtlasTexels, drawn: DrawnFrame, seen: Floats, light: Floats) -> Sighting:
        """What `seen` [H, W, 3] shows of a head that is placed and lit as said."""
        colour, weight = gather(
            drawn.picture,
            drawn.surface.look,
            drawn.screen,
            drawn.positions,
            drawn.normals,
            (texels.triangle, texels.barycentric),
            seen,
        )
        weight[(weight < _LEAST_FACING) & (texels.inside < 0)] = 0
        rows = np.flatnonzero(weight)
        albedo = np.zeros((len(weight), 3), np.float16)
        albedo[rows] = np.clip(colour[rows] / texels.shading(drawn, light, rows), 0, 2)
        return Sighting(albedo, weight.astype(np.float16))


class Sightings:
    """Albedo as each of some frames shows it."""

    def __init__(self) -> None:
        """Of nothing yet."""
        self._colours: list[NDArray[np.float16]] = []
        self._weights: list[NDArray[np.float16]] = []

    def add(self, sighting: Sighting) -> None:
        """One frame more."""
        self._colours.append(sighting.albedo)
        self._weights.append(sighting.weight)

    @property
    def colours(self) -> tuple[NDArray[np.float16], NDArray[np.float16]]:
        """([F, N, 3] albedo, [F, N] weight) of the frames."""
        return np.stack(self._colours), np.stack(self._weights)

    def mean(self, robust_scale: float) -> tuple[Floats, Floats, Floats]:
        """([N, 3] albedo, [N] weight in frames, [N] spread): a mean that what differs from it has little say in.

        The spread is the root mean square difference over frames and channels, nothing left out.
        """
        colours, weights = self.colours
        count = colours.shape[1]
        albedo, total = np.empty((count, 3), np.float32), np.empty(count, np.float32)
        spread = np.zeros(count, np.float32)
        # A part of the texels at a time: what is worked out of it stays in the cache.
        for begin in range(0, count, _AT_ONCE):
            rows = slice(begin, begin + _AT_ONCE)
            colour, weight = colours[:, rows].astype(np.float32), weights[:, rows].astype(np.float32)
            # What differs loses its say little by little: a hand before the face is never most of the frames.
            fade = weight
            mean = _weighted(colour, fade)
            for scale in (4 * robust_scale, 2 * robust_scale, robust_scale, robust_scale):
                fade = weight / (1 + _squares(colour - mean) / scale**2) ** 2
                mean = _weighted(colour, fade)
            albedo[rows], total[rows] = mean, weight.sum(0)
            squares = (weight * _squares(colour - mean)).sum(0) / 3
            spread[rows] = np.sqrt(squares / np.maximum(total[rows], 1e-6))
        return albedo, total, spread


def _squares(difference: Floats) -> Floats:
    """[F, N] sums over the channels of [F, N, 3]."""
    return np.asarray(np.einsum("fnc,fnc->fn", difference, difference))


def _weighted(colour: Floats, weight: Floats) -> Floats:
    return np.asarray(np.einsum("fn,fnc->nc", weight, colour) / np.maximum(weight.sum(0), 1e-6)[:, None], np.float32)


def filled(texels: AtlasTexels, albedo: Floats, weight: Floats, least_weight: float = 0.3) -> tuple[Floats, Floats]:
    """([H, W, 3] the whole atlas, [H, W] weights): what was not seen takes the colour of what is next to it.

    Coarser and coarser means are taken until they reach everywhere (the pull-push of Gortler et al. 1996, "The
    lumigraph"). In the mouth, where little is seen for long, texels are drawn to the mean of their part.
    """
    size = texels.size
    picture, known = np.zeros((size * size, 3), np.float32), np.zeros(size * size, np.float32)
    outside = texels.inside < 0
    trusted = outside & (weight > least_weight)
    skin = np.median(albedo[trusted], axis=0) if trusted.any() else np.full(3, 0.5, np.float32)
    picture[texels.place[trusted]] = albedo[trusted]
    known[texels.place[trusted]] = 1
    for number in np.unique(texels.inside[~outside]):
        rows = np.flatnonzero(texels.inside == number)
        share = weight[rows, None]
        # Of a part that is never seen nothing is known but that it is dark there.
        mean = ((albedo[rows] * share).sum(0) + _UNSEEN_TEXELS * _DARK * skin) / (share.sum() + _UNSEEN_TEXELS)
        picture[texels.place[rows]] = (albedo[rows] * share + _OWN_FRAMES * mean) / (share + _OWN_FRAMES)
        known[texels.place[rows]] = 1
    levels = [(picture.reshape(size, size, 3), known.reshape(size, size, 1))]
    while levels[-1][0].shape[0] > 1:
        colour, share = levels[-1]
        blocks = (colour * share, share)
        summed, shares = (
            block.reshape(block.shape[0] // 2, 2, block.shape[1] // 2, 2, -1).sum((1, 3)) for block in blocks
        )
        levels.append((summed / np.maximum(shares, 1e-6), np.minimum(shares, 1)))
    whole = levels[-1][0]
    for colour, share in reversed(levels[:-1]):
        whole = share * colour + (1 - share) * whole.repeat(2, 0).repeat(2, 1)
    everywhere = np.zeros(size * size, np.float32)
    everywhere[texels.place] = np.where(trusted | ~outside, weight, 0)
    return np.ascontiguousarray(whole, np.float32), everywhere.reshape(size, size)
