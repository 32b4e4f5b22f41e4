"""Whether it is the same face: the shape that a landmark network sees, freed of where the head is."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import FaceMotion
from avatron.core.track import FaceTrack
from avatron.render.protocol import Renderer
from avatron.replica.heldout.regions import RegionFinder
from avatron.track.landmarks.landmarker import FaceLandmarker
from avatron.track.report.face_points import BROWS, EYES, LIPS

__all__ = ["shape_difference_percent", "shape_distance"]

_MOVING = frozenset((*LIPS, *EYES, *BROWS))
_STILL = np.array([number for number in range(468) if number not in _MOVING], np.int64)
"""What speech and looks hardly move, the outline among them."""
_RIGHT_EYE, _LEFT_EYE = 33, 263


def shape_distance(first: NDArray[np.floating], second: NDArray[np.floating]) -> float:
    """Root mean square distance of two shapes [N, 2] after the similarity that lays one best onto the other.

    In units of the first (Umeyama, Least-squares estimation of transformation parameters, 1991).
    """
    one, two = (shape.astype(np.float64) - shape.mean(0) for shape in (first, second))
    left, singular, right = np.linalg.svd(two.T @ one)
    sign = np.diag([1.0, float(np.sign(np.linalg.det(left @ right)))])
    scale = float((singular * sign.diagonal()).sum() / max(float(np.square(two).sum()), 1e-12))
    laid = scale * two @ (left @ sign @ right)
    return float(np.sqrt(np.square(laid - one).sum(1).mean()))


def shape_difference_percent(
    track: FaceTrack,
    first_frame: int,
    pictures: Iterator[NDArray[np.uint8]],
    renderer: Renderer,
    motion: FaceMotion,
    *,
    stride: int = 5,
) -> float | None:
    """How far the face's still points of every `stride`-th held-out frame are from those of the drawn one, mean over
    frames, in percent of the eyes' distance; less is more alike. None where no frame can be trusted.

    It compares shape alone: no network that recognises people is at hand offline.
    """
    finder, landmarker = RegionFinder(track), FaceLandmarker.load()
    found = []
    for number, real in zip(range(first_frame, len(track)), pictures, strict=False):
        if (number - first_frame) % stride or not track.valid[number]:
            continue
        crop = finder.regions(track.motion, number).crop
        image = next(renderer.frames(motion.part(number, number + 1)))
        seen, drawn = (landmarker.look(picture, crop).landmarks[:, :2] for picture in (real, image))
        eyes = float(np.linalg.norm(seen[_LEFT_EYE] - seen[_RIGHT_EYE]))
        found.append(100 * shape_distance(seen[_STILL], drawn[_STILL]) / max(eyes, 1e-6))
    return round(float(np.mean(found)), 3) if found else None
