"""The whole ICT-FaceKit head, which the tracker's own model was reduced from: every identity mode, every expression.

Films of it hold what the tracker's basis cannot say: 100 modes in place of 64, cheeks that rise and puff and inner
brows that lift on one side only, and lips that the source leaves apart. Frame and units are the head model's: metres,
+X to the person's left, +Y up, +Z out of the face.
"""

from __future__ import annotations

import heapq
import itertools
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.errors import UnknownNameError, UnreadableFileError

__all__ = ["MULTI_PIE", "SourceHead", "SourcePart", "load_source_head"]

Floats = NDArray[np.float32]

# fmt: off
MULTI_PIE: tuple[int, ...] = (
    1225, 1888, 1052, 367, 1719, 1722, 2199, 1447, 966, 3661, 4390, 3927, 3924, 2608, 3272, 4088, 3443, 268, 493,
    1914, 2044, 1401, 3615, 4240, 4114, 2734, 2509, 978, 4527, 4942, 4857, 1140, 2075, 1147, 4269, 3360, 1507, 1542,
    1537, 1528, 1518, 1511, 3742, 3751, 3756, 3721, 3725, 3732, 5708, 5695, 2081, 0, 4275, 6200, 6213, 6346, 6461,
    5518, 5957, 5841, 5702, 5711, 5533, 6216, 6207, 6470, 5517, 5966,
)
# fmt: on
"""Vertices of the 68 Multi-PIE landmarks: 0-16 jaw, 17-26 brows, 27-35 nose, 36-47 eyes, 48-59 outer, 60-67 inner
lips."""

_METRES = 0.01
"""The file is in centimetres."""
_UPPER_RIM, _LOWER_RIM = (60, 61, 62, 63, 64), (60, 67, 66, 65, 64)
"""Landmarks along the inner lips, from the right corner to the left."""


@dataclass(frozen=True, eq=False)
class SourcePart:
    """The triangles of one material."""

    triangles: NDArray[np.int32]
    """[K, 3] vertices of the whole head."""
    corner_uv: NDArray[np.float32]
    """[K, 3, 2] texture coordinates of the corners inside the material's own unit square."""


@dataclass(frozen=True, eq=False)
class SourceHead:
    """ICT-FaceKit (USC-ICT, MIT licence) in metres."""

    neutral: Floats
    """[V, 3]."""
    identity: Floats
    """[100, V, 3] for one standard deviation."""
    expression: Floats
    """[57, V, 3] for weight 1."""
    expression_names: tuple[str, ...]
    parts: dict[str, SourcePart]
    """By material."""

    def part(self, material: str) -> SourcePart:
        """The triangles of a material such as `M_Face`.

        Raises:
            UnknownNameError: no such material.
        """
        if material not in self.parts:
            raise UnknownNameError("material", material, self.parts)
        return self.parts[material]

    def person(self, coefficients: NDArray[Any]) -> Floats:
        """[V, 3] the neutral face of identity coefficients [100], standard deviations."""
        return np.asarray(self.neutral + np.tensordot(np.asarray(coefficients, np.float32), self.identity, 1))

    def moved(self, rest: Floats, weights: NDArray[Any]) -> Floats:
        """[V, 3] a person at `rest` [V, 3] with expression weights [57]."""
        active = np.flatnonzero(np.abs(weights) > 1e-6)
        if not len(active):
            return rest.copy()
        offsets = np.asarray(weights, np.float32)[active] @ self.expression[active].reshape(len(active), -1)
        return np.asarray(rest + offsets.reshape(rest.shape), np.float32)

    @cached_property
    def skin_vertices(self) -> NDArray[np.int64]:
        """Vertices of face and back of the head."""
        return np.unique(np.concatenate([self.part("M_Face").triangles, self.part("M_BackHead").triangles]))

    @cached_property
    def lip_rims(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Vertices along the upper and the lower inner lip, from the right corner to the left, ends shared."""
        return tuple(self._path(numbers) for numbers in (_UPPER_RIM, _LOWER_RIM))  # type: ignore[return-value]

    def _path(self, landmarks: tuple[int, ...]) -> NDArray[np.int64]:
        """The shortest way along edges through some of `MULTI_PIE` (Dijkstra, 1959)."""
        neighbours: dict[int, set[int]] = defaultdict(set)
        for triangle in self.part("M_Face").triangles.tolist():
            for one, two in itertools.permutations(triangle, 2):
                neighbours[one].add(two)
        path = [MULTI_PIE[landmarks[0]]]
        for target in (MULTI_PIE[number] for number in landmarks[1:]):
            path += self._shortest(neighbours, path[-1], target)
        return np.array(path, np.int64)

    def _shortest(self, neighbours: dict[int, set[int]], start: int, end: int) -> list[int]:
        before: dict[int, int] = {}
        best = {start: 0.0}
        queue = [(0.0, start)]
        while queue:
            length, here = heapq.heappop(queue)
            if here == end:
                break
            for there in neighbours[here]:
                further = length + float(np.linalg.norm(self.neutral[here] - self.neutral[there]))
                if further < best.get(there, np.inf):
                    best[there], before[there] = further, here
                    heapq.heappush(queue, (further, there))
        path = [end]
        while before[path[-1]] != start:
            path.append(before[path[-1]])
        return path[::-1]


def load_source_head(path: Path) -> SourceHead:
    """Read `ict_facekit.npz`.

    Raises:
        UnreadableFileError: missing, or not that file.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            data: dict[str, Any] = {name: archive[name] for name in archive.files}
        names = tuple(str(name) for name in data["expression_names"])
        materials = tuple(str(name) for name in data["materials"])
        parts = {material: _part(data, number) for number, material in enumerate(materials)}
        scale = np.float32(_METRES)
        return SourceHead(
            data["neutral"].astype(np.float32) * scale,
            data["identity"].astype(np.float32) * scale,
            data["expression"].astype(np.float32) * scale,
            names,
            parts,
        )
    except (OSError, KeyError, ValueError) as error:
        raise UnreadableFileError(
            f"cannot read the head `{path}`: {error}; give the folder with `ict_facekit.npz`"
        ) from error


def _part(data: dict[str, Any], material: int) -> SourcePart:
    chosen = data["face_material"] == material
    quads, corners = data["faces"][chosen], data["face_uv"][chosen]
    # A triangle repeats its last index.
    four = quads[:, 2] != quads[:, 3]
    triangles = np.concatenate([quads[:, :3], quads[four][:, [0, 2, 3]]]).astype(np.int32)
    uv = data["uv"][np.concatenate([corners[:, :3], corners[four][:, [0, 2, 3]]])].astype(np.float32)
    return SourcePart(triangles, uv - np.floor(uv.reshape(-1, 2).mean(0)))
