"""What of a person's head is compared with pictures: its triangles, how far each vertex is trusted, what moves it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_INDEX
from avatron.face.head import HeadModel, PosedHead
from avatron.face.parts import PART_INDEX
from avatron.native.mesh import VertexNormals
from avatron.native.photometric import SurfaceLook, VertexShapes
from avatron.track.fit.parameters import FITTED
from avatron.track.photometric.contact import LipContact, LipGaps

__all__ = ["FaceSurface"]

Floats = NDArray[np.float32]

_SKIN = ("skin",)
_INSIDE = ("mouth", "teeth_upper", "teeth_lower", "gums", "tongue")
_EYES = ("eye_left", "eye_right")
_FACE = ("lips_upper", "lips_lower", "lids", "brows", "nose", "cheeks", "jaw", "forehead", "upper_face")
_LIPS = ("lips_upper", "lips_lower")

_BEHIND_M = -0.02

# How far the colours of the parts are believed. Eyes shine and teeth are in shadow: what counts is where they begin.
_INSIDE_WEIGHT = 0.25
_EYE_WEIGHT = 0.25
_FOREHEAD_WEIGHT = 0.5
_LIP_WEIGHT = 3.0
"""Lips are small, and what is said is read from them."""


@dataclass(frozen=True, eq=False)
class FaceSurface:
    """One person's head as it is compared with pictures."""

    model: HeadModel
    person: PosedHead
    look: SurfaceLook
    shapes: VertexShapes
    """The columns of `FITTED`, on skin alone: what is behind the lips is moved by the jaw, and its colours are not
    sure enough to move anything."""
    normals: VertexNormals
    face: Floats
    """[V] 1 on the face, 0 on scalp, ears and neck, of the skin."""
    lips: Floats
    """[V] 1 on the lips."""
    contact: LipContact
    gaps: LipGaps
    framed: NDArray[np.bool_]
    """[V] what a window has to show: the face from the brows down."""
    skin: NDArray[np.bool_]
    """[V] whether a vertex is of the skin."""
    inside: NDArray[np.int8]
    """[V] which part of the mouth's inside a vertex belongs to, -1 where to none."""
    gap: NDArray[np.int32]
    """[2, 3] vertices of the upper and the lower inner lip whose distance is the mouth's opening."""

    @staticmethod
    def of(model: HeadModel, identity: NDArray[Any], displacement: NDArray[Any] | None = None) -> FaceSurface:
        """The surface of a person."""
        own = None if displacement is None or not len(displacement) else displacement
        person = model.posed(identity, own)
        drawn = np.isin(model.part, [PART_INDEX[name] for name in (*_SKIN, *_INSIDE, *_EYES)])
        # What is behind the ears is never the nearest of a face that can be tracked.
        drawn &= (model.neutral[model.triangles, 2] > _BEHIND_M).any(1)
        triangles = model.triangles[drawn]
        skin = _vertices_of(model, *_SKIN)
        face = np.clip(sum((model.regions[name] for name in _FACE), np.zeros(len(skin), np.float32)), 0, 1)
        face = (face * (1 - np.clip(model.regions["scalp"] + model.regions["ears"], 0, 1)) * skin).astype(np.float32)
        lips = np.clip(sum((model.regions[name] for name in _LIPS), np.zeros(len(skin), np.float32)), 0, 1)
        weight = face * (1 - (1 - _FOREHEAD_WEIGHT) * np.clip(model.regions["forehead"], 0, 1))
        weight *= 1 + (_LIP_WEIGHT - 1) * lips
        weight[_vertices_of(model, *_INSIDE) & ~skin] = _INSIDE_WEIGHT
        weight[_vertices_of(model, *_EYES)] = _EYE_WEIGHT
        shapes = _skin_shapes(person, skin)
        return FaceSurface(
            model=model,
            person=person,
            look=SurfaceLook.of(triangles, model.uv, weight.astype(np.float32), model.weld),
            shapes=shapes,
            normals=VertexNormals(triangles, len(skin), model.weld),
            face=face,
            lips=lips.astype(np.float32),
            contact=LipContact.of(model, lips),
            gaps=LipGaps.of(model, shapes),
            framed=(face > 0.5) & (model.regions["forehead"] < 0.5),
            skin=skin,
            inside=_inside(model),
            gap=model.lip_pairs.T,
        )

    def trusting(self, trust: Floats) -> FaceSurface:
        """The same surface whose colours are believed as far as `trust` [V] says, 0 .. 1, each."""
        look = replace(self.look, weight=self.look.weight * np.asarray(trust, np.float32))
        return replace(self, look=look)


def _vertices_of(model: HeadModel, *parts: str) -> NDArray[np.bool_]:
    marked = np.zeros(len(model.neutral), np.bool_)
    marked[model.triangles_of(*parts).reshape(-1)] = True
    return marked


def _inside(model: HeadModel) -> NDArray[np.int8]:
    part = np.full(len(model.neutral), -1, np.int8)
    for number, name in enumerate(_INSIDE):
        part[_vertices_of(model, name)] = number
    part[_vertices_of(model, *_SKIN)] = -1
    return part


def _skin_shapes(person: PosedHead, skin: NDArray[np.bool_]) -> VertexShapes:
    """Shapes as the fit counts them: `mouthClose` is the jaw that sinks behind sealed lips."""
    starts, indices, deltas = person.shapes.sparse
    pieces = []
    for name in FITTED:
        names = (name, "jawOpen") if name == "mouthClose" else (name,)
        dense = np.zeros((len(skin), 3), np.float32)
        for part in names:
            rows = slice(*starts[EXPRESSION_INDEX[part] :][:2].tolist())
            dense[indices[rows]] += deltas[rows]
        dense[~skin] = 0
        moved = np.flatnonzero(np.abs(dense).max(1) > 1e-6)
        pieces.append((moved, dense[moved]))
    counts = np.cumsum([0, *(len(moved) for moved, _ in pieces)])
    sparse = (counts, np.concatenate([piece[0] for piece in pieces]), np.concatenate([piece[1] for piece in pieces]))
    return VertexShapes.of(sparse, range(len(FITTED)), len(skin))
