"""Draws a draft: the face's texture on the moving head, laid softly over the scene."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.core.motion import FaceMotion
from avatron.face.rig import JOINTS
from avatron.face.shipped import shipped_head
from avatron.native.photometric import compare
from avatron.native.raster import interpolate, rasterize
from avatron.render.view import View, ViewOfClip
from avatron.track.photometric.light import harmonics
from avatron.track.photometric.surface import FaceSurface

if TYPE_CHECKING:
    from avatron.replica.draft.likeness import DraftLikeness

__all__ = ["DraftRenderer"]

Floats = NDArray[np.float32]

_LIT_GAP_M, _DARKEST = 0.008, 0.2
"""As the tracker lights the mouth's inside: fully when the lips are this far apart, hardly when they touch."""
_LEAST_SHADE = 0.02
_BEYOND = ("scalp", "ears", "neck")


class DraftRenderer:
    """The pictures of one likeness in one view."""

    def __init__(self, likeness: DraftLikeness, view: View) -> None:
        """Prepare what does not change from frame to frame."""
        surface = FaceSurface.of(shipped_head(), likeness.identity, likeness.displacement)
        joints = surface.person.joints
        eyes_m = (joints[JOINTS.index("eye_left")] + joints[JOINTS.index("eye_right")]) / 2
        self._view = ViewOfClip.of(likeness.camera, eyes_m, view)
        self._surface, self._likeness = surface, likeness
        self._texture = (likeness.albedo / np.float32(255)).astype(np.float32)
        self._alone = view.alone
        self._behind = (self._view.shown(likeness.plate) / np.float32(255)).astype(np.float32)
        # Skin fades out towards scalp, ears and neck, where the scene shows them better than a bald head does.
        beyond = sum((surface.model.regions[name] for name in _BEYOND), np.zeros(len(surface.skin), np.float32))
        self._cover = np.where(surface.skin, 1 - np.clip(beyond, 0, 1), 1.0).astype(np.float32)[:, None]

    @property
    def camera(self) -> Camera:
        """Of the view."""
        return self._view.camera

    def frames(self, motion: FaceMotion, camera: Camera | None = None) -> Iterator[NDArray[np.uint8]]:
        """uint8 [H, W, 3], or [H, W, 4] with straight alpha in a transparent view; one per frame."""
        for vertices in self._surface.person.frames(motion):
            yield self._drawn(vertices, camera or self._view.camera)

    def _drawn(self, vertices: Floats, camera: Camera) -> NDArray[np.uint8]:
        surface, look = self._surface, self._surface.look
        positions = np.asarray(camera.to_camera(vertices), np.float32)
        normals = surface.normals.of(positions, alone=True)
        if k1 := self._likeness.radial_distortion:
            square = (positions[:, :2] ** 2).sum(1) / positions[:, 2] ** 2
            positions[:, :2] *= (1 + np.float32(k1) * square)[:, None]
        local = Camera(camera.width, camera.height, camera.focal_px, camera.centre_px, np.eye(3), np.zeros(3))
        screen = np.asarray(local.project(positions), np.float32)
        picture = rasterize(positions, look.triangles, local)
        shade = self._shading(positions, normals)
        drawn = compare(picture, look, screen, positions[:, 2], shade, self._texture, self._behind).model
        cover = interpolate(picture, look.triangles, self._cover)
        colours = self._behind + cover * (drawn - self._behind)
        image = np.rint(np.clip(colours, 0, 1) * 255)
        if self._alone:
            image = np.concatenate([np.rint(np.clip(drawn, 0, 1) * 255), np.rint(cover * 255)], 2)
        return np.ascontiguousarray(image, np.uint8)

    def _shading(self, positions: Floats, normals: Floats) -> Floats:
        """[V, 3] what the albedo is multiplied with."""
        surface, light = self._surface, self._likeness.light
        shade = np.maximum(harmonics(normals) @ light, _LEAST_SHADE)
        gap_m = np.linalg.norm(positions[surface.gap[0]] - positions[surface.gap[1]], axis=1).mean()
        opening = _DARKEST + (1 - _DARKEST) * min(float(gap_m) / _LIT_GAP_M, 1.0)
        shade[surface.inside >= 0] = np.maximum(opening * light[0], _LEAST_SHADE)
        shade[surface.contact.vertices] *= surface.contact.light(positions)[:, None]
        return np.asarray(shade, np.float32)
