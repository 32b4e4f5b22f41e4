"""One person's face from frame to frame: found by the detector, then followed by its own landmarks."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import ARKIT_NAMES
from avatron.errors import InvalidValueError
from avatron.track.landmarks.crop import FaceCrop
from avatron.track.landmarks.detector import FaceDetection
from avatron.track.landmarks.landmarker import FaceLandmarker, FaceLook
from avatron.track.observations import LANDMARKS

__all__ = ["FaceFollower", "FollowerConfig", "SeenFace"]

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class FollowerConfig:
    """When a face counts as seen, and how another one is told from it."""

    least_presence: float = 0.5
    """Below it the face is lost and looked for again, 0 .. 1."""
    least_detection_score: float = 0.5
    """What the detector must give a face, 0 .. 1."""
    largest_step: float = 0.35
    """In sides of the crop: a face whose middle moves further from one frame to the next is another one."""
    largest_growth: float = 1.5
    """By how much the crop's side may change from one frame to the next."""
    settling_looks: int = 2
    """Looks at a face that was just found: the detector's box is too rough for the first one to be right."""
    remembered_frames: int = 15
    """For how long after it was lost a face is preferred where it was last seen."""
    deepest_level: int = 2
    """How small the faces are that are looked for where no larger one is found; see `FaceLandmarker.detect`."""
    deep_every_frames: int = 5
    """While no face is found, small ones are looked for in one frame of so many."""
    subject_reach: float = 0.75
    """In sides of the crop: a subject who was chosen is only taken up so near to where it is said to be or was seen."""
    only_subject: bool = False
    """Whether it stays so for the whole clip, so that nobody else is taken for the subject; else until it is found."""
    blendshapes: bool = True
    """Whether MediaPipe's expressions are worked out too."""

    def __post_init__(self) -> None:
        for name in ("least_presence", "least_detection_score", "largest_step"):
            if not 0 < getattr(self, name) < 1:
                raise InvalidValueError(f"`{name}` is {getattr(self, name)}, expected a number between 0 and 1")
        if self.subject_reach <= 0:
            raise InvalidValueError(f"`subject_reach` is {self.subject_reach}, expected a number above 0")
        if self.largest_growth <= 1:
            raise InvalidValueError(f"`largest_growth` is {self.largest_growth}, expected a number above 1")
        least = {"settling_looks": 1, "deep_every_frames": 1, "remembered_frames": 0, "deepest_level": 0}
        for name, bound in least.items():
            if getattr(self, name) < bound:
                raise InvalidValueError(f"`{name}` is {getattr(self, name)}, expected {bound} or more")


@dataclass(frozen=True, eq=False)
class SeenFace:
    """What one frame shows of the person."""

    landmarks: Floats
    """[478, 3] px of the frame, and depth in the same pixels; 0 where no face was seen."""
    presence: float
    """0 .. 1."""
    blendshapes: Floats
    """[52] of `ARKIT_NAMES`, 0 .. 1."""
    valid: bool
    found_anew: bool = False
    """Whether the detector had to find it: the first frame, after a loss, after a cut."""

    @staticmethod
    def nothing(presence: float = 0.0) -> SeenFace:
        """No face in the frame."""
        return SeenFace(
            np.zeros((LANDMARKS, 3), np.float32), presence, np.zeros(len(ARKIT_NAMES), np.float32), valid=False
        )


