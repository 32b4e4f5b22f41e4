"""What the numbers of an avatar's files must satisfy, besides their types, before anything is drawn.

A renderer trusts its meshes: an index beyond the head or a vertex a kilometre away is found here, with the file's name.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.errors import DamagedModelError
from avatron.face.head import HeadModel
from avatron.render.appearance import AttachedMesh

__all__ = [
    "FURTHEST_M",
    "LARGEST_COEFFICIENT",
    "LARGEST_DISPLACEMENT_M",
    "MOST_TRIANGLES",
    "MOST_VERTICES",
    "check_mesh",
    "check_person",
    "check_strands",
]

MOST_VERTICES = 150_000
MOST_TRIANGLES = 300_000
"""Of one mesh; an avatar's hair has some ten thousand."""
FURTHEST_M = 2.0
"""From the middle of the head."""
LARGEST_COEFFICIENT = 8.0
"""Standard deviations of the identity; beyond four a face is no face any more."""
LARGEST_DISPLACEMENT_M = 0.05
_LARGEST_WEIGHT = 20.0
_LARGEST_UV = 1000.0


def check_mesh(shown: str, mesh: AttachedMesh, head: HeadModel) -> None:
    """Refuse a mesh that cannot be drawn on `head`; messages call its file `shown`.

    Raises:
        DamagedModelError: empty, too large, too far away, or anchored to what is not there.
    """
    vertices, triangles, anchors = len(mesh.vertices), len(mesh.triangles), len(head.neutral)
    _demand(shown, "vertices", 3 <= vertices <= MOST_VERTICES, f"{vertices} vertices", f"3 .. {MOST_VERTICES}")
    _demand(shown, "triangles", 1 <= triangles <= MOST_TRIANGLES, f"{triangles} triangles", f"1 .. {MOST_TRIANGLES}")
    _within(shown, "vertices", mesh.vertices, -FURTHEST_M, FURTHEST_M, " m from the middle of the head")
    _within(shown, "uv", mesh.uv, -_LARGEST_UV, _LARGEST_UV)
    _within(shown, "anchor_weight", mesh.anchor_weight, -_LARGEST_WEIGHT, _LARGEST_WEIGHT)
    _within(shown, "head_weight", mesh.head_weight, 0, 1)
    _within(shown, "anchor_index", mesh.anchor_index, 0, anchors - 1, f": the head has {anchors} vertices")


def check_strands(shown: str, directions: NDArray[Any]) -> None:
    """Refuse strand directions [N, 3] that are no unit vectors, by a tenth.

    Raises:
        DamagedModelError: the file, and a length that is wrong.
    """
    lengths = np.linalg.norm(directions.astype(np.float64), axis=1)
    worst = float(lengths[np.abs(lengths - 1).argmax()]) if len(lengths) else 1.0
    _demand(shown, "strand_direction", abs(worst - 1) <= 0.1, f"a direction of length {worst:g}", "unit vectors")


def check_person(
    shown: str, identity: NDArray[Any], hidden: NDArray[Any], displacement: NDArray[Any] | None, head: HeadModel
) -> None:
    """Refuse a person that `head` cannot have.

    Raises:
        DamagedModelError: more coefficients than modes, or wild ones; triangles or vertices that are not there.
    """
    count = len(identity)
    _demand(shown, "identity", count <= head.identity_modes, f"{count} coefficients", f"at most {head.identity_modes}")
    _within(shown, "identity", identity, -LARGEST_COEFFICIENT, LARGEST_COEFFICIENT, " standard deviations")
    _within(shown, "hidden_triangles", hidden, 0, len(head.triangles) - 1, f": the head has {len(head.triangles)}")
    if displacement is not None:
        rows = len(displacement)
        _demand(shown, "displacement", rows == len(head.neutral), f"{rows} rows", f"{len(head.neutral)}, as the head")
        _within(shown, "displacement", displacement, -LARGEST_DISPLACEMENT_M, LARGEST_DISPLACEMENT_M, " m")


def _within(shown: str, name: str, values: NDArray[Any], low: float, high: float, unit: str = "") -> None:
    if values.size:
        least, most = float(values.min()), float(values.max())
        found = most if most > high or not least < low else least
        _demand(shown, name, low <= least and most <= high, f"{found:g}", f"{low:g} .. {high:g}{unit}")


def _demand(shown: str, name: str, holds: bool, found: str, expected: str) -> None:
    if not holds:
        raise DamagedModelError(f"`{name}` in `{shown}` has {found}, expected {expected}; get the avatar again")
