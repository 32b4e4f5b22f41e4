"""The faces in the pictures looked at, and which of them is the subject."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.track.landmarks.crop import FaceCrop
from avatron.track.landmarks.follower import FollowerConfig
from avatron.track.landmarks.landmarker import FaceLandmarker

__all__ = ["FaceFinder", "FinderConfig", "SightedFace", "eye_distance", "smallest_face"]

RIGHT_EYE_CORNERS, LEFT_EYE_CORNERS = (33, 133), (362, 263)
"""Landmarks of the corners of the eyes, the person's right eye first."""


_REACH = FollowerConfig().subject_reach


@dataclass(frozen=True)
class FinderConfig:
    """How faces are looked for."""

    least_score: float = 0.5
    """Of the detector."""
    least_presence: float = 0.5
    """Of the landmark network: below it, what the detector found is no face."""
    every_frames: int = 5
    """Among neighbours, new faces are looked for in one frame of so many; the others are followed."""
    deepest_level: int = 2
    """How small the faces are that are looked for while none is found; see `FaceLandmarker.detect`."""
    most_faces: int = 5
    least_relative_size: float = 0.2
    """A face smaller than this part of the largest is background, and not counted."""
    same_face: float = 0.3
    """Two faces whose middles are nearer than this part of the larger one are one."""


@dataclass(frozen=True, eq=False)
class SightedFace:
    """A face in one picture."""

    landmarks: NDArray[np.float32]
    """[478, 3] px."""
    presence: float
    crop: FaceCrop
    """Where it should be in the next frame."""

    @property
    def eye_distance_px(self) -> float:
        """Between the middles of the eyes."""
        return eye_distance(self.landmarks)

    @property
    def height_px(self) -> float:
        """From the forehead's highest landmark to the chin's lowest."""
        return float(np.ptp(self.landmarks[:, 1]))

    def is_near(self, other: SightedFace, part: float) -> bool:
        """Whether the middles of two faces are nearer than a `part` of the larger one's crop."""
        return _near(self.crop, other.crop, part)


def _near(one: FaceCrop, other: FaceCrop, part: float) -> bool:
    return math.dist(one.centre_px, other.centre_px) < part * max(one.side_px, other.side_px)


def eye_distance(landmarks: NDArray[np.float32]) -> float:
    """Pixels between the middles of the eyes, in space, so that a turned head has no smaller one."""
    right, left = (landmarks[list(pair)].mean(0) for pair in (RIGHT_EYE_CORNERS, LEFT_EYE_CORNERS))
    return float(np.linalg.norm(left - right))


class FaceFinder:
    """Finds the faces of pictures that are given in the order of the clip; the first of each is the subject."""

    def __init__(self, landmarker: FaceLandmarker, config: FinderConfig, subject: FaceCrop | None = None) -> None:
        """Nobody is known yet, unless it is said where the `subject` is: nobody else is taken for it then."""
        self._landmarker = landmarker
        self._config = config
        self._before: list[SightedFace] = []
        self._countdown = 0
        self._subject = subject

    def find(self, picture: NDArray[np.uint8], follows: bool) -> list[SightedFace]:
        """The faces of a picture [H, W, 3], the subject first; `follows` if it comes after the last one given."""
        faces: list[SightedFace] = []
        before = self._before if follows else []
        for known in before:
            self._add(faces, self._look(picture, known.crop))
        self._countdown -= 1
        if not follows or self._countdown <= 0 or len(faces) < len(before):
            self._countdown = self._config.every_frames
            for level in range(self._config.deepest_level + 1):
                for detection in self._landmarker.detect(picture, level=level, least_score=self._config.least_score):
                    if not any(self._same(detection.crop(), face.crop) for face in faces):
                        self._add(faces, self._settled(picture, detection.crop()))
                if faces and level:
                    break
        faces = self._ordered(faces, before, picture.shape[1], picture.shape[0])
        self._before = faces
        return faces

    def _look(self, picture: NDArray[np.uint8], crop: FaceCrop) -> SightedFace | None:
        look = self._landmarker.look(picture, crop)
        if look.presence < self._config.least_presence:
            return None
        return SightedFace(look.landmarks, look.presence, FaceCrop.of_landmarks(look.landmarks))

    def _settled(self, picture: NDArray[np.uint8], crop: FaceCrop) -> SightedFace | None:
        """The detector's box is too rough for the first look to be right."""
        first = self._look(picture, crop)
        return None if first is None else self._look(picture, first.crop)

    def _add(self, faces: list[SightedFace], face: SightedFace | None) -> None:
        if face is not None and not any(self._same(face.crop, known.crop) for known in faces):
            faces.append(face)

    def _same(self, one: FaceCrop, other: FaceCrop) -> bool:
        return _near(one, other, self._config.same_face)

    def _ordered(
        self, faces: list[SightedFace], before: list[SightedFace], width: int, height: int
    ) -> list[SightedFace]:
        """Who was the subject stays it; otherwise large and central faces come first, as the tracker prefers them."""

        def preference(face: SightedFace) -> float:
            off_centre = math.hypot(face.crop.centre_px[0] - width / 2, face.crop.centre_px[1] - height / 2)
            return face.crop.side_px * (1 - 0.5 * off_centre / math.hypot(width / 2, height / 2))

        faces = sorted(faces, key=preference, reverse=True)
        if self._subject is not None:
            faces = self._chosen_first(faces, self._subject)
        elif before and faces:
            subject = min(faces, key=lambda face: math.dist(face.crop.centre_px, before[0].crop.centre_px))
            if self._same(subject.crop, before[0].crop):
                faces.remove(subject)
                faces.insert(0, subject)
        if faces:
            smallest = self._config.least_relative_size * faces[0].crop.side_px
            faces = [face for face in faces if face.crop.side_px >= smallest][: self._config.most_faces]
        return faces

    def _chosen_first(self, faces: list[SightedFace], last: FaceCrop) -> list[SightedFace]:
        """The subject who was chosen comes first; nothing where it is not seen near to where it was `last`."""
        near = [face for face in faces if math.dist(face.crop.centre_px, last.centre_px) <= _REACH * last.side_px]
        if not near:
            return []
        subject = min(near, key=lambda face: math.dist(face.crop.centre_px, last.centre_px))
        self._subject = subject.crop
        return [subject, *(face for face in faces if face is not subject)]


def smallest_face(landmarker: FaceLandmarker, picture: NDArray[np.uint8], least_score: float) -> float | None:
    """Height in pixels of a face too small for the landmark network, looked for in ever smaller parts; None if none."""
    for level in (3, 4):
        found = landmarker.detect(picture, level=level, least_score=least_score)
        if found:
            return found[0].size_px
    return None
