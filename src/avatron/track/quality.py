"""How good a track is, as far as it can tell by itself: for tables of many clips and for `--json`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import FaceMotion
from avatron.core.track import FaceTrack
from avatron.face.head import HeadModel
from avatron.face.rig import JOINTS

__all__ = ["TrackQuality", "measure_track"]

Floats = NDArray[np.float64]

CLOSED_MM = 0.5
"""Inner lips nearer than this are closed."""
_STILL_SHARE = 0.25
"""The stillest part of a clip is where jitter shows: nothing else moves there."""
_EYES = (JOINTS.index("eye_left"), JOINTS.index("eye_right"))


@dataclass(frozen=True, eq=False)
class TrackQuality:
    """Numbers of one track; means are over its valid frames."""

    frames: int
    valid_share: float
    """0 .. 1."""
    reprojection_px: float
    """Root mean square distance of landmarks seen from the model's, pixels."""
    reprojection_percent: float
    """The same, in percent of the distance between the middles of the eyes."""
    jitter_mm: float
    """Mean second difference of the face's landmarks in the head's own frame, millimetres a frame squared, in the
    stillest quarter of the clip."""
    closures: int
    """How often the lips come together."""
    closed_share: float
    """Part of the valid frames with closed lips."""
    lip_gap_mm: NDArray[np.float32]
    """[T] between the inner lips, in their middle."""
    frame_percent: NDArray[np.float32]
    """[T] reprojection of each frame; 0 in frames that are not valid."""

    def as_json(self, *, frames: bool = False) -> dict[str, Any]:
        """The numbers, rounded; with `frames` those of each frame too."""
        numbers = {name: value for name, value in asdict(self).items() if not isinstance(value, np.ndarray)}
        rounded = {name: round(value, 4) if isinstance(value, float) else value for name, value in numbers.items()}
        if frames:
            rounded["frame_percent"] = [round(float(value), 3) for value in self.frame_percent]
            rounded["lip_gap_mm"] = [round(float(value), 3) for value in self.lip_gap_mm]
        return rounded


def measure_track(track: FaceTrack, model: HeadModel) -> TrackQuality:
    """The quality of `track`."""
    posed = model.posed(track.identity, track.displacement if len(track.displacement) else None)
    eyes_px = _eye_distance_px(track, *posed.joint_motions(track.motion), posed.joints)
    percent = np.where(track.valid, 100 * track.landmark_error / np.maximum(eyes_px, 1e-6), 0).astype(np.float32)
    valid = np.flatnonzero(track.valid)
    gap_mm = np.zeros(len(track), np.float32)
    bend, speed = np.zeros(len(track)), np.full(len(track), np.inf)
    before: list[NDArray[Any]] = []
    still = FaceMotion.at_rest(len(track), track.motion.fps)
    held = FaceMotion(
        track.motion.expression,
        *(still.head_rotation, still.neck_rotation, still.torso_rotation),
        *(still.head_translation, still.torso_translation),
        gaze=track.motion.gaze,
        fps=still.fps,
    )
    for frame, places in enumerate(posed.frames(held)):
        gap_mm[frame] = model.lip_gap_mm(places)[1]
        before = [*before[-2:], model.landmarks(places)]
        if len(before) == 3 and track.valid[frame - 2 : frame + 1].all():
            second = before[2] - 2 * before[1] + before[0]
            bend[frame] = 1000 * np.linalg.norm(second, axis=1).mean()
            speed[frame] = np.linalg.norm(before[2] - before[0], axis=1).mean()
    stillest = np.argsort(speed)[: int(np.isfinite(speed).sum() * _STILL_SHARE)]
    closed = (gap_mm < CLOSED_MM) & track.valid
    starts = closed & ~np.concatenate([[False], closed[:-1]])
    return TrackQuality(
        frames=len(track),
        valid_share=len(valid) / max(len(track), 1),
        reprojection_px=_root_mean_square(track.landmark_error[valid]),
        reprojection_percent=_root_mean_square(percent[valid]),
        jitter_mm=float(bend[stillest].mean()) if len(stillest) else 0.0,
        closures=int(starts.sum()),
        closed_share=float(closed.sum() / max(len(valid), 1)),
        lip_gap_mm=gap_mm,
        frame_percent=percent,
    )


def _eye_distance_px(track: FaceTrack, rotations: Floats, translations: Floats, joints: Floats) -> Floats:
    """[T] between the middles of the eyes as the camera would see them from the front, pixels."""
    head = JOINTS.index("head")
    eyes = joints[list(_EYES)]
    middle = np.einsum("tij,j->ti", rotations[:, head], eyes.mean(0)) + translations[:, head]
    depth = np.maximum(track.camera.to_camera(middle)[:, 2], 1e-6)
    return np.asarray(track.camera.focal_px * np.linalg.norm(eyes[0] - eyes[1]) / depth)


def _root_mean_square(values: NDArray[Any]) -> float:
    return float(np.sqrt(np.mean(np.square(values, dtype=np.float64)))) if len(values) else 0.0
