"""A hairstyle as a drawing: the hairline, how hair is combed, how long and how full it is, and its colour."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Card", "Coils", "Guide", "HairColour", "HairStyle", "Point", "Undercoat"]

Point = tuple[float, float, float]
"""Metres on the mean head: x to the person's left, y up, z out of the face."""


@dataclass(frozen=True)
class Guide:
    """How hair runs at one place; between guides everything is blended."""

    point: Point
    direction: Point
    """Where strands run there; any length."""
    length_m: float
    """Length of a strand that is rooted there."""
    lift_m: float
    """How high the outermost hair stands over the skin."""
    cling: float = 1.0
    """1 follows the skin, 0 hangs or stands free of it."""
    side: int = 0
    """1 only for hair rooted left of the parting (x > 0), -1 right of it, 0 both."""


@dataclass(frozen=True)
class Card:
    """One crop of ribbons along strands."""

    count: int
    width_m: float
    """Width of a ribbon in the middle."""
    rows: int
    """Quads along a ribbon."""
    kind: str
    """Which columns of the strand picture: `core` (opaque, and cheap to draw), `lock`, `wisp`, `edge` (roots
    that come in one by one), `fuzz` or `hair`."""
    depth: tuple[float, float] = (0.3, 1.0)
    """Between which shares of the hair's fullness these strands lie, 0 skin .. 1 outermost."""
    length: tuple[float, float] = (0.8, 1.0)
    """Shares of the guides' length."""
    edge_m: tuple[float, float] = (0.0, 1.0)
    """Distance of the roots from the hairline."""
    stray: float = 0.0
    """How far strands leave the comb's direction: 0 neat .. 1 in all directions."""
    twist_rad: float = 0.35
    """Spread of the ribbons' turn about their own line."""
    only: str = ""
    """Roots only there: `` everywhere, `part` near the parting, `front` over the forehead, `sideburn` before the
    ears."""


@dataclass(frozen=True)
class Undercoat:
    """The sheet under the hair, which hides the skin."""

    thickness_m: float
    """Height over the skin well behind the hairline."""
    rise_m: float
    """Distance from the hairline over which it rises to that."""
    fade_m: float
    """Distance from the hairline over which it becomes opaque."""
    share: float = 0.35
    """It never reaches higher than this share of the hair's fullness."""
    shade: float = 0.2
    """Its colour: 0 that of the roots, 1 that of the strands' middle."""
    cover: float = 1.0
    """How densely hair grows at the best place: 1 hides the skin."""
    behind_m: float = -1.0
    """It is left out where z is below this: long hair hides the back of the head."""
    thin: tuple[tuple[Point, float, float], ...] = ()
    """Thin places: middle, radius in metres, share of the cover that is missing there."""


@dataclass(frozen=True)
class Coils:
    """Tightly curled hair: small cards of curls in a cloud."""

    count: int
    size_m: float
    """Side of a card; the guides' lift says how far the cloud stands off the skin."""
    edge_count: int = 0
    """Small cards of fine curls that lie on the skin along the hairline."""
    edge_size_m: float = 0.006


@dataclass(frozen=True)
class HairColour:
    """Colour of the hair (linear RGB)."""

    root: Point = (0.022, 0.0125, 0.0085)
    middle: Point = (0.048, 0.0265, 0.0165)
    tip: Point = (0.075, 0.042, 0.026)
    spread: float = 0.30
    """How far single hairs differ in brightness (standard deviation of the logarithm)."""
    highlight: Point = (0.0, 0.0, 0.0)
    """Colour towards the tips of the lighter strands among the others."""
    highlights: float = 0.0
    """Share of hairs that turn to that colour."""
    down: float = 0.0
    """How far the short hairs of the hairline are lighter and finer than the others: 0 alike .. 1 down."""
    grey: float = 0.0
    """Share of grey hairs."""
    grey_temples: float = 0.0
    """Additional share of grey hairs at the temples."""
    grey_colour: Point = (0.36, 0.35, 0.34)
    specular: tuple[float, float] = (0.5, 0.8)
    """Strength of the white highlight and of the coloured one."""


@dataclass(frozen=True)
class HairStyle:
    """A hairstyle; see `styles` for the four that come with the avatars."""

    hairline: tuple[Point, ...]
    """The closed line inside of which hair grows, from the middle of the forehead to the person's left and round."""
    guides: tuple[Guide, ...]
    cards: tuple[Card, ...]
    undercoat: Undercoat
    parting: tuple[Point, ...] = ()
    """The line that divides hair to the left and to the right, from the crown to the forehead."""
    reach_m: float = 0.03
    """How far a guide's influence reaches."""
    rise: float = 0.6
    """How steeply strands leave the skin: 0 flat .. 1 straight up."""
    stiffness: float = 0.5
    """How slowly a strand turns towards the comb."""
    locks: int = 0
    """Number of locks into which strands gather towards their tips; 0 for none."""
    gather: float = 0.5
    """How far they gather."""
    wave_m: float = 0.0
    """Height of the waves of a lock."""
    wave_length_m: float = 0.06
    wave_spread_rad: float = 6.283
    """How far locks differ in where their waves are: small numbers make waves that run across many locks."""
    wander: float = 1.0
    """How far the hairs of a ribbon wander across it; on long ribbons slanted thin lines are drawn as beads."""
    coils: Coils | None = None
    smoothing: float = 2.2
    """How far strands are evened out along themselves, in points: long hair bends in wide curves only."""
    layered: bool = False
    """Long hair: ribbons lie in layers that never cross, those from the parting over those from below it."""
    least_open: float = 0.0
    """Light that gets even to buried hair; fine and pale hair scatters much of it on."""
    least_height_m: float = 0.0012
    """Hair stays at least this high over the skin, roots apart."""
    seed: int = 5
    colour: HairColour = field(default_factory=HairColour)
