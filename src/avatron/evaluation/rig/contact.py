"""What may not pass through what in a face, and what must close: measured on vertices, in millimetres."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import FaceMotion
from avatron.evaluation.rig.surface import Patch, deepest_inside, patch_of
from avatron.face.head import HeadModel, PosedHead
from avatron.face.lip_sides import lip_rims, of_upper_lip
from avatron.face.rig import JOINTS
from avatron.native.mesh import VertexNormals

__all__ = ["Contacts", "RigGauge", "worst"]

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

_MOUTH_BOX = ((-0.042, 0.042), (-0.085, -0.004), (0.020, 1.0))
_LIP_BOX = ((-0.0205, 0.0205), (-0.060, -0.010), (0.088, 1.0))
"""Metres on the mean head: the mouth with its lining and the chin, and the lips between the corners."""
_NEAR_BOX = ((-0.036, 0.036), (-0.078, -0.002), (0.060, 1.0))
_EVERYWHERE = ((-1.0, 1.0),) * 3
_CROWN_M = 0.009
"""Height of the crowns of the teeth: what is above stands in the gums, or in the flesh of lips and chin, on anybody."""
_LIP_M = 0.010
"""How far from their rim lips are looked at."""
_DEEPEST_LIP_M, _DEEPEST_TOOTH_M, _DEEPEST_M = 0.006, 0.004, 0.012
"""Half of a lip, of a tooth, and of anything else: beyond it one cannot tell in from through."""
_HAIR_M = 0.0001
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


@dataclass(frozen=True, eq=False)
class _Solid:
    """A closed surface, cut in two: near the mouth it is asked point by point, the rest once for all points."""

    near: NDArray[np.int32]
    far: NDArray[np.int32]

    def __init__(self, triangles: NDArray[np.int32], neutral: Floats, box: tuple[tuple[float, float], ...]) -> None:
        inside = _inside(neutral, box)[triangles].all(1)
        object.__setattr__(self, "near", triangles[inside])
        object.__setattr__(self, "far", triangles[~inside])

    def deepest(self, depth: Floats, points: Floats, places: Floats) -> float:
        """As `deepest_inside`."""
        return deepest_inside(depth, points, self.near, places, self.far)


class RigGauge:
    """Measures the heads of one model."""

    def __init__(self, head: HeadModel) -> None:
        """Find lips, teeth, tongue and lids of `head`."""
        self._head = head
        neutral = head.neutral
        tissue = head.triangles_of("skin", "mouth")
        self._flesh = _Solid(tissue, neutral, _NEAR_BOX)
        self._all_teeth = _Solid(head.triangles_of("teeth_upper", "teeth_lower"), neutral, _EVERYWHERE)
        self._free: WeakKeyDictionary[PosedHead, dict[tuple[int, int], Integers]] = WeakKeyDictionary()
        self._normals = VertexNormals(tissue, len(neutral), head.weld)
        self._mouth = patch_of(tissue[_inside(neutral, _MOUTH_BOX)[tissue].all(1)], head.weld)
        rim = neutral[head.contours["lips_inner"]]
        self._rims = lip_rims(head.contours["lips_inner"], neutral)
        lips = tissue[_inside(neutral, _LIP_BOX)[tissue].all(1)]
        upper = of_upper_lip(self._rims, neutral, lips, head.weld)
        self._upper_lip = patch_of(lips[upper[lips].all(1)], head.weld)
        self._lower_lip = patch_of(lips[~upper[lips].any(1)], head.weld)
        self._near_upper, self._near_lower = (
            lip.vertices[_nearest(neutral[lip.vertices], rim) < _LIP_M] for lip in (self._upper_lip, self._lower_lip)
        )
        self._lip_flesh = np.union1d(self._near_upper, self._near_lower)
        self._teeth = [self._crowns("teeth_upper", -1.0), self._crowns("teeth_lower", 1.0)]
        self._tooth_faces = self._outer_faces()
        self._tongue = np.unique(head.weld[head.triangles_of("tongue")]).astype(np.int64)

    def frame(self, person: PosedHead, motion: FaceMotion, number: int = 0) -> Contacts:
        """The contacts of frame `number` of `motion`; turns of head, neck and torso make no difference and are left
        out."""
        still = np.zeros((1, 3), np.float32)
        part = motion.part(number, number + 1)
        one = FaceMotion(part.expression, still, still, still, still, still, part.gaze, part.fps)
        places = next(person.frames(one))
        flesh, teeth = self._flesh, self._all_teeth
        return Contacts(
            lip_lip_mm=1000
            * max(
                self._into(self._upper_lip, self._near_lower, places),
                self._into(self._lower_lip, self._near_upper, places),
            ),
            lip_teeth_mm=1000
            * max(
                *(
                    self._freely(person, crown, self._lip_flesh, places, teeth, _DEEPEST_TOOTH_M)
                    for crown in self._teeth
                ),
                self._freely(person, self._mouth, self._tooth_faces, places, flesh),
            ),
            tongue_skin_mm=1000 * self._freely(person, self._mouth, self._tongue, places, flesh),
            tongue_teeth_mm=1000
            * max(self._freely(person, crown, self._tongue, places, teeth, _DEEPEST_TOOTH_M) for crown in self._teeth),
            lid_ball_mm=self._lid_depth_mm(person, places),
            lip_gap_mm=self.lip_slit_mm(places),
            lid_gap_mm=max(self._lid_slit_mm(places, side) for side in _SIDES),
        )

    def lip_slit_mm(self, places: Floats) -> float:
        """The widest place of the slit between the lips of `places` [V, 3], the head upright, seen from the front."""
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

    def _into(self, lip: Patch, others: Integers, places: Floats) -> float:
        """Metres that points of one lip are inside the other."""
        # A point of a surface is neither inside nor outside of it: a hair's breadth before it, only the other lip
        # can be around it.
        before = places[others] + _HAIR_M * self._normals.of(places)[others]
        return self._flesh.deepest(lip.depth(before, places, _DEEPEST_LIP_M), before, places)

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

    def _freely(
        self,
        person: PosedHead,
        patch: Patch,
        points: Integers,
        places: Floats,
        solid: _Solid,
        most_m: float = _DEEPEST_M,
    ) -> float:
        """Metres that those `points` which are free in the person's head at rest are inside `solid`."""
        known = self._free.setdefault(person, {})
        key = (id(patch), id(points))
        if key not in known:
            known[key] = points[patch.depth(person.rest[points], person.rest, most_m) <= 0]
        free = known[key]
        return solid.deepest(patch.depth(places[free], places, most_m), places[free], places)

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

    def _lid_slit_mm(self, places: Floats, side: str) -> float:
        upper, lower = (places[self._head.contours[f"lid_{which}_{side}"]] for which in ("upper", "lower"))
        order = np.argsort(lower[:, 0])
        slit = upper[:, 1] - np.interp(upper[:, 0], lower[order, 0], lower[order, 1])
        return max(0.0, float(slit[2:-2].max()) * 1000)


def _inside(points: Floats, box: tuple[tuple[float, float], ...]) -> NDArray[np.bool_]:
    return np.asarray(
        np.all([(points[:, axis] > low) & (points[:, axis] < high) for axis, (low, high) in enumerate(box)], axis=0)
    )


def _nearest(points: Floats, others: Floats) -> NDArray[Any]:
    return np.asarray(np.linalg.norm(points[:, None] - others[None], axis=2).min(1))
