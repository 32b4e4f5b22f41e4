"""A person of Gaussians in a replica's folder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.core.gaussians import GaussianSet
from avatron.core.motion import FaceMotion
from avatron.face.shipped import shipped_head
from avatron.io.atomic import write_file
from avatron.io.folders import ModelFolder
from avatron.render.splats.appearance import SplatAppearance
from avatron.render.splats.renderer import SplatRenderer
from avatron.render.view import View

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

    def placed(self, motion: FaceMotion, frame: int = 0) -> tuple[GaussianSet, NDArray[np.float32], NDArray[np.int32]]:
        """The Gaussians, and vertices [V, 3] metres and triangles [K, 3] of a frame of `motion` that they ride on."""
        appearance, one = self.appearance, motion.part(frame, frame + 1)
        geometry = appearance.geometry(shipped_head())
        rotations, translations = geometry.head.joint_motions(one)
        vertices = geometry.vertices(one.expression[0], rotations[0], translations[0])
        rig, coefficients = appearance.gaussians, appearance.drivers.coefficients(one)[0]
        assert rig.corrections is not None, "a rig has at least none"
        moved = np.einsum("grc,r->gc", rig.corrections, coefficients)
        corrected = replace(
            rig,
            positions=rig.positions + moved[:, :3],
            colours=rig.colours + moved[:, 3:6],
            opacity_logits=rig.opacity_logits + moved[:, 6],
        )
        return corrected.gaussians(), vertices, geometry.triangles

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
