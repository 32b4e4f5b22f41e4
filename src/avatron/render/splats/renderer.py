"""Draws a person of Gaussians: moved, splatted before what is behind, and finished by the refiner."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.core.motion import FaceMotion
from avatron.face.head import HeadModel
from avatron.face.rig import JOINTS
from avatron.face.shipped import shipped_head
from avatron.native.pool import alone, threads
from avatron.native.splat_loss import to_bytes
from avatron.native.splat_play import PlayedRig
from avatron.native.splats import SplatMemory
from avatron.render.splats.appearance import SplatAppearance
from avatron.render.splats.refiner import Refiner, Window, face_window, feather
from avatron.render.splats.resampling import add_scaled
from avatron.render.view import View, ViewOfClip

__all__ = ["SplatRenderer"]

Floats = NDArray[np.float32]

_HEAD = JOINTS.index("head")
_SOFT_ALPHA = 1e-3


@dataclass(frozen=True, eq=False)
class _Moment:
    """What the Gaussians follow in one frame."""

    vertices: Floats
    """[V, 3] metres."""
    coefficients: Floats
    """[R] of the drivers."""
    strains: Floats | None
    """[K, Q] of the triangles."""
    rotation: NDArray[np.float64]
    """[3, 3] of the head's joint."""
    translation: NDArray[np.float64]
    """[3] likewise, metres."""

    @property
    def felt(self) -> dict[str, Any]:
        """What else than the mesh moves or colours them."""
        return {"coefficients": self.coefficients, "features": self.strains}


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
        self._behind = None if self._alone else behind
        self._gaussians = PlayedRig(appearance.gaussians, self._geometry.triangles, self._geometry.vertex_count)
        self._threads = threads()
        # Each thread draws frames of its own, and one more is waited for.
        self._memories = [(SplatMemory(), SplatMemory()) for _ in range(self._threads + 1)]
        self._refiner: Refiner | None = None
        if refined and appearance.refiner is not None and appearance.window_px > 0:
            self._refiner = Refiner(appearance.refiner, threads=1)
            self._plate = (appearance.plate / np.float32(255)).astype(np.float32)
            self._bright_behind = None if self._alone else (behind / np.float32(255)).astype(np.float32)

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
            moved = motion.expression[frame], rotations[frame], translations[frame], motion.sway[frame]
            vertices = self._geometry.vertices(*moved)
            strains = self._geometry.strains(vertices) if self._appearance.gaussians.features else None
            head = rotations[frame, _HEAD], translations[frame, _HEAD]
            moment = _Moment(vertices, coefficients[frame], strains, *head)
            return self._drawn(moment, camera, self._memories[frame % len(self._memories)])

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
        self, moment: _Moment, camera: Camera | None, memories: tuple[SplatMemory, SplatMemory]
    ) -> NDArray[np.uint8]:
        here, gaussians, felt = camera or self._view.camera, self._gaussians, moment.felt
        refined = self._refiner is not None and camera is None
        if not refined and not self._alone:
            behind = self._behind if camera is None else None
            return gaussians.bytes(moment.vertices, here, **felt, behind=behind, memory=memories[0])
        background = self._bright_behind if refined else None
        image, alpha = gaussians.floats(moment.vertices, here, **felt, background=background, memory=memories[0])
        if refined:
            self._refine(image, alpha, moment, memories[1])
        if not self._alone:
            return to_bytes(image)
        straight = image / np.maximum(alpha, _SOFT_ALPHA)[..., None]
        return to_bytes(np.concatenate([straight, alpha[..., None]], 2))

    def _refine(self, image: Floats, alpha: Floats, moment: _Moment, memory: SplatMemory) -> None:
        """Add to `image` [H, W, 3] of the view what the network adds to the film's picture of the same moment."""
        assert self._refiner is not None
        film, view = self._appearance.camera, self._view
        place = moment.rotation @ self._geometry.head.joints[_HEAD] + moment.translation
        window = face_window(film, place, moment.rotation, self._appearance.window_px)
        same = view.scale == 1 and view.left_px == 0 == view.top_px and not self._alone
        if same and image.shape[:2] == (film.height, film.width):
            added = self._refiner.added(image[window.rows], alpha[window.rows])
            image[window.rows] += added * feather(window, film)[..., None]
            return
        centre = film.centre_px[0] - window.left, film.centre_px[1] - window.top
        part = Camera(window.size, window.size, film.focal_px, centre, film.rotation, film.position)
        plate = self._plate[window.rows]
        film_image, film_alpha = self._gaussians.floats(
            moment.vertices, part, **moment.felt, background=plate, memory=memory
        )
        added = self._refiner.added(film_image, film_alpha)
        # Before another background only the person is refined.
        self._lay(image, added * (feather(window, film) * film_alpha)[..., None], window)

    def _lay(self, image: Floats, added: Floats, window: Window) -> None:
        """Add a window's pixels to the view's picture, at the view's scale."""
        view = self._view
        left, top = (window.left - view.left_px) * view.scale, (window.top - view.top_px) * view.scale
        add_scaled(image, added, left, top, view.scale)