class FaceFollower:
    """Follows one face through frames that are given one after another; knows nothing of those to come."""

    def __init__(
        self, landmarker: FaceLandmarker, config: FollowerConfig | None = None, subject: FaceCrop | None = None
    ) -> None:
        """Follow nobody yet: the first frame's largest and most central face becomes the subject, unless it is said
        where the `subject` is."""
        self.landmarker = landmarker
        self.config = config or FollowerConfig()
        self._crop = subject
        """Where the face should be in the next frame; None while it is lost."""
        self._last = subject
        """Where it was last seen."""
        self._awaited = subject is not None
        """Whether it was chosen, and not seen yet."""
        self._lost_frames = 0

    def reset(self) -> None:
        """Forget the subject, as at a cut."""
        self._crop = self._last = None
        self._awaited = False
        self._lost_frames = 0

    def see(self, image: NDArray[np.uint8]) -> SeenFace:
        """The subject's face in the next frame, `image` [H, W, 3] sRGB."""
        presence = 0.0
        if self._crop is not None:
            look = self.landmarker.look(image, self._crop)
            presence = look.presence
            if self._trusted(look) and self._continues(self._crop, look):
                return self._seen(look)
        look_found, presence_found = self._find(image)
        if look_found is not None:
            return self._seen(look_found, found_anew=True)
        self._crop = None
        self._lost_frames += 1
        return SeenFace.nothing(max(presence, presence_found) if presence < self.config.least_presence else 0.0)

    def _trusted(self, look: FaceLook) -> bool:
        return look.presence >= self.config.least_presence

    def _continues(self, crop: FaceCrop, look: FaceLook) -> bool:
        """Whether the face is where it can have got to since the last frame, and of a size that it can have."""
        seen = FaceCrop.of_landmarks(look.landmarks)
        step = math.dist(seen.centre_px, crop.centre_px) / crop.side_px
        growth = seen.side_px / crop.side_px
        limit = self.config.largest_growth
        return step <= self.config.largest_step and 1 / limit <= growth <= limit

    def _seen(self, look: FaceLook, *, found_anew: bool = False) -> SeenFace:
        self._crop = self._last = FaceCrop.of_landmarks(look.landmarks)
        self._awaited = False
        self._lost_frames = 0
        if self.config.blendshapes:
            weights = self.landmarker.blendshapes(look.landmarks)
        else:
            weights = np.zeros(len(ARKIT_NAMES), np.float32)
        return SeenFace(look.landmarks, look.presence, weights, valid=True, found_anew=found_anew)

    def _find(self, image: NDArray[np.uint8]) -> tuple[FaceLook | None, float]:
        """The best face of the frame that the landmark network trusts, and the highest presence there was."""
        best_presence = 0.0
        height, width = image.shape[:2]
        deepest = self.config.deepest_level if self._lost_frames % self.config.deep_every_frames == 0 else 0
        for level in range(deepest + 1):
            faces = self.landmarker.detect(image, level=level, least_score=self.config.least_detection_score)
            for face in sorted(filter(self._eligible, faces), key=lambda face: -self._preference(face, width, height)):
                look = self._settled(image, face.crop())
                best_presence = max(best_presence, look.presence)
                if self._trusted(look):
                    return look, best_presence
        return None, best_presence

    def _settled(self, image: NDArray[np.uint8], crop: FaceCrop) -> FaceLook:
        """What is seen once the crop has come to rest on the face; the first look that is not trusted ends it."""
        look = self.landmarker.look(image, crop)
        for _ in range(self.config.settling_looks - 1):
            if not self._trusted(look):
                break
            look = self.landmarker.look(image, FaceCrop.of_landmarks(look.landmarks))
        return look

    def _eligible(self, face: FaceDetection) -> bool:
        """Whether the face may be that of a subject who was chosen."""
        if self._last is None or not (self._awaited or self.config.only_subject):
            return True
        return math.dist(self._last.centre_px, face.crop().centre_px) <= self.config.subject_reach * self._last.side_px

    def _preference(self, face: FaceDetection, width: int, height: int) -> float:
        """Large and central faces first; while one is remembered, that which lies where it was, of its size."""
        remembered = self._awaited or self.config.only_subject or self._lost_frames <= self.config.remembered_frames
        if self._last is not None and remembered:
            last, crop = self._last, face.crop()
            apart = math.dist(last.centre_px, crop.centre_px) / last.side_px
            return -apart - abs(math.log(crop.side_px / last.side_px))
        off_centre = np.hypot(*(face.centre_px - [width / 2, height / 2])) / math.hypot(width / 2, height / 2)
        return face.size_px * (1.0 - 0.5 * float(off_centre))
