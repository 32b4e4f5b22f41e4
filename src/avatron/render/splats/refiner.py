"""The refiner at run time: a window around the face, to which a network adds what Gaussians leave out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.errors import DamagedModelError
from avatron.io.sessions import open_session

__all__ = ["FOLD", "Refiner", "Window", "face_window", "feather"]

Floats = NDArray[np.float32]

FOLD = 16
"""Windows are as many pixels wide as this divides: the network folds pixels by 4 and halves twice."""
_FACE_M = (0.0, 0.0, 0.06)
"""From the joint of the head to what the window is centred on, metres, in the head's frame at rest."""
_EDGE_PX = 12
"""Over which what is added fades at the window's border."""


@dataclass(frozen=True)
class Window:
    """A square of the film's picture."""

    left: int
    top: int
    size: int

    @property
    def rows(self) -> tuple[slice, slice]:
        """For [H, W, ...]."""
        return slice(self.top, self.top + self.size), slice(self.left, self.left + self.size)


def face_window(
    camera: Camera, head_place: NDArray[np.float64], head_rotation: NDArray[np.float64], size: int
) -> Window:
    """The square of `size` pixels around the face, moved into the picture; `head_place` [3] is the head's joint."""
    across, down = camera.project(head_place + head_rotation @ np.array(_FACE_M))
    left = int(np.clip(round(across - size / 2), 0, max(camera.width - size, 0)))
    top = int(np.clip(round(down - size / 2), 0, max(camera.height - size, 0)))
    return Window(left, top, size)


def feather(window: Window, camera: Camera) -> Floats:
    """[size, size] 1 inside, falling to 0 at the window's border unless that is the picture's."""
    ramp = np.clip((np.arange(window.size) + 0.5) / _EDGE_PX, 0, 1)
    across, down = np.ones(window.size), np.ones(window.size)
    across *= ramp if window.left > 0 else 1.0
    across *= ramp[::-1] if window.left + window.size < camera.width else 1.0
    down *= ramp if window.top > 0 else 1.0
    down *= ramp[::-1] if window.top + window.size < camera.height else 1.0
    return np.asarray(down[:, None] * across, np.float32)


class Refiner:
    """The network. Threads may share it."""

    def __init__(self, graph: bytes, *, threads: int) -> None:
        """Load it.

        Raises:
            DamagedModelError: no graph, or one with other inputs than a refiner's.
        """
        self._session = open_session(graph, threads=threads, name="refiner.onnx")
        inputs = self._session.get_inputs()
        if len(inputs) != 1 or len(inputs[0].shape) != 4 or inputs[0].shape[1] != 4:
            raise DamagedModelError(
                "`refiner.onnx` does not take one picture of four channels; build the replica again"
            )
        self._name = inputs[0].name

    def added(self, image: Floats, alpha: Floats) -> Floats:
        """[h, w, 3] what the network adds to `image` [h, w, 3], sRGB 0 .. 1, of which `alpha` [h, w] is the person."""
        given = np.empty((1, 4, *alpha.shape), np.float32)
        given[0, :3] = np.moveaxis(image, -1, 0)
        given[0, 3] = alpha
        (residual,) = self._session.run(None, {self._name: given})
        return np.moveaxis(residual[0], 0, -1)
