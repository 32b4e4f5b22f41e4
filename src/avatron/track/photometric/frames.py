"""One frame of a clip while it is refined."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from avatron.track.fit.lens import Lens
from avatron.track.photometric.drawing import DrawnFrame, Look
from avatron.track.photometric.evidence import Evidence, EvidenceSource
from avatron.track.photometric.light import solve_light
from avatron.track.photometric.pose import FramePose, corrected
from avatron.track.photometric.surface import FaceSurface
from avatron.track.photometric.window import FaceWindow, halved

__all__ = ["FrameProgress", "FrameWork"]

Floats = NDArray[np.float64]


TOUCHING_M = 0.0003
"""Lips that are nearer to each other than this touch."""


@dataclass(frozen=True, eq=False)
class FrameProgress:
    """How far a frame has come: all of its work that its picture and the fit do not say."""

    correction: Floats
    """[6 + P]"""
    light: NDArray[np.float32]
    """[9, 3]"""
    first_loss: float
    start_screen: NDArray[np.float32]
    """[V, 2] pixels of the full window, where the fit put the vertices."""
    start_gaps: Floats
    """[3] metres, how far it put the lips apart."""


@dataclass(eq=False)
class FrameWork:
    """A frame's picture, where it began, and how far it has come. `correction` and `light` change; nothing else."""

    number: int
    start: FramePose
    lens: Lens
    window: FaceWindow
    pictures: tuple[NDArray[np.float32], NDArray[np.float32]]
    """What is seen at full and at half size."""
    pivot: Floats
    """[3] middle of the face in camera space."""
    correction: Floats
    """[6 + P]"""
    light: NDArray[np.float32]
    """[9, 3]"""
    first_loss: float = float("nan")
    """Robust difference at half size where the fit left it."""
    _start_screen: NDArray[np.float32] | None = field(default=None, repr=False)
    """[V, 2] pixels of the full window."""
    _start_gaps: Floats = field(default_factory=lambda: np.zeros(3), repr=False)

    @staticmethod
    def of(
        number: int, start: FramePose, lens: Lens, surface: FaceSurface, image: NDArray[np.uint8], most_px: int,
        light: NDArray[np.float32],
    ) -> FrameWork:  # fmt: skip
        """A frame where the fit left it."""
        window = FaceWindow.around(surface, start, lens, most_px)
        seen = window.seen(image)
        middle = surface.person.rest[surface.framed].mean(0)
        pivot = start.rotation @ middle + start.translation
        return FrameWork(
            number, start, lens, window, (seen, halved(seen)), pivot, np.zeros(6 + len(start.fitted)), light
        )

    @property
    def progress(self) -> FrameProgress:
        """How far it has come, of a frame that was looked at."""
        assert self._start_screen is not None
        return FrameProgress(self.correction, self.light, self.first_loss, self._start_screen, self._start_gaps)

    def gone_on(self, progress: FrameProgress) -> FrameWork:
        """The same frame as far as it had come."""
        return replace(
            self,
            correction=progress.correction,
            light=progress.light,
            first_loss=float(progress.first_loss),
            _start_screen=progress.start_screen,
            _start_gaps=progress.start_gaps,
        )

    @property
    def pose(self) -> FramePose:
        """Where it is now."""
        return corrected(self.start, self.correction, self.pivot)

    def drawn(self, surface: FaceSurface, level: int = 0) -> DrawnFrame:
        """The head as it is now."""
        return self._drawn(surface, self.pose, level)

    def drawn_at_start(self, surface: FaceSurface, level: int = 0) -> DrawnFrame:
        """The head as the fit had it."""
        return self._drawn(surface, self.start, level)

    def _drawn(self, surface: FaceSurface, pose: FramePose, level: int) -> DrawnFrame:
        return DrawnFrame.of(surface, pose, self.lens, self.window.half() if level else self.window)

    def evidence(
        self,
        source: EvidenceSource,
        textures: tuple[NDArray[np.float32], ...],
        level: int,
        relit: Callable[[DrawnFrame], None] | None = None,
    ) -> Evidence:
        """What its picture wants at the pose it has; `relit` may first find its light from how it is drawn."""
        drawn = self.drawn(source.surface, level)
        scale = np.float32(2**level)
        if self._start_screen is None:
            start = drawn if not self.correction.any() else self.drawn_at_start(source.surface, level)
            self._start_screen = start.screen * scale
            self._start_gaps = source.surface.gaps.of_head(start.positions)
        if relit is not None:
            relit(drawn)
        look = Look(textures, self.light)
        pivot = self.pivot + self.correction[3:6]
        found = source.at(
            drawn,
            self._start_screen / scale,
            self._start_gaps,
            self.start.fitted,
            pivot,
            self.pictures[level],
            look,
            level,
        )
        if level and not self.correction.any():
            self.first_loss = found.loss
        return found

    def step(self, change: Floats) -> None:
        """Go on by a step [6 + P]."""
        self.correction = self.correction + change
        self.correction[6:] = np.clip(self.start.fitted + self.correction[6:], 0, 1) - self.start.fitted

    def alone(
        self,
        source: EvidenceSource,
        textures: tuple[NDArray[np.float32], ...],
        relit: Callable[[DrawnFrame], None] | None,
    ) -> None:
        """Refine it by itself: three steps, two of them at half size."""
        for number, level in enumerate((1, 1, 0)):
            evidence = self.evidence(source, textures, level, None if number else relit)
            weights = self.start.fitted + self.correction[6:]
            right = evidence.right
            held = ((weights <= 1e-6) & (right[6:] > 0)) | ((weights >= 1 - 1e-6) & (right[6:] < 0))
            free = np.concatenate([np.ones(6, np.bool_), ~held])
            step = np.zeros(len(right))
            step[free] = -np.linalg.solve(evidence.normal[np.ix_(free, free)], right[free])
            self.step(step * min(1.0, source.config.step / max(float(np.abs(step[6:]).max()), 1e-12)))

    def opens_lips(self, drawn: DrawnFrame) -> bool:
        """Whether lips that the fit knew to touch are apart in `drawn`."""
        gap = drawn.surface.gaps.of_head(drawn.positions)
        return bool(((self._start_gaps < TOUCHING_M) & (gap > 2 * TOUCHING_M)).any())

    def restarted(self, light: NDArray[np.float32]) -> FrameWork:
        """The same frame where the fit left it."""
        return replace(self, correction=np.zeros_like(self.correction), light=light, _start_screen=None)

    def on_another_head(self) -> None:
        """Forget what was worked out for the head it was on."""
        self._start_screen = None

    def relight(
        self,
        drawn: DrawnFrame,
        albedo: NDArray[np.float32],
        expected: NDArray[np.float32],
        spread: float,
    ) -> None:
        """Find its light, about what is `expected`, from the vertices that are seen. `albedo` [V, 3]."""
        surface, level = drawn.surface, 0 if drawn.picture.depth.shape[0] == self.window.size else 1
        usable = drawn.visible() & (surface.face > 0.5) & (surface.lips < 0.1)
        facing = -drawn.normals[:, 2]
        rows = np.flatnonzero(usable & (facing > 0.2))[::4]
        if len(rows) < 50:
            self.light = expected
            return
        place = np.floor(drawn.screen[rows]).astype(np.int64)
        seen = self.pictures[level][place[:, 1], place[:, 0]]
        self.light = solve_light(drawn.normals[rows], albedo[rows], seen, facing[rows], expected, spread)
