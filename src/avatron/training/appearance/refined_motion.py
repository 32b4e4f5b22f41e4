"""Motion once more, against the Gaussians: what the tracker saw through a model of faces, seen through this person.

Gauss-Newton (Baker and Matthews 2004) on the difference of drawn and filmed picture, with robust weights (Geman and
McClure 1987). What a direction of motion does to the picture is found by drawing it; the tracker's motion is the prior.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.core.motion import FaceMotion
from avatron.native.pool import alone, threads
from avatron.native.splat_rig import SplatRig, draw_rig, draw_rigs
from avatron.native.splats import SplatMemory
from avatron.render.splats.drivers import Drivers
from avatron.render.splats.geometry import SplatGeometry
from avatron.training.appearance.filtering import resized

__all__ = ["Directions", "MotionRefiner", "RefinementConfig"]

Floats = NDArray[np.float32]

_POSES: tuple[tuple[str, float], ...] = (
    ("torso_translation", 0.003),
    ("torso_rotation", 0.01),
    ("neck_rotation", 0.01),
    ("head_translation", 0.0015),
)
"""What the tracker may have wrong, and by how much: metres and radians, along each axis."""
_GAZE_SPREAD = 0.03
_TOGETHER = 4
"""Pictures that a thread draws at a time: corrections are read once for them, and what is kept of them fits a cache."""
_LEAST_SLOPE = 1e-3
"""Of full scale for a spread: pixels that no direction changes by more tell nothing."""
_MOST_VALUES = 80_000
"""Of a picture: pixels beside one another tell much the same."""
_STEPS = (1.0, 0.4)
"""Shares of a step that are tried."""
_FARTHEST = 6.0
"""Spreads: nothing is searched beyond."""


@dataclass(frozen=True)
class RefinementConfig:
    """How far, how fine."""

    sway_spread: float = 1.5
    """Of hair and clothes, in their modes."""
    components: int = 24
    """Directions of expression."""
    expression_spread: float = 0.3
    """Of an error along them, in standard deviations of the person's own expressions."""
    picture_px: int = 384
    """Longest side of the pictures that are compared."""
    noise: float = 0.02
    """Of a pixel, of full scale."""
    outlier: float = 0.08
    """Differences well beyond this are of something else than motion."""
    correlated_px: float = 20.0
    """Pixels that err together count as one."""
    slopes_every: int = 3
    """Frames, of which only one finds what the directions do: it hardly differs in those beside it."""
    rounds: int = 1
    """Of each frame, which begins where the one before it ended: what the directions do is found so many times, and
    with it a step is made ..."""
    lenience: tuple[float, ...] = (3.0, 1.0)
    """... for each of these, by which larger differences are believed: what is far off is far from everything."""


@dataclass(frozen=True, eq=False)
class Directions:
    """The directions of motion that are searched."""

    expressions: Floats
    """[C, E] one spread of each."""
    sway: Floats
    """[K, K] one spread of each mode of hair and clothes."""

    @staticmethod
    def of(motion: FaceMotion, reach: Floats, config: RefinementConfig) -> Directions:
        """Those in which `motion` differs most, as far as it is seen: `reach` [E], see `Drivers.of`."""
        centred = (motion.expression - motion.expression.mean(0)) * reach
        _, spreads, axes = np.linalg.svd(centred, full_matrices=False)
        chosen = axes[: config.components] / np.maximum(reach, 1e-4)
        size = config.expression_spread * spreads[: config.components] / np.sqrt(max(len(motion), 1))
        sway = config.sway_spread * np.eye(motion.sway.shape[1], dtype=np.float32)
        return Directions((chosen * size[:, None]).astype(np.float32), sway)

    def __len__(self) -> int:
        return 3 * len(_POSES) + 2 + len(self.expressions) + len(self.sway)

    def moved(self, motion: FaceMotion, steps: NDArray[np.float64]) -> FaceMotion:
        """`motion` of T frames, moved by `steps` [T, D] spreads along the directions."""
        arrays: dict[str, Any] = {}
        first = 0
        for name, spread in _POSES:
            arrays[name] = getattr(motion, name) + (steps[:, first : first + 3] * spread).astype(np.float32)
            first += 3
        gaze = (steps[:, first : first + 2] * _GAZE_SPREAD).astype(np.float32)
        first += 2
        shapes = steps[:, first : first + len(self.expressions)].astype(np.float32) @ self.expressions
        expression = np.clip(motion.expression + shapes, 0, 1)
        swayed = steps[:, first + len(self.expressions) :].astype(np.float32) @ self.sway
        arrays |= {"expression": expression, "gaze": motion.gaze + gaze[:, None], "sway": motion.sway + swayed}
        return replace(motion, **arrays)


