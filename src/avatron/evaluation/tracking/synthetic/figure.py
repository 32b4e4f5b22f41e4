"""One person of the films as meshes: the source head with skin, eyes, teeth, hair, clothes and glasses, posed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.rotation import axis_angle_to_matrix, gaze_to_matrix
from avatron.evaluation.tracking.synthetic.glasses import glasses_mesh
from avatron.evaluation.tracking.synthetic.lips import LipSeal
from avatron.evaluation.tracking.synthetic.performance import Performance
from avatron.evaluation.tracking.synthetic.plans import ClipPlan
from avatron.evaluation.tracking.synthetic.source import MULTI_PIE, SourceHead
from avatron.evaluation.tracking.synthetic.wardrobe import Wardrobe
from avatron.native.texture import Texture

__all__ = ["MATERIALS", "Eye", "Figure", "PosedFigure", "make_figure"]

Floats = NDArray[np.float32]

MATERIALS = ("face", "back", "eye", "teeth", "gums", "cloth", "frame")
"""What solid triangles are made of."""

_ATLAS_PX = (1536, 2304)
_BACK_PX = 768
_PIVOT_M = np.array([0.0, -0.08, -0.01])
"""Where the head turns on the neck."""
_NECK_M = (-0.135, -0.060)
"""Below the first height skin stays with the torso, above the second it goes with the head."""


@dataclass(frozen=True, eq=False)
class PosedFigure:
    """The person at one moment."""

    vertices: Floats
    """[N, 3] metres in camera space."""
    head_frame: Floats
    """[V, 3] the source head's vertices in the head's own frame: its expression without its pose."""
    head_rotation: NDArray[np.float64]
    """[3, 3] head frame to camera space."""
    head_translation: NDArray[np.float64]
    """[3] metres."""
    openness: float
    """0 .. 1 how far the mouth is open, for the light in it."""


@dataclass(frozen=True, eq=False)
class Eye:
    """One eyeball and the lids before it."""

    ball: NDArray[np.int64]
    centre: Floats
    """[3]."""
    radius: float
    lids: NDArray[np.int64]
    """Vertices of lids and lashes that the ball must not come through."""

    @staticmethod
    def of(head: SourceHead, rest: Floats, side: str) -> Eye:
        """The eye `Left` or `Right` of the person at `rest` [V, 3]."""
        ball = np.unique(head.part(f"M_Sclera{side}").triangles)
        centre = 0.5 * (rest[ball].min(0) + rest[ball].max(0))
        radius = float(np.linalg.norm(rest[ball] - centre, axis=1).mean())
        skin = np.unique(np.concatenate([head.part("M_Face").triangles, head.part("M_EyeLashes").triangles]))
        distance = np.linalg.norm(rest[skin] - centre, axis=1)
        # What is inside at rest is the hidden rim of the socket.
        around = (distance < 1.7 * radius) & (distance > radius - 0.0005) & (rest[skin, 2] > centre[2])
        return Eye(ball.astype(np.int64), centre.astype(np.float32), radius, skin[around].astype(np.int64))

    def keep_out(self, places: Floats) -> None:
        """Lift the lids of `places` [V, 3] (head frame) off the ball, in place."""
        way = places[self.lids] - self.centre
        distance = np.linalg.norm(way, axis=1, keepdims=True)
        least = np.float32(self.radius + 0.0003)
        places[self.lids] = self.centre + way * np.maximum(least / np.maximum(distance, np.float32(1e-6)), 1)


@dataclass(frozen=True, eq=False)
class Figure:
    """A person, ready to be posed. Vertices: the source head, then clothes, frame of the glasses, hair."""

    head: SourceHead
    seal: LipSeal
    rest: Floats
    """[V, 3] the person's neutral head."""
    eyes: tuple[Eye, ...]
    """Left and right."""
    extra: Floats
    """[N - V, 3] clothes, frame and hair at rest."""
    follows_head: Floats
    """[N] 0 stays with the torso, 1 goes with the head."""
    solid: NDArray[np.int32]
    """[K, 3] triangles that hide what is behind them."""
    solid_uv: Floats
    """[K, 3, 2] in the atlas."""
    material: NDArray[np.uint8]
    """[K] of `MATERIALS`."""
    atlas: Texture
    """Skin and cloth, sRGB."""
    iris: Texture
    eye_local: Floats
    """[N, 3] metres from the eye's centre, gaze ahead; 0 for what is no eye."""
    lash: NDArray[np.int32]
    """[L, 3]."""
    lash_uv: Floats
    lash_picture: Texture
    hair: NDArray[np.int32]
    """[K', 3] triangles that are partly seen through."""
    hair_uv: Floats
    hair_picture: Texture
    hair_tone: float
    """Median brightness of its strands in the picture, linear."""
    hair_colour: Floats
    """[3] linear."""
    under_hair: Floats
    """[N] 0 .. 1 skin that hair lies on: it has the hair's colour."""

    def posed(self, performance: Performance, moment: int, placing: tuple[Any, Any]) -> PosedFigure:
        """The person at a moment of a performance; `placing` is (rotation [3, 3], translation [3]) of a person who
        faces the camera, room to camera space."""
        weights = performance.weights[moment]
        places = self.seal.closed(self.head.moved(self.rest, weights), float(performance.seal[moment]))
        for side, eye in enumerate(self.eyes):
            turn = gaze_to_matrix(performance.gaze[moment, side])
            places[eye.ball] = ((self.rest[eye.ball] - eye.centre) @ turn.T + eye.centre).astype(np.float32)
            eye.keep_out(places)
        everything = np.concatenate([places, self.extra]).astype(np.float64)
        torso = axis_angle_to_matrix(performance.torso_rotation[moment])
        turned = axis_angle_to_matrix(performance.head_rotation[moment])
        head_shift = _PIVOT_M - turned @ _PIVOT_M + performance.head_translation[moment]
        torso_shift = performance.torso_translation[moment]
        with_head = everything @ turned.T + head_shift
        with_torso = everything @ torso.T + torso_shift
        share = self.follows_head[:, None].astype(np.float64)
        rotation, translation = placing
        room = with_torso + share * (with_head - with_torso)
        upper, lower = (places[rim, 1].mean() for rim in (self.seal.upper, self.seal.lower))
        return PosedFigure(
            (room @ rotation.T + translation).astype(np.float32),
            places,
            rotation @ turned,
            rotation @ head_shift + translation,
            float(np.clip((upper - lower) / 0.02, 0, 1)),
        )


