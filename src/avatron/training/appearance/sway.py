"""How hair and clothes moved beside head and torso: found frame by frame as flow, and told in a few modes.

In each frame the drawn sheets are laid over the filmed picture by smooth fields of shifts on a coarse grid of hats
(Gauss-Newton on brightness, Lucas and Kanade 1981, with robust weights). What these fields have in common over the
clip, their principal components, are the person's modes of `Sway`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.native.splat_rig import SplatRig, draw_rig
from avatron.native.splats import SplatMemory
from avatron.render.splats.drivers import Drivers
from avatron.render.splats.geometry import LAYERS
from avatron.render.splats.sway import Sway
from avatron.training.appearance.filtering import resized
from avatron.training.appearance.frames import ClipFrames

__all__ = ["FoundSway", "SwayConfig", "find_sway"]

Floats = NDArray[np.float32]

_LAYERS = tuple(LAYERS.index(name) for name in ("hair", "torso"))


@dataclass(frozen=True)
class SwayConfig:
    """How fine, how far."""

    modes: int = 12
    """K at most."""
    picture_px: int = 256
    """Longest side of the pictures that are compared."""
    hats: int = 9
    """Along the longest side, from border to border."""
    smoothness: float = 1.0
    """Of a difference between neighbouring hats, per square of a 256th of the longest side ..."""
    stillness: float = 1.0
    """... and of their size."""
    noise: float = 0.02
    """Of a pixel, of full scale."""
    outlier: float = 0.08
    """Differences well beyond this are of something else than sway."""
    correlated_px: float = 20.0
    """Pixels that err together count as one."""
    rounds: int = 2
    """Of Gauss-Newton in each frame."""
    least_m: float = 2e-4
    """A mode that moves no vertex so far, in the root mean square over frames, is left out."""


@dataclass(frozen=True, eq=False)
class FoundSway:
    """What was found."""

    sway: Sway
    weights: Floats
    """[N, K] in the rows of `ClipFrames`."""


def find_sway(
    frames: ClipFrames,
    camera: Camera,
    plate: Floats,
    rig: SplatRig,
    drivers: Drivers,
    config: SwayConfig | None = None,
    *,
    on_progress: Callable[[float], None] | None = None,
) -> FoundSway | None:
    """The modes of hair and clothes in a clip; None where they hardly move. `plate` [H, W, 3] is 0 .. 1."""
    config = config or SwayConfig()
    finder = _Finder(frames, camera, plate, rig, drivers, config)
    count = len(frames)
    shifts = []
    for row in range(count):
        shifts.append(finder.shifts_m(row))
        if on_progress is not None:
            on_progress((row + 1) / count)
    seen = np.stack(shifts).reshape(count, -1)
    # What they are on average is where hair and clothes lie, which the Gaussians learn by themselves.
    left, sizes, modes = np.linalg.svd(seen - seen.mean(0), full_matrices=False)
    fields = (modes * (sizes / np.sqrt(count))[:, None])[: config.modes]
    kept = int((np.abs(fields).max(1, initial=0) > config.least_m).sum())
    if not kept:
        return None
    sway = Sway(fields[:kept].reshape(kept, -1, 2).astype(np.float32), camera.rotation[:2].astype(np.float32))
    return FoundSway(sway, (left[:, :kept] * np.sqrt(count)).astype(np.float32))


class _Finder:
    """Lays the sheets of one person over frames."""

    def __init__(
        self, frames: ClipFrames, camera: Camera, plate: Floats, rig: SplatRig, drivers: Drivers, config: SwayConfig
    ) -> None:
        self.frames, self.rig, self.config = frames, rig, config
        self.coefficients = drivers.coefficients(frames.track.motion)
        factor = min(config.picture_px / max(camera.width, camera.height), 1.0)
        self.size = max(round(camera.width * factor), 8), max(round(camera.height * factor), 8)
        self.camera = camera.resized(*self.size)
        self.plate = resized(plate, self.size)
        cell = max(self.size) / (config.hats - 1)
        self.hats = tuple(max(round(side / cell) + 1, 2) for side in self.size)
        self.across, self.down = (
            _hats(np.arange(side) + 0.5, side, count) for side, count in zip(self.size, self.hats, strict=True)
        )
        self.pairs_across, self.pairs_down = _Pairs.of(self.across), _Pairs.of(self.down)
        self.layers = _layers_shown(rig, frames)
        unit = max(self.size) / 256
        own = _roughness(*self.hats) * config.smoothness + np.eye(self.hats[0] * self.hats[1]) * config.stillness
        self.prior = np.kron(np.eye(4), own) / unit**2
        self.memory = SplatMemory()

    def shifts_m(self, row: int) -> Floats:
        """[S, 2] by how much each vertex of the sheets is farther right and down than its joints take it, metres."""
        number = int(self.frames.numbers[row])
        vertices = self.frames.vertices(number)
        strains = self.frames.geometry.strains(vertices) if self.rig.features else None
        target = resized(self.frames.pictures[row], self.size)
        first = len(self.frames.geometry.head.rest)
        places = vertices[first:]
        depth = self.camera.to_camera(places)[:, 2:]
        pixels = self.camera.project(places)
        hats_there = [_hats(pixels[:, axis], self.size[axis], self.hats[axis]) for axis in (0, 1)]
        of_layer = np.repeat([0, 1], [len(sheet.vertices) for sheet in self.frames.geometry.sheets])
        found = np.zeros((2, 2, self.hats[1], self.hats[0]))
        shifts_m = np.zeros((len(places), 2))
        for _ in range(self.config.rounds):
            moved = vertices.copy()
            moved[first:] += (shifts_m @ self.camera.rotation[:2]).astype(np.float32)
            found += self._step(self._drawn(self.rig, moved, number, strains, self.plate), moved, number, target, found)
            fields = np.einsum("vy,vx,vcyx->vc", hats_there[1], hats_there[0], found[of_layer])
            shifts_m = fields * depth / self.camera.focal_px
        return shifts_m.astype(np.float32)

    def _drawn(self, rig: SplatRig, vertices: Floats, number: int, strains: Floats | None, behind: Floats) -> Floats:
        drawn = draw_rig(
            rig,
            vertices,
            self.frames.geometry.triangles,
            self.camera,
            coefficients=self.coefficients[number],
            features=strains,
            background=behind,
            memory=self.memory,
        )
        return drawn.image.copy()

    def _step(
        self, drawn: Floats, vertices: Floats, number: int, target: Floats, found: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """[2 layers, right and down, hats] what lays `drawn` better onto `target`, pixels."""
        config = self.config
        shares = self._drawn(self.layers, vertices, number, None, np.zeros(3, np.float32))[..., :2]
        miss = target - drawn
        weight = 1 / np.square(1 + np.square(miss / config.outlier)) / (config.noise**2 * config.correlated_px)
        slopes = [-np.gradient(drawn, axis=axis) for axis in (1, 0)]
        pulls = [_over_colours(weight * slope * miss) for slope in slopes]
        squares = {
            (one, other): _over_colours(weight * slopes[one] * slopes[other]) for one, other in ((0, 0), (0, 1), (1, 1))
        }
        count = self.hats[0] * self.hats[1]
        normal, pull = self.prior.copy(), -self.prior @ found.reshape(-1)
        # A layer's shift moves its own share of each pixel.
        unknown = [(layer, way) for layer in (0, 1) for way in (0, 1)]
        for one, (layer, way) in enumerate(unknown):
            rows = slice(one * count, (one + 1) * count)
            pull[rows] += (self.down.T @ (pulls[way] * shares[..., layer]) @ self.across).reshape(-1)
            for other, (second_layer, second_way) in enumerate(unknown[one:], one):
                square = squares[min(way, second_way), max(way, second_way)]
                block = self._block(square * shares[..., layer] * shares[..., second_layer])
                columns = slice(other * count, (other + 1) * count)
                normal[rows, columns] += block
                if other != one:
                    normal[columns, rows] += block
        return np.asarray(np.linalg.solve(normal, pull).reshape(found.shape))

    def _block(self, weight: NDArray[np.floating]) -> NDArray[np.float64]:
        """[hats, hats] products of hats, each pixel weighted by `weight` [h, w]; as hats are, so are sums separable."""
        (columns, rows), count = self.hats, self.hats[0] * self.hats[1]
        across, down = self.pairs_across, self.pairs_down
        both = np.zeros((rows, columns, rows, columns))
        both[down.first[:, None], across.first, down.second[:, None], across.second] = down.products.T @ (
            weight.astype(np.float32) @ across.products
        )
        return both.reshape(count, count)


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Which hats of one side lie over one another, and their products."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    products: Floats
    """[N, pairs] at each pixel."""

    @staticmethod
    def of(hats: NDArray[np.float64]) -> _Pairs:
        first, second = np.nonzero(np.abs(np.subtract.outer(*[np.arange(hats.shape[1])] * 2)) <= 1)
        return _Pairs(first, second, (hats[:, first] * hats[:, second]).astype(np.float32))


def _over_colours(values: Floats) -> Floats:
    """[h, w] sums of [h, w, 3]; NumPy's own over so short an axis take ten times as long."""
    return values[..., 0] + values[..., 1] + values[..., 2]


