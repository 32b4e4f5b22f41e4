"""What is felt, over the mouth of any animator: gains on its motion, and shapes that give way to the sounds.

The layer knows the sounds only from the curves: how far the lips are parted, rounded, or held at the teeth. So it is
the same for rules, networks and recorded curves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.emotion import EMOTIONS
from avatron.core.motion import EXPRESSION_INDEX
from avatron.motion.curves import minimum_jerk, soft_union
from avatron.motion.emotion.mood import Mood
from avatron.motion.emotion.profiles import PROFILES

__all__ = ["Articulation", "articulation_of", "felt_face", "felt_mouth"]

PARTED_JAW = 0.09
"""Parting of the lips, as a weight of `jawOpen`, from which on they are free: 3 mm on the shipped head."""
PARTING = {"mouthFunnel": 0.39, "mouthLowerDown": 0.19, "mouthUpperUp": 0.21, "mouthShrugUpper": 0.15}
"""What other shapes part the lips by, as a weight of `jawOpen` that does the same on the shipped head."""
MEETING = {"mouthRollLower": 0.035, "mouthPress": 0.03}
"""What brings them together, likewise."""
FULLY_ROUNDED = 0.45
ROLLED_IN = 0.32
"""Weight of `mouthRollLower` with the upper teeth on the lower lip."""
WIDE_JAW = 0.5
CONTACT_JAW, FREE_JAW = 0.05, 0.14
"""Openings below are contacts, which no gain moves; openings above are vowels."""
SLOPE_S = 0.06
"""Time over which the attack looks at the opening's slope."""

PARTING_SHAPES = frozenset({"mouthUpperUp", "mouthLowerDown", "mouthFunnel", "noseSneer", "jawOpen"})
"""Open lips that should be shut: they come only while the lips are parted."""
PRESSING_SHAPES = frozenset({"mouthPress"})
"""Come only while the lips are shut."""
CORNER_SHAPES = frozenset({"mouthSmile", "mouthDimple", "mouthFrown", "mouthStretch"})
CHIN_SHAPES = frozenset({"mouthShrugLower"})
_OPPOSED = {"mouthFrown": "mouthSmile", "mouthSmile": "mouthFrown"}
_GROUPS = ("brows", "eyes", "mouth")


@dataclass(frozen=True, eq=False)
class Articulation:
    """What a mouth is doing, from its weights alone; each [T], 0 .. 1."""

    parted: NDArray[np.float64]
    """Lips shut .. free."""
    rounded: NDArray[np.float64]
    toothed: NDArray[np.float64]
    """Lower lip under the upper teeth."""
    sealed: NDArray[np.float64]
    """Lips shut although the jaw is open: P, B, M."""
    wide: NDArray[np.float64]
    """Jaw shut .. wide open."""


def articulation_of(expression: NDArray[np.float64]) -> Articulation:
    """What the mouth of [T, E] weights is doing."""
    jaw, closing = _read(expression, "jawOpen"), _read(expression, "mouthClose")
    parting = np.maximum(jaw - closing, 0.0)
    for shape, share in PARTING.items():
        parting = parting + share * _read(expression, shape)
    for shape, share in MEETING.items():
        parting = parting - share * _read(expression, shape)
    parted = minimum_jerk(parting / PARTED_JAW)
    return Articulation(
        parted=parted,
        rounded=minimum_jerk((_read(expression, "mouthPucker") + _read(expression, "mouthFunnel")) / FULLY_ROUNDED),
        toothed=minimum_jerk(_read(expression, "mouthRollLower") / ROLLED_IN) * minimum_jerk(1.0 - closing / 0.02),
        sealed=minimum_jerk(closing / 0.02) * (1.0 - parted),
        wide=minimum_jerk(jaw / WIDE_JAW),
    )


