"""The environment's light on lips and lids, which is baked at rest, mended for what jaw and lids uncover.

Skin that lies in a closed mouth or under a raised lid is dark in the bake. Two more bakes, with the jaw and with the
lids moved, say how much light it has then; a frame mixes in the difference by how far they have moved.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_INDEX, FaceMotion
from avatron.face.head import HeadModel, PosedHead
from avatron.native.mesh import VertexNormals
from avatron.native.shade import bake_light
from avatron.render.geometry import sphere_directions
from avatron.render.light import LightRig

__all__ = ["MovingLight", "half_gap_m"]

Floats = NDArray[np.float32]

_STATES = ({"jawOpen": 0.5}, {"eyeBlinkLeft": 1.0}, {"eyeBlinkRight": 1.0})
"""The faces for which light is baked anew."""
_BLINKS = (EXPRESSION_INDEX["eyeBlinkLeft"], EXPRESSION_INDEX["eyeBlinkRight"])
_DIRECTIONS, _MAP_TEXELS = 64, 112
"""Coarse: the difference of two bakes is smooth, and only seen from the front."""
_BIAS_M = 0.0015
_REACH_M = 0.03
"""How far around the moved skin others may hide its light."""
_LEAST_MOVE_M = 0.0004
_SEAM = 0.35
"""Least light of moved skin, of what open skin gets: a black seam between closed lids would show every pixel."""
_LEAST_CHANGE = 0.05
"""Of the light in the open: vertices that change less are left as they are."""


@dataclass(frozen=True, eq=False)
class MovingLight:
    """What to add to the light at some vertices of the head."""

    vertices: NDArray[np.int32]
    """[N]."""
    base: Floats
    """[N, 4] irradiance and occlusion at rest."""
    changes: Floats
    """[3, N * 4] what the open jaw, the closed left and the closed right lid add."""
    rest_opening_m: float
    open_m: float
    """Half gaps of the lips at rest and in the bake with the jaw open."""
    rest_lids: tuple[float, float]
    """Weights of the blinks at rest."""

    @staticmethod
    def baked(
        head: HeadModel, person: PosedHead, rest_weights: Floats, light: LightRig, at_rest: Floats
    ) -> MovingLight:
        """More bakes for a person whose light at rest is irradiance and occlusion, `at_rest` [V, 4]."""
        normals = VertexNormals(head.triangles, len(head.neutral), head.weld)
        expressions = np.stack([rest_weights, *(_with(rest_weights, state) for state in _STATES)])
        faces = list(person.frames(replace(FaceMotion.at_rest(len(expressions)), expression=expressions)))
        skin = head.triangles_of("skin", "mouth")
        of_skin = np.zeros(len(head.neutral), bool)
        of_skin[head.triangles_of("skin")] = True
        directions = sphere_directions(_DIRECTIONS)
        directions = directions[directions[:, 2] > -0.25]
        radiance = light.radiance(directions) * (len(directions) / _DIRECTIONS)
        changes = np.zeros((len(_STATES), len(head.neutral), 4), np.float32)
        for state, face in enumerate(faces[1:]):
            moved = of_skin & (np.linalg.norm(face - faces[0], axis=1) > _LEAST_MOVE_M)
            low, high = faces[0][moved].min(0) - _REACH_M, faces[0][moved].max(0) + _REACH_M
            near = ((faces[0] > low) & (faces[0] < high)).all(1)
            blocking = skin[near[skin].all(1)]
            used, numbers = np.unique(np.concatenate([np.flatnonzero(moved), blocking.ravel()]), return_inverse=True)
            corners = np.column_stack([numbers[moved.sum() :].reshape(-1, 3), np.zeros(len(blocking))]).astype(np.int32)
            lit = []
            for shape in (faces[0], face):
                bake = bake_light(
                    shape[used],
                    normals.of(shape)[used],
                    np.full(len(used), _BIAS_M, np.float32),
                    corners,
                    directions,
                    radiance.astype(np.float32),
                    np.ones(len(directions), np.float32),
                    _MAP_TEXELS,
                )
                lit.append(np.column_stack([bake.irradiance, bake.occlusion]))
            own = numbers[: moved.sum()]
            before, after = lit[0][own], lit[1][own]
            now = at_rest[moved] + after - before
            least = _SEAM * np.percentile(after, 80, axis=0)
            changes[state, moved] = np.maximum(now, least) - (now - after + before)
        changes[np.abs(changes) < _LEAST_CHANGE] = 0
        chosen = np.flatnonzero(np.abs(changes).max((0, 2)) > 0)
        return MovingLight(
            chosen.astype(np.int32),
            at_rest[chosen].astype(np.float32),
            changes[:, chosen].reshape(len(_STATES), -1),
            half_gap_m(head, faces[0]),
            half_gap_m(head, faces[1]),
            (float(rest_weights[_BLINKS[0]]), float(rest_weights[_BLINKS[1]])),
        )

    def of(self, opening_m: float, expression: Floats) -> Floats:
        """[N, 4] irradiance and occlusion with lips half open by `opening_m` and lids as `expression` [E] says."""
        share = (opening_m - self.rest_opening_m) / max(self.open_m - self.rest_opening_m, 1e-6)
        lids = [
            (float(expression[blink]) - rest) / max(1 - rest, 1e-6)
            for blink, rest in zip(_BLINKS, self.rest_lids, strict=True)
        ]
        shares = np.clip(np.array([share, *lids], np.float32), 0, 1.2)
        return np.maximum(self.base + (shares @ self.changes).reshape(-1, 4), 0)


def half_gap_m(head: HeadModel, vertices: Floats) -> float:
    """Half the gap between the lips in the middle of the mouth of `vertices` [V, 3]."""
    upper, lower = vertices[head.lip_pairs[1]]
    return float(np.linalg.norm(upper - lower) / 2)


def _with(weights: Floats, state: dict[str, float]) -> Floats:
    result = weights.copy()
    for name, weight in state.items():
        result[EXPRESSION_INDEX[name]] = weight
    return result
