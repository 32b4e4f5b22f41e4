"""Hair, cloth and irises of an avatar that is being made, in other colours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from avatron.avatar.colours import recoloured
from avatron.avatar.parts_box import PartsBox
from avatron.errors import InvalidValueError

__all__ = ["dye_cloth", "dye_hair", "dye_iris"]

Floats = NDArray[np.float32]

_HAIR_CONTRAST = 0.75
"""Strands differ less in light hair than in the dark hair that they are drawn from."""
_IRIS_CONTRAST = 0.85
_LIGHTEST_CLOTH = 0.72
"""Linear: bleached cotton. Brighter cloth would outshine the face."""
_WHITE = [1.0, 1.0, 1.0]
_HALVES_OF_IRIS = (0.42, 0.85)
"""Radii, in the iris's own, between which its colour is measured: pupil and rim are dark in every eye."""


def dye_hair(box: PartsBox, colour: Floats) -> None:
    """All hair in a linear `colour` [3]; strands stay lighter and darker than one another."""
    for part in box.look["hair"]:
        texture = box.picture(part, "colour_alpha", "RGBA")
        tint = np.asarray(part["tint"], np.float32)
        dyed = recoloured(texture[..., :3], colour, texture[..., 3] / 255, _HAIR_CONTRAST, tint)
        box.paint(part, "colour_alpha", np.dstack([dyed, texture[..., 3]]))
        part["tint"] = list(_WHITE)


def dye_cloth(box: PartsBox, colours: Sequence[Floats]) -> None:
    """The pieces of clothing in linear `colours` [3] each, the largest piece first; the others stay.

    Raises:
        InvalidValueError: more colours than pieces.
    """
    pieces = sorted(box.look["garments"], key=lambda part: -len(box.files[part["mesh"]]))
    if len(colours) > len(pieces):
        raise InvalidValueError(
            f"{len(colours)} garment colours for {len(pieces)} piece{'' if len(pieces) == 1 else 's'} of clothing; "
            "give at most one for each"
        )
    for part, colour in zip(pieces, colours, strict=False):
        cloth = box.picture(part, "albedo", "RGB")
        everywhere = np.ones(cloth.shape[:2], np.float32)
        box.paint(
            part,
            "albedo",
            recoloured(
                cloth, np.minimum(colour, _LIGHTEST_CLOTH), everywhere, 1.0, np.asarray(part["tint"], np.float32)
            ),
        )
        part["tint"] = list(_WHITE)


def dye_iris(box: PartsBox, colour: Floats) -> None:
    """Both irises in a linear `colour` [3]; pupil, fibres and rim stay."""
    eyes = box.look["eyes"]
    iris = box.picture(eyes, "iris", "RGB")
    rows, columns = iris.shape[:2]
    down, across = np.mgrid[0:rows, 0:columns]
    radius = np.hypot((down + 0.5) / rows - 0.5, (across + 0.5) / columns - 0.5) * 2
    ring = ((radius > _HALVES_OF_IRIS[0]) & (radius < _HALVES_OF_IRIS[1])).astype(np.float32)
    tint = np.asarray(eyes["iris_tint"], np.float32)
    box.paint(eyes, "iris", recoloured(iris, colour, ring, _IRIS_CONTRAST, tint))
    eyes["iris_tint"] = list(_WHITE)
