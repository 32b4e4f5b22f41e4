"""The measures of a replica on held-out frames: pictures, and where a network sees the lips in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import FaceMotion
from avatron.core.track import FaceTrack
from avatron.render.protocol import Renderer
from avatron.replica.heldout.pictures import psnr_db, structural_similarity
from avatron.replica.heldout.regions import RegionFinder
from avatron.track.landmarks.landmarker import FaceLandmarker
from avatron.track.report.face_points import LIPS

__all__ = ["HeldOutScores", "judge_held_out"]

Images = Iterator[NDArray[np.uint8]]

_UPPER_LIP, _LOWER_LIP, _RIGHT_EYE, _LEFT_EYE = 13, 14, 33, 263


@dataclass
class HeldOutScores:
    """One number a frame; what cannot be measured is NaN."""

    psnr_full_db: list[float] = field(default_factory=list)
    psnr_face_db: list[float] = field(default_factory=list)
    psnr_mouth_db: list[float] = field(default_factory=list)
    ssim: list[float] = field(default_factory=list)
    lmd_px: list[float] = field(default_factory=list)
    """Mean distance of the 80 points of the lips, as the landmark network sees them in both pictures."""
    lmd_centred_px: list[float] = field(default_factory=list)
    """The same with both mouths moved onto one another, as in the code of ER-NeRF and its successors."""
    change_error: list[float] = field(default_factory=list)
    """Root mean square of what changes from frame to frame here and not there, grey levels 0 .. 255; the first frame
    has none."""
    opening_seen: list[float] = field(default_factory=list)
    """Gap of the inner lips in the video, distances of the eyes."""
    opening_drawn: list[float] = field(default_factory=list)

    def as_json(self) -> dict[str, float | int | None]:
        """Means over the frames, and the correlation of the mouth's opening."""
        names = ("psnr_full_db", "psnr_face_db", "psnr_mouth_db", "ssim", "lmd_px", "lmd_centred_px", "change_error")
        means: dict[str, float | int | None] = {name: _mean(getattr(self, name)) for name in names}
        return {**means, "opening_correlation": self._correlation(), "frames": len(self.psnr_full_db)}

    def _correlation(self) -> float | None:
        seen, drawn = np.array(self.opening_seen), np.array(self.opening_drawn)
        known = np.isfinite(seen) & np.isfinite(drawn)
        if known.sum() < 3 or seen[known].std() < 1e-6 or drawn[known].std() < 1e-6:
            return None
        return round(float(np.corrcoef(seen[known], drawn[known])[0, 1]), 4)


def judge_held_out(
    track: FaceTrack,
    first_frame: int,
    pictures: Images,
    drawn: dict[str, tuple[Renderer, FaceMotion]],
    on_progress: Callable[[float], None] | None = None,
) -> dict[str, HeldOutScores]:
    """Scores of each way to draw, by its name.

    `pictures` are those of the video from `first_frame` on, uint8 [H, W, 3]; `drawn` is for each way what draws, at the
    video's own size, and the motion of all frames of the clip. Regions come from the track, whatever is drawn.
    """
    finder, landmarker = RegionFinder(track), FaceLandmarker.load()
    scores = {name: HeldOutScores() for name in drawn}
    count = len(track)
    ways = {name: renderer.frames(motion.part(first_frame, count)) for name, (renderer, motion) in drawn.items()}
    before: dict[str, NDArray[np.int16]] = {}
    for number, real in zip(range(first_frame, count), pictures, strict=False):
        regions = finder.regions(track.motion, number)
        points = landmarker.look(real, regions.crop).landmarks[:, :2]
        for name, images in ways.items():
            image, score = next(images), scores[name]
            score.psnr_full_db.append(psnr_db(image, real))
            score.psnr_face_db.append(psnr_db(image, real, regions.face))
            score.psnr_mouth_db.append(psnr_db(image, real, regions.mouth))
            score.ssim.append(structural_similarity(image, real))
            seen = landmarker.look(image, regions.crop).landmarks[:, :2]
            apart = (seen - points)[list(LIPS)]
            # Where no face can be trusted in the video, landmarks are no truth.
            known = bool(track.valid[number])
            score.lmd_px.append(float(np.linalg.norm(apart, axis=1).mean()) if known else float("nan"))
            centred = np.linalg.norm(apart - apart.mean(0), axis=1).mean()
            score.lmd_centred_px.append(float(centred) if known else float("nan"))
            score.opening_seen.append(_opening(points) if known else float("nan"))
            score.opening_drawn.append(_opening(seen))
            error = image.astype(np.int16) - real
            if name in before:
                score.change_error.append(float(np.sqrt(np.square((error - before[name]).astype(np.float32)).mean())))
            before[name] = error
        if on_progress is not None:
            on_progress((number + 1 - first_frame) / (count - first_frame))
    return scores


def _opening(points: NDArray[Any]) -> float:
    eyes = float(np.linalg.norm(points[_LEFT_EYE] - points[_RIGHT_EYE]))
    return float(np.linalg.norm(points[_LOWER_LIP] - points[_UPPER_LIP])) / max(eyes, 1e-6)


def _mean(values: list[float]) -> float | None:
    known = [value for value in values if np.isfinite(value)]
    return round(float(np.mean(known)), 4) if known else None
