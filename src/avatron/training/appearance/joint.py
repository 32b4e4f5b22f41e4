"""The refiner, and the Gaussians with it: a network learns what is missing while the Gaussians learn what it needs.

Each step draws the window around the face of one frame, lets the network finish it, and compares both the finished and
the bare picture with the film. What the network's losses say of its input goes on through the renderer to the
Gaussians. A judge of patches (Isola et al. 2017) keeps the finished picture from being the mean of what it might be;
now and then the frame after is drawn too, and what is added has to move with the face.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from avatron.core.camera import Camera
from avatron.face.rig import JOINTS
from avatron.native.raster import interpolate, rasterize
from avatron.native.splat_adam import AdamOptions, SplatRates, SplatRigAdam
from avatron.native.splat_loss import compare
from avatron.native.splat_rig import SplatRig, SplatRigGradients, draw_rig
from avatron.native.splats import DrawnSplats, SplatMemory
from avatron.render.splats.geometry import LAYERS
from avatron.render.splats.refiner import FOLD, Window, face_window
from avatron.training.adversary import Adversary
from avatron.training.appearance.frames import ClipFrames
from avatron.training.appearance.plate import Plate
from avatron.training.appearance.refiner_network import (
    PatchDiscriminator,
    PatchDiscriminatorConfig,
    RefinerConfig,
    RefinerNetwork,
)

__all__ = ["JointConfig", "JointFit", "window_size"]

Floats = NDArray[np.float32]

_HEAD = JOINTS.index("head")


@dataclass(frozen=True)
class JointConfig:
    """How refiner and Gaussians learn together."""

    steps: int = 1500
    """One frame each."""
    window_share: float = 0.5625
    """Side of the window over the picture's shorter side ..."""
    most_window_px: int = 288
    """... and at most: what keeps up with playback."""
    network: RefinerConfig = field(default_factory=RefinerConfig)
    judge: PatchDiscriminatorConfig = field(default_factory=PatchDiscriminatorConfig)
    crop_px: int = 160
    """Side of the part of it that a step looks at, at most: a network of convolutions does not mind."""
    learning_rate: float = 4e-3
    """Of the network, at the beginning; it falls along a cosine."""
    judge_rate: float = 1e-3
    bare_share: float = 0.5
    """Of the bare picture in the loss: the Gaussians stay good alone."""
    ssim_share: float = 0.2
    adversarial_share: float = 1.0
    """Of what the judge says of the pixels, in length, over what the distance of colours says."""
    feature_weight: float = 1.0
    """Of the distance of the judge's features, over its verdict."""
    begin_judge: float = 0.1
    """Share of the steps before the judge is heard."""
    steady_every: int = 4
    """Steps between those that look at two frames."""
    steady_weight: float = 0.1
    """Of what is added to one frame and not, moved along, to the next."""
    jitter_share: float = 0.12
    """Of the window, by which it is moved at random: the network may not count on where it lies."""
    splat_rates: float = 0.15
    """Rates of the Gaussians, over those of the fit; 0 leaves them as they are, and the network learns after them."""


