"""The head as a linear rig: what each weight moves, and what a sum of weights leaves out.

Engines add morph targets up and skin the sum. Our head does more: the jaw turns on an arc, lids slide over the
eyeball, shapes correct one another. Each target is exact at weight 1; what lies between is for `correctives`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_NAMES, FaceMotion
from avatron.export.visemes import VISEMES, viseme_expressions
from avatron.face.head import HeadModel, PosedHead
from avatron.render.appearance import Appearance

__all__ = ["TARGET_NAMES", "MorphRig"]

Floats = NDArray[np.float32]

TARGET_NAMES: tuple[str, ...] = (*EXPRESSION_NAMES, *VISEMES)
"""The morph targets of every export: ARKit's 52, four of the tongue, fifteen visemes."""


class MorphRig:
    """One person's head with its morph targets.

    The mesh at weight 0 is the person's face at rest, with its trace of a smile, as our own pictures show it. So the
    targets are what is left to move: motion m is rest + (1 - rest) m.
    """

    def __init__(self, head: HeadModel, appearance: Appearance) -> None:
        self.head = head
        self.posed: PosedHead = head.posed(appearance.identity, appearance.displacement)
        self._rest = appearance.rest_weights()
        still = np.zeros((1, len(EXPRESSION_NAMES)), np.float32)
        self.base: Floats = self.shaped(still)[0]
        """[V, 3] metres, the face at rest."""
        full = np.concatenate([np.eye(len(EXPRESSION_NAMES), dtype=np.float32), viseme_expressions()])
        self.offsets: Floats = self.shaped(full) - self.base
        """[M, V, 3] metres: `TARGET_NAMES` at weight 1."""

    def shaped(self, expression: NDArray[np.float32]) -> Floats:
        """[T, V, 3] metres: the faces of `expression` [T, E], before torso, neck, head and eyes turn."""
        motion = replace(FaceMotion.at_rest(len(expression)), expression=self.with_rest(expression))
        return np.stack(list(self.posed.frames(motion))) if len(expression) else np.zeros((0, *self.base.shape), "f4")

    def with_rest(self, expression: NDArray[np.float32]) -> Floats:
        """[T, E] the weights that are drawn for `expression` [T, E]."""
        return np.asarray(self._rest + (1 - self._rest) * expression, np.float32)

    def left_out(self, expression: NDArray[np.float32]) -> Floats:
        """[T, V, 3] metres that the targets' sum lacks for `expression` [T, E]."""
        moved = np.tensordot(expression, self.offsets[: len(EXPRESSION_NAMES)], 1)
        return np.asarray(self.shaped(expression) - self.base - moved, np.float32)
