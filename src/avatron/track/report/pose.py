"""How a face is turned, and its shape with the turn taken out: landmarks against the mean head."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["STILL", "HeadPose", "head_pose", "mean_landmarks", "mirror_images"]

# Points that expressions hardly move: bridge and root of the nose, corners of the eyes, temples, forehead, cheekbones.
STILL = (
    6,
    168,
    197,
    195,
    5,
    4,
    33,
    133,
    362,
    263,
    127,
    356,
    162,
    389,
    10,
    109,
    338,
    67,
    297,
    234,
    454,
    93,
    323,
    8,
    9,
    151,
)


@dataclass(frozen=True, eq=False)
class HeadPose:
    """A head in a picture."""

    yaw_deg: float
    """To the person's left is positive."""
    pitch_deg: float
    """Up is positive."""
    roll_deg: float
    """Towards the person's right shoulder is positive."""
    error: float
    """Root mean square distance of the still landmarks from the mean head's, in distances of the eyes."""
    shape: NDArray[np.float32]
    """[478, 3] landmarks turned to the front, in distances of the eyes, the mean head's frame."""


@lru_cache(maxsize=1)
def mean_landmarks() -> NDArray[np.float32]:
    """[478, 3] of the mean head, in distances of its eyes, about the middle of its still points."""
    from avatron.face.shipped import shipped_head
    from avatron.track.report.faces import eye_distance

    head = shipped_head()
    corners = head.neutral[head.triangles[head.landmark_triangle]]
    points = np.einsum("lc,lcx->lx", head.landmark_barycentric, corners)
    points = (points - points[list(STILL)].mean(0)) / eye_distance(points)
    return np.asarray(points, np.float32)


@lru_cache(maxsize=1)
def mirror_images() -> NDArray[np.int64]:
    """[478] the landmark on the other side of the face for each."""
    points = mean_landmarks()
    apart = np.linalg.norm(points[:, None] * [-1, 1, 1] - points, axis=2)
    return np.asarray(np.argmin(apart, axis=1), np.int64)


def head_pose(landmarks: NDArray[np.float32]) -> HeadPose:
    """The pose that brings the mean head's still landmarks nearest to `landmarks` [478, 3] px.

    Similarity by least squares (Umeyama 1991), as the landmarks' depth is in pixels too.
    """
    mean = mean_landmarks()[list(STILL)]
    points = landmarks.astype(np.float64) * [1, -1, -1]
    still = points[list(STILL)]
    middle = still.mean(0)
    left, stretch, right = np.linalg.svd((still - middle).T @ mean)
    sign = np.array([1, 1, np.sign(np.linalg.det(left @ right))])
    rotation = (left * sign) @ right
    scale = float((stretch * sign).sum() / (mean**2).sum())
    shape = (points - middle) @ rotation / scale
    error = float(np.sqrt(((shape[list(STILL)] - mean) ** 2).sum(1).mean()))
    forward, up = rotation[:, 2], rotation[:, 1]
    yaw = np.degrees(np.arctan2(forward[0], forward[2]))
    pitch = np.degrees(np.arcsin(np.clip(forward[1], -1, 1)))
    roll = np.degrees(np.arctan2(-up[0], up[1]))
    return HeadPose(float(yaw), float(pitch), float(roll), error, shape.astype(np.float32))
