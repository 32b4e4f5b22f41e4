"""Named sets of vertices of our head, over which measures are taken. A table without its set's name says nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.errors import UnknownNameError
from avatron.face.head import HeadModel
from avatron.face.parts import PART_INDEX

__all__ = ["DEFAULT_LIPS", "LIP_SETS", "FaceRegions", "VertexSet", "regions_of"]

DEFAULT_LIPS = "lips"
_INSIDE = 0.5
"""Weight of a region from which a vertex is in it."""
_AROUND_M = 0.012
"""Skin that near to the red of the lips is around the mouth."""


@dataclass(frozen=True, eq=False)
class VertexSet:
    """Some vertices of a mesh."""

    name: str
    vertices: NDArray[np.int64]
    """[N], rising."""
    source: str
    """Where the choice comes from."""

    def __len__(self) -> int:
        return len(self.vertices)


@dataclass(frozen=True, eq=False)
class FaceRegions:
    """What is measured where."""

    lips: VertexSet
    upper_face: VertexSet
    face: VertexSet
    """All of the face that moves."""


def _of(head: HeadModel, *names: str) -> NDArray[np.int64]:
    skin = head.vertex_part == PART_INDEX["skin"]
    weight = np.max([head.regions[name] for name in names], axis=0)
    return np.flatnonzero(skin & (weight > _INSIDE))


def _around_lips(head: HeadModel) -> NDArray[np.int64]:
    skin = np.flatnonzero(head.vertex_part == PART_INDEX["skin"])
    lips = head.neutral[_of(head, "lips_upper", "lips_lower")]
    front = skin[(np.abs(head.neutral[skin] - lips.mean(0)) < 0.06).all(1)]
    away = np.linalg.norm(head.neutral[front][:, None] - lips[None], axis=-1).min(1)
    return np.asarray(front[away < _AROUND_M])


LIP_SETS: Mapping[str, Callable[[HeadModel], NDArray[np.int64]]] = {
    "lips": lambda head: _of(head, "lips_upper", "lips_lower"),
    "lips-inner": lambda head: np.unique(head.contours["lips_inner"]).astype(np.int64),
    "lips-outer": lambda head: np.unique(head.contours["lips_outer"]).astype(np.int64),
    "mouth": _around_lips,
}
"""Of our head: the red of both lips; their inner and their outer rim; the lips and the skin around them."""


def regions_of(head: HeadModel, lips: str = DEFAULT_LIPS) -> FaceRegions:
    """The regions of our head, with the lip set of that name.

    Raises:
        UnknownNameError: no such lip set.
    """
    if lips not in LIP_SETS:
        raise UnknownNameError("lip set", lips, LIP_SETS)
    source = "regions of the avatron head"
    upper = _of(head, "upper_face")
    face = _of(head, "lips_upper", "lips_lower", "jaw", "cheeks", "nose", "upper_face")
    return FaceRegions(
        VertexSet(lips, LIP_SETS[lips](head), source),
        VertexSet("upper_face", upper, source),
        VertexSet("face", face, source),
    )