def make_figure(head: SourceHead, wardrobe: Wardrobe, plan: ClipPlan) -> Figure:
    """The person of a plan; the same plan gives the same person."""
    generator = np.random.default_rng([plan.motion.seed, 1])
    coefficients = generator.standard_normal(len(head.identity)) * plan.identity_scale
    if plan.people:
        coefficients = 0.7 * coefficients + wardrobe.identity_direction(plan.people)
    rest = head.person(coefficients)
    count = len(rest)
    moved = rest - head.neutral
    garment, hair = wardrobe.garment(plan.garment, f"{plan.garment}_plain"), wardrobe.hair(plan.hair)
    extras = [garment.on(moved)]
    frame = glasses_mesh(head, rest) if plan.glasses else (np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32))
    extras += [frame[0], hair.on(moved)]
    strands = _trimmed(hair.triangles, extras[2], rest)
    starts = count + np.concatenate([[0], np.cumsum([len(extra) for extra in extras])])
    triangles, uv, material = [], [], []

    def add(name: str, faces: NDArray[np.int32], corner_uv: Floats) -> None:
        triangles.append(faces)
        uv.append(_in_atlas(name, corner_uv))
        material.append(np.full(len(faces), MATERIALS.index(name), np.uint8))

    eyes = tuple(Eye.of(head, rest, side) for side in ("Left", "Right"))
    for name, source in (
        ("face", "M_Face"), ("back", "M_BackHead"), ("eye", "M_ScleraLeft"), ("eye", "M_ScleraRight"),
        ("teeth", "M_Teeth"), ("gums", "M_GumsTongue"),
    ):  # fmt: skip
        part = head.part(source)
        add(name, part.triangles, part.corner_uv)
    add("cloth", garment.triangles + np.int32(starts[0]), garment.corner_uv)
    add("frame", frame[1] + np.int32(starts[1]), np.zeros((len(frame[1]), 3, 2), np.float32))
    local = np.zeros((starts[-1], 3), np.float32)
    for eye in eyes:
        local[eye.ball] = rest[eye.ball] - eye.centre
    follows = np.ones(starts[-1], np.float32)
    follows[:count] = _smoothstep((rest[:, 1] - _NECK_M[0]) / (_NECK_M[1] - _NECK_M[0]))
    follows[starts[0] : starts[1]] = 0
    hair_places = extras[2]
    follows[starts[2] :] = _smoothstep((hair_places[:, 1] + 0.16) / 0.10)
    lash = head.part("M_EyeLashes")
    return Figure(
        head=head,
        seal=LipSeal.of(head),
        rest=rest,
        eyes=eyes,
        extra=np.concatenate(extras),
        follows_head=follows,
        solid=np.concatenate(triangles),
        solid_uv=np.concatenate(uv),
        material=np.concatenate(material),
        atlas=_atlas(wardrobe, plan, garment.picture),
        iris=Texture.from_image(wardrobe.iris(plan.iris), srgb=True, wrap="clamp"),
        eye_local=local,
        lash=lash.triangles,
        lash_uv=_lash_uv(head, lash.triangles, lash.corner_uv),
        lash_picture=Texture.from_image(wardrobe.lashes()[..., None], wrap="clamp"),
        hair=hair.triangles[strands] + np.int32(starts[2]),
        hair_uv=hair.corner_uv[strands],
        hair_picture=Texture.from_image(hair.picture, srgb=True, wrap="clamp"),
        hair_tone=_tone(hair.picture),
        hair_colour=np.array(plan.hair_colour, np.float32),
        under_hair=_under_hair(rest, hair_places, hair.triangles, int(starts[-1])),
    )