def felt_mouth(mouth: NDArray[np.float64], mood: Mood, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """[T, E] the weights of a mouth [T, E] with the gains and shapes of what is felt, at `times_s` [T]."""
    expression = _gained(mouth, mood, times_s)
    free = articulation_of(expression)
    for shape, weight in _shapes(mood, "mouth", times_s).items():
        room = _room(shape, free)
        # A vowel's own spreading or a frown would fight the other; what is felt wins by half.
        if shape in _OPPOSED:
            for column in _columns(_OPPOSED[shape]):
                expression[:, column] *= 1.0 - 0.6 * np.minimum(weight.mean(axis=1) * room, 1.0)
        for side, column in enumerate(_columns(shape)):
            expression[:, column] = soft_union(expression[:, column], np.clip(weight[:, side] * room, 0.0, 1.0))
    return expression


def felt_face(mood: Mood, times_s: NDArray[np.float64]) -> dict[int, NDArray[np.float64]]:
    """Expression column -> [T] weight of what is felt in brows, lids and cheeks, at `times_s` [T]."""
    found: dict[int, NDArray[np.float64]] = {}
    for group in ("brows", "eyes"):
        for shape, weight in _shapes(mood, group, times_s).items():
            for side, column in enumerate(_columns(shape)):
                found[column] = np.clip(weight[:, side], 0.0, 1.0)
    return found


def _shapes(mood: Mood, group: str, times_s: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Shape -> [T, 2] weight on the left and on the right, before the sounds have their say."""
    left, right = mood.sides(group, times_s)
    found: dict[str, NDArray[np.float64]] = {}

    def add(shape: str, weight: NDArray[np.float64]) -> None:
        both = np.stack([weight * left, weight * right], axis=1)
        found[shape] = soft_union(found.get(shape, np.zeros_like(both)), both)

    strengths = mood.strengths(times_s)
    for number, emotion in enumerate(EMOTIONS):
        shapes = getattr(PROFILES[emotion], group)
        if not shapes or not strengths[:, number].any():
            continue
        strength = strengths[:, number] * mood.swell(emotion, group, times_s)
        for shape, weight in shapes.items():
            add(shape, weight * strength)
    bias = mood.manner.smile
    if bias and group == "mouth":
        add("mouthSmile" if bias > 0 else "mouthFrown", abs(bias) * mood.swell("calm", group, times_s))
    if bias > 0 and group == "eyes":
        add("cheekSquint", 0.6 * bias * mood.swell("calm", group, times_s))
    return found


def _room(shape: str, free: Articulation) -> NDArray[np.float64]:
    """[T] how much of a shape the sounds leave room for."""
    if shape in PARTING_SHAPES:
        return free.parted * (1.0 - 0.6 * free.rounded) * (1.0 - free.toothed)
    if shape in PRESSING_SHAPES:
        return 1.0 - free.parted
    if shape in CHIN_SHAPES:
        return (1.0 - free.toothed) * (1.0 - 0.8 * free.parted)
    assert shape in CORNER_SHAPES, shape
    return (
        (1.0 - 0.55 * free.rounded)
        * (1.0 - 0.30 * free.toothed)
        * (1.0 - 0.30 * free.sealed)
        * (1.0 - 0.25 * free.wide)
    )


def _gained(mouth: NDArray[np.float64], mood: Mood, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """[T, E] the mouth with its openings, spreadings and roundings made larger or smaller; contacts stay."""
    expression = np.array(mouth, np.float64)
    opening = mood.manner.opening * mood.factor("opening", times_s)
    spreading = mood.manner.width * mood.factor("spreading", times_s)
    rounding = mood.factor("rounding", times_s)
    if mood.feels:
        own = np.array([PROFILES[emotion].attack for emotion in EMOTIONS])
        attack = mood.strengths(times_s) @ own
        opening = opening * (1.0 + attack * _rising(_read(expression, "jawOpen"), times_s))
    jaw = _read(expression, "jawOpen")
    vowel = minimum_jerk((jaw - CONTACT_JAW) / (FREE_JAW - CONTACT_JAW))
    gain = 1.0 + (opening - 1.0) * vowel
    for shape, factor in (
        ("jawOpen", gain), ("mouthClose", gain), ("mouthLowerDown", gain), ("mouthUpperUp", gain),
        ("mouthSmile", spreading), ("mouthStretch", spreading), ("mouthFunnel", rounding), ("mouthPucker", rounding),
    ):  # fmt: skip
        for column in _columns(shape):
            expression[:, column] = np.clip(expression[:, column] * factor, 0.0, 1.0)
    return expression


def _rising(opening: NDArray[np.float64], times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """[T] -1 .. 1: how steeply the jaw opens (positive) or closes; 0 at rest and at its turning points."""
    if len(times_s) < 2:
        return np.zeros(len(times_s))
    later = np.interp(times_s + 0.5 * SLOPE_S, times_s, opening)
    earlier = np.interp(times_s - 0.5 * SLOPE_S, times_s, opening)
    return np.tanh((later - earlier) / 0.08)


def _columns(shape: str) -> tuple[int, ...]:
    """Columns of a shape: left and right, or the one that it has."""
    if shape in EXPRESSION_INDEX:
        return (EXPRESSION_INDEX[shape],)
    return EXPRESSION_INDEX[f"{shape}Left"], EXPRESSION_INDEX[f"{shape}Right"]


def _read(expression: NDArray[np.float64], shape: str) -> NDArray[np.float64]:
    """[T] weight of a shape, the mean of its sides."""
    columns = _columns(shape)
    return np.asarray(expression[:, columns].mean(axis=1), np.float64)
