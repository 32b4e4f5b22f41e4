"""How exactly each of MediaPipe's landmarks is seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from avatron.track.config import EvidenceConfig
from avatron.track.fit.landmark_response import LandmarkResponse
from avatron.track.observations import LANDMARKS

__all__ = ["BROWS", "FACE_OVAL", "landmark_share", "read_again"]

FACE_OVAL = np.array(
    [
        *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
        *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
    ]
)
"""MediaPipe's outline of the face, from the forehead clockwise in the picture."""

INNER_LIPS = np.array([78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95])
"""MediaPipe's rim of the mouth's opening, which it sees parted on lips that are closed."""

BROWS = np.array([70, 63, 105, 66, 107, 46, 53, 52, 65, 55, 336, 296, 334, 293, 300, 285, 295, 282, 283, 276])
"""The upper and lower rims of MediaPipe's right and left brow."""

_INNER_LIPS_READ = 3.0
"""By how much less the inner lips say where they are read from the pixels too."""


def landmark_share(
    config: EvidenceConfig, response: LandmarkResponse, *, of_person: bool = False, lips_are_read: bool = False
) -> NDArray[np.float64]:
    """[478] standard deviations, as a share of the distance between the irises.

    `of_person` counts what is a person's own among the noise, as long as it is not known.
    """
    share = response.frame_spread
    if of_person:
        share = np.hypot(share, response.person_spread)
    share = config.spread_scale * share
    if lips_are_read:
        share[INNER_LIPS] *= _INNER_LIPS_READ
    return np.asarray(share)


def read_again(config: EvidenceConfig) -> LandmarkResponse:
    """How the second network answers to our head, and by how much landmarks are each person's own.

    The networks' spread for a landmark is not used: this one tells how sure it is in each frame.
    """
    own = np.full(LANDMARKS, config.person_share)
    own[FACE_OVAL] = config.person_outline_share
    own[BROWS] = config.person_brows_share
    spread = np.full(LANDMARKS, config.person_share)
    return replace(LandmarkResponse.load(read_again=True), frame_spread=spread, person_spread=own)
