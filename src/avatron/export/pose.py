"""A character's surfaces at one frame of a performance: targets added up, then skinned, as every engine does it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatron.export.character import Character, Performance, Surface

__all__ = ["joint_matrices", "posed_surface"]

Floats = NDArray[np.float32]


def joint_matrices(character: Character, performance: Performance, frame: int) -> NDArray[np.float64]:
    """[J, 4, 4] what takes a point at rest to its place at `frame`."""
    world: list[NDArray[np.float64]] = []
    for number, joint in enumerate(character.joints):
        local = np.eye(4)
        local[:3, :3] = _matrix(performance.rotations[frame, number].astype(np.float64))
        local[:3, 3] = performance.translations[frame, number]
        world.append(local if joint.parent is None else world[joint.parent] @ local)
    inverse = np.tile(np.eye(4), (len(world), 1, 1))
    inverse[:, :3, 3] = [[-value for value in joint.place] for joint in character.joints]
    return np.asarray(np.stack(world) @ inverse)


def posed_surface(surface: Surface, weights: Floats, matrices: NDArray[np.float64]) -> tuple[Floats, Floats]:
    """(vertices [V, 3], unit normals [V, 3]) for targets' `weights` [M] and `joint_matrices` [J, 4, 4]."""
    vertices, normals = surface.vertices.astype(np.float64), surface.normals.astype(np.float64)
    for target, weight in zip(surface.targets, weights, strict=False):
        if weight:
            vertices[target.vertices] += weight * target.offsets
            normals[target.vertices] += weight * target.normal_offsets
    blended = np.einsum("vk,vkrc->vrc", surface.joint_weights, matrices[surface.joints])
    moved = np.einsum("vrc,vc->vr", blended[:, :3, :3], vertices) + blended[:, :3, 3]
    turned = np.einsum("vrc,vc->vr", blended[:, :3, :3], normals)
    turned /= np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-12)
    return moved.astype(np.float32), turned.astype(np.float32)


def _matrix(quaternion: NDArray[np.float64]) -> NDArray[np.float64]:
    x, y, z, w = quaternion / np.linalg.norm(quaternion)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