@dataclass(frozen=True, eq=False)
class _Slopes:
    """What the directions do to a picture."""

    pixels: NDArray[np.int64]
    """[P] of the picture's h * w * 3 values: some that a direction changes, evenly over all that are."""
    values: Floats
    """[D, P] a spread of each direction."""
    stride: int
    """How many values each of them stands for."""

    @staticmethod
    def of(pictures: Floats) -> _Slopes:
        """`pictures` [1 + D, h, w, 3]: as it is, and with each direction a spread farther."""
        flat = pictures.reshape(len(pictures), -1)
        stride = max(flat.shape[1] // _MOST_VALUES, 1)
        # Of each colour some.
        stride += stride % 3 == 0
        values = flat[1:, ::stride] - flat[0, ::stride]
        told = np.flatnonzero(np.maximum(values.max(0), -values.min(0)) > _LEAST_SLOPE)
        return _Slopes(told * stride, np.ascontiguousarray(values[:, told]), stride)


class MotionRefiner:
    """One person's Gaussians, held against frames."""

    def __init__(
        self,
        geometry: SplatGeometry,
        rig: SplatRig,
        drivers: Drivers,
        camera: Camera,
        plate: Floats,
        directions: Directions,
        config: RefinementConfig | None = None,
    ) -> None:
        """`plate` [H, W, 3] 0 .. 1 as `camera` sees it."""
        self.config = config or RefinementConfig()
        self.geometry, self.rig, self.drivers, self.directions = geometry, rig, drivers, directions
        factor = min(1.0, self.config.picture_px / max(camera.width, camera.height))
        self._size = max(round(camera.width * factor), 8), max(round(camera.height * factor), 8)
        self._camera = camera.resized(*self._size)
        self._plate = resized(plate, self._size)
        self._memories = [[SplatMemory() for _ in range(_TOGETHER)] for _ in range(threads())]

    def refined(
        self,
        motion: FaceMotion,
        pictures: Iterable[NDArray[np.uint8]],
        *,
        on_progress: Callable[[int], None] | None = None,
    ) -> FaceMotion:
        """`motion` [T] as the T `pictures` [H, W, 3] have it."""
        steps = np.zeros((len(motion), len(self.directions)))
        slopes: _Slopes | None = None
        for frame, picture in enumerate(pictures):
            before = steps[frame - 1] if frame else steps[0]
            known = slopes if frame % self.config.slopes_every else None
            steps[frame], slopes = self._solved(motion.part(frame, frame + 1), picture, before, known)
            if on_progress is not None:
                on_progress(frame + 1)
        return self.directions.moved(motion, steps)

    def _solved(
        self, motion: FaceMotion, picture: NDArray[np.uint8], start: NDArray[np.float64], slopes: _Slopes | None
    ) -> tuple[NDArray[np.float64], _Slopes]:
        """The steps [D] of one frame, and what the directions do to its picture; what they do to one nearby will do."""
        config = self.config
        target = resized(picture, self._size)
        # Where the frame before ended is a good place to begin, unless the person has moved on.
        tried = np.stack([start, np.zeros_like(start)])
        steps, drawn = self._best(tried, self._drawn(self._tried(motion, tried), strained=True), target, 1.0)
        for round_number in range(config.rounds):
            if slopes is None or round_number:
                around = np.concatenate([steps[None], steps + np.eye(len(steps))])
                pictures = self._drawn(self._tried(motion, around))
                slopes = _Slopes.of(pictures)
            for lenience in config.lenience:
                miss = (target - drawn).reshape(-1)[slopes.pixels]
                weight = 1 / np.square(1 + np.square(miss / (config.outlier * lenience)))
                weight *= slopes.stride / self._variance
                weighted = slopes.values * weight.astype(np.float32)
                normal = (weighted @ slopes.values.T).astype(np.float64) + np.eye(len(steps))
                change = np.linalg.solve(normal, weighted @ miss - steps)
                # A step that does not lower the cost is made shorter, and then not made.
                found = np.clip(steps + np.outer(_STEPS, change), -_FARTHEST, _FARTHEST)
                shown = np.concatenate([drawn[None], self._drawn(self._tried(motion, found), strained=True)])
                steps, drawn = self._best(np.concatenate([steps[None], found]), shown, target, lenience)
        assert slopes is not None, "there is a round at least"
        return steps, slopes

    @property
    def _variance(self) -> float:
        return float(self.config.noise**2 * self.config.correlated_px)

    def _best(
        self, tried: NDArray[np.float64], drawn: Floats, target: Floats, lenience: float
    ) -> tuple[NDArray[np.float64], Floats]:
        """The one of the steps [N, D] whose picture and distance from the tracker cost least, and its picture."""
        outlier = self.config.outlier * lenience
        squared = np.square((drawn - target) / np.float32(outlier))
        seen = (squared / (1 + squared)).sum((1, 2, 3), dtype=np.float64) * outlier**2 / self._variance
        best = int((seen + np.square(tried).sum(1)).argmin())
        return tried[best], drawn[best]

    def _tried(self, motion: FaceMotion, steps: NDArray[np.float64]) -> FaceMotion:
        """One frame of `motion`, moved by each of the steps [N, D]."""
        return self.directions.moved(motion.rows(np.zeros(len(steps), np.int64)), steps)

    def _drawn(self, motions: FaceMotion, *, strained: bool = False) -> Floats:
        """[N, h, w, 3] a picture of each frame; `strained` ones have wrinkles, which cost time."""
        rotations, translations = self.geometry.head.joint_motions(motions)
        coefficients = self.drivers.coefficients(motions)
        pictures = np.empty((len(motions), self._size[1], self._size[0], 3), np.float32)

        def vertices(number: int) -> Floats:
            joints = rotations[number], translations[number]
            return self.geometry.vertices(motions.expression[number], *joints, motions.sway[number])

        def draw(worker: int) -> None:
            memories = self._memories[worker]
            with alone():
                for first in range(worker * together, len(motions), len(self._memories) * together):
                    rows = slice(first, min(first + together, len(motions)))
                    moments = [vertices(number) for number in range(rows.start, rows.stop)]
                    if strained and self.rig.features:
                        pictures[rows] = self._wrinkled(moments[0], coefficients[first], memories[0])
                    else:
                        draw_rigs(
                            self.rig,
                            moments,
                            self.geometry.triangles,
                            self._camera,
                            coefficients=coefficients[rows],
                            background=self._plate,
                            memories=memories,
                            into=pictures[rows],
                        )

        together = 1 if strained else _TOGETHER
        # Small pictures have little in them that threads could share; each draws its own.
        with ThreadPoolExecutor(len(self._memories)) as workers:
            list(workers.map(draw, range(len(self._memories))))
        return pictures

    def _wrinkled(self, vertices: Floats, coefficients: Floats, memory: SplatMemory) -> Floats:
        """[h, w, 3] of one moment."""
        return draw_rig(
            self.rig,
            vertices,
            self.geometry.triangles,
            self._camera,
            coefficients=coefficients,
            features=self.geometry.strains(vertices),
            background=self._plate,
            memory=memory,
        ).image