def _hats(places: NDArray[np.floating], length: int, count: int) -> NDArray[np.float64]:
    """[N, count] weights of the hats at `places` [N], pixels; beyond the picture the border's go on."""
    position = np.clip(places / length, 0, 1) * (count - 1)
    return np.asarray(np.clip(1 - np.abs(position[:, None] - np.arange(count)), 0, 1), np.float64)


def _roughness(columns: int, rows: int) -> NDArray[np.float64]:
    """[hats, hats] sum of squared differences between neighbours of a grid, as a quadratic form."""

    def along(count: int) -> NDArray[np.float64]:
        steps = np.diff(np.eye(count), axis=0)
        return np.asarray(steps.T @ steps)

    return np.asarray(np.kron(np.eye(rows), along(columns)) + np.kron(along(rows), np.eye(columns)))


def _layers_shown(rig: SplatRig, frames: ClipFrames) -> SplatRig:
    """`rig` whose colours are red where a Gaussian is hair, green where it is torso, and blue elsewhere."""
    layer = frames.geometry.layer[rig.triangle]
    colours = np.stack([layer == _LAYERS[0], layer == _LAYERS[1], ~np.isin(layer, _LAYERS)], 1)
    assert rig.corrections is not None, "a rig has at least none"
    corrections = rig.corrections.copy()
    corrections[:, :, 3:6] = 0
    return replace(rig, colours=colours.astype(np.float32), corrections=corrections, response=None)
