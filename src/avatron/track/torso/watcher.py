"""Follows the torso while the frames of a clip go by.

A window of the picture below the chin, at 5 mm a pixel, is held against what it showed first. It stays where it is
while the head moves, so that the chin that nods is not taken for a torso that rises.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.native.warp import sample_affine
from avatron.track.landmarks.follower import SeenFace
from avatron.track.lips.crop import EYE_SPAN_MM, eye_span_px
from avatron.track.torso.alignment import MARGIN, Alignment, Reference
from avatron.track.torso.observations import NOT_SEEN, TorsoObservations

__all__ = ["TorsoWatcher"]

_MM_PER_PIXEL = 5.0
_SIZE = (48, 32)
"""Width and height of what is held against the reference, pixels."""
_BELOW_CHIN_MM = 25.0
"""Nearer to the chin, shadows and beards move with the head."""
_HALF_WIDTH_MM = (55.0, 115.0)
"""Of neck and collar at the top and of the chest at the bottom: what lies outside may be background."""
_LEAST_ROWS = 8
"""Rows of the window that must lie in the picture."""
_LOST_S = 2.0
"""When the torso was not found for so long, it sits differently, and is looked at anew."""
_GREY = np.array([0.299, 0.587, 0.114], np.float32)
_CHIN, _SIDES = 152, (234, 454)


@dataclass(frozen=True, eq=False)
class _Window:
    to_picture: NDArray[np.float64]
    """[2, 3] from pixels of the window, margin included, to those of the picture."""
    reference: NDArray[np.float64]
    weight: NDArray[np.float64]

    @property
    def scale(self) -> float:
        """Pixels of the picture for one of the window."""
        return float(self.to_picture[0, 0])


class TorsoWatcher:
    """Looks at frames in their order."""

    def __init__(self, fps: float, state: Mapping[str, NDArray[Any]] | None = None) -> None:
        """Nothing seen yet, or on from what `state` was when another watcher ended."""
        self._patience = max(round(_LOST_S * fps), 1)
        self._window: _Window | None = None
        self._aligner: Reference | None = None
        self._last, self._lost, self._piece = Alignment(), 0, 0
        self._rows: list[tuple[float, float, float, float, float, int]] = []
        if state is not None:
            self._piece, self._lost = (int(value) for value in state["numbers"][4:])
            self._last = Alignment(complex(*state["numbers"][:2]), complex(*state["numbers"][2:4]))
            if state["reference"].size:
                self._use(_Window(state["to_picture"], state["reference"], state["weight"]))

    @property
    def state(self) -> dict[str, NDArray[Any]]:
        """All that frames to come depend on."""
        last, window = self._last, self._window
        none = np.zeros((0, 0))
        numbers = [last.turn.real, last.turn.imag, last.shift.real, last.shift.imag, self._piece, self._lost]
        return {
            "numbers": np.array(numbers, np.float64),
            "to_picture": np.zeros((2, 3)) if window is None else window.to_picture,
            "reference": none if window is None else window.reference,
            "weight": none if window is None else window.weight,
        }

    def see(self, picture: NDArray[np.uint8], face: SeenFace) -> None:
        """The next frame, `picture` [H, W, 3], with the face that was seen in it."""
        if self._lost >= self._patience:
            self._window = self._aligner = None
        if self._aligner is None and face.valid:
            self._begin(picture, face)
        found = Alignment()
        if self._aligner is not None and self._window is not None and face.valid:
            found = self._aligner.aligned(_grey(picture, self._window.to_picture), self._last)
        self._rows.append(self._row(found))
        if np.isfinite(found.deviation_px):
            self._last, self._lost = found, 0
        else:
            self._lost += 1

    def take(self) -> TorsoObservations:
        """The torso in all frames since the last time."""
        rows, self._rows = self._rows, []
        whole = np.array(rows, np.float64).reshape(-1, 6)
        return TorsoObservations(
            whole[:, :2].astype(np.float32),
            whole[:, 2].astype(np.float32),
            whole[:, 3:5].astype(np.float32),
            whole[:, 5].astype(np.int64),
        )

    def _row(self, found: Alignment) -> tuple[float, float, float, float, float, int]:
        window = self._window
        if window is None or not np.isfinite(found.deviation_px):
            return 0.0, 0.0, 0.0, NOT_SEEN, NOT_SEEN, self._piece
        middle = window.to_picture @ [_SIZE[0] / 2 + MARGIN, _SIZE[1] / 2 + MARGIN, 1]
        place = middle + window.scale * np.array([found.shift.real, found.shift.imag])
        deviation_px = min(found.deviation_px * window.scale, NOT_SEEN)
        return (*place.tolist(), float(np.angle(found.turn)), deviation_px, found.deviation_rad, self._piece)

    def _begin(self, picture: NDArray[np.uint8], face: SeenFace) -> None:
        points = face.landmarks.astype(np.float64)
        scale = float(eye_span_px(face.landmarks[None])[0]) / EYE_SPAN_MM * _MM_PER_PIXEL
        width = _SIZE[0]
        left = points[[_CHIN, *_SIDES], 0].mean() - scale * (width / 2 + MARGIN)
        top = points[_CHIN, 1] + scale * (_BELOW_CHIN_MM / _MM_PER_PIXEL - MARGIN)
        to_picture = np.array([[scale, 0, left], [0, scale, top]])
        weight = _prior() * _inside(to_picture, picture)
        if np.count_nonzero(weight.any(1)) < _LEAST_ROWS:
            return
        self._piece, self._lost, self._last = self._piece + 1, 0, Alignment()
        self._use(_Window(to_picture, _grey(picture, to_picture), weight))

    def _use(self, window: _Window) -> None:
        self._window = window
        self._aligner = Reference(window.reference.astype(np.float64), window.weight)


def _grey(picture: NDArray[np.uint8], to_picture: NDArray[np.float64]) -> NDArray[np.float64]:
    crop = np.empty((_SIZE[1] + 2 * MARGIN, _SIZE[0] + 2 * MARGIN, 3), np.float32)
    sample_affine(picture, to_picture, crop, gain=1.0)
    return np.asarray(crop @ _GREY, np.float64)


def _prior() -> NDArray[np.float64]:
    """[h, w] where a torso is, whoever's."""
    width, height = _SIZE
    half = np.interp(np.arange(height), [0, height / 2], _HALF_WIDTH_MM) / _MM_PER_PIXEL
    return np.asarray(np.abs(np.arange(width) - (width - 1) / 2) < half[:, None], np.float64)


def _inside(to_picture: NDArray[np.float64], picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    """[h, w] what lies in the picture, a pixel of the window away from its border."""
    width, height = _SIZE
    scale, left, top = to_picture[0, 0], to_picture[0, 2], to_picture[1, 2]
    across = left + scale * (np.arange(width) + MARGIN + 0.5)
    down = top + scale * (np.arange(height) + MARGIN + 0.5)
    columns = (across > scale) & (across < picture.shape[1] - scale)
    rows = (down > scale) & (down < picture.shape[0] - scale)
    return np.asarray(rows[:, None] & columns, np.float64)
