"""The baked light at rest, mended where a bake at vertices is darker than skin is: lids, lips, sockets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatron.face.head import HeadModel
from avatron.face.parts import PART_INDEX
from avatron.native.shade import RecordField
from avatron.render.light import LightRig, unit

__all__ = ["LIGHT_FIELDS", "light_rims", "light_sockets"]

Floats = NDArray[np.float32]

LIGHT_FIELDS = slice(RecordField.IRRADIANCE, RecordField.OCCLUSION + 1)
"""Irradiance and occlusion, side by side in a record."""
_LID_LEAST = 0.35
"""Light on the lids' hidden rims, of what their open skin gets: a black seam would show every pixel."""
_LIP_LEAST = 0.30
"""Likewise on the lips' rims: between closed lips one sees a soft dark red."""
_SOCKET_MIDDLE_M, _SOCKET_RADII_M = (0.010, 0.010), (0.024, 0.016, 0.03)
"""Up and forwards of the eye's middle, and half the extents of the deepest of the socket."""
_SOCKET_LIFT, _KEY_SHARE, _MOST_GAIN = 0.9, 0.13, 0.5
"""How much of the sockets' light is replaced by that of the cheeks and a share of the key light, which the brows lean
away from them; at most so much of the cheeks'."""


def light_rims(records: Floats, head: HeadModel) -> None:
    """Gives the rims of lids and lips, which lie on the eye or each other, the light they let through, in place."""
    lips = np.maximum(head.regions["lips_upper"], head.regions["lips_lower"])
    for region, least in ((head.regions["lids"], _LID_LEAST), (lips, _LIP_LEAST)):
        chosen = np.flatnonzero(region > 0.3)
        records[chosen, LIGHT_FIELDS] = np.maximum(
            records[chosen, LIGHT_FIELDS], least * np.percentile(records[chosen, LIGHT_FIELDS], 80, axis=0)
        )


def light_sockets(
    records: Floats, head: HeadModel, rest: Floats, eyes: list[tuple[Floats, float]], light: LightRig
) -> None:
    """Lets the reflector before the face reach the sockets under the brows, in place.

    The head's sockets are deep: what key and environment leave there is a brown band from lid to brow.
    """
    open_skin = head.regions["cheeks"] > 0.5
    target = np.percentile(records[: len(head.neutral)][open_skin][:, LIGHT_FIELDS], 60, axis=0)
    key = _KEY_SHARE * max(float(unit(light.key)[2]), 0.0) * np.asarray(light.key_colour)
    target[:3] += np.minimum(key, _MOST_GAIN * target[:3])
    for centre, _ in eyes:
        away = (rest - centre - np.array([0, *_SOCKET_MIDDLE_M], np.float32)) / np.array(_SOCKET_RADII_M, np.float32)
        share = _SOCKET_LIFT * np.exp(-((away**2).sum(1)))
        share[~np.isin(head.vertex_part, [PART_INDEX["skin"]])] = 0
        chosen = np.flatnonzero(share > 0.01)
        baked = records[chosen, LIGHT_FIELDS]
        records[chosen, LIGHT_FIELDS] = baked + share[chosen, None] * np.maximum(target - baked, 0)
