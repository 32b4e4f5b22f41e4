"""A track against the truth of its film: shape, pose, expression, gaze, closures, landmarks.

Shape is scan to mesh after a similarity alignment (`surface.py`): once of the neutral faces, which says how well the
person is known, and in every frame, which says how well the moving face is. Pose is compared in the true head's frame,
which the neutral alignment finds, and at the true scale: a single camera cannot know whether a head is large and far.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from avatron.core.track import FaceTrack
from avatron.errors import ShapeError
from avatron.evaluation.tracking.measures import (
    ClosureMatches,
    angle_between_deg,
    area_mean,
    correlations,
    matched_closures,
    mean_rotation,
    rotation_error_deg,
)
from avatron.evaluation.tracking.predicted import TrackedHead, face_surface, gaze_directions
from avatron.evaluation.tracking.surface import Surface, align, similarity_of_pairs
from avatron.evaluation.tracking.truth import REGIONS, Truth
from avatron.face.head import HeadModel

__all__ = ["ClipError", "compare"]

_EVERY_FRAMES = 5
"""Shapes are measured in each of so many frames."""


@dataclass(frozen=True)
class ClipError:
    """How far one track is from the truth. Means over frames that the track calls valid."""

    frames: int
    valid_share: float
    neutral_mm: dict[str, float]
    """By region: neutral face to neutral face."""
    posed_mm: dict[str, float]
    """By region, mean over frames."""
    rotation_deg: float
    rotation_motion_deg: float
    """The same about its mean: without what the two heads call straight ahead."""
    rotation_p95_deg: float
    sideways_mm: float
    """Where the head is, across and up, at the true scale."""
    depth_mm: float
    position_motion_mm: float
    """All three axes, about the mean error: without a focal length that is off."""
    focal_ratio: float
    """Found over true."""
    expression_r: dict[str, float]
    """Pearson's r of each expression that moves."""
    expression_error: float
    """Mean absolute difference of the weights that move."""
    gaze_deg: float
    closures: ClosureMatches
    landmark_px: float
    """Root mean square distance of the model's landmarks from the true ones, pixels."""

    def as_json(self) -> dict[str, Any]:
        """All fields, rounded."""
        plain = {key: _rounded(value) for key, value in vars(self).items() if key != "closures"}
        score = self.closures
        plain["closures"] = {**vars(score), "precision": _rounded(score.precision), "recall": _rounded(score.recall)}
        plain["mean_expression_r"] = _rounded(self.mean_expression_r)
        return plain

    @property
    def mean_expression_r(self) -> float:
        """Over the expressions that move; NaN where none does."""
        return float(np.mean(list(self.expression_r.values()))) if self.expression_r else float("nan")


def compare(track: FaceTrack, truth: Truth, model: HeadModel, surface: Surface | None = None) -> ClipError:
    """How far `track` is from `truth`; `surface` saves finding the model's face again.

    Raises:
        ShapeError: not as many frames, or no valid one.
    """
    if len(track) != len(truth):
        raise ShapeError(f"a track of {len(track)} frames and a truth of {len(truth)}; expected as many")
    rows = np.flatnonzero(track.valid)
    if not len(rows):
        raise ShapeError("no frame of the track is valid; there is nothing to compare")
    head, surface = TrackedHead(track, model), surface or face_surface(model)
    known = truth.multi_pie >= 0
    true_marks, own_marks = truth.multi_pie[known], model.multi_pie[known]
    start = similarity_of_pairs(truth.rest[true_marks], head.rest[own_marks])
    neutral = align(truth.rest, surface, head.rest, start, truth.area)
    moved = neutral.applied(truth.rest)
    distance = np.linalg.norm(surface.nearest(moved, head.rest).places - moved, axis=1) / neutral.scale
    posed: dict[str, list[float]] = {name: [] for name in REGIONS}
    gaps, landmark = np.full(len(track), np.inf), []
    for number, frame in enumerate(rows.tolist()):
        vertices = head.vertices(frame)
        gaps[frame] = head.lip_gap_mm(frame)
        seen = head.project(model.landmarks(vertices))
        landmark.append(np.square(seen - truth.landmarks_px[frame]).sum(-1).mean())
        if number % _EVERY_FRAMES:
            continue
        points = truth.points[frame].astype(np.float64)
        start = similarity_of_pairs(points[true_marks], vertices[own_marks])
        placed = align(points, surface, vertices, start, truth.area)
        moved = placed.applied(points)
        off = np.linalg.norm(surface.nearest(moved, vertices).places - moved, axis=1)
        off /= placed.scale
        for name in REGIONS:
            posed[name].append(1000 * area_mean(off, truth.area, truth.regions[name]))
    turned = head.head_rotation[rows] @ neutral.rotation
    rotation = rotation_error_deg(truth.head_rotation[rows], turned)
    offset = np.einsum("tji,tjk->tik", truth.head_rotation[rows], turned)
    motion = rotation_error_deg(np.broadcast_to(mean_rotation(offset), offset.shape), offset)
    middle = truth.rest.mean(0).astype(np.float64)
    true_place = truth.head_rotation[rows] @ middle + truth.head_translation[rows]
    own_place = head.head_rotation[rows] @ neutral.applied(middle) + head.head_translation[rows]
    shift = 1000 * (own_place / neutral.scale - true_place)
    columns = [index for index, name in enumerate(truth.expression_names)]
    own_expression = np.stack([track.motion.channel(name) for name in truth.expression_names], 1)[rows]
    true_expression = truth.expression[rows][:, columns]
    moving = true_expression.std(0) > 0.03
    difference = np.abs(own_expression - true_expression)[:, moving]
    gaze = angle_between_deg(gaze_directions(truth.head_rotation[rows], truth.gaze[rows]), head.gaze_directions()[rows])
    return ClipError(
        frames=len(track),
        valid_share=len(rows) / len(track),
        neutral_mm={name: 1000 * area_mean(distance, truth.area, truth.regions[name]) for name in REGIONS},
        posed_mm={name: float(np.mean(values)) for name, values in posed.items()},
        rotation_deg=float(rotation.mean()),
        rotation_motion_deg=float(motion.mean()),
        rotation_p95_deg=float(np.percentile(rotation, 95)),
        sideways_mm=float(np.linalg.norm(shift[:, :2], axis=1).mean()),
        depth_mm=float(np.abs(shift[:, 2]).mean()),
        position_motion_mm=float(np.linalg.norm(shift - shift.mean(0), axis=1).mean()),
        focal_ratio=track.camera.focal_px / truth.focal_px,
        expression_r=correlations(true_expression, own_expression, truth.expression_names),
        expression_error=float(difference.mean()) if moving.any() else 0.0,
        gaze_deg=float(gaze.mean()),
        closures=matched_closures(truth.lip_gap_mm, gaps),
        landmark_px=float(np.sqrt(np.mean(landmark))),
    )


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    return round(value, 4) if isinstance(value, float) else value
