"""Small golden pictures of the package's avatars. Draw them anew, after you have looked at what changed, with

python tests/reference/look_goldens.py
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from avatron.avatar.store import COLLECTION, load_avatar
from avatron.evaluation.rig.poses import RigPose, motion_of
from avatron.face.shipped import shipped_head
from avatron.render.portrait import PortraitRenderer

FOLDER = Path(__file__).resolve().parent.parent / "goldens"
SIDE = 112
"""Pixels; twenty times smaller than a portrait, and lids, lips and hairline still show."""
SCENES: Mapping[str, tuple[RigPose, str, str]] = MappingProxyType(
    {
        "rest": (RigPose("rest", {}), "close-up", "studio"),
        "speech": (
            RigPose(
                "speech",
                {"jawOpen": 0.3, "mouthUpperUp": 0.2, "mouthLowerDown": 0.2, "browInnerUp": 0.3},
                head_degrees=(4, 18, 3),
                gaze_degrees=(-14, -3),
            ),
            "head-and-shoulders",
            "soft",
        ),
    }
)
"""Pose, framing and light: every surface is in one of the two."""
BACKGROUND = (52, 58, 66)
"""Flat: the studio's dither is a quarter of a file."""


def draw(avatar: str, scene: str) -> NDArray[np.uint8]:
    """[SIDE, SIDE, 3] what a golden picture should show."""
    pose, framing, light = SCENES[scene]
    renderer = PortraitRenderer(
        shipped_head(),
        load_avatar(avatar).look,
        size=(SIDE, SIDE),
        framing=framing,
        light=light,
        background=BACKGROUND,
    )
    return next(renderer.frames(motion_of(pose)))


def place(avatar: str, scene: str) -> Path:
    """Of the golden picture."""
    return FOLDER / f"{avatar}_{scene}.png"


def draw_all() -> None:
    """Draw every golden picture of every avatar of the package anew."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    for avatar in builtin():
        for scene in SCENES:
            Image.fromarray(draw(avatar, scene)).save(place(avatar, scene), optimize=True)
            print(place(avatar, scene))


def builtin() -> tuple[str, ...]:
    """Names of the avatars that come with the package."""
    folder = COLLECTION.builtin_folder
    return tuple(sorted(entry.name for entry in folder.iterdir() if (entry / "config.json").is_file()))


if __name__ == "__main__":
    draw_all()
