"""How the landmark networks answer to our head: where they see each landmark, and how exactly.

MediaPipe's learned from other faces and other ideas of where a landmark is. On drawn heads whose motion is known, what
it sees lies beside our landmarks by a constant, and further by what depends on the expression, the gaze and the side
from which the head is seen: points of the outline slide over the cheeks as it turns, irises turn less than they do. The
second network knows our landmarks, but like all that is learned by regression it keeps to the middle: lips that narrow
by 5 mm are read as narrowing by 4. `tools/learn_landmark_response.py` measures all of it, for either; what is left is
the noise by which landmarks are weighted.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.errors import DamagedModelError
from avatron.io.npz import read_npz
from avatron.track.fit.parameters import FITTED, LOOKS
from avatron.track.observations import LANDMARKS

__all__ = ["VIEWS", "LandmarkResponse", "view_features"]

Floats = NDArray[np.float64]

VIEWS = 6
"""Numbers of `view_features`."""
_FOLDER = Path(__file__).resolve().parent.parent.parent / "data" / "landmarks"
_MOST_TURN = 0.9
"""Radians: beyond what was measured, the response stays what it is there."""


@dataclass(frozen=True, eq=False)
class LandmarkResponse:
    """Offsets in the head frame, metres, for the mean head's size."""

    constant: Floats
    """[L, 3]."""
    expression: Floats
    """[P, L, 3] for weight 1 of `FITTED`."""
    look: Floats
    """[2, 4, L, 3] for weight 1 of `LOOKS`."""
    view: Floats
    """[VIEWS, L, 3] for `view_features`."""
    frame_spread: Floats
    """[L] what changes from frame to frame: standard deviation of a coordinate, a share of the irises' distance."""
    person_spread: Floats
    """[L] what is a person's own, likewise."""

    @staticmethod
    @cache
    def load(*, read_again: bool = False) -> LandmarkResponse:
        """What was measured of MediaPipe's network, or of our own that reads its landmarks again.

        Raises:
            DamagedModelError: the package's file is not whole.
        """
        path = _FOLDER / ("response_again.npz" if read_again else "response.npz")
        names = ("constant", "expression", "look", "view")
        kept = read_npz(path, "the landmarks' response", (*names, "scale", "frame_spread", "person_spread"))
        counts = {"constant": 1, "expression": len(FITTED), "look": 2 * len(LOOKS), "view": VIEWS}
        scales = np.split(kept["scale"].astype(np.float64), np.cumsum(list(counts.values()))[:-1])
        parts = {}
        for (name, count), scale in zip(counts.items(), scales, strict=True):
            if kept[name].shape != (count, LANDMARKS, 3):
                raise DamagedModelError(f"`{path}` has `{name}` of shape {kept[name].shape}; install avatron again")
            parts[name] = kept[name] * scale[:, None, None]
        return LandmarkResponse(
            parts["constant"][0],
            parts["expression"],
            parts["look"].reshape(2, len(LOOKS), LANDMARKS, 3),
            parts["view"],
            kept["frame_spread"].astype(np.float64),
            kept["person_spread"].astype(np.float64),
        )

    @staticmethod
    def exact(spread: float = 0.002, person_spread: NDArray[Any] | None = None) -> LandmarkResponse:
        """Of networks that know our head and see every landmark where it is, but for a `spread`: a share of the irises'
        distance by which each is off; `person_spread` [478] is by how much all the time in one person, or alike."""
        return LandmarkResponse(
            np.zeros((LANDMARKS, 3)),
            np.zeros((len(FITTED), LANDMARKS, 3)),
            np.zeros((2, len(LOOKS), LANDMARKS, 3)),
            np.zeros((VIEWS, LANDMARKS, 3)),
            np.full(LANDMARKS, spread),
            np.full(LANDMARKS, spread) if person_spread is None else np.asarray(person_spread, np.float64),
        )

    def part(self, rows: NDArray[np.int64]) -> LandmarkResponse:
        """Of some of the landmarks."""
        return LandmarkResponse(
            self.constant[rows],
            self.expression[:, rows],
            self.look[:, :, rows],
            self.view[:, rows],
            self.frame_spread[rows],
            self.person_spread[rows],
        )

    def by_view(self, rotation: NDArray[Any], translation: NDArray[Any]) -> NDArray[np.float32]:
        """[T, L, 3] metres: the offsets for heads at `rotation` [T, 3, 3] and `translation` [T, 3] (camera space)."""
        features = view_features(rotation, translation)
        return np.asarray(np.tensordot(features, self.view, 1), np.float32)


def view_features(rotation: NDArray[Any], translation: NDArray[Any]) -> Floats:
    """[T, VIEWS] numbers of the direction from head to camera, by which landmarks slide."""
    towards = -np.einsum("tji,tj->ti", rotation, translation)
    towards /= np.maximum(np.linalg.norm(towards, axis=1, keepdims=True), 1e-9)
    aside = np.clip(np.arctan2(towards[:, 0], towards[:, 2]), -_MOST_TURN, _MOST_TURN)
    above = np.clip(np.arcsin(np.clip(towards[:, 1], -1, 1)), -_MOST_TURN, _MOST_TURN)
    return np.stack([aside, above, aside**2, above**2, aside * above, np.abs(aside) * aside], 1)
