"""The skin of an avatar that is being made, where hair or brows are another's or have another colour."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from avatron.avatar.colours import from_linear, to_linear
from avatron.avatar.painted_hair import AREAS, PaintedHair, area_mask, lifted, repainted
from avatron.avatar.parts_box import PartsBox
from avatron.avatar.pictures import decode_picture
from avatron.face.head import HeadModel
from avatron.io.folders import ModelFolder
from avatron.render.textures import scaled_to

__all__ = ["changed_skin"]

Floats = NDArray[np.float32]

_ROOTS = np.array([0.42, 0.38, 0.36], np.float32)
"""Hair at its roots, between which skin and shade show, against the strands."""
_BROWS = np.array([0.62, 0.56, 0.52], np.float32)
"""Brows are darker than the hair of the head, and never yellow."""


def changed_skin(
    box: PartsBox,
    sources: Mapping[str, ModelFolder],
    head: HeadModel,
    hair_colour: Floats | None,
    brow_colour: Floats | None,
) -> None:
    """Lay the scalp's tint of the hair's owner and the brows of theirs on the skin, in the colours asked for.

    Nothing is touched where nothing changes: the skin stays the file that it was.
    """
    owners = {"scalp": sources.get("hair"), "brows": sources["brows"]}
    colours = {
        "scalp": None if hair_colour is None else hair_colour * _ROOTS,
        "brows": brow_colour if brow_colour is not None else None if hair_colour is None else hair_colour * _BROWS,
    }
    own = sources["skin"]
    if all(colour is None for colour in colours.values()) and all(owner is own for owner in owners.values()):
        return
    skin = box.look["skin"]
    own_hair, bare = _layers(own, head)
    layers = {id(own): own_hair}
    for area, owner in owners.items():
        if owner is None:
            continue
        if id(owner) not in layers:
            layers[id(owner)] = _layers(owner, head)[0]
        bare = repainted(bare, layers[id(owner)][area], colours[area])
    box.paint(skin, "albedo", from_linear(bare))
    if owners["brows"] is not own:
        _lend_relief(box, owners["brows"], head)


def _layers(source: ModelFolder | None, head: HeadModel) -> tuple[dict[str, PaintedHair], Floats]:
    """(painted hair by area, the skin without any) of an avatar."""
    assert source is not None
    skin = source.config["look"]["skin"]
    bare = to_linear(decode_picture(source.read_bytes(skin["albedo"]), "RGB", skin["albedo"]))
    found = {}
    for area in AREAS:
        found[area], bare = lifted(bare, head, area)
    return found, bare


def _lend_relief(box: PartsBox, owner: ModelFolder | None, head: HeadModel) -> None:
    """Brows have relief and dull the sheen as well."""
    assert owner is not None
    theirs, skin = owner.config["look"]["skin"], box.look["skin"]
    for key, mode in (("relief", "L"), ("sheen_and_lip", "RGB")):
        here = box.picture(skin, key, mode)
        there = scaled_to(decode_picture(owner.read_bytes(theirs[key]), mode, theirs[key]), *here.shape[:2])
        weight = area_mask(head, "brows", len(here))
        weight = weight if mode == "L" else weight[..., None]
        box.paint(skin, key, np.rint(here + weight * (there.astype(np.float32) - here)).astype(np.uint8))
