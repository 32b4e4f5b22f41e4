"""A drawn face as a film would show it, and what the first landmark network makes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from avatron.track.landmarks.crop import FaceCrop
from avatron.track.landmarks.landmarker import FaceLook
from avatron.track.points.crop import crop_face, face_frames
from avatron.training.degrade import DegradeConfig, crop_frame, degraded, moved_points
from avatron.training.points.pictures import PICTURE_SIZE

__all__ = ["AugmentConfig", "Landmarker", "augmented"]

Floats = NDArray[np.float32]


class Landmarker(Protocol):
    """Whatever sees landmarks in a crop of a picture."""

    def look(self, image: NDArray[np.uint8], crop: FaceCrop) -> FaceLook:
        """The landmarks of the face in a crop of `image` [H, W, 3]."""


@dataclass(frozen=True)
class AugmentConfig:
    """How much is done to a picture."""

    shift_px: float = 4.0
    """Standard deviation of where the picture is cut."""
    zoom: float = 0.05
    """Of the logarithm of its scale."""
    stretch: float = 0.03
    """Of the logarithm of its width against its height: pixels that are not square."""
    turn_rad: float = 0.08
    """Of its turn."""
    crop_shift: float = 0.02
    """Of where the first network looks, in sides of its crop; it is led there by the frame before."""
    crop_zoom: float = 0.03
    """Of the logarithm of that crop's side."""
    degrade: DegradeConfig = field(default_factory=lambda: DegradeConfig(covered_share=0.12))
    """What happens to the pixels."""


def augmented(
    picture: NDArray[np.uint8],
    points: Floats,
    landmarker: Landmarker,
    random: np.random.Generator,
    config: AugmentConfig,
) -> tuple[NDArray[np.uint8], Floats, Floats] | None:
    """(crop uint8 [H, W, 3], points [N, 2] and what `landmarker` sees [N, 2], both in its pixels) of a picture and its
    points; None where the network sees no face.

    Nothing is mirrored: the landmarks of a mirrored face are not quite those of the face.
    """
    scale, wider = np.exp(random.normal(scale=config.zoom)), np.exp(random.normal(scale=config.stretch))
    frame = crop_frame(
        PICTURE_SIZE,
        PICTURE_SIZE,
        (scale * wider, scale / wider),
        random.normal(scale=config.turn_rad),
        random.normal(scale=config.shift_px, size=2),
    )
    taken = np.asarray(crop_face(picture, frame, PICTURE_SIZE) + 0.5, np.uint8)
    places = moved_points(points, frame)
    taken = degraded(taken, random, config.degrade)
    around = FaceCrop.of_landmarks(places)
    shift = random.normal(scale=config.crop_shift, size=2) * around.side_px
    centre = (around.centre_px[0] + float(shift[0]), around.centre_px[1] + float(shift[1]))
    side = around.side_px * float(np.exp(random.normal(scale=config.crop_zoom)))
    look = landmarker.look(taken, FaceCrop(centre, side, around.angle))
    if look.presence < 0.5:
        return None
    crop_at = face_frames(look.landmarks[None])[0]
    crop = np.asarray(crop_face(taken, crop_at) + 0.5, np.uint8)
    seen = moved_points(look.landmarks[:, :2], crop_at)
    return crop, moved_points(places, crop_at).astype(np.float32), seen.astype(np.float32)
