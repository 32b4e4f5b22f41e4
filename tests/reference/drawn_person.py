"""Pictures of our own people, in which the place of every landmark is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from avatron.avatar.store import load_avatar
from avatron.core.motion import EXPRESSION_INDEX, FaceMotion
from avatron.face.shipped import shipped_head
from avatron.render.portrait import PortraitRenderer

__all__ = ["DrawnFace", "DrawnPerson"]


@dataclass(frozen=True, eq=False)
class DrawnFace:
    """A picture of one of our own people, and where its landmarks are."""

    image: NDArray[np.uint8]
    """[H, W, 3]."""
    landmarks: NDArray[np.float64]
    """[478, 2] px."""

    @property
    def eye_distance_px(self) -> float:
        """Between the outer corners of the eyes."""
        return float(np.linalg.norm(self.landmarks[33] - self.landmarks[263]))


class DrawnPerson:
    """One of our people, drawn in any motion."""

    def __init__(self, name: str = "ava", size_px: int = 384) -> None:
        """Prepare to draw `name` in pictures of `size_px` x `size_px`."""
        self._head = shipped_head()
        self._look = load_avatar(name).appearance()
        self._renderer = PortraitRenderer(self._head, self._look, size=(size_px, size_px), framing="head-and-shoulders")
        self._posed = self._head.posed(self._look.identity, self._look.displacement)

    def faces(self, motion: FaceMotion) -> Iterator[DrawnFace]:
        """Each frame of `motion`."""
        rest = self._look.rest_weights()
        moved = replace(motion, expression=rest + (1 - rest) * motion.expression)
        for image, vertices in zip(self._renderer.frames(motion), self._posed.frames(moved), strict=True):
            yield DrawnFace(image, self._renderer.camera.project(self._head.landmarks(vertices)))

    def face(self, *, head: tuple[float, float, float] = (0.0, 0.0, 0.0), **weights: float) -> DrawnFace:
        """One frame with the head turned by `head` (axis-angle) and expressions by name."""
        rest = FaceMotion.at_rest(1)
        expression = rest.expression.copy()
        for name, weight in weights.items():
            expression[0, EXPRESSION_INDEX[name]] = weight
        turned = np.array([head], np.float32)
        return next(self.faces(replace(rest, expression=expression, head_rotation=turned)))
