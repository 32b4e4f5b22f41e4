"""Where faces are in a picture: MediaPipe's short-range BlazeFace.

Boxes and six key points are offsets from 896 anchors (Bazarevsky et al. 2019, "BlazeFace", section 3.2); boxes that
overlap are averaged by their score (section 3.3) instead of keeping the best alone, which steadies them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.native.warp import sample_affine
from avatron.track.landmarks.crop import FaceCrop
from avatron.track.landmarks.litert import LiteRtModel

__all__ = ["FaceDetection", "FaceDetector"]

Floats = NDArray[np.float32]

SIZE_PX = 128
_GRIDS = ((16, 2), (8, 6))
"""(cells a side, anchors a cell): strides of 8 and 16 px, `face_detector_graph.cc`."""
_ANCHORS = 896
_KEY_POINTS = 6
"""Right eye, left eye, tip of the nose, mouth, right ear, left ear."""
_LARGEST_LOGIT = 100.0


@dataclass(frozen=True, eq=False)
class FaceDetection:
    """A face in a picture."""

    score: float
    """0 .. 1."""
    low_px: NDArray[np.float64]
    """[2] upper left corner of the box."""
    high_px: NDArray[np.float64]
    """[2] lower right corner."""
    key_points_px: NDArray[np.float64]
    """[6, 2] the person's right eye, left eye, tip of the nose, mouth, right ear, left ear."""

    @property
    def size_px(self) -> float:
        """The longer side of the box."""
        return float((self.high_px - self.low_px).max())

    @property
    def centre_px(self) -> NDArray[np.float64]:
        """[2]."""
        centre: NDArray[np.float64] = (self.low_px + self.high_px) / 2
        return centre

    def crop(self) -> FaceCrop:
        """What the landmark network should look at."""
        return FaceCrop.around(self.low_px, self.high_px, self.key_points_px[0], self.key_points_px[1])


class FaceDetector:
    """Finds faces of about a fifth of what it looks at, or more: smaller ones in parts of the picture."""

    def __init__(self, model: LiteRtModel) -> None:
        """Raises DamagedModelError where the network has other inputs or outputs."""
        self._model = model
        self._boxes = model.output("regressors", (1, _ANCHORS, 4 + 2 * _KEY_POINTS))
        self._scores = model.output("classificators", (1, _ANCHORS, 1))
        self._anchors = anchors() * SIZE_PX

    def detect(
        self, image: NDArray[np.uint8], *, level: int = 0, least_score: float = 0.5, overlap: float = 0.3
    ) -> tuple[FaceDetection, ...]:
        """The faces of `image` [H, W, 3], the surest first; boxes that share more than `overlap` are one face.

        Level 0 looks at the whole picture at once, level 1 at squares as high as it, level n at squares of half the
        side of those of level n - 1; squares overlap by half.
        """
        height, width = image.shape[:2]
        places = squares(width, height, level)
        found = [self._candidates(image, corner, side_px, least_score) for corner, side_px in places]
        points, scores = (np.concatenate(parts) for parts in zip(*found, strict=True))
        return tuple(FaceDetection(score, face[0], face[1], face[2:]) for score, face in merge(points, scores, overlap))

    def _candidates(
        self, image: NDArray[np.uint8], corner: NDArray[np.float64], side_px: float, least_score: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """([N, 8, 2] px of corners of boxes and key points, [N] scores) in a square of the picture."""
        scale = side_px / SIZE_PX
        affine = np.array([[scale, 0, corner[0]], [0, scale, corner[1]]])
        sample_affine(image, affine, self._model.input()[0], gain=2 / 255, offset=-1, black_outside=True)
        self._model.run()
        logits = self._model.read(self._scores)[0, :, 0].clip(-_LARGEST_LOGIT, _LARGEST_LOGIT)
        scores = 1 / (1 + np.exp(-logits.astype(np.float64)))
        chosen = np.flatnonzero(scores >= least_score)
        raw = self._model.read(self._boxes)[0, chosen].astype(np.float64).reshape(len(chosen), 2 + _KEY_POINTS, 2)
        centre, half = raw[:, :1] + self._anchors[chosen, None], raw[:, 1:2] / 2
        points = np.concatenate([centre - half, centre + half, raw[:, 2:] + self._anchors[chosen, None]], axis=1)
        return points * scale + corner, scores[chosen]


def squares(width: int, height: int, level: int) -> list[tuple[NDArray[np.float64], float]]:
    """(upper left corner [2] px, side px) of the squares that a level looks at."""
    longer, side = max(width, height), float(min(width, height))
    if level == 0:
        return [(np.array([(width - longer) / 2, (height - longer) / 2]), float(longer))]
    side /= 2 ** (level - 1)

    def starts(length: int) -> NDArray[np.float64]:
        count = max(int(np.ceil((length - side) / (side / 2))) + 1, 1)
        return np.linspace(0, max(length - side, 0), count)

    return [(np.array([x, y]), side) for y in starts(height) for x in starts(width)]


def anchors() -> NDArray[np.float64]:
    """[896, 2] their centres, 0 .. 1 of what is looked at; cell after cell, row by row."""
    found = []
    for cells, count in _GRIDS:
        middle = (np.arange(cells) + 0.5) / cells
        grid = np.stack(np.meshgrid(middle, middle), axis=-1).reshape(-1, 2)
        found.append(np.repeat(grid, count, axis=0))
    return np.concatenate(found)


def merge(
    points: NDArray[np.float64], scores: NDArray[np.float64], overlap: float
) -> list[tuple[float, NDArray[np.float64]]]:
    """(score, [P, 2]) of each face: `points` [N, P, 2], whose first two are a box's corners, averaged by `scores` [N].

    The best box that is left takes with it all that share more than `overlap` of their common area (intersection over
    union) with it.
    """
    order = np.argsort(-scores, kind="stable")
    points, scores = points[order], scores[order]
    areas = np.prod(np.maximum(points[:, 1] - points[:, 0], 0), axis=1)
    left = np.ones(len(points), bool)
    faces = []
    for best in range(len(points)):
        if not left[best]:
            continue
        low = np.maximum(points[:, 0], points[best, 0])
        high = np.minimum(points[:, 1], points[best, 1])
        common = np.prod(np.maximum(high - low, 0), axis=1)
        share = common / np.maximum(areas + areas[best] - common, 1e-12)
        same = left & (share > overlap)
        same[best] = True
        weights = scores[same] / scores[same].sum()
        faces.append((float(scores[best]), np.einsum("n,npk->pk", weights, points[same])))
        left &= ~same
    return faces
