"""Lips and upper face of meshes that are not ours: from lists beside the data, or derived from how the mesh moves.

The lists that papers used belong to licensed models: they are read where the user has them, and never come with
avatron. Without them the lips are found by what only lips do: points that touch at rest and part when it speaks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.errors import InvalidValueError, UnknownNameError, UnreadableFileError
from avatron.evaluation.face.protocols.array_pickle import read_array_pickle
from avatron.evaluation.face.regions import VertexSet

__all__ = ["MESH_LIP_SETS", "MeshRegions", "derived_regions", "mesh_regions", "published_regions"]

MESH_LIP_SETS = ("published", "derived")
"""Lists beside the data, or what is derived from the motion."""
_MOVES = 0.25
"""Points that move by less than that share of the most moved one are neither lip nor chin."""
_NEIGHBOURS = 16
_PARTS = 0.25
"""Pairs that part by more than that share of the widest are the slit."""
_LIP_WIDTHS, _UPPER_WIDTHS, _BEHIND_WIDTHS = 0.18, 0.9, 2.0
"""In widths of the mouth, 50 mm in a man: lips reach 9 mm from the slit, the upper face begins 45 mm above it, at the
bridge of the nose, and ends 100 mm behind it."""
_AT_ONCE = 512


@dataclass(frozen=True, eq=False)
class MeshRegions:
    """Where a mesh is measured."""

    lips: VertexSet
    upper_face: VertexSet
    pairs: NDArray[np.int64]
    """[N, 2] upper and lower vertices of the slit, which touch at rest; none where they are not known."""
    up: NDArray[np.float64]
    """[3] the way in which the upper lip leaves the lower one."""

    def gap(self, vertices: NDArray[Any], template: NDArray[Any]) -> NDArray[np.float64]:
        """[T] the widest gap between the lips of `vertices` [T, V, 3], more than in the template, in their unit."""
        if not len(self.pairs):
            raise InvalidValueError("the slit between the lips is not known; use the derived lip set")
        apart = (vertices[:, self.pairs[:, 0]] - vertices[:, self.pairs[:, 1]]) @ self.up
        rest = (template[self.pairs[:, 0]] - template[self.pairs[:, 1]]) @ self.up
        return np.asarray((apart - rest).max(axis=1), np.float64)


def mesh_regions(name: str | None, folder: Path, template: NDArray[Any], displacements: NDArray[Any]) -> MeshRegions:
    """The regions of the lip set `name`; None takes the published lists where they are, and derives them where not.

    `displacements` [R, V, 3] are frames of training motion less their subject's template.

    Raises:
        UnknownNameError: no such lip set.
        UnreadableFileError: lists that are not there or damaged.
        InvalidValueError: motion from which no lips can be derived.
    """
    if name is not None and name not in MESH_LIP_SETS:
        raise UnknownNameError("lip set", name, MESH_LIP_SETS)
    found = None if name == "derived" else published_regions(folder, len(template))
    if name == "published" and found is None:
        raise UnreadableFileError(
            f"`{folder}` has no published lists: expected `regions/lve.txt` and `regions/fdd.txt`, or "
            "`FLAME_masks.pkl`; or choose `--lips derived`"
        )
    try:
        derived = derived_regions(template, displacements)
    except InvalidValueError:
        # Lists say where to measure; only the gap between the lips needs the slit itself.
        if found is None:
            raise
        return MeshRegions(*found, np.zeros((0, 2), np.int64), np.array([0.0, 1.0, 0.0]))
    return derived if found is None else MeshRegions(*found, derived.pairs, derived.up)


def published_regions(folder: Path, count: int) -> tuple[VertexSet, VertexSet] | None:
    """(lips, upper face) from the lists in `folder`, for a mesh of `count` vertices; None where it has none.

    Raises:
        UnreadableFileError: a list that is damaged, or names vertices that are not there.
    """
    lips, upper = folder / "regions" / "lve.txt", folder / "regions" / "fdd.txt"
    if lips.is_file() and upper.is_file():
        return (
            VertexSet("published", _read_list(lips, count), "regions/lve.txt"),
            VertexSet("published", _read_list(upper, count), "regions/fdd.txt"),
        )
    masks = folder / "FLAME_masks.pkl"
    if masks.is_file():
        arrays = read_array_pickle(masks)
        for name in ("lips", "forehead", "eye_region"):
            if name not in arrays:
                raise UnreadableFileError(f"`{masks}` has no mask `{name}`; get it again")
        above = np.concatenate([arrays["forehead"], arrays["eye_region"]])
        return (
            VertexSet("published", _checked(masks, arrays["lips"], count), "FLAME_masks.pkl: lips"),
            VertexSet("published", _checked(masks, above, count), "FLAME_masks.pkl: forehead, eye_region"),
        )
    return None


def derived_regions(template: NDArray[Any], displacements: NDArray[Any]) -> MeshRegions:
    """Lips and upper face of a mesh at rest `template` [V, 3], from how it moves: `displacements` [R, V, 3].

    Of points that lie near one another at rest, those that part most are the two sides of the slit; the side that
    moves less is the upper lip. The rest is distances in widths of that slit.

    Raises:
        InvalidValueError: fewer than two frames, or nothing that parts.
    """
    rest, moves = np.asarray(template, np.float64), np.asarray(displacements, np.float64)
    if len(moves) < 2:
        raise InvalidValueError(f"{len(moves)} frames of training motion show no lips; give more, or published lists")
    size = np.linalg.norm(moves - moves.mean(0), axis=-1).mean(0)
    moving = np.flatnonzero(size > _MOVES * size.max())
    pairs = _near_pairs(rest, moving)
    apart = np.linalg.norm(
        (rest[pairs[:, 0]] + moves[:, pairs[:, 0]]) - (rest[pairs[:, 1]] + moves[:, pairs[:, 1]]), axis=-1
    )
    opening = np.ptp(apart, axis=0)
    # A skin stretches in proportion to its length; a slit opens from nothing.
    length = np.linalg.norm(rest[pairs[:, 0]] - rest[pairs[:, 1]], axis=-1)
    parting = opening - 2 * length
    if not len(parting) or parting.max() <= 0:
        raise InvalidValueError(
            "no points that touch at rest part in this motion: it shows no lips; give published lists"
        )
    slit = pairs[parting > _PARTS * parting.max()]
    upper_first = size[slit[:, 0]] <= size[slit[:, 1]]
    slit = np.where(upper_first[:, None], slit, slit[:, ::-1])
    widest = int((apart[:, parting > _PARTS * parting.max()].mean(1)).argmax())
    way = (rest[slit[:, 0]] + moves[widest, slit[:, 0]] - rest[slit[:, 1]] - moves[widest, slit[:, 1]]).mean(0)
    up = way / np.linalg.norm(way)
    rim = np.unique(slit)
    middle = rest[rim].mean(0)
    width = float(max(np.ptp(rest[rim], axis=0)))
    away = _distance(rest, rest[rim])
    above = (rest - middle) @ up
    # Forward is where the mouth lies before the middle of the mesh.
    forward = middle - rest.mean(0)
    forward -= (forward @ up) * up
    forward /= max(float(np.linalg.norm(forward)), 1e-12)
    in_front = (rest - middle) @ forward > -_BEHIND_WIDTHS * width
    source = "derived from the training motion"
    return MeshRegions(
        VertexSet("derived", np.flatnonzero(away <= _LIP_WIDTHS * width), source),
        VertexSet("derived", np.flatnonzero((above > _UPPER_WIDTHS * width) & in_front), source),
        slit.astype(np.int64),
        up,
    )


def _near_pairs(rest: NDArray[np.float64], moving: NDArray[Any]) -> NDArray[np.int64]:
    """[N, 2] each moving vertex with its nearest moving ones, each pair once."""
    places = rest[moving]
    found = []
    for start in range(0, len(places), _AT_ONCE):
        part = places[start : start + _AT_ONCE]
        squares = np.square(part).sum(1)[:, None] + np.square(places).sum(1)[None] - 2 * part @ places.T
        count = min(_NEIGHBOURS + 1, len(places))
        nearest = np.argpartition(squares, count - 1, axis=1)[:, :count]
        one = np.repeat(np.arange(start, start + len(part)), count)
        found.append(np.stack([one, nearest.reshape(-1)], 1))
    pairs = np.sort(np.concatenate(found), axis=1)
    pairs = np.unique(pairs[pairs[:, 0] < pairs[:, 1]], axis=0)
    return np.asarray(moving[pairs], np.int64)


def _distance(points: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """[N] from each point to the nearest of the others."""
    parts = [
        np.linalg.norm(points[start : start + _AT_ONCE, None] - others[None], axis=-1).min(1)
        for start in range(0, len(points), _AT_ONCE)
    ]
    return np.concatenate(parts)


def _read_list(path: Path, count: int) -> NDArray[np.int64]:
    try:
        numbers: Sequence[int] = [
            int(one) for one in re.split(r"[\s,]+", path.read_text(encoding="utf-8").strip()) if one
        ]
    except (OSError, ValueError) as error:
        raise UnreadableFileError(f"`{path}` is no list of vertex numbers: {error}") from error
    return _checked(path, np.array(numbers, np.int64), count)


def _checked(path: Path, numbers: NDArray[Any], count: int) -> NDArray[np.int64]:
    chosen = np.unique(np.asarray(numbers, np.int64).reshape(-1))
    if not len(chosen) or chosen[0] < 0 or chosen[-1] >= count:
        raise UnreadableFileError(
            f"`{path}` names vertices outside of 0 .. {count - 1}, or none: it is of another mesh"
        )
    return chosen
