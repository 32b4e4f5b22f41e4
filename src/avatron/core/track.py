"""What a video shows of one person: identity, motion and camera, and how far each frame is to be trusted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.core.camera import Camera
from avatron.core.motion import FaceMotion
from avatron.errors import InvalidValueError, ShapeError

__all__ = ["FaceTrack"]


@dataclass(frozen=True, eq=False)
class FaceTrack:
    """One person's face over the T frames of a clip, on our head.

    The world is the person's rest frame: origin and axes of the head model, turned so that the middle pose of the clip
    is the pose of rest. The camera stands still in it and the motion moves the head.

    Raises:
        ShapeError: lengths that disagree, or values that are not finite.
        InvalidValueError: an offset that is said to be given and is not there.
    """

    identity: NDArray[np.float32]
    """[S] of the head model, standard deviations."""
    displacement: NDArray[np.float32]
    """[V, 3] metres at rest, what is the person's own beyond the identity's modes; [0, 3] where none was found."""
    motion: FaceMotion
    """Frames that are not valid hold what the frames around them say, and are never to be learned from."""
    camera: Camera
    """Of the video's full frame, after its rotation flag."""
    radial_distortion: float
    """k1: a point at distance r of the principal point, in focal lengths, is seen at r (1 + k1 r^2)."""
    landmark_error: NDArray[np.float32]
    """[T] root mean square distance of the landmarks seen from the model's, pixels; 0 in frames that are not valid."""
    valid: NDArray[np.bool_]
    """[T] whether a face was seen that can be trusted."""
    start_s: float = 0.0
    """When frame 0 is shown, on the clock of the file."""
    audio_offset_s: float | None = None
    """By how much the sound of the file comes after its picture, seconds; None where it is not known."""
    audio_offset_given: bool = False
    """Whether that was said by whoever had the clip tracked, rather than measured."""
    audio_evidence: bool = False
    """Whether the sound had a say in the motion."""

    def __post_init__(self) -> None:
        count = len(self.motion)
        for name, shape, dtype in (
            ("identity", (None,), np.float32),
            ("displacement", (None, 3), np.float32),
            ("landmark_error", (count,), np.float32),
            ("valid", (count,), np.bool_),
        ):
            object.__setattr__(self, name, checked_array(name, getattr(self, name), shape, dtype))
        offset = 0.0 if self.audio_offset_s is None else self.audio_offset_s
        if not np.isfinite([self.radial_distortion, self.start_s, offset]).all():
            raise ShapeError("`radial_distortion`, `start_s` and `audio_offset_s` must be finite")
        if self.audio_offset_given and self.audio_offset_s is None:
            raise InvalidValueError("`audio_offset_given` is set without an `audio_offset_s`; give both")

    def __len__(self) -> int:
        return len(self.motion)
