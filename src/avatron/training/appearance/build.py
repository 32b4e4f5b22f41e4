"""From a tracked clip to an appearance: the steps in order, each kept when it is done.

    matte and plate -> seeds -> fit -> motion against the Gaussians -> fit again -> refiner, jointly -> motion again

The frames that are not learned from take part in nothing but the search for their own motion.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import FaceMotion
from avatron.core.track import FaceTrack
from avatron.errors import InputError
from avatron.face.head import HeadModel
from avatron.io.clips import ClipInfo, read_frames
from avatron.io.npz import read_npz, write_npz
from avatron.native.splat_rig import SplatRig
from avatron.render.splats.appearance import SplatAppearance
from avatron.render.splats.drivers import Drivers
from avatron.render.splats.geometry import STRAINS, SplatGeometry
from avatron.render.splats.sheets import hair_sheet, torso_sheet
from avatron.training.appearance.fit import FitConfig, SplatFit
from avatron.training.appearance.frames import ClipFrames
from avatron.training.appearance.matte import MatteConfig, find_matte
from avatron.training.appearance.plate import Plate, find_plate
from avatron.training.appearance.reach import expression_reach
from avatron.training.appearance.refined_motion import Directions, MotionRefiner, RefinementConfig
from avatron.training.appearance.seeds import SeedConfig, find_seeds
from avatron.training.appearance.start import gaussians_of_seeds

__all__ = ["AppearanceConfig", "BuiltAppearance", "build_appearance"]

Progress = Callable[[float], None]

_LEAST_FRAMES = 8
_SHARES = {"prepare": 0.02, "first": 0.13, "motion": 0.22, "second": 0.3, "joint": 0.25, "last": 0.08}
"""Of the time, about."""


@dataclass(frozen=True)
class AppearanceConfig:
    """How an appearance is built."""

    coefficients: int = 16
    """R: what corrections follow."""
    most_frames: int = 700
    """That are learned from, evenly over the clip."""
    matte: MatteConfig = field(default_factory=MatteConfig)
    seeds: SeedConfig = field(default_factory=SeedConfig)
    first: FitConfig = field(default_factory=lambda: FitConfig(steps=2500))
    """Before the motion is refined."""
    second: FitConfig = field(default_factory=lambda: FitConfig(steps=5000))
    """After it."""
    refinement: RefinementConfig = field(default_factory=lambda: RefinementConfig(picture_px=192))
    finished: bool = True
    """Whether a network learns to finish the picture; it needs torch."""
    joint_steps: int = 1500
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
    config: AppearanceConfig | None = None,
    seed: int = 0,
    work: Path | None = None,
    on_progress: Progress | None = None,
) -> BuiltAppearance:
    """The appearance of the person in a clip, learned from its first `learned_frames` frames.

    What is done is kept in the folder `work`: a run that ended early goes on from there.

    Raises:
        InputError: too few frames that can be trusted.
        UnreadableFileError: the clip cannot be read.
        OutputError: `work` cannot be written to.
    """
    config = config or AppearanceConfig()
    builder = _Builder(info, track, learned_frames, head, config, seed, work, on_progress or (lambda share: None))
    return builder.run()


class _Builder:
    def __init__(
        self,
        info: ClipInfo,
        track: FaceTrack,
        learned_frames: int,
        head: HeadModel,
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
        self.work, self.on_progress = work, on_progress
        posed = head.posed(track.identity, track.displacement if len(track.displacement) else None)
        self.geometry = SplatGeometry(posed, hair_sheet(track.camera), torso_sheet(track.camera))
        self.reach = expression_reach(posed)
        self.done = 0.0

    def run(self) -> BuiltAppearance:
        """All steps."""
        track, config, camera = self.track, self.config, self.track.camera
        frames = ClipFrames(self.info, track, self.geometry, self.learned, most=config.most_frames)
        matte = find_matte(frames, camera, config.matte)
        plate = find_plate(frames, camera, matte)
        drivers = Drivers.of(track.motion.part(0, self.learned), self.reach, config.coefficients)
        self._finished("prepare")

        def first() -> SplatRig:
            seeds = find_seeds(frames, camera, matte, config.seeds, seed=self.seed)
            rig = gaussians_of_seeds(seeds, self.geometry, len(drivers), STRAINS, thickness=config.seeds.thickness)
            return self._fitted(frames, plate, drivers, rig, config.first, "first")

        rig = self._kept_rig("first", first)
        motion = self._kept_motion("motion", lambda: self._refined(frames, rig, drivers, plate, track.motion, "motion"))
        frames.follow(replace(track, motion=motion))
        fitted = self._kept_rig("second", lambda: self._fitted(frames, plate, drivers, rig, config.second, "second"))
        rig, refiner, window_px = self._finished_by_network(frames, plate, drivers, fitted)
        motion = self._kept_motion("last", lambda: self._held_out(rig, drivers, plate, motion))
        appearance = SplatAppearance(
            track.identity, track.displacement, camera, rig, drivers, plate.picture, refiner, window_px
        )
        return BuiltAppearance(appearance, motion)

    def _fitted(
        self, frames: ClipFrames, plate: Plate, drivers: Drivers, rig: SplatRig, config: FitConfig, step: str
    ) -> SplatRig:
        coefficients = drivers.coefficients(frames.track.motion)
        fit = SplatFit(frames, self.track.camera, plate, rig, coefficients, config, seed=self.seed)
        fit.run(config.steps, on_step=lambda done: self._within(step, done / config.steps))
        return fit.rig

    def _finished_by_network(
        self, frames: ClipFrames, plate: Plate, drivers: Drivers, rig: SplatRig
    ) -> tuple[SplatRig, bytes | None, int]:
        """The Gaussians as they are beside the network, the network, and the side of its window."""
        if not self.config.finished:
            self._finished("joint")
            return rig, None, 0
        from avatron.training.appearance.joint import JointConfig, JointFit, window_size
        from avatron.training.appearance.refiner_export import refiner_graph

        config = JointConfig(steps=self.config.joint_steps)
        window_px = window_size(self.track.camera, config)
        names = tuple(entry.name for entry in fields(SplatRig))

        def made() -> dict[str, NDArray[Any]]:
            coefficients = drivers.coefficients(frames.track.motion)
            fit = JointFit(
                frames, self.track.camera, plate, rig, coefficients, config, self.config.second.rates, seed=self.seed
            )
            fit.run(on_step=lambda done: self._within("joint", done / config.steps))
            graph = np.frombuffer(refiner_graph(fit.network, window_px), np.uint8)
            return {"graph": graph, **{name: np.asarray(getattr(fit.rig, name)) for name in names}}

        arrays = self._kept("joint", ("graph", *names), made)
        graph = arrays.pop("graph").tobytes()
        return SplatRig(**{name: array.copy() for name, array in arrays.items()}), graph, window_px

    def _refined(
        self, frames: ClipFrames, rig: SplatRig, drivers: Drivers, plate: Plate, motion: FaceMotion, step: str
    ) -> FaceMotion:
        """`motion` with the frames that are learned from refined."""
        found = self._refiner(rig, drivers, plate).refined(
            motion.rows(frames.numbers),
            frames.pictures,
            on_progress=lambda done: self._within(step, done / len(frames)),
        )
        return motion.with_rows(frames.numbers, found)

    def _held_out(self, rig: SplatRig, drivers: Drivers, plate: Plate, motion: FaceMotion) -> FaceMotion:
        """`motion` with the frames that are not learned from refined: the Gaussians are what they are by now."""
        count = len(self.track)
        numbers = np.arange(self.learned, count)
        if not len(numbers):
            return motion
        pictures: Iterator[NDArray[np.uint8]] = read_frames(self.info, self.learned, count)
        found = self._refiner(rig, drivers, plate).refined(
            motion.part(self.learned, count),
            pictures,
            on_progress=lambda done: self._within("last", done / len(numbers)),
        )
        trusted = self.track.valid[numbers]
        return motion.with_rows(numbers[trusted], found.rows(np.flatnonzero(trusted)))

    def _refiner(self, rig: SplatRig, drivers: Drivers, plate: Plate) -> MotionRefiner:
        directions = Directions.of(self.track.motion.part(0, self.learned), self.reach, self.config.refinement)
        behind = (plate.picture / np.float32(255)).astype(np.float32)
        return MotionRefiner(self.geometry, rig, drivers, self.track.camera, behind, directions, self.config.refinement)

    def _within(self, step: str, share: float) -> None:
        self.on_progress(min(self.done + _SHARES[step] * share, 1.0))

    def _finished(self, step: str) -> None:
        self.done += _SHARES[step]
        self.on_progress(min(self.done, 1.0))

    def _kept_rig(self, step: str, make: Callable[[], SplatRig]) -> SplatRig:
        names = tuple(entry.name for entry in fields(SplatRig))

        def made() -> dict[str, NDArray[Any]]:
            rig = make()
            return {name: np.asarray(getattr(rig, name)) for name in names}

        arrays = self._kept(step, names, made)
        return SplatRig(**{name: array.copy() for name, array in arrays.items()})

    def _kept_motion(self, step: str, make: Callable[[], FaceMotion]) -> FaceMotion:
        arrays: dict[str, Any] = self._kept(step, tuple(self.track.motion.arrays()), lambda: make().arrays())
        return replace(self.track.motion, **arrays)

    def _kept(
        self, step: str, names: tuple[str, ...], make: Callable[[], dict[str, NDArray[Any]]]
    ) -> dict[str, NDArray[Any]]:
        """What a step left when it was done before, or what it makes now."""
        path = None if self.work is None else self.work / f"{step}.npz"
        if path is not None and path.exists():
            arrays = dict(read_npz(path, "unfinished work on an appearance", names))
        else:
            arrays = make()
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
                write_npz(path, arrays, overwrite=True)
        self._finished(step)
        return arrays
