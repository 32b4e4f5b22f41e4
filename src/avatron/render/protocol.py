"""What every renderer does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.core.motion import FaceMotion

__all__ = ["Renderer"]


class Renderer(Protocol):
    """Motion to pixels."""

    def frames(self, motion: FaceMotion, camera: Camera | None = None) -> Iterator[NDArray[np.uint8]]:
        """uint8 [H, W, 3], or [H, W, 4] with straight alpha where the background is transparent; one per frame.

        The same motion and settings give the same pixels; a frame does not depend on the frames before it.
        """
        ...
