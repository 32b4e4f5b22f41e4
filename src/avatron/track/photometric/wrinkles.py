"""What expressions do to the albedo: folds that come with brows and smiles, blood that pressed lips lose.

The mesh has no folds; what they look like is written into the texture, linear in a few groups of expressions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_INDEX, EXPRESSION_NAMES
from avatron.track.photometric.albedo import AtlasTexels

__all__ = ["WRINKLE_WEIGHTS", "found_wrinkles", "wrinkle_weights", "wrinkled"]

Floats = NDArray[np.float32]

_GROUPS: tuple[tuple[str, ...], ...] = (
    ("browInnerUp", "browOuterUpLeft", "browOuterUpRight"),
    ("browDownLeft", "browDownRight", "noseSneerLeft", "noseSneerRight"),
    ("mouthSmileLeft", "cheekSquintLeft", "mouthDimpleLeft"),
    ("mouthSmileRight", "cheekSquintRight", "mouthDimpleRight"),
    ("jawOpen",),
    ("mouthPucker", "mouthFunnel"),
    ("mouthRollLower", "mouthRollUpper", "mouthPressLeft", "mouthPressRight"),
)
_SHRINKAGE = 0.6
"""Squared activation, summed over frames, at which half of what is seen is believed."""
_MOST = 0.25


def _weights() -> Floats:
    weights = np.zeros((len(_GROUPS), len(EXPRESSION_NAMES)), np.float32)
    for row, group in enumerate(_GROUPS):
        for name in group:
            weights[row, EXPRESSION_INDEX[name]] = 1
    return weights


WRINKLE_WEIGHTS = _weights()
"""[K, E]"""
WRINKLE_WEIGHTS.flags.writeable = False


def wrinkle_weights(expression: NDArray[np.float32]) -> Floats:
    """[..., K] how strong each group of an expression [..., E] is, 0 .. 1."""
    return np.asarray(np.clip(expression @ WRINKLE_WEIGHTS.T, 0, 1), np.float32)


def found_wrinkles(
    texels: AtlasTexels,
    colours: NDArray[np.floating],
    weights: NDArray[np.floating],
    albedo: Floats,
    activations: Floats,
) -> tuple[Floats, Floats]:
    """([N, 3] albedo without expression, [K, N, 3] what each group adds): a ridge regression for each texel.

    Args:
        texels: N of them.
        colours: [F, N, 3] albedo as frames show it, `weights` [F, N].
        albedo: [N, 3] their robust mean: colours far from it have little say.
        activations: [F, K] of the frames.
    """
    kinds = activations.shape[1]
    columns = np.concatenate([np.ones((len(activations), 1), np.float32), activations], 1)
    plain, folds = albedo.copy(), np.zeros((kinds, len(albedo), 3), np.float32)
    ridge = np.diag([1e-3, *[_SHRINKAGE] * kinds]).astype(np.float32)
    for begin in range(0, len(albedo), 1024):
        rows = slice(begin, begin + 1024)
        difference = colours[:, rows].astype(np.float32) - albedo[rows]
        weight = (
            weights[:, rows].astype(np.float32) / (1 + np.einsum("fnc,fnc->fn", difference, difference) / 0.15**2) ** 2
        )
        normal = np.einsum("fn,fi,fj->nij", weight, columns, columns, optimize=True) + ridge
        right = np.einsum("fn,fi,fnc->nic", weight, columns, difference, optimize=True)
        solved = np.clip(np.linalg.solve(normal, right), -_MOST, _MOST)
        solved[texels.inside[rows] >= 0] = 0
        plain[rows] += solved[:, 0]
        folds[:, rows] = solved[:, 1:].transpose(1, 0, 2)
    return plain, folds


def wrinkled(albedo: Floats, wrinkles: Floats, expression: NDArray[np.float32]) -> Floats:
    """[H, W, 3] the albedo [H, W, 3] of an expression [E] with wrinkles [K, H, W, 3]."""
    return np.asarray(albedo + np.tensordot(wrinkle_weights(expression), wrinkles, 1), np.float32)
