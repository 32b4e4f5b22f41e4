"""How a person looks: the kinds of likeness that a replica may hold, by name."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from avatron.core.camera import Camera
from avatron.core.motion import FaceMotion
from avatron.core.registry import Registry
from avatron.io.folders import ModelFolder
from avatron.render.protocol import Renderer
from avatron.render.view import View
from avatron.replica.carried import CarriedGaussians

__all__ = ["LIKENESSES", "HasGaussians", "Likeness", "Refinable", "load_likeness"]


class Likeness(Protocol):
    """All that pictures of a person need besides motion."""

    @property
    def camera(self) -> Camera:
        """Of the clip that it was learned from: a `full` view of the clip's size is what this camera sees."""

    def renderer(self, view: View) -> Renderer:
        """What draws the person in `view`: [H, W, 4] with straight alpha where they are alone."""


@runtime_checkable
class Refinable(Protocol):
    """A likeness whose pictures a network may finish."""

    @property
    def has_refiner(self) -> bool:
        """Whether there is such a network."""

    def unrefined(self, view: View) -> Renderer:
        """What draws the person in `view` without it: faster, and less exact."""


@runtime_checkable
class HasGaussians(Protocol):
    """A likeness that is made of Gaussians."""

    def carried(self, motion: FaceMotion) -> CarriedGaussians:
        """The Gaussians, and what carries them over the frames of `motion`."""


class LikenessLoader(Protocol):
    """A class that reads its kind from a replica's folder."""

    def load(self, folder: ModelFolder) -> Likeness:
        """The likeness in `folder`."""


LIKENESSES: Registry[LikenessLoader] = Registry(
    "likeness",
    {
        "full": "avatron.replica.splats.likeness:SplatLikeness",
        "draft": "avatron.replica.draft.likeness:DraftLikeness",
    },
)


def load_likeness(kind: str, folder: ModelFolder) -> Likeness:
    """The likeness of that kind in a replica's folder.

    Raises:
        UnknownNameError: no such kind.
        DamagedModelError: it is not what it should be.
    """
    return LIKENESSES.get(kind).load(folder)
