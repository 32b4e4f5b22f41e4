"""What a network takes for the person in each frame that is learned from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.face.parts import PART_INDEX
from avatron.face.rig import JOINTS
from avatron.native.raster import rasterize
from avatron.training.appearance.frames import ClipFrames

__all__ = ["Look", "Silhouettes", "find_silhouettes"]

Floats = NDArray[np.float32]
Look = Callable[[NDArray[np.uint8]], Floats]
"""[S, S] 0 .. 1, how much of each part of a picture [H, W, 3] is a person."""

_HEAD = JOINTS.index("head")
_AROUND_M = (0.42, 0.3)
"""Beside the head's joint and above it: what is looked at, down to the picture's end, as networks expect people to fill
a picture."""
_LEAST_FACE = 0.85
"""Of the tracked face that has to be found: a network that does not see it there has seen nothing."""
_TRIED = 9
"""Frames in which that is looked for."""
_EDGE = 3
"""Cells of the network around an outline that belong to nobody for sure."""
_SURE = (26, 230)
"""0 .. 255: below it a cell is the wall, above it the person."""


@dataclass(frozen=True, eq=False)
class Silhouettes:
    """One grid of cells for each frame, over the part of the picture that is around the person."""

    cells: NDArray[np.uint8]
    """[N, S, S] 0 .. 255: how much of a cell is the person."""
    left: float
    top: float
    """Pixels: where the grid begins in the frames' pictures ..."""
    cell_px: tuple[float, float]
    """... and how wide and how high a cell is in them."""

    def section(self, left: float, top: float, factor: tuple[float, float]) -> Silhouettes:
        """The same of pictures that begin at (`left`, `top`) of these, and are `factor` times as wide and high."""
        wide, high = factor
        return replace(
            self,
            left=(self.left - left) * wide,
            top=(self.top - top) * high,
            cell_px=(self.cell_px[0] * wide, self.cell_px[1] * high),
        )

    def person(self, row: int, left: int, top: int, width: int, height: int) -> Floats:
        """[height, width] 0 .. 1 of the pixels that begin at (`left`, `top`); nobody is outside of the grid."""
        return self._pixels((self.cells[row] / np.float32(255)).astype(np.float32), left, top, width, height)

    def certainty(self, row: int, left: int, top: int, width: int, height: int) -> Floats:
        """The same, 1 where only the person can be, -1 where only the wall can, 0 where unsure: around outlines, and
        outside of the grid, where arms may reach."""
        cells = self.cells[row]
        inside = _everywhere(cells > _SURE[1], _EDGE)
        outside = _everywhere(cells < _SURE[0], _EDGE)
        return self._pixels(inside.astype(np.float32) - outside.astype(np.float32), left, top, width, height)

    def _pixels(self, grid: Floats, left: int, top: int, width: int, height: int) -> Floats:
        framed = np.pad(grid, 1)
        down, across = (
            np.clip(((begin + 0.5 + np.arange(count)) - at) // cell, -1, side).astype(np.intp) + 1
            for begin, count, at, cell, side in (
                (top, height, self.top, self.cell_px[1], grid.shape[0]),
                (left, width, self.left, self.cell_px[0], grid.shape[1]),
            )
        )
        return np.take(np.take(framed, down, axis=0), across, axis=1)


def _everywhere(mask: NDArray[np.bool_], radius: int) -> NDArray[np.bool_]:
    """[H, W] whether `mask` holds in the whole square of 2 `radius` + 1 cells around."""
    for axis in (0, 1):
        held = mask.copy()
        for step in range(1, radius + 1):
            before, after = [slice(None)] * 2, [slice(None)] * 2
            before[axis], after[axis] = slice(step, None), slice(None, -step)
            held[tuple(after)] &= mask[tuple(before)]
            held[tuple(before)] &= mask[tuple(after)]
        mask = held
    return mask


def find_silhouettes(frames: ClipFrames, camera: Camera, look: Look) -> Silhouettes | None:
    """What `look` takes for the person; None where that is not who is tracked."""
    left, top, right, bottom = _around(frames, camera)
    pictures = frames.pictures[:, top:bottom, left:right]
    cells: list[NDArray[np.uint8]] = []
    tried = set(frames.some_rows(_TRIED))
    found = []
    model = frames.geometry.head.model
    skin = model.triangles[model.part == PART_INDEX["skin"]]
    for row in range(len(frames)):
        cells.append(np.rint(look(np.ascontiguousarray(pictures[row])) * 255).astype(np.uint8))
        if row in tried:
            high, wide = cells[-1].shape
            size = (right - left) / wide, (bottom - top) / high
            one = Silhouettes(cells[-1][None], float(left), float(top), size)
            vertices = frames.frame(row).vertices[: len(frames.geometry.head.rest)]
            face = rasterize(vertices, skin, camera).covered
            shown = one.person(0, 0, 0, camera.width, camera.height)
            found.append(float((shown[face] > 0.5).mean()) if face.any() else 1.0)
    if np.median(found) < _LEAST_FACE:
        return None
    return Silhouettes(np.stack(cells), float(left), float(top), size)


def _around(frames: ClipFrames, camera: Camera) -> tuple[int, int, int, int]:
    """Pixels (left, top, right, bottom) around the person in all frames."""
    joint = frames.geometry.head.joints[_HEAD]
    places = (frames.rotations[frames.numbers, _HEAD] @ joint) + frames.translations[frames.numbers, _HEAD]
    across, down = camera.project(places).T
    px_per_m = camera.focal_px / float(np.median(camera.to_camera(places)[:, 2]))
    beside, above = (metres * px_per_m for metres in _AROUND_M)
    left, right = np.clip([across.min() - beside, across.max() + beside], 0, camera.width)
    top, bottom = np.clip(down.min() - above, 0, camera.height), camera.height
    if right - left < 1 or bottom - top < 1:
        return 0, 0, camera.width, camera.height
    return int(left), int(top), int(np.ceil(right)), bottom
