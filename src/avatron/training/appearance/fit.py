"""Gaussians learn to look like the person: frame by frame, drawn, compared, and moved by what they got wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.native.splat_adam import AdamOptions, SplatRates, SplatRigAdam
from avatron.native.splat_loss import compare
from avatron.native.splat_rig import SplatRig, SplatRigGradients, draw_rig
from avatron.native.splats import SplatMemory
from avatron.training.appearance.footage import Footage
from avatron.training.appearance.growth import Growth, GrowthConfig
from avatron.training.appearance.start import triangle_frames

__all__ = ["FitConfig", "SplatFit"]

Floats = NDArray[np.float32]

_UNIT_M = 0.003
"""Rates of places are meant for triangles of this size, as most of the face's are."""


_RATES = SplatRates(
    positions=4e-3,
    quaternions=2e-3,
    log_scales=6e-3,
    opacity_logits=4e-2,
    colours=4e-3,
    corrections=1e-3,
    response=2e-3,
    correction_decay=1.0,
)


@dataclass(frozen=True)
class FitConfig:
    """How the Gaussians learn."""

    steps: int = 6000
    """One frame each."""
    rates: SplatRates = field(default_factory=lambda: _RATES)
    """At the beginning; all but the opacities' fall along a cosine ..."""
    final_share: float = 0.04
    """... to this share."""
    ssim_share: float = 0.2
    """Of SSIM in the loss, as in the first paper; the rest is L1."""
    cover_cost: float = 0.015
    """Of a pixel that is covered, of full scale: what looks like the wall behind it had better be the wall."""
    certain_cost: float = 0.03
    """The same where a network is sure of the wall, and what it brings where it is sure of the person."""
    wall_cost: float = 0.06
    """What it costs besides where a network is unsure, and the picture as the wall ..."""
    wall_noise: float = 0.03
    """... within so much of a channel, 0 .. 1."""
    crop_px: int = 512
    """Longer pictures are learned from in windows of this size."""
    coarse_share: float = 0.6
    """Of the steps, the first, that look at pictures of half the size, where the pictures are ..."""
    coarse_px: int = 384
    """... at least so long: what Gaussians learn first is larger than a pixel."""
    growth: GrowthConfig = field(default_factory=GrowthConfig)
    """Where more Gaussians are wanted, and fewer."""