def window_size(camera: Camera, config: JointConfig) -> int:
    """Side of the window, pixels; a multiple of what the network folds."""
    wished = min(config.window_share * min(camera.width, camera.height), config.most_window_px)
    return max(int(wished) // FOLD, 1) * FOLD


class JointFit:
    """The network, its judge and the Gaussians while they learn."""

    def __init__(
        self,
        frames: ClipFrames,
        camera: Camera,
        plate: Plate,
        rig: SplatRig,
        coefficients: Floats,
        config: JointConfig,
        rates: SplatRates,
        *,
        seed: int,
    ) -> None:
        """`coefficients` [T, R] of every frame of the clip; `rates` are those of the fit before."""
        self.frames, self.camera, self.rig, self.config = frames, camera, rig, config
        self.coefficients = coefficients
        self.window_px = window_size(camera, config)
        self._crop_px = min(self.window_px, config.crop_px // FOLD * FOLD)
        self._rates = rates
        self._plate = (plate.picture / np.float32(255)).astype(np.float32)
        self._generator = np.random.default_rng(seed)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            network: Any = RefinerNetwork(config.network)
            # With channels last, convolutions so narrow take two thirds of the time.
            self.network: RefinerNetwork = network.to(memory_format=torch.channels_last)
            judge = PatchDiscriminator(config.judge)
        self._optimizer = torch.optim.AdamW(self.network.parameters(), config.learning_rate, betas=(0.9, 0.99))
        self._adversary = Adversary(judge, learning_rate=config.judge_rate, betas=(0.5, 0.9), bfloat16=False)
        self._adam = SplatRigAdam(rig, AdamOptions(second_decay=0.99))
        self._memory, self._other_memory = SplatMemory(), SplatMemory()
        geometry = frames.geometry
        self._skin = geometry.triangles[geometry.layer != LAYERS.index("hair")]
        self.step = 0

    def run(self, *, on_step: Callable[[int], None] | None = None) -> None:
        """All steps."""
        before = torch.get_num_threads()
        # Layers so small are over before a second thread has woken.
        torch.set_num_threads(1)
        try:
            while self.step < self.config.steps:
                self._one()
                if on_step is not None:
                    on_step(self.step)
        finally:
            torch.set_num_threads(before)

    def _one(self) -> None:
        config = self.config
        share = self.step / config.steps
        factor = 0.03 + 0.97 * 0.5 * (1 + np.cos(np.pi * share))
        for group in self._optimizer.param_groups:
            group["lr"] = config.learning_rate * factor
        row = int(self._generator.integers(len(self.frames)))
        window = self._window(row)
        drawn, vertices, strains = self._drawn(row, window, self._memory)
        picture = self.frames.pictures[row][window.rows]
        bare = torch.from_numpy(np.moveaxis(drawn.image, -1, 0)[None].copy())
        bare.requires_grad_(config.splat_rates > 0)
        cover = torch.from_numpy(drawn.alpha[None, None].copy())
        added = self.network(torch.cat([bare, cover], 1))
        finished = bare + added
        real = torch.from_numpy(np.moveaxis(picture, -1, 0)[None].astype(np.float32) / 255)

        shown = np.ascontiguousarray(np.moveaxis(finished.detach().numpy()[0], 0, -1))
        distance = compare(shown, picture, ssim_share=config.ssim_share)
        wish = torch.from_numpy(np.moveaxis(distance.gradient, -1, 0)[None].copy())
        if share >= config.begin_judge:
            wish = wish + self._judged(real, finished.detach(), float(wish.norm()))
        loss = (finished * wish).sum()
        if config.steady_weight and self.step % config.steady_every == 0:
            loss = loss + config.steady_weight * self._unsteadiness(row, window, vertices, added)
        self._optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self._optimizer.step()

        if config.splat_rates > 0:
            assert bare.grad is not None, "the picture is what the losses are about"
            through = np.moveaxis(bare.grad.numpy()[0], 0, -1)
            self._move(row, drawn, strains, picture, through, factor)
        self.step += 1

    def _move(
        self,
        row: int,
        drawn: DrawnSplats[SplatRigGradients],
        strains: Floats,
        picture: NDArray[np.uint8],
        through: Floats,
        factor: float,
    ) -> None:
        """One step of the Gaussians, by what is wrong with their own picture and by what the network's losses say."""
        own = compare(drawn.image, picture, ssim_share=self.config.ssim_share)
        gradients = drawn.backward(np.ascontiguousarray(self.config.bare_share * own.gradient + through))
        number = int(self.frames.numbers[row])
        self._adam.step_rig(gradients, self._now(factor), coefficients=self.coefficients[number], features=strains)

    def _judged(self, real: Tensor, finished: Tensor, distance: float) -> Tensor:
        """[1, 3, S, S] what the judge says of the finished picture's pixels, in proportion to what colours say.

        As in VQGAN (Esser et al. 2021) the weight follows the gradients, so that no scale has to be guessed.
        """
        self._adversary.learn(real, finished)
        shown = finished.requires_grad_(True)
        verdict, features = self._adversary.judge(shown)
        (gradient,) = torch.autograd.grad(verdict + self.config.feature_weight * features, shown)
        return gradient * (self.config.adversarial_share * distance / max(float(gradient.norm()), 1e-12))

    def _now(self, factor: float) -> SplatRates:
        """Rates of the Gaussians; where they lie stays as it is: triangles of every size share one rate here."""
        scale = self.config.splat_rates * factor
        names = ("quaternions", "log_scales", "opacity_logits", "colours", "corrections", "response")
        return replace(self._rates, positions=0.0, **{name: getattr(self._rates, name) * scale for name in names})

    def _window(self, row: int) -> Window:
        number = int(self.frames.numbers[row])
        rotation = self.frames.rotations[number, _HEAD]
        place = rotation @ self.frames.geometry.head.joints[_HEAD] + self.frames.translations[number, _HEAD]
        window = face_window(self.camera, place, rotation, self.window_px)
        reach = int(self.config.jitter_share * self.window_px)
        across, down = self._generator.integers(-reach, reach + 1, 2)
        left = int(np.clip(window.left + across, 0, self.camera.width - self.window_px))
        top = int(np.clip(window.top + down, 0, self.camera.height - self.window_px))
        right, below = self._generator.integers(0, self.window_px - self._crop_px + 1, 2)
        return Window(left + int(right), top + int(below), self._crop_px)

    def _part(self, window: Window) -> Camera:
        return self.camera.window(window.left, window.top, window.size, window.size)

    def _drawn(
        self, row: int, window: Window, memory: SplatMemory
    ) -> tuple[DrawnSplats[SplatRigGradients], Floats, Floats]:
        """The picture of a frame's window, its vertices and strains."""
        number = int(self.frames.numbers[row])
        vertices = self.frames.vertices(number)
        strains = self.frames.geometry.strains(vertices)
        drawn = draw_rig(
            self.rig,
            vertices,
            self.frames.geometry.triangles,
            self._part(window),
            coefficients=self.coefficients[number],
            features=strains,
            background=self._plate[window.rows],
            memory=memory,
        )
        return drawn, vertices, strains

    def _unsteadiness(self, row: int, window: Window, vertices: Floats, added: Tensor) -> Tensor:
        """How much of what is `added` [1, 3, S, S] is not added to a neighbouring frame, moved along with the face."""
        other = row + 1 if row + 1 < len(self.frames) else row - 1
        drawn, moved, _ = self._drawn(other, window, self._other_memory)
        given = np.concatenate([np.moveaxis(drawn.image, -1, 0), drawn.alpha[None]])[None]
        after = self.network(torch.from_numpy(given.copy()))
        seen = rasterize(vertices, self._skin, self._part(window))
        places = interpolate(seen, self._skin, moved)
        camera = self._part(window)
        pixels = camera.project(places.reshape(-1, 3)).reshape(window.size, window.size, 2)
        grid = torch.from_numpy((pixels / window.size * 2 - 1).astype(np.float32))[None]
        carried = nn.functional.grid_sample(after, grid, align_corners=False, padding_mode="border")
        inside = seen.covered & (np.abs(pixels - window.size / 2).max(-1) < window.size / 2)
        mask = torch.from_numpy(inside[None, None].astype(np.float32))
        return ((added - carried).abs() * mask).sum() / (3 * mask.sum() + 1)
