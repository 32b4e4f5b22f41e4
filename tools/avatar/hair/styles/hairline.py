"""Hairlines that several styles share."""

from __future__ import annotations

from avatar.hair.style import Guide, Point

__all__ = ["NAPE", "ROUND_THE_EAR", "closed_hairline", "mirrored"]


def closed_hairline(front: tuple[Point, ...], left: tuple[Point, ...], back: tuple[Point, ...]) -> tuple[Point, ...]:
    """A closed hairline from its left half: forehead (without the middle), side, nape; the right half mirrors it."""
    half = (*front, *left, *back)
    return (*half, *(((-x, y, z)) for x, y, z in reversed(half) if x > 1e-6))


def mirrored(guides: tuple[Guide, ...]) -> tuple[Guide, ...]:
    """The guides and their mirror images."""
    return tuple(
        turned
        for guide in guides
        for turned in (
            guide,
            Guide(
                (-guide.point[0], *guide.point[1:]),
                (-guide.direction[0], *guide.direction[1:]),
                guide.length_m,
                guide.lift_m,
                guide.cling,
                -guide.side,
            ),
        )
    )


ROUND_THE_EAR: tuple[Point, ...] = (
    (0.0705, 0.0530, 0.0490),
    (0.0735, 0.0300, 0.0370),
    (0.0745, 0.0040, 0.0285),
    (0.0745, 0.0090, 0.0200),
    (0.0760, 0.0290, 0.0150),
    (0.0775, 0.0375, 0.0010),
    (0.0765, 0.0310, -0.0150),
    (0.0710, 0.0020, -0.0240),
    (0.0630, -0.0250, -0.0330),
)
"""Temple, sideburn, over and behind the ear."""
NAPE: tuple[Point, ...] = ((0.0380, -0.0520, -0.0520), (0.0180, -0.0560, -0.0560), (0.0, -0.0540, -0.0570))