def _smoothstep(share: NDArray[Any]) -> Floats:
    share = np.clip(share, 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)


def _in_atlas(name: str, uv: Floats) -> Floats:
    """[K, 3, 2] where a material's unit square lies in the atlas: the face left, back of the head and cloth right."""
    height, width = _ATLAS_PX
    side, left, top = {
        "face": (height, 0, 0),
        "back": (_BACK_PX, height, 0),
        "cloth": (_BACK_PX, height, _BACK_PX),
    }.get(name, (0, 0, 0))
    u = (left + uv[..., 0] * side) / width
    v = 1 - (top + (1 - uv[..., 1]) * side) / height
    return np.stack([u, v], -1).astype(np.float32)


def _atlas(wardrobe: Wardrobe, plan: ClipPlan, cloth: NDArray[np.uint8]) -> Texture:
    from PIL import Image

    height, width = _ATLAS_PX
    picture = np.zeros((height, width, 3), np.uint8)
    picture[:, :height] = wardrobe.face(plan.skin, plan.brow, plan.brow_colour)
    picture[:_BACK_PX, height:] = wardrobe.back(plan.skin)
    small = Image.fromarray(cloth[..., :3]).resize((_BACK_PX, _BACK_PX), Image.Resampling.BOX)
    picture[_BACK_PX:, height:] = np.asarray(small)
    return Texture.from_image(picture, srgb=True, wrap="clamp")


def _lash_uv(head: SourceHead, triangles: NDArray[np.int32], uv: Floats) -> Floats:
    """[L, 3, 2] the source's twelve strips onto the six of the picture, roots at the bottom."""
    place = head.neutral[triangles]
    side = np.where(place[..., :1] > 0, 1.0, -1.0)
    centre = np.concatenate([0.0316 * side, np.full_like(side, 0.0361), np.full_like(side, 0.0805)], -1)
    distance = np.linalg.norm(place - centre, axis=2)
    strip = np.clip(np.floor(uv[..., 1].mean(1) * 6 - 1e-6), 0, 5).astype(int) * 2 + (uv[..., 0].mean(1) > 0.5)
    result = uv.copy()
    for number in np.unique(strip):
        rows = strip == number
        along, across = uv[rows, :, 0], uv[rows, :, 1]
        along = (along - along.min()) / max(float(np.ptp(along)), 1e-6)
        across = (across - across.min()) / max(float(np.ptp(across)), 1e-6)
        outward = np.polyfit(across.ravel(), distance[rows].ravel(), 1)[0] > 0
        result[rows, :, 0] = (along + number % 6) / 6
        result[rows, :, 1] = across if outward else 1 - across
    return result.astype(np.float32)


def _under_hair(rest: Floats, hair: Floats, triangles: NDArray[np.int32], count: int) -> Floats:
    """[count] how surely each vertex of the head lies under hair: near some of it, and on the scalp."""
    middles = hair[triangles].mean(1)
    middles = middles[middles[:, 1] > -0.03]
    scalp = np.flatnonzero((rest[:, 1] > 0.06) | ((rest[:, 2] < 0.02) & (rest[:, 1] > -0.04)))
    scalp = scalp[scalp < 14062]
    near = np.full(len(scalp), np.inf)
    for start in range(0, len(scalp), 512):
        rows = rest[scalp[start : start + 512]]
        near[start : start + 512] = np.sqrt(((rows[:, None] - middles[None]) ** 2).sum(2).min(1))
    result = np.zeros(count, np.float32)
    result[scalp] = _smoothstep((0.012 - near) / 0.007)
    return result


def _trimmed(triangles: NDArray[np.int32], places: Floats, rest: Floats) -> NDArray[np.int64]:
    """Rows of `triangles` that do not hang before an eye: a fringe ends at the brows."""
    brows = rest[list(MULTI_PIE[17:27])]
    middles = places[triangles].mean(1)
    low = middles[:, 1] < brows[:, 1].mean() - 0.003
    before = (middles[:, 2] > 0.045) & (np.abs(middles[:, 0]) < 0.058)
    return np.flatnonzero(~(low & before))


def _tone(picture: NDArray[np.uint8]) -> float:
    strands = picture[picture[..., 3] > 128][:, :3].astype(np.float32) / 255
    return max(float(np.median(strands.mean(1) ** 2.2)), 0.02)
