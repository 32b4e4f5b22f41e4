"""Gaussians on a mesh that are only played: no way back, and nothing that eight bits do not show.

    played = PlayedRig(rig, triangles, len(vertices))
    picture = played.bytes(vertices, camera, coefficients=coefficients, behind=plate)      # uint8 [H, W, 3]

What does not change from frame to frame is checked once. Corrections, most of what a frame reads, are kept in half
precision, which is how replicas store them. A block of pixels is finished as soon as what lies behind can change none
by more than one of 255 levels, and a picture is written, before a picture of bytes, as bytes.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.core.camera import Camera
from avatron.errors import InvalidValueError, ShapeError
from avatron.native.mesh import checked_triangles
from avatron.native.splat_rig import SplatRig, rig_arrays
from avatron.native.splats import SplatMemory, SplatView, checked_background, packed_options, with_errors

__all__ = ["ENOUGH", "PlayedRig"]

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

ENOUGH = 1 / 256
"""A block of pixels takes no more Gaussians when less light than this passes through each."""


class PlayedRig:
    """Gaussians on triangles, ready to be drawn in any number of frames.

    Threads may share it, each with a memory of its own.
    """

    def __init__(self, rig: SplatRig, triangles: Any, vertex_count: int) -> None:
        """Take over what does not change.

        Raises:
            ShapeError: triangles of another shape or type, or fewer than the Gaussians ride on.
            InvalidValueError: an index that names no vertex, or corrections beyond half precision (65504).
        """
        faces = checked_triangles(triangles, vertex_count)
        if int(rig.triangle.max(initial=-1)) >= len(faces):
            raise ShapeError(f"a Gaussian rides on triangle {rig.triangle.max()} of {len(faces)}")
        assert rig.corrections is not None, "a rig has at least none"
        with np.errstate(over="ignore"):
            halves = rig.corrections.astype(np.float16)
        if not np.isfinite(halves).all():
            raise InvalidValueError("corrections beyond 65504, or no numbers, cannot be kept in half precision")
        self._vertex_count, self._triangle_count = vertex_count, len(faces)
        # Many triangles carry nobody; and what is near in space is near in memory if it is sorted by what it rides on.
        order = np.argsort(rig.triangle, kind="stable")
        self._used, riding = np.unique(rig.triangle[order], return_inverse=True)
        self._triangles = np.ascontiguousarray(faces[self._used])
        kept = [field.name for field in fields(rig) if field.name not in ("corrections", "triangle")]
        own: dict[str, Any] = {name: np.ascontiguousarray(getattr(rig, name)[order]) for name in kept}
        self._rig, self._ranks = SplatRig(triangle=riding.astype(np.int32), **own), rig.ranks
        self._halves = np.ascontiguousarray(halves[order]).view(np.uint16)
        self._options = packed_options(None, enough=ENOUGH)

    def __len__(self) -> int:
        return len(self._rig)

    def bytes(
        self,
        vertices: Any,
        camera: Camera | SplatView,
        *,
        coefficients: Any = None,
        features: Any = None,
        behind: Bytes | None = None,
        memory: SplatMemory | None = None,
    ) -> Bytes:
        """[H, W, 3] the picture, sRGB; `behind` [H, W, 3] is what the Gaussians stand before, None black.

        The other arguments, and what is raised, are those of `avatron.native.splat_rig.draw_rig`.
        """
        view = SplatView.of(camera)
        size = (view.height, view.width, 3)
        plate = None if behind is None else checked_array("behind", behind, size, np.uint8)
        picture = np.empty(size, np.uint8)
        self._draw(vertices, view, coefficients, features, plate, memory or SplatMemory(), picture)
        return picture

    def floats(
        self,
        vertices: Any,
        camera: Camera | SplatView,
        *,
        coefficients: Any = None,
        features: Any = None,
        background: Any = None,
        memory: SplatMemory | None = None,
    ) -> tuple[Floats, Floats]:
        """[H, W, 3] the picture, unclamped, and [H, W] how much of the background is covered; both are `memory`'s.

        The arguments, and what is raised, are those of `avatron.native.splat_rig.draw_rig`.
        """
        view, kept = SplatView.of(camera), memory or SplatMemory()
        plate = checked_background(background, view, 3)
        target = kept.picture(view.height, view.width, 3)
        self._draw(vertices, view, coefficients, features, plate, kept, target)
        return target

    def _draw(
        self,
        vertices: Any,
        view: SplatView,
        coefficients: Any,
        features: Any,
        behind: Any,
        memory: SplatMemory,
        to: Any,
    ) -> None:
        rig = self._rig
        places = checked_array("vertices", vertices, (self._vertex_count, 3), np.float32)
        given = np.zeros(self._ranks, np.float32) if coefficients is None else coefficients
        ranks = checked_array("coefficients", given, (self._ranks,), np.float32)
        felt = None
        if features is not None:
            shape = (self._triangle_count, rig.features)
            felt = checked_array("features", features, shape, np.float32).take(self._used, axis=0)
        arrays = rig_arrays(rig, self._halves, ranks, felt)
        with_errors(
            len(rig),
            lambda: memory.frame.play_rig(arrays, places, self._triangles, view.packed, self._options, behind, to),
        )
