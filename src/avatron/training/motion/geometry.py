"""From curves to millimetres: where the lips are, differentiably and for a whole batch.

The head model without what joints, teeth and seams do to it afterwards: shapes are added up, which is where lips are
to within some tenths of a millimetre, and a linear map has the gradient that a decoder needs.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from avatron.core.motion import EXPRESSION_INDEX, EXPRESSION_NAMES
from avatron.face.balance import PRESS
from avatron.face.head import HeadModel
from avatron.face.teeth import incisor_edge

__all__ = ["FaceGeometry", "LipMeasures"]

_LOWER_FACE_POINTS = 72
_LOWER_FACE_WEIGHT = 0.3
"""Of a vertex of chin and cheeks, against one of the lips."""


class LipMeasures(NamedTuple):
    """What is asked of lips, [B, T] each, millimetres."""

    gap: Tensor
    """[B, T, 3] how far the inner lips are apart, right, middle, left; negative where they press."""
    tooth_gap: Tensor
    """From the edge of the upper incisors down to the lower lip; negative where the lip covers it."""
    tooth_reach: Tensor
    """How far the lower lip is in front of that edge."""
    width: Tensor
    """From corner to corner."""
    protrusion: Tensor
    """How far the lips are in front of where they rest."""


class FaceGeometry(nn.Module):
    """Weights of expressions to the places of the lips and of the lower face."""

    deltas: Tensor
    pairs: Tensor
    full: Tensor
    vertex_weight: Tensor
    is_lip: Tensor
    lip_rows: Tensor
    outline_rows: Tensor
    rest: Tensor

    def __init__(self, head: HeadModel, channels: tuple[str, ...]) -> None:
        """`channels` names the curves [O]; the expressions that are not among them are at rest."""
        super().__init__()
        contours = np.concatenate([head.contours["lips_outer"], head.contours["lips_inner"]])
        lips = np.unique(np.concatenate([contours, head.lip_pairs.reshape(-1)]))
        around = np.flatnonzero((head.regions["jaw"] > 0.5) | (head.regions["cheeks"] > 0.5))
        below_nose = around[head.neutral[around, 1] < head.neutral[contours, 1].max() + 0.01]
        chosen = np.concatenate([lips, spread_out(head.neutral, below_nose, _LOWER_FACE_POINTS)])
        dense = _dense_deltas(head)[:, chosen]
        columns = [EXPRESSION_INDEX[name] for name in channels]
        expressions = head.combinations.expressions
        inside = np.isin(expressions, columns).all(1)
        shapes = np.concatenate([dense[columns], dense[len(EXPRESSION_NAMES) :][inside]])
        self.channels = channels
        self.close, self.jaw = (channels.index(name) if name in channels else -1 for name in ("mouthClose", "jawOpen"))
        self.register_buffer("deltas", torch.from_numpy(1000 * shapes).reshape(len(shapes), -1), persistent=False)
        self.register_buffer(
            "pairs",
            torch.tensor([[columns.index(one) for one in pair] for pair in expressions[inside]]).reshape(-1, 2),
            persistent=False,
        )
        self.register_buffer("full", torch.from_numpy(head.combinations.full[inside].copy()), persistent=False)
        row = {int(vertex): place for place, vertex in enumerate(chosen)}
        is_lip = torch.arange(len(chosen)) < len(lips)
        self.register_buffer("is_lip", is_lip, persistent=False)
        self.register_buffer(
            "vertex_weight",
            torch.where(is_lip, torch.tensor(1.0), torch.tensor(_LOWER_FACE_WEIGHT)),
            persistent=False,
        )
        self.register_buffer(
            "lip_rows",
            torch.tensor([[row[int(vertex)] for vertex in pair] for pair in head.lip_pairs]),
            persistent=False,
        )
        outline = head.contours["lips_outer"]
        self.register_buffer("outline_rows", torch.tensor([row[int(vertex)] for vertex in outline]), persistent=False)
        self.register_buffer("rest", torch.from_numpy(1000 * head.neutral[chosen]), persistent=False)
        corners = outline[[head.neutral[outline, 0].argmin(), head.neutral[outline, 0].argmax()]]
        self.corner_rows = [row[int(vertex)] for vertex in corners]
        edge = head.neutral[incisor_edge(head)]
        self.tooth_edge_mm, self.tooth_front_mm = float(1000 * edge[:, 1].min()), float(1000 * edge[:, 2].max())

    def forward(self, curves: Tensor) -> Tensor:
        """[B, T, V', 3] millimetres from rest of weights [B, T, O], limited as the head model limits them."""
        limited = curves.clamp(0, 1)
        # Beyond the limits nothing moves any more; a little gradient leads back from there.
        limited = limited + 0.1 * (curves - limited)
        if self.close >= 0 and self.jaw >= 0:
            closed = torch.minimum(limited[..., self.close], limited[..., self.jaw] + PRESS)
            limited = torch.cat([limited[..., : self.close], closed[..., None], limited[..., self.close + 1 :]], -1)
        shares = (limited[..., self.pairs] / self.full).clamp(0, 1).prod(-1)
        places = torch.cat([limited, shares], -1) @ self.deltas
        return places.unflatten(-1, (-1, 3))

    def shown(self, curves: Tensor) -> Tensor:
        """As `forward`, of curves limited as the run time limits them."""
        moved: Tensor = self(curves.clamp(0, 1))
        return moved

    def measures(self, moved: Tensor) -> LipMeasures:
        """What the lips do where the vertices are `moved` [B, T, V', 3] from rest."""
        places = moved + self.rest
        pairs = places[..., self.lip_rows, :]
        gap = pairs[..., 0, 1] - pairs[..., 1, 1]
        left, right = (places[..., row, 0] for row in self.corner_rows)
        return LipMeasures(
            gap=gap,
            tooth_gap=self.tooth_edge_mm - places[..., self.lip_rows[1, 1], 1],
            tooth_reach=places[..., self.lip_rows[1, 1], 2] - self.tooth_front_mm,
            width=right - left,
            protrusion=moved[..., self.lip_rows[1], 2].mean(-1),
        )

    @property
    def rest_width(self) -> Tensor:
        """[] the lips' width at rest."""
        left, right = (self.rest[row, 0] for row in self.corner_rows)
        return right - left

    @property
    def rest_gap(self) -> Tensor:
        """[3] the gap at rest."""
        pairs = self.rest[self.lip_rows]
        return pairs[:, 0, 1] - pairs[:, 1, 1]


def spread_out(places: NDArray[np.float32], among: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """[count] vertices `among` those given that lie as far from one another as they can (farthest point sampling)."""
    chosen = [int(among[0])]
    distance = np.full(len(among), np.inf)
    for _ in range(min(count, len(among)) - 1):
        distance = np.minimum(distance, np.linalg.norm(places[among] - places[chosen[-1]], axis=1))
        chosen.append(int(among[distance.argmax()]))
    return np.array(chosen, np.int64)


def _dense_deltas(head: HeadModel) -> NDArray[np.float32]:
    """[E + C, V, 3] metres of each shape of the mean head, combinations behind the expressions."""
    starts, vertices, deltas = head.posed().shapes.sparse
    dense = np.zeros((len(starts) - 1, *head.neutral.shape), np.float32)
    for shape in range(len(dense)):
        inside = slice(int(starts[shape]), int(starts[shape + 1]))
        dense[shape, vertices[inside]] = deltas[inside]
    return dense