class SplatFit:
    """The state of learning: the Gaussians, their moments, and the order of the frames."""

    def __init__(
        self,
        footage: Footage,
        rig: SplatRig,
        coefficients: Floats,
        config: FitConfig,
        *,
        seed: int,
    ) -> None:
        """`coefficients` [T, R] of every frame of the clip."""
        self.config, self.rig, self.coefficients = config, rig, coefficients
        self.step = 0
        self._whole = footage
        coarse = config.coarse_share > 0 and max(footage.camera.width, footage.camera.height) >= config.coarse_px
        self._look_at(footage.halved() if coarse else footage)
        self._generator = np.random.default_rng(seed)
        self._order: list[int] = []
        self._memory = SplatMemory()
        self._wish = np.empty((0, 0, 3), np.float32)
        self._adopt(rig)

    def _look_at(self, footage: Footage) -> None:
        """Learn from these pictures from now on."""
        self.frames, self.camera, self.silhouettes = footage.frames, footage.camera, footage.silhouettes
        self._behind: Floats = (footage.plate.picture / np.float32(255)).astype(np.float32)
        self._hidden = footage.plate.hidden

    def _adopt(self, rig: SplatRig) -> None:
        """Go on with these Gaussians; their moments begin anew."""
        self.rig = rig
        self._gradients: SplatRigGradients | None = None
        self._adam = SplatRigAdam(rig, AdamOptions(second_decay=0.99))
        geometry = self.frames.geometry
        _, _, lengths = triangle_frames(geometry.rest, geometry.triangles[rig.triangle])
        # On the large triangles of sheets, the same step in their units would be a leap.
        self._step_share = np.minimum(_UNIT_M / lengths, 1.0).astype(np.float32)[:, None]
        self._growth = Growth(len(rig), self.config.growth)

    def run(self, steps: int, *, on_step: Callable[[int], None] | None = None) -> float:
        """Go on for `steps`; the mean loss of them."""
        losses = []
        for _ in range(steps):
            losses.append(self._one())
            if on_step is not None:
                on_step(self.step)
        return float(np.mean(losses)) if losses else float("nan")

    def _one(self) -> float:
        if self.frames is not self._whole.frames and self.step >= self.config.coarse_share * self.config.steps:
            self._look_at(self._whole)
        row = self._next_row()
        number = int(self.frames.numbers[row])
        frame = self.frames.frame(row)
        geometry = self.frames.geometry
        camera, window = self._window()
        behind = self._behind[window]
        cost = self._cover_cost(row, window, frame.picture[window], behind)
        strains = geometry.strains(frame.vertices)
        # What is always hidden has another colour each time: the person may not let it through.
        _paint(behind, self._hidden[window], self._generator.random(3, np.float32))
        drawn = draw_rig(
            self.rig,
            frame.vertices,
            geometry.triangles,
            camera,
            coefficients=self.coefficients[number],
            features=strains,
            background=behind,
            memory=self._memory,
        )
        # A window is of the same size every time, and so is what is kept of it.
        if self._wish.shape != drawn.image.shape:
            self._wish = np.empty_like(drawn.image)
        loss = compare(drawn.image, frame.picture[window], ssim_share=self.config.ssim_share, into=self._wish)
        gradients = self._gradients = drawn.backward(loss.gradient, cost, into=self._gradients)
        before = self.rig.positions.copy()
        self._adam.step_rig(gradients, self._rates(), coefficients=self.coefficients[number], features=strains)
        self.rig.positions[:] = before + (self.rig.positions - before) * self._step_share
        self._growth.see(gradients, cost.size)
        self.step += 1
        if self.config.growth.due(self.step, self.config.steps):
            self._adopt(self._growth.grown(self.rig, self._generator))
        return loss.value

    def _cover_cost(self, row: int, window: tuple[slice, slice], picture: NDArray[np.uint8], behind: Floats) -> Floats:
        """[H, W] what it costs to cover each pixel of a `picture` [H, W, 3] of the window, over all of them; `behind`
        [H, W, 3] 0 .. 1 is the plate."""
        rows, columns = window
        height, width = rows.stop - rows.start, columns.stop - columns.start
        config, pixels = self.config, height * width
        if self.silhouettes is None:
            return np.full((height, width), config.cover_cost / pixels, np.float32)
        sure = self.silhouettes.certainty(row, columns.start, rows.start, width, height)
        cost: Floats = np.where(sure == 0, np.float32(config.cover_cost), np.float32(-config.certain_cost) * sure)
        # Along an outline colours tell: Gaussians that are as the wall is would go with the person.
        told = (sure == 0) & ~self._hidden[window]
        apart = (picture[told] * np.float32(1 / 255) - behind[told]) / np.float32(config.wall_noise)
        cost[told] += np.float32(config.wall_cost) * np.exp(np.square(apart).sum(1) * np.float32(-0.5))
        cost /= np.float32(pixels)
        return cost

    def _rates(self) -> SplatRates:
        config = self.config
        share = min(self.step / config.steps, 1.0)
        factor = config.final_share + (1 - config.final_share) * 0.5 * (1 + np.cos(np.pi * share))
        rates = config.rates
        names = ("positions", "quaternions", "log_scales", "colours", "corrections", "response")
        return replace(rates, **{name: getattr(rates, name) * factor for name in names})

    def _next_row(self) -> int:
        if not self._order:
            self._order = self._generator.permutation(len(self.frames)).tolist()
        return self._order.pop()

    def _window(self) -> tuple[Camera, tuple[slice, slice]]:
        """A part of the picture, with the camera that sees it."""
        camera, most = self.camera, self.config.crop_px
        width, height = min(camera.width, most), min(camera.height, most)
        left = self._begin(width, camera.width, np.asarray(self._hidden.any(0)))
        top = self._begin(height, camera.height, np.asarray(self._hidden.any(1)))
        return camera.window(left, top, width, height), (slice(top, top + height), slice(left, left + width))

    def _begin(self, length: int, whole: int, hidden: NDArray[np.bool_]) -> int:
        """Where a window of `length` begins on a side of `whole` pixels: mostly over the person, who hides the wall."""
        rows = np.flatnonzero(hidden)
        first, last = (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, whole)
        low = np.clip(first - length // 3, 0, whole - length)
        high = np.clip(last - 2 * length // 3, 0, whole - length)
        return int(self._generator.integers(min(low, high), max(low, high) + 1))


def _paint(picture: Floats, where: NDArray[np.bool_], colour: Floats) -> None:
    """Give pixels of `picture` [H, W, 3] one colour [3], in place: as items of three numbers, masked fast."""
    item = np.dtype((np.void, 3 * picture.itemsize))
    np.copyto(picture.view(item)[..., 0], colour.view(item), where=where)
