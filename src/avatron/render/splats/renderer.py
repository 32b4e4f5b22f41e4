"""Draws a person of Gaussians: moved, splatted before what is behind, and finished by the refiner."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.core.motion import FaceMotion
from avatron.face.head import HeadModel
from avatron.face.rig import JOINTS
from avatron.face.shipped import shipped_head
from avatron.native.pool import alone, threads
from avatron.native.splat_loss import to_bytes
from avatron.native.splat_rig import draw_rig
from avatron.native.splats import SplatMemory
from avatron.render.splats.appearance import SplatAppearance
from avatron.render.splats.refiner import Refiner, Window, face_window, feather
from avatron.render.splats.resampling import add_scaled
from avatron.render.view import View, ViewOfClip

__all__ = ["SplatRenderer"]

Floats = NDArray[np.float32]

_HEAD = JOINTS.index("head")
_SOFT_ALPHA = 1e-3


class SplatRenderer:
    """The pictures of one person in one view."""

    def __init__(
        self,
        appearance: SplatAppearance,
        view: View,
        *,
        head: HeadModel | None = None,
        refined: bool = True,
    ) -> None:
        """Prepare what does not change from frame to frame.

        `refined` says whether the network finishes the picture, where the appearance has one.

        Raises:
            InvalidValueError: an appearance of another head.
            DamagedModelError: a refiner that cannot be loaded.
        """
        self._appearance = appearance
        self._geometry = appearance.geometry(head or shipped_head())
        joints = self._geometry.head.joints
        eyes_m = (joints[JOINTS.index("eye_left")] + joints[JOINTS.index("eye_right")]) / 2
        self._view = ViewOfClip.of(appearance.camera, eyes_m, view)
        self._alone = view.alone
        behind = self._view.shown(appearance.plate)
        self._behind = None if self._alone else (behind / np.float32(255)).astype(np.float32)
        self._plate = (appearance.plate / np.float32(255)).astype(np.float32)
        self._threads = threads()
        # Each thread draws frames of its own, and one more is waited for.
        self._memories = [(SplatMemory(), SplatMemory()) for _ in range(self._threads + 1)]
        self._refiner: Refiner | None = None
        if refined and appearance.refiner is not None and appearance.window_px > 0:
            self._refiner = Refiner(appearance.refiner, threads=1)

    @property
    def camera(self) -> Camera:
        """Of the view."""
        return self._view.camera

    def frames(self, motion: FaceMotion, camera: Camera | None = None) -> Iterator[NDArray[np.uint8]]:
        """uint8 [H, W, 3], or [H, W, 4] with straight alpha in a transparent view; one per frame.

        From another `camera` than the view's the refiner has nothing to say: it knows the film's.
        """
        rotations, translations = self._geometry.head.joint_motions(motion)
        coefficients = self._appearance.drivers.coefficients(motion)

        def drawn(frame: int) -> NDArray[np.uint8]:
            joints = rotations[frame], translations[frame]
            vertices = self._geometry.vertices(motion.expression[frame], *joints, motion.sway[frame])
            pose = rotations[frame, _HEAD], translations[frame, _HEAD]
            return self._drawn(vertices, coefficients[frame], pose, camera, self._memories[frame % len(self._memories)])

        def drawn_alone(frame: int) -> NDArray[np.uint8]:
            with alone():
                return drawn(frame)

        if self._threads == 1 or len(motion) == 1:
            yield from map(drawn, range(len(motion)))
            return
        # A third of a frame is work that threads cannot share, so each draws whole frames.
        with ThreadPoolExecutor(self._threads) as workers:
            ahead: deque[Future[NDArray[np.uint8]]] = deque()
            for frame in range(len(motion)):
                ahead.append(workers.submit(drawn_alone, frame))
                if len(ahead) == len(self._memories):
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()

    def _drawn(
        self,
        vertices: Floats,
        coefficients: Floats,
        pose: tuple[NDArray[np.float64], NDArray[np.float64]],
        camera: Camera | None,
        memories: tuple[SplatMemory, SplatMemory],
    ) -> NDArray[np.uint8]:
        geometry, gaussians = self._geometry, self._appearance.gaussians
        strains = geometry.strains(vertices) if gaussians.features else None
        drawn = draw_rig(
            gaussians,
            vertices,
            geometry.triangles,
            camera or self._view.camera,
            coefficients=coefficients,
            features=strains,
            background=self._behind if camera is None else None,
            memory=memories[0],
        )
        if self._refiner is not None and camera is None:
            self._refine(drawn.image, drawn.alpha, vertices, coefficients, strains, pose, memories[1])
        if not self._alone:
            return to_bytes(drawn.image)
        straight = drawn.image / np.maximum(drawn.alpha, _SOFT_ALPHA)[..., None]
        return to_bytes(np.concatenate([straight, drawn.alpha[..., None]], 2))

    def _refine(
        self,
        image: Floats,
        alpha: Floats,
        vertices: Floats,
        coefficients: Floats,
        strains: Floats | None,
        pose: tuple[NDArray[np.float64], NDArray[np.float64]],
        memory: SplatMemory,
    ) -> None:
        """Add to `image` [H, W, 3] of the view what the network adds to the film's picture of the same moment."""
        assert self._refiner is not None
        film, view = self._appearance.camera, self._view
        rotation, translation = pose
        place = rotation @ self._geometry.head.joints[_HEAD] + translation
        window = face_window(film, place, rotation, self._appearance.window_px)
        same = view.scale == 1 and view.left_px == 0 == view.top_px and not self._alone
        if same and self._behind is not None and image.shape[:2] == (film.height, film.width):
            added = self._refiner.added(image[window.rows], alpha[window.rows])
            image[window.rows] += added * feather(window, film)[..., None]
            return
        centre = film.centre_px[0] - window.left, film.centre_px[1] - window.top
        part = Camera(window.size, window.size, film.focal_px, centre, film.rotation, film.position)
        drawn = draw_rig(
            self._appearance.gaussians,
            vertices,
            self._geometry.triangles,
            part,
            coefficients=coefficients,
            features=strains,
            background=self._plate[window.rows],
            memory=memory,
        )
        added = self._refiner.added(drawn.image, drawn.alpha)
        # Before another background only the person is refined.
        self._lay(image, added * (feather(window, film) * drawn.alpha)[..., None], window)

    def _lay(self, image: Floats, added: Floats, window: Window) -> None:
        """Add a window's pixels to the view's picture, at the view's scale."""
        view = self._view
        left, top = (window.left - view.left_px) * view.scale, (window.top - view.top_px) * view.scale
        add_scaled(image, added, left, top, view.scale)
