"""What Gaussians learn from: the pictures of a clip, who is where in them, and what is behind."""

from __future__ import annotations

from dataclasses import dataclass

from avatron.core.camera import Camera
from avatron.training.appearance.frames import ClipFrames
from avatron.training.appearance.matte import ClipMatte
from avatron.training.appearance.plate import Plate
from avatron.training.appearance.section import Section
from avatron.training.appearance.silhouettes import Silhouettes

__all__ = ["Footage"]


@dataclass(frozen=True, eq=False)
class Footage:
    """All of it in one size."""

    frames: ClipFrames
    camera: Camera
    matte: ClipMatte
    plate: Plate
    silhouettes: Silhouettes | None = None
    """None where no network was there to find them."""

    def section(self, section: Section) -> Footage:
        """The same as `section` shows it."""
        return Footage(
            section.frames(self.frames),
            section.camera(self.camera),
            section.matte(self.matte),
            section.plate(self.plate),
            section.silhouettes(self.silhouettes),
        )

    def halved(self) -> Footage:
        """The same in half the size."""
        width, height = self.camera.width, self.camera.height
        return self.section(Section(0, 0, width, height, (max(width // 2, 1), max(height // 2, 1))))
