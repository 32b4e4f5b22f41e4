"""A person of Gaussians in a replica's folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from avatron.core.camera import Camera
from avatron.core.motion import FaceMotion
from avatron.face.shipped import shipped_head
from avatron.io.atomic import write_file
from avatron.io.folders import ModelFolder
from avatron.render.splats.appearance import SplatAppearance
from avatron.render.splats.renderer import SplatRenderer
from avatron.render.view import View
from avatron.replica.carried import CarriedGaussians

__all__ = ["SplatLikeness"]

_FOLDER = "appearance/"


@dataclass(frozen=True, eq=False)
class SplatLikeness:
    """One person before one scene."""

    appearance: SplatAppearance

    @property
    def camera(self) -> Camera:
        """Of the clip."""
        return self.appearance.camera

    def renderer(self, view: View) -> SplatRenderer:
        """What draws the person in `view`."""
        return SplatRenderer(self.appearance, view)

    @property
    def has_refiner(self) -> bool:
        """Whether a network finishes the pictures."""
        return self.appearance.refiner is not None and self.appearance.window_px > 0

    def unrefined(self, view: View) -> SplatRenderer:
        """What draws the person in `view` by the Gaussians alone."""
        return SplatRenderer(self.appearance, view, refined=False)

    def carried(self, motion: FaceMotion) -> CarriedGaussians:
        """The Gaussians, and what carries them over the frames of `motion`."""
        appearance = self.appearance
        geometry = appearance.geometry(shipped_head())
        rotations, translations = geometry.head.joint_motions(motion)
        rig = appearance.gaussians
        assert rig.corrections is not None, "a rig has at least none"
        return CarriedGaussians(
            rig.gaussians(),
            rig.corrections,
            appearance.drivers.coefficients(motion),
            geometry.triangles,
            np.stack(
                [
                    geometry.vertices(*frame)
                    for frame in zip(motion.expression, rotations, translations, motion.sway, strict=True)
                ]
            ),
        )

    def write(self, place: Path) -> None:
        """Write the files below `place`, as `load` finds them in a replica.

        Raises:
            OutputError: they cannot be written.
        """
        (place / _FOLDER).mkdir(exist_ok=True)
        for name, data in self.appearance.files().items():
            write_file(place / _FOLDER / name, data)

    @staticmethod
    def load(folder: ModelFolder) -> SplatLikeness:
        """The likeness in a replica's folder.

        Raises:
            DamagedModelError: a file is missing or not what it should be.
        """
        return SplatLikeness(SplatAppearance.load(folder, _FOLDER))
