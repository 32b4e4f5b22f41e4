"""Gaussians that ride on the tracked head: alone, with a network that learns after them, and with one learned jointly.

The parts are those of a replica's appearance, and so is the network. The motion is the tracker's, as every family has
it: a replica refines it against its Gaussians, which is left out here.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, fields, replace

import numpy as np
import torch

from avatron.native.splat_rig import SplatRig
from avatron.render.splats.appearance import SplatAppearance
from avatron.render.splats.drivers import Drivers
from avatron.render.splats.geometry import STRAINS
from avatron.render.splats.renderer import SplatRenderer
from avatron.render.view import View
from avatron.training.appearance.fit import FitConfig, SplatFit
from avatron.training.appearance.footage import Footage
from avatron.training.appearance.joint import JointConfig, JointFit
from avatron.training.appearance.matte import find_matte
from avatron.training.appearance.plate import Plate, find_plate
from avatron.training.appearance.reach import expression_reach
from avatron.training.appearance.refiner_export import refiner_graph
from avatron.training.appearance.seeds import SeedConfig, find_seeds
from avatron.training.appearance.start import gaussians_of_seeds
from family.film import Film

__all__ = ["COEFFICIENTS", "LearnedSplats", "SplatStages", "film_drivers", "learn_splats", "with_network"]

COEFFICIENTS = 16
"""R: what every family that is told of the expression by numbers is told."""


class LearnedSplats:
    """Gaussians, and perhaps a network."""

    def __init__(self, appearance: SplatAppearance, network_parameters: int = 0) -> None:
        """With what they take on disk."""
        self.appearance = appearance
        gaussians = appearance.gaussians
        floats = [np.asarray(getattr(gaussians, entry.name)) for entry in fields(SplatRig)]
        self.parameters = sum(array.size for array in floats) + appearance.plate.size + network_parameters
        self.size_bytes = sum(len(data) for data in appearance.files().values())

    def renderer(self, view: View) -> SplatRenderer:
        """What draws the person in `view`."""
        return SplatRenderer(self.appearance, view)


@dataclass(frozen=True, eq=False)
class SplatStages:
    """What was learned without a network, and what one needs to go on from there."""

    alone: LearnedSplats
    plate: Plate
    config: FitConfig
    seconds: float
    """Of processor time that it took."""


def film_drivers(film: Film) -> Drivers:
    """The coefficients of expression and pose that this film's families follow."""
    posed = film.frames.geometry.head
    return Drivers.of(film.track.motion.part(0, film.learned), expression_reach(posed), COEFFICIENTS)


def learn_splats(film: Film, steps: int, *, seed: int = 0) -> SplatStages:
    """Matte, plate, seeds and a fit of `steps` frames."""
    began = time.process_time()
    frames, camera, config = film.frames, film.track.camera, FitConfig(steps=steps)
    matte = find_matte(frames, camera)
    plate = find_plate(frames, camera, matte)
    drivers = film_drivers(film)
    seeding = SeedConfig()
    seeds = find_seeds(frames, camera, matte, seeding, seed=seed)
    rig = gaussians_of_seeds(seeds, frames.geometry, len(drivers), STRAINS, seeding, seed=seed)
    footage = Footage(frames, camera, matte, plate)
    fit = SplatFit(footage, rig, drivers.coefficients(film.track.motion), config, seed=seed)
    fit.run(steps)
    track = film.track
    appearance = SplatAppearance(track.identity, track.displacement, camera, fit.rig, drivers, plate.picture)
    return SplatStages(LearnedSplats(appearance), plate, config, time.process_time() - began)


def with_network(film: Film, stages: SplatStages, steps: int, *, jointly: bool, seed: int = 0) -> LearnedSplats:
    """The Gaussians finished by a network that learns from `steps` frames, after them or jointly with them."""
    before = stages.alone.appearance
    rig = SplatRig(**{entry.name: np.array(getattr(before.gaussians, entry.name)) for entry in fields(SplatRig)})
    config = JointConfig(steps=steps)
    if not jointly:
        config = replace(config, splat_rates=0.0)
    coefficients = before.drivers.coefficients(film.track.motion)
    fit = JointFit(film.frames, before.camera, stages.plate, rig, coefficients, config, stages.config.rates, seed=seed)
    fit.run()
    with torch.no_grad():
        graph = refiner_graph(fit.network, fit.window_px)
    count = sum(weights.numel() for weights in fit.network.parameters())
    return LearnedSplats(replace(before, gaussians=fit.rig, refiner=graph, window_px=fit.window_px), count)
