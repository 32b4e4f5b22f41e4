"""A posed head in native code: `PosedHead.moved`, step by step the same, in a fifth of the time.

What each step does, and why, is in the NumPy of its own module; `native/head*.cpp` repeats it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from avatron import _native
from avatron.core.arrays import checked_array
from avatron.face import arches, balance, lidseam, seam, tongue
from avatron.face.rig import JOINTS

if TYPE_CHECKING:
    from avatron.face.head import PosedHead

__all__ = ["HeadMover"]

Floats = NDArray[np.float32]


class HeadMover:
    """One person's head in the kernel's hands. It holds no state of a frame: threads may share it."""

    def __init__(self, head: PosedHead) -> None:
        """Hand over all that does not change from frame to frame; the head's own values are checked already."""
        self._expressions = len(head.model.jaw_rotation)
        self._vertices = len(head.rest)
        self._kernel = _native.head.Head()
        self._kernel.set_skeleton(
            _floats(head.rest), _floats(head.model.joint_weights), JOINTS.index("head"), JOINTS.index("jaw")
        )
        self._kernel.set_shapes(*head.shapes.sparse)
        pairs = head.model.combinations
        self._kernel.set_balance(
            balance.CLOSE,
            balance.JAW,
            _rows(balance.BLINKS),
            _rows(balance.GAZES),
            _rows(balance.TONGUE),
            _rows(pairs.expressions),
            _floats(pairs.full),
            balance.PRESS,
            balance.SEAL_FROM,
        )
        self._add_eyes(head)
        self._add_lips(head)
        self._add_tongue(head)

    def moved(self, expression: NDArray[Any], rotations: NDArray[Any], translations: NDArray[Any]) -> Floats:
        """[V, 3] metres, as `PosedHead.moved`.

        Raises:
            ShapeError: other numbers of expressions or joints.
        """
        joints = len(JOINTS)
        out = np.empty((self._vertices, 3), np.float32)
        self._kernel.move(
            checked_array("expression", expression, (self._expressions,), np.float32),
            checked_array("rotations", rotations, (joints, 3, 3), np.float64),
            checked_array("translations", translations, (joints, 3), np.float64),
            out,
        )
        return out

    def _add_eyes(self, head: PosedHead) -> None:
        numbers = _numbers(
            lidseam.BEGIN, lidseam.OVERLAP_M, lidseam.THICKNESS_M, lidseam.OPENING_SHARE, lidseam.MEETING_M
        )
        for lids in head.lid_seams:
            tissue = lids.tissue
            self._kernel.add_lid_seam(
                _rows(tissue.upper),
                _rows(tissue.lower),
                _rows(tissue.vertices),
                _floats(tissue.follow.T),
                _floats(lids.opening),
                numbers,
            )
        for ball in head.lids:
            self._kernel.add_lid_ball(_rows(ball.vertices), _floats(ball.centre), _floats(ball.least_distance))

    def _add_lips(self, head: PosedHead) -> None:
        lips = head.lips
        walls = [(arch.axis_z, arch.lowest, arches.CELL_M, arches.CELL_RAD, arches.WIDEST_RAD) for arch in lips.arches]
        self._kernel.set_lips(
            _rows(lips.vertices),
            lips.upper_count,
            *(_floats(arch.radius) for arch in lips.arches),
            _numbers(*walls[0], *walls[1]),
            *(_floats(least) for least in lips.least),
        )
        tissue = lips.seam.tissue
        self._kernel.set_lip_seam(
            _rows(tissue.upper),
            _rows(tissue.lower),
            _rows(tissue.opposite),
            np.ascontiguousarray(tissue.in_middle, np.uint8),
            _floats(tissue.spread_upper.T),
            _floats(tissue.spread_lower.T),
            _floats(lips.seam.rest_upper),
            _floats(lips.seam.rest_lower),
            _numbers(seam.REACH_M, seam.FAR_APART_M, seam.TRUSTED_M, seam.MOST_M, seam.SEALED_M),
        )

    def _add_tongue(self, head: PosedHead) -> None:
        own = head.tongue
        self._kernel.set_tongue(
            _rows(own.vertices),
            _rows(own.upper_lip),
            _rows(own.lower_lip),
            _numbers(*own.upper_edge, *own.lower_edge),
            _numbers(
                own.axis_z,
                own.gate,
                tongue.APPROACH_M,
                tongue.ROOM_M,
                tongue.FILM_M,
                tongue.LIP_ROUNDING,
                tongue.LIP_TOP_M,
                tongue.MOUTH_SHARE,
            ),
        )


def _rows(numbers: NDArray[Any]) -> NDArray[np.int32]:
    return np.ascontiguousarray(numbers, np.int32)


def _floats(numbers: NDArray[Any]) -> Floats:
    return np.ascontiguousarray(numbers, np.float32)


def _numbers(*values: float) -> NDArray[np.float64]:
    return np.array(values, np.float64)
