"""Random people: faces between and beyond the shipped ones, other skins, lips of other colours, and beards."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from avatron.avatar.store import load_avatar
from avatron.face.head import HeadModel
from avatron.face.proportions import random_identity
from avatron.render.appearance import Appearance
from avatron.render.light import LIGHTS, LightRig

__all__ = ["PeopleMaker"]

Floats = NDArray[np.float32]

AVATARS = ("ava", "zuri", "kenji", "henry")
_MASK_SIZE = 512
_MOUSTACHE_TOP, _BEARD_TOP = -0.016, -0.045
"""Height (metres, mean head) under which hair grows beside the nose's wings, and all about the mouth."""


@dataclass(frozen=True, eq=False)
class Person:
    """Who is drawn, and in which light."""

    appearance: Appearance
    light: LightRig


class PeopleMaker:
    """Makes people from the shipped ones."""

    def __init__(self, head: HeadModel) -> None:
        """Reads the four avatars and finds lips and beard on the texture."""
        self._head = head
        self._looks = [load_avatar(name).appearance() for name in AVATARS]
        lips = np.maximum(head.regions["lips_upper"], head.regions["lips_lower"])
        self._lips = self._painted(lips)
        self._beard = self._painted(self._beard_weight(lips))

    def person(self, random: np.random.Generator) -> Person:
        """Somebody."""
        base, skin_of = (self._looks[place] for place in random.integers(len(self._looks), size=2))
        identity = random_identity(
            base.identity, int(random.integers(2**32)), float(random.uniform(0.3, 1.0)), self._head.identity_modes
        )
        skin = replace(skin_of.skin, albedo=self._albedo(skin_of.skin.albedo, random))
        framed = replace(base, identity=identity, skin=skin, framing="close-up", hair=base.hair[:2])
        return Person(framed, _light(random))

    def _albedo(self, albedo: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
        height, width = albedo.shape[:2]
        colour = (albedo.astype(np.float32) / 255) ** 2.2
        colour = colour ** random.uniform(0.75, 1.35) * np.exp(random.normal(scale=[0.12, 0.10, 0.12]))
        lips = np.asarray(self._lips.resize((width, height)), np.float32)[..., None] / 255
        tone = np.exp(random.normal(scale=0.35) + random.normal(scale=[0.15, 0.22, 0.2]))
        pale = colour.mean((0, 1)) * np.exp(random.normal(scale=0.2, size=3))
        share = random.beta(1, 2)
        colour = colour * (1 - lips) + lips * (colour * tone * (1 - share) + share * pale)
        if random.random() < 0.35:
            colour = self._bearded(colour, random)
        return np.asarray(np.rint(255 * np.clip(colour, 0, 1) ** (1 / 2.2)), np.uint8)

    def _bearded(self, colour: Floats, random: np.random.Generator) -> Floats:
        height, width = colour.shape[:2]
        beard = np.asarray(self._beard.resize((width, height)), np.float32)[..., None] / 255
        hairs = random.random((height // 2, width // 2), np.float32)
        hairs = np.asarray(Image.fromarray(hairs).resize((width, height)))[..., None]
        share = beard * random.uniform(0.2, 0.9) * np.clip(0.4 + 1.2 * (hairs - 0.3), 0, 1)
        tone = np.float32([0.05, 0.035, 0.025]) * np.exp(random.normal(scale=0.8))
        return np.asarray(colour * (1 - share) + share * tone, np.float32)

    def _beard_weight(self, lips: Floats) -> Floats:
        across, height, depth = self._head.neutral.T
        loop = self._head.neutral[self._head.contours["lips_outer"]]
        from_lips = np.linalg.norm(self._head.neutral[:, None] - loop[None], axis=2).min(1)
        front = (depth > 0.03) & (np.abs(across) < 0.06)
        about = (height < _MOUSTACHE_TOP) & (from_lips < 0.016) | (height < _BEARD_TOP)
        lining = (depth < 0.08) & (np.abs(across) < 0.032) & (height > -0.062)
        grown = front & about & (height > -0.1) & ~lining
        return np.asarray(grown * np.clip(1 - 3 * lips, 0, 1) * np.clip(from_lips / 0.002, 0, 1), np.float32)

    def _painted(self, weight: Floats) -> Image.Image:
        """`weight` [V] on the texture of the skin."""
        picture = Image.new("L", (_MASK_SIZE, _MASK_SIZE))
        pen = ImageDraw.Draw(picture)
        places = self._head.uv * [1, -1] * _MASK_SIZE + [0, _MASK_SIZE]
        for triangle in self._head.triangles_of("skin"):
            value = float(weight[triangle].mean())
            if value > 0.02:
                pen.polygon([tuple(place) for place in places[triangle]], fill=int(255 * value))
        return picture


def _light(random: np.random.Generator) -> LightRig:
    rig = LIGHTS[str(random.choice(list(LIGHTS)))]
    if random.random() < 0.5:
        rig = rig.mirrored()
    turned = np.asarray(rig.key) + random.normal(scale=0.35, size=3)
    turned[2] = max(turned[2], 0.2)
    key_colour = np.asarray(rig.key_colour) * np.exp(random.normal(scale=0.35) + random.normal(scale=0.12, size=3))
    return replace(
        rig,
        key=tuple(turned.tolist()),
        key_colour=tuple(key_colour.tolist()),
        exposure=rig.exposure * float(np.exp(random.normal(scale=0.2))),
    )
