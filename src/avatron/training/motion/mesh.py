"""Decoders that learn the vertices of any mesh: where its lips are, and examples made of a recorded sequence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from avatron.core.motion import MeshSequence
from avatron.core.speech import Acoustics
from avatron.core.timeline import sample_curve
from avatron.errors import InvalidValueError, ShapeError
from avatron.motion.decoder.features import UNKNOWN_CLASS, column_classes
from avatron.text.inventory import BILABIALS
from avatron.training.motion.examples import MotionExample, silent_columns, spans_of
from avatron.training.motion.geometry import FaceGeometry, LipMeasures

__all__ = ["Geometry", "MeshGeometry", "mesh_example", "mesh_principal_components"]


class MeshGeometry(nn.Module):
    """Offsets of vertices [B, T, 3 V] as millimetres: what `FaceGeometry` is for a head of expressions.

    Nothing is known of teeth here: train with `LossConfig(contact=0)`.
    """

    is_lip: Tensor
    vertex_weight: Tensor
    rest: Tensor
    lip_rows: Tensor
    outline_rows: Tensor

    def __init__(
        self,
        template: NDArray[np.float32],
        lips: NDArray[np.int64],
        lip_pairs: NDArray[np.int64],
        *,
        other_weight: float = 0.3,
        unit_m: float = 1.0,
    ) -> None:
        """`template` [V, 3] at rest, in units of `unit_m` metres; `lips` are its lip vertices, `lip_pairs` [3, 2]
        upper and lower ones of the inner rims, right, middle, left; the others weigh `other_weight` of a lip vertex.

        Raises:
            InvalidValueError: lips that the template does not have.
        """
        super().__init__()
        named = np.concatenate([lips.reshape(-1), lip_pairs.reshape(-1)])
        if not len(lips) or lip_pairs.shape != (3, 2) or named.min() < 0 or named.max() >= len(template):
            raise InvalidValueError(
                f"lips are {len(lips)} vertices and {list(lip_pairs.shape)} pairs, up to number "
                f"{named.max(initial=-1)}; expected some, and [3, 2] pairs, of the template's {len(template)}"
            )
        self.millimetres = 1000 * unit_m
        is_lip = torch.zeros(len(template), dtype=torch.bool)
        is_lip[torch.from_numpy(lips)] = True
        self.register_buffer("is_lip", is_lip, persistent=False)
        weight = torch.where(is_lip, torch.tensor(1.0), torch.tensor(other_weight))
        self.register_buffer("vertex_weight", weight, persistent=False)
        self.register_buffer("rest", torch.from_numpy(template * np.float32(self.millimetres)), persistent=False)
        self.register_buffer("lip_rows", torch.from_numpy(lip_pairs), persistent=False)
        self.register_buffer("outline_rows", torch.from_numpy(lips), persistent=False)
        across = template[lips, 0]
        self.corner_rows = [int(lips[across.argmin()]), int(lips[across.argmax()])]

    def forward(self, offsets: Tensor) -> Tensor:
        """[B, T, V, 3] millimetres from rest."""
        return self.millimetres * offsets.unflatten(-1, (-1, 3))

    def shown(self, offsets: Tensor) -> Tensor:
        """The same: vertices have no limits."""
        moved: Tensor = self(offsets)
        return moved

    def measures(self, moved: Tensor) -> LipMeasures:
        """What the lips do where the vertices are `moved` [B, T, V, 3] from rest."""
        places = moved + self.rest
        pairs = places[..., self.lip_rows, :]
        left, right = (places[..., row, 0] for row in self.corner_rows)
        nothing = torch.zeros_like(left)
        return LipMeasures(
            gap=pairs[..., 0, 1] - pairs[..., 1, 1],
            tooth_gap=nothing,
            tooth_reach=nothing,
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


Geometry = FaceGeometry | MeshGeometry
"""What turns a decoder's output into millimetres."""


def mesh_example(
    name: str,
    sequence: MeshSequence,
    template: NDArray[np.float32],
    acoustics: Acoustics,
    symbols: Sequence[str],
    *,
    style: int = 0,
) -> MotionExample:
    """A recorded mesh `sequence` with what is said in it; both begin at time 0.

    `template` [V, 3] is the person's own mesh at rest, `symbols` [P] the phonemes of `acoustics`, empty where there is
    no transcript; `style` is the person's place among the subjects.

    Raises:
        ShapeError: a template of another mesh.
    """
    if template.shape != sequence.vertices.shape[1:]:
        raise ShapeError(
            f"the template of `{name}` has shape {list(template.shape)}, expected that of the sequence's frames, "
            f"{list(sequence.vertices.shape[1:])}"
        )
    frames, rate = acoustics.frames, acoustics.frame_rate
    times_s = np.arange(0, frames, 2) / rate
    fps = float(sequence.fps)
    offsets = (sequence.vertices - template).reshape(len(sequence.vertices), -1)
    durations = acoustics.durations
    told = durations is not None and len(symbols) == len(durations)
    if durations is None or not told:
        durations, symbols = np.array([frames], np.int64), ("",)
    classes = column_classes(symbols, durations) if told else np.full(frames, UNKNOWN_CLASS, np.int64)
    edges = np.concatenate([[0], np.cumsum(durations)])
    return MotionExample(
        name=name,
        style=style,
        embedding=acoustics.text_embedding.astype(np.float16),
        phoneme_class=classes.astype(np.int16),
        phoneme_start=np.repeat(edges[:-1], durations).astype(np.int32),
        mel=acoustics.mel.astype(np.float16),
        target=sample_curve(offsets.T, fps, times_s).T.astype(np.float16),
        weight=(times_s <= (len(offsets) - 1) / fps).astype(np.float16),
        silence=silent_columns(classes, rate)[::2].astype(np.float16),
        closures=spans_of(symbols, edges, BILABIALS),
        contacts=np.zeros((0, 2), np.int32),
        frame_rate=rate,
    )


def mesh_principal_components(
    examples: Sequence[MotionExample], count: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(mean [3 V], directions [N, 3 V] of one standard deviation each), metres, N at most `count`: for `begin_with`."""
    frames = np.concatenate([example.target[example.weight > 0].astype(np.float64) for example in examples])
    mean = frames.mean(axis=0)
    # The smaller of the two Gram matrices: there are fewer frames than coordinates.
    centred = frames - mean
    values, vectors = np.linalg.eigh(centred @ centred.T)
    order = np.argsort(values)[::-1][: min(count, len(values))]
    # What is smaller is the rounding of half precision.
    order = order[values[order] > 1e-6 * max(float(values.max()), 1e-30)]
    directions = vectors[:, order].T @ centred / np.sqrt(len(frames))
    return mean.astype(np.float32), np.asarray(directions, np.float32)
