"""A person of Gaussians in a replica's folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from avatron.core.camera import Camera
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
