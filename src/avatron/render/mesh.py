"""The mesh renderer: a plain grey head, for motion without an appearance and for any moving mesh."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.core.motion import FaceMotion, MeshSequence
from avatron.errors import InvalidValueError
from avatron.face.head import FaceModel, HeadModel
from avatron.native.mesh import VertexNormals
from avatron.native.shade import RECORD_LENGTH, Portrait, SurfaceKind, pack_frame
from avatron.render.background import Backdrop, Background
from avatron.render.framing import Framing, camera_values
from avatron.render.light import LightRig, light_named
from avatron.render.portrait import checked_size

__all__ = ["MeshRenderer", "plain_frame_values"]

_MARGIN = 1.15
"""How much more than the mesh is seen."""
_LEAST_EXTENT_M = 1e-3


class MeshRenderer:
    """Draws the bare shape of a face model, or of a mesh sequence."""

    def __init__(
        self,
        head: FaceModel,
        triangles: NDArray[np.int32] | None = None,
        *,
        size: tuple[int, int] = (512, 512),
        light: str | LightRig = "studio",
        background: Background = "studio",
        colour: tuple[float, float, float] = (0.42, 0.42, 0.42),
    ) -> None:
        """Prepare a mesh for pictures of `size` (width, height).

        Args:
            head: what turns motion into vertices.
            triangles: [K, 3] of its mesh; None takes those of a `HeadModel`, without lashes and eye layers.
            size: pixels, 16 .. 4096 a side.
            light: a name of `render.light.LIGHTS`, or a rig.
            background: as for the portrait renderer.
            colour: linear RGB of the surface.

        Raises:
            InvalidValueError: a size out of range, or no triangles.
            UnknownNameError: no such light.
        """
        self.size = checked_size(size)
        if triangles is None:
            if not isinstance(head, HeadModel):
                raise InvalidValueError("give the `triangles` of a face model that is not a HeadModel")
            triangles = head.triangles_of(
                "skin", "bust", "mouth", "eye_left", "eye_right", "teeth_upper", "teeth_lower", "gums", "tongue"
            )
        _check_triangles(triangles)
        self._head, self._triangles, self._colour = head, triangles, colour
        self._light = light_named(light) if isinstance(light, str) else light
        self._backdrop = Backdrop(background, self.size, self._light)

    def frames(self, motion: FaceMotion, camera: Camera | None = None) -> Iterator[NDArray[np.uint8]]:
        """uint8 [H, W, 3], or [H, W, 4] with straight alpha; one per frame. Without a camera the first is framed.

        Raises:
            InvalidValueError: a camera of another size than the pictures.
        """
        vertices = (self._head.vertices(motion.part(frame, frame + 1))[0] for frame in range(len(motion)))
        return self._drawn(vertices, self._triangles, camera)

    def mesh_frames(self, meshes: MeshSequence, camera: Camera | None = None) -> Iterator[NDArray[np.uint8]]:
        """The same for a mesh that moves; without a camera it is framed by its first frame.

        Raises:
            InvalidValueError: a camera of another size than the pictures, or no triangles.
        """
        _check_triangles(meshes.triangles)
        return self._drawn(iter(meshes.vertices), meshes.triangles, camera)

    def _drawn(
        self, moving: Iterator[NDArray[np.float32]], triangles: NDArray[np.int32], camera: Camera | None
    ) -> Iterator[NDArray[np.uint8]]:
        if camera is not None and (camera.width, camera.height) != self.size:
            raise InvalidValueError(
                f"camera of {camera.width}x{camera.height} px, but the renderer draws {self.size[0]}x{self.size[1]}"
            )
        first = next(moving, None)
        if first is None:
            return
        portrait = Portrait()
        surface = portrait.add_surface(SurfaceKind.PLAIN, self._colour, two_sided=True)
        solid = np.column_stack([triangles, np.full(len(triangles), surface)]).astype(np.int32)
        portrait.set_mesh(
            solid,
            np.zeros((0, 4), np.int32),
            np.zeros((0, 4), np.int32),
            np.zeros(0, np.int32),
            np.zeros((len(first), RECORD_LENGTH), np.float32),
            np.zeros((0, 12), np.float32),
        )
        normals = VertexNormals(triangles, len(first))
        if camera is None:
            camera = self._framed(first[np.unique(triangles)])
        still = np.eye(3, 4, dtype=np.float32)
        values = pack_frame(plain_frame_values(self._light, camera))
        for vertices in itertools.chain([first], moving):
            background = self._backdrop.next()
            image = np.empty((self.size[1], self.size[0], 4 if background is None else 3), np.uint8)
            portrait.draw(vertices, normals.of(vertices), still, still, values, background, image)
            yield image

    def _framed(self, vertices: NDArray[np.float32]) -> Camera:
        low, high = vertices.min(0), vertices.max(0)
        middle = (low + high) / 2
        # A flat mesh is framed like a small one.
        extent = np.maximum(high - low, _LEAST_EXTENT_M) * _MARGIN
        framing = Framing(float(extent[1]), float(extent[0]), 0.5, distance_m=1.2 + float(high[2]))
        width, height = self.size
        pixels_per_m = min(height / framing.height_m, width / framing.least_width_m)
        position = np.array([middle[0], middle[1], framing.distance_m])
        return Camera.looking_at(middle, position, width, height, pixels_per_m * 1.2)


def plain_frame_values(light: LightRig, camera: Camera) -> dict[str, object]:
    """What a frame of plain surfaces needs, field by field; what only faces have is left still."""
    return {
        **light.frame_values(),
        **camera_values(camera),
        "shadow_matrix": np.zeros((3, 4)),
        "shadow_radius": 1.0,
        "shadow_softness": 1.0,
        "head_rotation": np.eye(3),
        "mouth_opening": (0.0, 1.0),
        "lip_point": np.zeros(3),
        "eye_centres": np.zeros(6),
        "eye_rotations": np.zeros(18),
        "eye_radius": 0.012,
        "lid_extent": 0.018,
    }


def _check_triangles(triangles: NDArray[np.int32]) -> None:
    if len(triangles) == 0:
        raise InvalidValueError("a mesh with no triangles shows nothing; give at least one")
