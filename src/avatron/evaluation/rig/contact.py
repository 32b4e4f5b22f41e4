"""What may not pass through what in a face, and what must close: measured on vertices, in millimetres."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import FaceMotion
from avatron.evaluation.rig.surface import Patch, patch_of
from avatron.face.head import HeadModel, PosedHead
from avatron.face.rig import JOINTS
from avatron.native.mesh import VertexNormals

__all__ = ["Contacts", "RigGauge", "worst"]

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

_MOUTH_BOX = ((-0.042, 0.042), (-0.085, -0.004), (0.020, 1.0))
_LIP_BOX = ((-0.0205, 0.0205), (-0.060, -0.010), (0.088, 1.0))
"""Metres on the mean head: the mouth with its lining and the chin, and the lips between the corners."""
_CROWN_M = 0.009
"""Height of the crowns of the teeth: what is above stands in the gums, or in the flesh of lips and chin, on anybody."""
_LIP_M = 0.010
"""How far from their rim lips are looked at."""
_DEEPEST_LIP_M, _DEEPEST_TOOTH_M, _DEEPEST_M = 0.006, 0.004, 0.012
"""Half of a lip, of a tooth, and of anything else: beyond it one cannot tell in from through."""
_COLUMN_M = 0.0012
"""Half of the width of a column in which the slit between closed lips is looked for."""
_SIDES = ("left", "right")


@dataclass(frozen=True)
class Contacts:
    """One frame. Depths are of the deepest point, 0 where nothing is inside; gaps are of the widest place."""

    lip_lip_mm: float
    lip_teeth_mm: float
    tongue_skin_mm: float
    """Tongue in lips, chin, or the lining of the mouth."""
    tongue_teeth_mm: float
    lid_ball_mm: float
    lip_gap_mm: float
    """The slit between the lips, seen from the front."""
    lid_gap_mm: float
    """The slit between the lids; the wider one of both eyes."""


def worst(frames: list[Contacts]) -> Contacts:
    """The largest of each measure.

    Raises:
        ValueError: no frames.
    """
    return Contacts(*(max(getattr(frame, one.name) for frame in frames) for one in fields(Contacts)))


class RigGauge:
    """Measures the heads of one model."""

    def __init__(self, head: HeadModel) -> None:
        """Find lips, teeth, tongue and lids of `head`."""
        self._head = head
        neutral = head.neutral
        tissue = head.triangles_of("skin", "mouth")
        self._mouth = patch_of(tissue[_inside(neutral, _MOUTH_BOX)[tissue].all(1)], head.weld)
        rim = neutral[head.contours["lips_inner"]]
        order = np.argsort(rim[:, 0])
        above = neutral[:, 1] - np.interp(neutral[:, 0], rim[order, 0], rim[order, 1])
        lips = tissue[_inside(neutral, _LIP_BOX)[tissue].all(1)]
        self._upper_lip = patch_of(lips[(above[lips] > 0).all(1)], head.weld)
        self._lower_lip = patch_of(lips[(above[lips] <= 1e-5).all(1)], head.weld)
        self._near_upper, self._near_lower = (
            lip.vertices[_nearest(neutral[lip.vertices], rim) < _LIP_M] for lip in (self._upper_lip, self._lower_lip)
        )
        self._lip_flesh = np.union1d(self._near_upper, self._near_lower)
        self._teeth = [self._crowns("teeth_upper", -1.0), self._crowns("teeth_lower", 1.0)]
        self._tooth_faces = self._outer_faces()
        self._tongue = np.unique(head.weld[head.triangles_of("tongue")]).astype(np.int64)
        self._rims = lip_rims(head)

    def frame(self, person: PosedHead, motion: FaceMotion, number: int = 0) -> Contacts:
        """The contacts of frame `number` of `motion`; turns of head, neck and torso make no difference and are left
        out."""
        still = np.zeros((1, 3), np.float32)
        part = motion.part(number, number + 1)
        one = FaceMotion(part.expression, still, still, still, still, still, part.gaze, part.fps)
        places = next(person.frames(one))
        return Contacts(
            lip_lip_mm=_millimetres(
                self._upper_lip.depth(places[self._near_lower], places, _DEEPEST_LIP_M),
                self._lower_lip.depth(places[self._near_upper], places, _DEEPEST_LIP_M),
            ),
            lip_teeth_mm=_millimetres(
                *(self._freely(person, crown, self._lip_flesh, places, _DEEPEST_TOOTH_M) for crown in self._teeth),
                self._freely(person, self._mouth, self._tooth_faces, places),
            ),
            tongue_skin_mm=_millimetres(self._freely(person, self._mouth, self._tongue, places)),
            tongue_teeth_mm=_millimetres(
                *(self._freely(person, crown, self._tongue, places, _DEEPEST_TOOTH_M) for crown in self._teeth)
            ),
            lid_ball_mm=self._lid_depth_mm(person, places),
            lip_gap_mm=self._lip_slit_mm(places),
            lid_gap_mm=max(self._lid_slit_mm(places, side) for side in _SIDES),
        )

    def _crowns(self, part: str, side: float) -> Patch:
        triangles = self._head.triangles_of(part)
        edge = side * float((side * self._head.neutral[np.unique(triangles), 1]).max())
        crown = side * (edge - self._head.neutral[:, 1]) < _CROWN_M
        return patch_of(triangles[crown[triangles].all(1)], self._head.weld)

    def _outer_faces(self) -> Integers:
        """Vertices on the outer faces of the crowns."""
        triangles = self._head.triangles_of("teeth_upper", "teeth_lower")
        neutral = self._head.neutral
        normals = VertexNormals(triangles, len(neutral), self._head.weld).of(neutral)
        crowns = np.concatenate([crown.vertices for crown in self._teeth])
        outwards = neutral[crowns] * [1, 0, 1] - [0, 0, 0.075]
        outwards /= np.linalg.norm(outwards, axis=1, keepdims=True)
        return np.asarray(crowns[(outwards * normals[crowns]).sum(1) > 0.3], np.int64)

    @staticmethod
    def _freely(person: PosedHead, patch: Patch, points: Integers, places: Floats, most: float = _DEEPEST_M) -> Floats:
        """Depths of those `points` that are free in the person's head at rest."""
        free = points[patch.depth(person.rest[points], person.rest, most) <= 0]
        return patch.depth(places[free], places, most)

    def _lid_depth_mm(self, person: PosedHead, places: Floats) -> float:
        deepest = []
        for side in _SIDES:
            joint = JOINTS.index(f"eye_{side}")
            ball = np.unique(self._head.triangles_of(f"eye_{side}"))
            radius = np.linalg.norm(person.rest[ball] - person.joints[joint], axis=1).mean()
            rims = np.concatenate([self._head.contours[f"lid_{which}_{side}"] for which in ("upper", "lower")])
            # The corners lie beside the ball, and the lining behind the rim in it, on the mean head already.
            mean = np.linalg.norm(self._head.neutral[rims] - self._head.joints[joint], axis=1)
            mean_radius = np.linalg.norm(self._head.neutral[ball] - self._head.joints[joint], axis=1).mean()
            rims = rims[mean > mean_radius]
            deepest.append(radius - np.linalg.norm(places[rims] - person.joints[joint], axis=1).min())
        return max(0.0, float(max(deepest)) * 1000)

    def _lip_slit_mm(self, places: Floats) -> float:
        upper, lower = (places[rim] for rim in self._rims)
        left, right = sorted((float(upper[0, 0]), float(upper[-1, 0])))
        columns = np.linspace(left, right, 41)[4:-4]
        over, under = (np.interp(columns, rim[:, 0], rim[:, 1]) for rim in (upper, lower))
        # Rolled lips hide their rims: whatever else of a lip is in the column closes it too.
        for flesh, line, side in ((self._near_upper, over, 1.0), (self._near_lower, under, -1.0)):
            beside = np.abs(places[flesh, 0][None] - columns[:, None]) < _COLUMN_M
            heights = np.where(beside, side * places[flesh, 1][None], np.inf).min(1)
            line[:] = side * np.minimum(side * line, heights)
        return max(0.0, 1000 * float((over - under).max()))

    def _lid_slit_mm(self, places: Floats, side: str) -> float:
        upper, lower = (places[self._head.contours[f"lid_{which}_{side}"]] for which in ("upper", "lower"))
        order = np.argsort(lower[:, 0])
        slit = upper[:, 1] - np.interp(upper[:, 0], lower[order, 0], lower[order, 1])
        return max(0.0, float(slit[2:-2].max()) * 1000)


def lip_rims(head: HeadModel) -> tuple[Integers, Integers]:
    """(upper [C], lower [D]) vertices of the lips' inner rim, from the right corner to the left."""
    loop = head.contours["lips_inner"]
    across = head.neutral[loop, 0]
    turned = np.roll(loop, -int(np.argmin(across)))
    left = int(np.argmax(head.neutral[turned, 0]))
    return turned[: left + 1].astype(np.int64), np.append(turned[left:], turned[0])[::-1].astype(np.int64)


def _inside(points: Floats, box: tuple[tuple[float, float], ...]) -> NDArray[np.bool_]:
    return np.asarray(
        np.all([(points[:, axis] > low) & (points[:, axis] < high) for axis, (low, high) in enumerate(box)], axis=0)
    )


def _nearest(points: Floats, others: Floats) -> NDArray[Any]:
    return np.asarray(np.linalg.norm(points[:, None] - others[None], axis=2).min(1))


def _millimetres(*depths: Floats) -> float:
    return 1000 * max(0.0, *(float(depth.max(initial=0.0)) for depth in depths))
