"""What a family costs and how near it comes to held-out frames: the same judge for all of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.core.motion import FaceMotion
from avatron.io.clips import read_frames
from avatron.render.protocol import Renderer
from avatron.render.view import View
from avatron.replica.heldout.judge import judge_held_out
from avatron.replica.heldout.regions import RegionFinder
from family.film import Film, Learned

__all__ = ["measure_families"]

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


class _Watched:
    """A renderer whose time and detail are taken while somebody else looks at its pictures."""

    def __init__(self, renderer: Renderer, faces: list[NDArray[np.bool_]]) -> None:
        self._renderer, self._faces = renderer, faces
        self.details: list[float] = []
        self.milliseconds: list[float] = []

    def frames(self, motion: FaceMotion, camera: Camera | None = None) -> Iterator[NDArray[np.uint8]]:
        pictures = self._renderer.frames(motion, camera)
        for face in self._faces:
            began = time.process_time()
            picture = next(pictures)
            self.milliseconds.append(1000 * (time.process_time() - began))
            self.details.append(_detail(picture, face))
            yield picture


def measure_families(film: Film, families: dict[str, Learned]) -> dict[str, dict[str, Any]]:
    """Scores of each family on the held-out frames, by its name."""
    track, first, count = film.track, film.learned, len(film.track)
    finder = RegionFinder(track)
    faces = [finder.regions(track.motion, number).face for number in range(first, count)]
    real = [_detail(picture, face) for picture, face in zip(read_frames(film.info, first, count), faces, strict=True)]
    watched = {name: _Watched(learned.renderer(View(film.size)), faces) for name, learned in families.items()}
    ways = {name: (renderer, track.motion) for name, renderer in watched.items()}
    scores = judge_held_out(track, first, read_frames(film.info, first, count), ways)
    return {
        name: {
            **scores[name].as_json(),
            "detail": round(float(np.mean(renderer.details) / np.mean(real)), 4),
            "draw_ms": round(float(np.median(renderer.milliseconds)), 2),
            "parameters": families[name].parameters,
            "bytes": families[name].size_bytes,
        }
        for name, renderer in watched.items()
    }


def _detail(picture: NDArray[np.uint8], face: NDArray[np.bool_]) -> float:
    """Mean absolute Laplacian of the luma of the face's pixels, grey levels."""
    luma = picture.astype(np.float32) @ _LUMA
    laplacian = np.zeros_like(luma)
    laplacian[1:-1, 1:-1] = 4 * luma[1:-1, 1:-1] - luma[:-2, 1:-1] - luma[2:, 1:-1] - luma[1:-1, :-2] - luma[1:-1, 2:]
    return float(np.abs(laplacian[face]).mean())
