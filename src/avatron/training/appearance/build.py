"""From a tracked clip to an appearance: the steps in order, each kept when it is done.

    matte and plate -> seeds -> fit, small -> motion against the Gaussians, sway of hair and clothes
    -> seeds -> fit, at the film's size -> refiner, jointly -> motion of what was held out

The frames that are not learned from take part in nothing but the search for their own motion.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.core.motion import FaceMotion
from avatron.core.track import FaceTrack
from avatron.errors import InputError
from avatron.face.head import HeadModel
from avatron.io.clips import ClipInfo, read_frames
from avatron.native.splat_rig import SplatRig
from avatron.render.splats.appearance import SplatAppearance
from avatron.render.splats.drivers import Drivers
from avatron.render.splats.geometry import STRAINS, SplatGeometry
from avatron.render.splats.sheets import hair_sheet, torso_sheet
from avatron.render.splats.sway import Sway
from avatron.training.appearance.fit import FitConfig, SplatFit
from avatron.training.appearance.footage import Footage
from avatron.training.appearance.frames import ClipFrames
from avatron.training.appearance.matte import MatteConfig, find_matte
from avatron.training.appearance.plate import Plate, find_plate
from avatron.training.appearance.reach import expression_reach
from avatron.training.appearance.refined_motion import Directions, MotionRefiner, RefinementConfig
from avatron.training.appearance.section import Section
from avatron.training.appearance.seeds import SeedConfig, find_seeds
from avatron.training.appearance.silhouettes import Look, find_silhouettes
from avatron.training.appearance.start import gaussians_of_seeds
from avatron.training.appearance.steps import RIG_ARRAYS, Steps, arrays_of, rig_of
from avatron.training.appearance.sway import SwayConfig, find_sway

__all__ = ["AppearanceConfig", "BuiltAppearance", "build_appearance"]

Progress = Callable[[float], None]

_LEAST_FRAMES = 8
_SHARES = {"prepare": 0.03, "first": 0.09, "motion": 0.22, "sway": 0.06, "second": 0.24, "joint": 0.22, "last": 0.14}
"""Of the time, about."""


@dataclass(frozen=True)
class AppearanceConfig:
    """How an appearance is built."""

    coefficients: int = 16
    """R: what corrections follow."""
    most_frames: int = 600
    """That are learned from, evenly over the clip."""
    matte: MatteConfig = field(default_factory=MatteConfig)
    seeds: SeedConfig = field(default_factory=SeedConfig)
    first_seeds: SeedConfig = field(default_factory=lambda: SeedConfig(pixels_each=4.0))
    """Of the Gaussians that motion is refined against: small pictures need few."""
    first: FitConfig = field(default_factory=lambda: FitConfig(steps=2000))
    """Before the motion is refined ..."""
    first_px: int = 384
    """... in pictures of the person whose longest side is at most so long."""
    second: FitConfig = field(default_factory=lambda: FitConfig(steps=4500))
    """After it."""
    refinement: RefinementConfig = field(default_factory=RefinementConfig)
    sway: SwayConfig = field(default_factory=SwayConfig)
    finished: bool = True
    """Whether a network learns to finish the picture; it needs torch."""
    joint_steps: int = 700
    """Frames that it learns from."""

    def scaled(self, effort: float) -> AppearanceConfig:
        """The same with `effort` times as many steps, at least one of each kind."""
        return replace(
            self,
            first=replace(self.first, steps=max(round(self.first.steps * effort), 1)),
            second=replace(self.second, steps=max(round(self.second.steps * effort), 1)),
            joint_steps=max(round(self.joint_steps * effort), 1),
        )


@dataclass(frozen=True, eq=False)
class BuiltAppearance:
    """What was built."""

    appearance: SplatAppearance
    motion: FaceMotion
    """[T] of the whole clip, as the Gaussians see it."""


def build_appearance(
    info: ClipInfo,
    track: FaceTrack,
    learned_frames: int,
    head: HeadModel,
    *,
    look: Look | None = None,
    config: AppearanceConfig | None = None,
    seed: int = 0,
    work: Path | None = None,
    on_progress: Progress | None = None,
) -> BuiltAppearance:
    """The appearance of the person in a clip, learned from its first `learned_frames` frames.

    `look` tells people from what is behind them; without it, motion and colours do. What is done is kept in the folder
    `work`: a run that ended early goes on from there.

    Raises:
        InputError: too few frames that can be trusted.
        UnreadableFileError: the clip cannot be read.
        OutputError: `work` cannot be written to.
    """
    config = config or AppearanceConfig()
    builder = _Builder(info, track, learned_frames, head, look, config, seed, work, on_progress or (lambda share: None))
    return builder.run()


class _Builder:
    def __init__(
        self,
        info: ClipInfo,
        track: FaceTrack,
        learned_frames: int,
        head: HeadModel,
        look: Look | None,
        config: AppearanceConfig,
        seed: int,
        work: Path | None,
        on_progress: Progress,
    ) -> None:
        if int(track.valid[:learned_frames].sum()) < _LEAST_FRAMES:
            raise InputError(
                f"`{info.path}` shows a face that can be trusted in {int(track.valid[:learned_frames].sum())} of the "
                f"{learned_frames} frames that are learned from; at least {_LEAST_FRAMES} are needed"
            )
        self.info, self.track, self.learned, self.config, self.seed = info, track, learned_frames, config, seed
        self.look, self.steps = look, Steps(_SHARES, work, on_progress)
        posed = head.posed(track.identity, track.displacement if len(track.displacement) else None)
        self.geometry = SplatGeometry(posed, hair_sheet(track.camera), torso_sheet(track.camera))
        self.reach = expression_reach(posed)

    def run(self) -> BuiltAppearance:
        """All steps."""
        track, config, camera = self.track, self.config, self.track.camera
        frames = ClipFrames(self.info, track, self.geometry, self.learned, most=config.most_frames)
        silhouettes = None if self.look is None else find_silhouettes(frames, camera, self.look)
        matte = find_matte(frames, camera, config.matte, silhouettes=silhouettes)
        plate = find_plate(frames, camera, matte, silhouettes=silhouettes)
        footage = Footage(frames, camera, matte, plate, silhouettes)
        drivers = Drivers.of(track.motion.part(0, self.learned), self.reach, config.coefficients)
        self.steps.finished("prepare")

        motion, sway = self._moving(footage, drivers)
        self.geometry = SplatGeometry(self.geometry.head, *self.geometry.sheets, sway)
        frames.geometry = self.geometry
        frames.follow(replace(track, motion=motion))
        fitted = self.steps.rig("second", lambda: self._fitted(footage, drivers, config.seeds, config.second, "second"))
        rig, refiner, window_px = self._finished_by_network(footage, drivers, fitted)
        motion = self.steps.motion("last", motion, lambda: self._held_out(footage, rig, drivers, motion))
        appearance = SplatAppearance(
            track.identity, track.displacement, camera, rig, drivers, plate.picture, refiner, window_px, sway
        )
        return BuiltAppearance(appearance, motion)

    def _moving(self, footage: Footage, drivers: Drivers) -> tuple[FaceMotion, Sway | None]:
        """The motion of the frames that are learned from as small Gaussians see it, and the sway's modes."""
        track, config, steps = self.track, self.config, self.steps
        near = footage.section(Section.of_person(footage.matte, config.first_px))
        rig = steps.rig("first", lambda: self._fitted(near, drivers, config.first_seeds, config.first, "first"))
        motion = steps.motion("motion", track.motion, lambda: self._refined(near, rig, drivers, track.motion))
        near.frames.follow(replace(track, motion=motion))
        kept = steps.arrays("sway", ("modes", "axes", "weights"), lambda: self._swayed(near, rig, drivers))
        if not len(kept["modes"]):
            return motion, None
        return replace(motion, sway=kept["weights"]), Sway(kept["modes"], kept["axes"])

    def _swayed(self, footage: Footage, rig: SplatRig, drivers: Drivers) -> dict[str, NDArray[Any]]:
        """The sway's modes and axes, and their weights in every frame of the clip; no modes where nothing sways."""
        frames = footage.frames
        found = find_sway(
            frames, footage.camera, _floats(footage.plate), rig, drivers, self.config.sway,
            on_progress=lambda share: self.steps.within("sway", share),
        )  # fmt: skip
        if found is None:
            return {
                "modes": np.zeros((0, 0, 2), np.float32),
                "axes": np.zeros((2, 3), np.float32),
                "weights": np.zeros((0, 0), np.float32),
            }
        weights = np.zeros((len(self.track), len(found.sway)), np.float32)
        weights[frames.numbers] = found.weights
        return {"modes": found.sway.modes, "axes": found.sway.axes, "weights": weights}

    def _fitted(
        self, footage: Footage, drivers: Drivers, seeding: SeedConfig, config: FitConfig, step: str
    ) -> SplatRig:
        """Gaussians that have learned from `footage`."""
        frames = footage.frames
        seeds = find_seeds(frames, footage.camera, footage.matte, seeding, seed=self.seed)
        rig = gaussians_of_seeds(seeds, self.geometry, len(drivers), STRAINS, seeding, seed=self.seed)
        coefficients = drivers.coefficients(frames.track.motion)
        fit = SplatFit(footage, rig, coefficients, config, seed=self.seed)
        fit.run(config.steps, on_step=lambda done: self.steps.within(step, done / config.steps))
        return fit.rig

    def _finished_by_network(
        self, footage: Footage, drivers: Drivers, rig: SplatRig
    ) -> tuple[SplatRig, bytes | None, int]:
        """The Gaussians as they are beside the network, the network, and the side of its window."""
        if not self.config.finished:
            self.steps.finished("joint")
            return rig, None, 0
        from avatron.training.appearance.joint import JointConfig, JointFit, window_size
        from avatron.training.appearance.refiner_export import refiner_graph

        config = JointConfig(steps=self.config.joint_steps)
        frames, camera, plate = footage.frames, footage.camera, footage.plate
        window_px = window_size(camera, config)

        def made() -> dict[str, NDArray[Any]]:
            coefficients = drivers.coefficients(frames.track.motion)
            rates = self.config.second.rates
            fit = JointFit(frames, camera, plate, rig, coefficients, config, rates, seed=self.seed)
            fit.run(on_step=lambda done: self.steps.within("joint", done / config.steps))
            graph = np.frombuffer(refiner_graph(fit.network, window_px), np.uint8)
            return {"graph": graph, **arrays_of(fit.rig)}

        arrays = self.steps.arrays("joint", ("graph", *RIG_ARRAYS), made)
        return rig_of(arrays), arrays["graph"].tobytes(), window_px

    def _refined(self, footage: Footage, rig: SplatRig, drivers: Drivers, motion: FaceMotion) -> FaceMotion:
        """`motion` with the frames that are learned from refined."""
        frames = footage.frames
        found = self._refiner(footage.camera, rig, drivers, footage.plate, motion).refined(
            motion.rows(frames.numbers),
            frames.pictures,
            on_progress=lambda done: self.steps.within("motion", done / len(frames)),
        )
        return motion.with_rows(frames.numbers, found)

    def _held_out(self, footage: Footage, rig: SplatRig, drivers: Drivers, motion: FaceMotion) -> FaceMotion:
        """`motion` with the frames that are not learned from refined: the Gaussians are what they are by now."""
        count = len(self.track)
        numbers = np.arange(self.learned, count)
        if not len(numbers):
            return motion
        section = Section.of_person(footage.matte, self.config.first_px)
        camera, plate = section.camera(footage.camera), section.plate(footage.plate)
        found = self._refiner(camera, rig, drivers, plate, motion).refined(
            motion.part(self.learned, count),
            map(section.picture, read_frames(self.info, self.learned, count)),
            on_progress=lambda done: self.steps.within("last", done / len(numbers)),
        )
        trusted = self.track.valid[numbers]
        return motion.with_rows(numbers[trusted], found.rows(np.flatnonzero(trusted)))

    def _refiner(
        self, camera: Camera, rig: SplatRig, drivers: Drivers, plate: Plate, motion: FaceMotion
    ) -> MotionRefiner:
        seen = replace(self.track.motion, sway=motion.sway).part(0, self.learned)
        directions = Directions.of(seen, self.reach, self.config.refinement)
        return MotionRefiner(self.geometry, rig, drivers, camera, _floats(plate), directions, self.config.refinement)


def _floats(plate: Plate) -> NDArray[np.float32]:
    """[H, W, 3] 0 .. 1 of a plate's picture."""
    return (plate.picture / np.float32(255)).astype(np.float32)
