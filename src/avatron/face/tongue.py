"""A tongue that leaves the mouth only where teeth and lips leave it room.

Its poses are shapes of their own, for a mouth that is open far enough. Here the passage between the teeth and between
the lips is measured in every frame: the tongue is held back behind shut teeth, and squeezed flat in a narrow passage.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.face.arches import DEPTH_M

__all__ = ["Tongue"]

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

INCISORS_M = 0.008
"""Half of the width of the incisors, whose edges make the passage."""
BEHIND_TEETH_M = 0.0015
"""The tongue is held back this far behind the lower incisors' back."""
APPROACH_M = 0.006
"""Over this way before the teeth the tongue is bent into the passage."""
ROOM_M = 0.003
"""A passage of this height lets the whole tongue through, none of it below zero."""
FILM_M = 0.0004
"""The tongue stays off teeth and lips by this."""
LIP_ROUNDING, LIP_TOP_M = 0.9, 0.004
"""Outside, the tongue may droop over the lip: metres down for each metre forward, from this far before the rim on."""
MOUTH_SHARE = 0.9
"""Part of the mouth's width that the tongue may fill."""


@dataclass(frozen=True, eq=False)
class Tongue:
    """One person's tongue, in the frame of the jaw."""

    vertices: Integers
    """[N]."""
    upper_lip: Integers
    """[C] vertices of the lips' inner rim from corner to corner, above ..."""
    lower_lip: Integers
    """[D] ... and below."""
    upper_edge: Floats
    """[3] metres: where the upper incisors end, jaw shut."""
    lower_edge: Floats
    """[3] metres: where the lower incisors end; they move with the tongue."""
    axis_z: float
    """Metres: the row of the lower teeth is round about the upright axis through (0, axis_z)."""
    gate: float
    """Metres from the axis: the tongue stays within this where there is no passage."""

    @staticmethod
    def of(
        vertices: Integers,
        rims: tuple[Integers, Integers],
        rest: Floats,
        upper_teeth: Floats,
        lower_teeth: Floats,
    ) -> Tongue:
        """The tongue of a person at `rest` [V, 3]; `rims` are `lip_rims`, `..._teeth` [M, 3] points."""
        upper_edge, lower_edge = _edge(upper_teeth, -1.0), _edge(lower_teeth, 1.0)
        crown = lower_teeth[(np.abs(lower_teeth[:, 0]) < INCISORS_M) & (lower_teeth[:, 1] > lower_edge[1] - 0.004)]
        axis_z = float(lower_edge[2]) - DEPTH_M
        gate = float(crown[:, 2].min()) - BEHIND_TEETH_M - axis_z
        # A tongue that rests further ahead stays where it is.
        gate = max(gate, float(rest[vertices, 2].max()) - axis_z)
        return Tongue(vertices, *rims, upper_edge, lower_edge, axis_z, gate)

    def pass_through(self, shaped: Floats, jaw_rotation: NDArray[Any], jaw_shift: NDArray[Any]) -> None:
        """Hold the tongue of `shaped` [V, 3] in its passage, in place.

        Tongue and lower teeth of `shaped` are still where the jaw is shut; the jaw takes a point p to
        `jaw_rotation` [3, 3] @ p + `jaw_shift` [3].
        """
        places = shaped[self.vertices]
        forward = places[:, 2] - self.axis_z
        radius = np.hypot(places[:, 0], forward)
        ahead = np.flatnonzero((radius > self.gate - APPROACH_M) & (forward > 0))
        if not len(ahead):
            return
        x, y, z = places[ahead].T
        radius = radius[ahead]
        roof, floor = ((shaped[lip] - jaw_shift) @ jaw_rotation for lip in (self.upper_lip, self.lower_lip))
        teeth = (self.upper_edge - jaw_shift) @ jaw_rotation
        middle_roof, middle_floor = (np.interp(0.0, lip[:, 0], lip[:, 1]) for lip in (roof, floor))
        room = min(teeth[1] - self.lower_edge[1], middle_roof - middle_floor) - 2 * FILM_M
        free = np.clip(room / ROOM_M, 0, 1)
        held = np.minimum(radius, self.gate + (radius - self.gate) * free) / radius
        x, z, radius = x * held, self.axis_z + (z - self.axis_z) * held, radius * held
        half_width = MOUTH_SHARE * 0.5 * (roof[-1, 0] - roof[0, 0])
        lip_z = 0.5 * (roof[:, 2].max() + floor[:, 2].max())
        teeth_z = max(teeth[2], self.lower_edge[2])
        at_lips = np.clip((z - teeth_z) / max(lip_z - teeth_z, 1e-4), 0, 1)
        widest = max(float(np.abs(x).max()), 1e-6)
        x = x * (1 - at_lips * (1 - min(1.0, half_width / widest)))
        outside = LIP_ROUNDING * np.maximum(z - lip_z - LIP_TOP_M, 0)
        highest = teeth[1] + at_lips * (np.interp(x, roof[:, 0], roof[:, 1]) - teeth[1]) + outside
        lowest = self.lower_edge[1] + at_lips * (np.interp(x, floor[:, 0], floor[:, 1]) - self.lower_edge[1]) - outside
        highest, lowest = highest - FILM_M, lowest + FILM_M
        bent = np.clip(y, np.minimum(lowest, highest), np.maximum(lowest, highest))
        # Shut teeth do not bend what stays behind them.
        entered = np.clip((radius - self.gate + APPROACH_M) / APPROACH_M, 0, 1) * free
        y = y + entered * entered * (3 - 2 * entered) * (bent - y)
        places[ahead] = np.stack([x, y, z], 1)
        shaped[self.vertices] = places


def _edge(teeth: Floats, side: float) -> Floats:
    """[3] the biting edge of the incisors among the points `teeth` [M, 3]: lowest for `side` -1, highest for 1."""
    incisors = teeth[np.abs(teeth[:, 0]) < INCISORS_M]
    extreme = incisors[np.argsort(-side * incisors[:, 1])[:12]]
    front = float(incisors[np.abs(incisors[:, 1] - extreme[:, 1].mean()) < 0.003, 2].max())
    return np.array([0.0, extreme[0, 1], front], np.float32)
