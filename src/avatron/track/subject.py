"""Which of several faces is tracked: told by its side or by a point of the picture, found in the first pictures."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import islice
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from avatron.errors import InputError, InvalidValueError
from avatron.io.clips import ClipInfo, read_frames
from avatron.track.landmarks.crop import FaceCrop
from avatron.track.landmarks.landmarker import FaceLandmarker
from avatron.track.report.faces import FaceFinder, FinderConfig, SightedFace

__all__ = ["LARGEST", "Subject", "check_subject", "choose_face", "find_subject", "read_subject"]

Subject = Literal["largest", "left", "right"] | tuple[float, float]
"""`largest` takes the largest and most central face, wherever one is looked for; `left` and `right` are sides of the
picture as one sees it; (x, y) is a point of the face, 0 .. 1 of the picture's width and height."""

LARGEST: Subject = "largest"

_NAMES = ("largest", "left", "right")
_EVERY_FRAMES = 5
_WITHIN_FRAMES = 250
"""Films that show nobody for longer are to be cut."""
_PICTURES_WITH_FACES = 5
"""That a face is chosen from: in one of them somebody may look away."""
_BESIDE = 0.15
"""Of the crop's side, by which a point may be outside of the landmarks: they end below the hair."""


def read_subject(text: str) -> Subject:
    """The subject that `largest`, `left`, `right` or `X,Y` names.

    Raises:
        InvalidValueError: anything else, or a point outside of the picture.
    """
    try:
        across, down = (float(number) for number in text.split(","))
    except ValueError:
        return check_subject(text.strip())
    return check_subject((across, down))


def check_subject(subject: object) -> Subject:
    """`subject`, if it is one.

    Raises:
        InvalidValueError: it is none, or a point outside of the picture.
    """
    for name in ("largest", "left", "right"):
        if subject == name:
            return name
    if isinstance(subject, tuple) and len(subject) == 2:
        across, down = (float(number) for number in subject)
        if 0 <= across <= 1 and 0 <= down <= 1:
            return across, down
        raise InvalidValueError(
            f"the subject's point is {across:g},{down:g}; expected 0 .. 1 of the picture's width and height, 0,0 being "
            "its upper left corner"
        )
    raise InvalidValueError(f"the subject is `{subject}`; expected {', '.join(_NAMES)} or a point X,Y of the picture")


def find_subject(info: ClipInfo, subject: Subject, landmarker: FaceLandmarker) -> FaceCrop | None:
    """Where the subject's face is in the first pictures of a clip; None for `largest`, who is found on the way.

    Raises:
        InputError: no face is there.
        UnreadableFileError: the clip cannot be read.
    """
    if subject == LARGEST:
        return None
    last = min(info.frames, _WITHIN_FRAMES)
    pictures = islice(read_frames(info, stop=last), None, None, _EVERY_FRAMES)
    sighted = _sighted(pictures, landmarker)
    if not sighted:
        raise InputError(
            f"`{info.path}` shows no face in its first {last} frames that the subject could be chosen from"
        )
    face = choose_face(sighted, subject, info.width, info.height)
    if face is None:
        assert isinstance(subject, tuple)
        most = max(sighted, key=len)
        places = "; ".join(
            f"{face.crop.centre_px[0] / info.width:.2f},{face.crop.centre_px[1] / info.height:.2f}" for face in most
        )
        raise InputError(
            f"`{info.path}` shows no face at {subject[0]:g},{subject[1]:g} in its first pictures; its faces are at "
            f"{places}"
        )
    return face.crop


def choose_face(sighted: list[list[SightedFace]], subject: Subject, width: int, height: int) -> SightedFace | None:
    """The subject among the faces of several pictures of `width` x `height` px; None where no face is at its point."""
    if isinstance(subject, tuple):
        point = np.array(subject) * [width, height]
        for faces in sighted:
            there = [face for face in faces if _covers(face, point)]
            if there:
                return min(there, key=lambda face: math.dist(face.crop.centre_px, point))
        return None
    # The picture with most faces: in others somebody was missed.
    faces = max(sighted, key=len)
    if subject == LARGEST:
        return faces[0]
    return (min if subject == "left" else max)(faces, key=lambda face: face.crop.centre_px[0])


def _sighted(pictures: Iterable[NDArray[np.uint8]], landmarker: FaceLandmarker) -> list[list[SightedFace]]:
    finder = FaceFinder(landmarker, FinderConfig())
    found: list[list[SightedFace]] = []
    for picture in pictures:
        faces = finder.find(picture, follows=False)
        if faces:
            found.append(faces)
        if len(found) == _PICTURES_WITH_FACES:
            break
    return found


def _covers(face: SightedFace, point: NDArray[np.float64]) -> bool:
    places, beside = face.landmarks[:, :2], _BESIDE * face.crop.side_px
    return bool((places.min(0) - beside <= point).all() and (point <= places.max(0) + beside).all())
