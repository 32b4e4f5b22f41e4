"""Where the hair of a tied-back style grows and how it runs: a drawing on the sphere of directions.

Each half of the head is one sheet of strands. A strand starts on the root line (crown, parting, front hairline,
temple, round the ear, nape) and runs to the knot at the back of the head; its middle is pulled towards a guide, so
that the front hair sweeps sideways over the temples before it goes back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from avatar.radial_shape import RadialShape, unit

__all__ = ["HairStyle", "LooseLock", "Root", "Strands", "grow_strands", "tied_back"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Root:
    """One place of the root line, drawn on the neutral head in metres; points are read as directions."""

    point: tuple[float, float, float]
    """Where the strand leaves the skin."""

    guide: tuple[float, float, float]
    """What the middle of the strand is pulled towards."""

    root_lift_m: float
    """How far the strand stands off the skin just behind its root."""

    body_lift_m: float
    """How far it stands off half way: the volume of the hair."""


@dataclass(frozen=True)
class LooseLock:
    """A thin lock that hangs free, drawn as a few ribbons along one line."""

    points: tuple[tuple[float, float, float], ...]
    """From the root to the tip, metres on the neutral head."""

    width_m: float
    """Width of one ribbon."""

    ribbons: int
    """How many ribbons it is made of."""


@dataclass(frozen=True)
class HairStyle:
    """A tied-back style."""

    left: tuple[Root, ...]
    """The root line of the left half (x > 0), from the crown along parting and hairline to the nape."""

    right: tuple[Root, ...]
    """The same for the right half; the parting is shared."""

    knot_point: tuple[float, float, float]
    """Where the strands meet at the back."""

    knot_radius_m: float
    """Radius of the bun; strands end inside of it."""

    loose_locks: tuple[LooseLock, ...] = ()
    """Strands that hang free."""


@dataclass(frozen=True)
class Strands:
    """Centre lines of strands, root to knot."""

    points_m: Floats
    """[N, S, 3] metres."""

    outward: Floats
    """[N, S, 3] unit directions away from the head."""


def tied_back() -> HairStyle:
    """A low knot with a soft side parting, hair swept over the temples and behind the ears."""
    crown = (0.006, 0.138, -0.035)
    parting = ((0.013, 0.142, 0.020), (0.018, 0.132, 0.064), (0.020, 0.1045, 0.0940))
    left = (
        Root(crown, (0.020, 0.110, -0.080), 0.005, 0.011),
        Root(parting[0], (0.075, 0.105, -0.020), 0.005, 0.012),
        Root(parting[1], (0.085, 0.075, 0.020), 0.005, 0.012),
        Root(parting[2], (0.088, 0.062, 0.030), 0.004, 0.011),
        Root((0.037, 0.1005, 0.0910), (0.085, 0.060, 0.024), 0.0012, 0.010),
        *_temple_to_nape(1.0),
    )
    right = (
        Root(crown, (-0.010, 0.110, -0.080), 0.005, 0.011),
        Root(parting[0], (-0.060, 0.118, -0.020), 0.005, 0.013),
        Root(parting[1], (-0.080, 0.090, 0.030), 0.005, 0.013),
        Root(parting[2], (-0.086, 0.074, 0.036), 0.004, 0.012),
        Root((-0.006, 0.1065, 0.0960), (-0.088, 0.068, 0.034), 0.0012, 0.011),
        Root((-0.034, 0.1020, 0.0910), (-0.086, 0.064, 0.030), 0.0012, 0.010),
        *_temple_to_nape(-1.0),
    )
    locks = (
        LooseLock(
            (
                (0.0560, 0.0840, 0.0700),
                (0.0690, 0.0600, 0.0590),
                (0.0750, 0.0400, 0.0545),
                (0.0740, 0.0080, 0.0490),
                (0.0680, -0.0260, 0.0500),
            ),
            0.0042,
            5,
        ),
        LooseLock(
            (
                (-0.0670, 0.0620, 0.0580),
                (-0.0755, 0.0360, 0.0530),
                (-0.0745, 0.0020, 0.0470),
                (-0.0675, -0.0340, 0.0490),
            ),
            0.0045,
            6,
        ),
    )
    return HairStyle(left, right, (0.0, 0.012, -0.088), 0.030, locks)


def _temple_to_nape(side: float) -> tuple[Root, ...]:
    """The root line that both halves share, mirrored by `side`: forehead corner, round the ear, nape."""
    rows = (
        ((0.0545, 0.0890, 0.0790), (0.080, 0.056, 0.010), 0.0010, 0.009),
        ((0.0645, 0.0710, 0.0630), (0.078, 0.048, -0.005), 0.0010, 0.008),
        ((0.0700, 0.0530, 0.0510), (0.078, 0.040, -0.015), 0.0008, 0.007),
        ((0.0745, 0.0200, 0.0370), (0.077, 0.034, -0.020), 0.0008, 0.006),
        ((0.0770, 0.0480, 0.0090), (0.075, 0.036, -0.040), 0.0008, 0.006),
        ((0.0760, 0.0330, -0.0250), (0.066, 0.020, -0.060), 0.0008, 0.006),
        ((0.0690, 0.0000, -0.0330), (0.058, 0.000, -0.065), 0.0008, 0.006),
        ((0.0600, -0.0300, -0.0420), (0.045, -0.020, -0.070), 0.0008, 0.006),
        ((0.0380, -0.0520, -0.0520), (0.026, -0.034, -0.073), 0.0008, 0.006),
        ((0.0000, -0.0600, -0.0570), (0.000, -0.036, -0.075), 0.0008, 0.006),
    )
    return tuple(
        Root((side * p[0], p[1], p[2]), (side * g[0], g[1], g[2]), root_lift, body_lift)
        for p, g, root_lift, body_lift in rows
    )


def _along(points: Floats, position: Floats) -> Floats:
    """A smooth line [N, C] through points [P, C], by position [N] in 0..1, even in length."""
    step = np.linalg.norm(np.diff(points[:, :3], axis=0), axis=1)
    knots = np.r_[0.0, np.cumsum(step)] / step.sum()
    return np.asarray(PchipInterpolator(knots, points)(position))


def _slerp(start: Floats, end: Floats, weight: Floats) -> Floats:
    cosine = np.clip((start * end).sum(-1, keepdims=True), -1, 1)
    angle = np.maximum(np.arccos(cosine), 1e-6)
    return np.asarray((np.sin((1 - weight) * angle) * start + np.sin(weight * angle) * end) / np.sin(angle))


def grow_strands(
    style: HairStyle,
    skull: RadialShape,
    *,
    left: bool,
    position: Floats,
    travel: Floats,
    extra_lift_m: Floats | float = 0.0,
) -> Strands:
    """Strands [N, S] of one half, from `position` [N] of the root line (0..1).

    `travel` [S] or [N, S] is where they are sampled: 0 at the root, 1 at the knot.
    """
    line = style.left if left else style.right
    roots = np.array([root.point for root in line])
    guides = np.array([root.guide for root in line])
    lifts = np.array([(root.root_lift_m, root.body_lift_m) for root in line])
    table = np.c_[unit(roots - skull.centre_m), unit(guides - skull.centre_m), lifts]
    sampled = _along(table, position)
    root, guide = unit(sampled[:, None, 0:3]), unit(sampled[:, None, 3:6])
    root_lift, body_lift = sampled[:, None, 6], sampled[:, None, 7]
    knot = unit(np.array(style.knot_point) - skull.centre_m)[None, None]
    travel = np.broadcast_to(travel, (len(position), np.shape(travel)[-1]))
    weight = travel[..., None]
    # A quadratic Bezier on the sphere (de Casteljau with great-circle steps).
    rays = unit(_slerp(_slerp(root, guide, weight), _slerp(guide, knot, weight), weight))
    # Before the root line (negative travel) hair lies on the skin.
    rise = 1 - np.exp(-np.maximum(travel, 0) / 0.05)
    swell = np.sin(np.pi * np.clip(travel, 0, 1) ** 0.75)
    lift = rise * root_lift + swell * (body_lift - root_lift) + np.clip((travel - 0.7) / 0.3, 0, 1) * 0.004
    shape = rays.shape
    points = skull.point(rays.reshape(-1, 3), (lift + extra_lift_m).ravel()).reshape(shape)
    return Strands(points, rays)
