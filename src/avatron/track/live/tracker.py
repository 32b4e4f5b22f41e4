"""From pictures to the motion of a face, one at a time, as fast as they come."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import FaceMotion
from avatron.core.rotation import matrix_to_axis_angle
from avatron.face.head import HeadModel
from avatron.face.shipped import shipped_head
from avatron.track.fit.parameters import FITTED, fitted_from_weights, weights_from_fitted
from avatron.track.fit.pose_model import FrameUnknowns
from avatron.track.fit.start import with_tongue
from avatron.track.landmarks.follower import FaceFollower
from avatron.track.landmarks.landmarker import FaceLandmarker
from avatron.track.landmarks.steady import LandmarkSteadier
from avatron.track.lips.reader import LipReader
from avatron.track.lips.watcher import LipWatcher
from avatron.track.live.config import LiveConfig
from avatron.track.live.person import PersonFinder
from avatron.track.live.solver import FrameSolver

__all__ = ["LiveFace", "LiveTracker"]

_FACING = np.diag([1.0, -1.0, -1.0])
"""From the axes of a camera to those of a head that looks into it."""


@dataclass(frozen=True, eq=False)
class LiveFace:
    """What one picture shows."""

    motion: FaceMotion | None
    """One frame: the head's turn is against looking straight into the camera, its place against where it was first;
    None where no face was seen."""
    landmarks: NDArray[np.float32]
    """[478, 3] px, as the networks saw them; 0 where no face was seen."""
    error_px: float
    """Root mean square distance of landmarks from those of the head, pixels."""
    calibrated: bool
    """Whether the person's own identity is known already."""


class LiveTracker:
    """Follows the face of one person through pictures of one size."""

    def __init__(
        self,
        size: tuple[int, int],
        fps: Fraction,
        config: LiveConfig | None = None,
        *,
        landmarker: FaceLandmarker | None = None,
        reader: LipReader | None = None,
        model: HeadModel | None = None,
        beside: bool = False,
    ) -> None:
        """For pictures of `size` (width, height) px.

        Args:
            size: of the pictures.
            fps: the source's own rate, for the motion's clock.
            config: None takes the defaults.
            landmarker: None loads one.
            reader: of lips; None loads one, unless `config` leaves lips to the landmarks.
            model: None takes the package's head.
            beside: whether the person is found in a thread beside the tracking, so that no frame has to wait for it;
                then results depend on how fast the machine is.

        Raises:
            MissingComponentError: the landmark networks cannot be had.
        """
        self._config = config or LiveConfig()
        self._fps = fps
        self._follower = FaceFollower(landmarker or FaceLandmarker.load(), self._config.follower)
        self._steadier = LandmarkSteadier(self._config.steady)
        self._solver = FrameSolver(self._config.track, self._config.iterations)
        self._finder = PersonFinder(model or shipped_head(), size, self._config, beside=beside)
        used = self._config.track.lips.used
        self._lips = LipWatcher(reader or LipReader.load()) if used else None
        self._last_s: float | None = None
        self._origin: NDArray[np.float64] | None = None

    def see(self, image: NDArray[np.uint8], time_s: float, frame: int) -> LiveFace:
        """The face in `image` [H, W, 3], which was taken at `time_s` and is number `frame` of its source."""
        elapsed_s = 1 / float(self._fps) if self._last_s is None else max(time_s - self._last_s, 1e-3)
        self._last_s = time_s
        seen = self._follower.see(image)
        if not seen.valid:
            self._solver.forget()
            self._steadier.reset()
            return LiveFace(None, seen.landmarks, 0.0, self._finder.person.calibrated)
        if seen.found_anew:
            self._solver.forget()
            self._steadier.reset()
        self._finder.see(seen.landmarks, seen.blendshapes, elapsed_s)
        person = self._finder.person
        guess = fitted_from_weights(with_tongue(seen.blendshapes[None]))[0]
        assert len(guess) == len(FITTED)
        lips = None
        if self._lips is not None:
            self._lips.see(image, seen)
            lips = self._lips.take()
        unknowns, error_px = self._solver.solve(
            person, self._steadier.steady(seen.landmarks, elapsed_s), guess, elapsed_s, lips
        )
        if not (np.isfinite(unknowns.fitted).all() and np.isfinite(unknowns.rotation).all() and np.isfinite(error_px)):
            self._solver.forget()
            return LiveFace(None, seen.landmarks, 0.0, person.calibrated)
        return LiveFace(self._motion(unknowns, frame), seen.landmarks, error_px, person.calibrated)

    def _motion(self, unknowns: FrameUnknowns, frame: int) -> FaceMotion:
        place = unknowns.translation @ _FACING
        if self._origin is None:
            self._origin = place[0]
        still = np.zeros((1, 3), np.float32)
        return FaceMotion(
            expression=weights_from_fitted(unknowns.fitted, unknowns.gaze),
            head_rotation=matrix_to_axis_angle(_FACING @ unknowns.rotation).astype(np.float32),
            neck_rotation=still,
            torso_rotation=still,
            head_translation=(place - self._origin).astype(np.float32),
            torso_translation=still,
            gaze=unknowns.gaze.astype(np.float32),
            fps=self._fps,
            first_frame=frame,
        )
