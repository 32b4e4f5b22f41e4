"""Which films there are: one row for each, so that every condition appears in several and no two are alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from avatron.errors import UnknownNameError
from avatron.evaluation.tracking.synthetic.performance import PerformancePlan

__all__ = ["BITS_PER_PIXEL", "CLIPS", "FPS", "ClipPlan", "plan_named"]

FPS = 25
BITS_PER_PIXEL = {"high": 0.25, "medium": 0.08, "low": 0.03}
"""Of the H.264 stream; `low` shows blocks."""


@dataclass(frozen=True)
class ClipPlan:
    """One film: who, how filmed, doing what."""

    name: str
    motion: PerformancePlan
    width: int = 512
    height: int = 512
    frames: int = 50
    focal_mm: float = 50.0
    """Equivalent focal length on a film 36 mm wide along the longer side."""
    radial_distortion: float = 0.0
    """k1, as `FaceTrack.radial_distortion`; negative is a barrel."""
    head_share: float = 0.55
    """Height of the head, chin to crown, over the height of the picture."""
    place: tuple[float, float] = (0.0, 0.06)
    """Where the middle of the head is, right and up from the picture's middle, in pictures' heights."""
    skin: str = "woman_a"
    brow: str = "soft"
    brow_colour: tuple[float, float, float] = (0.25, 0.17, 0.12)
    """sRGB."""
    hair: str = "short02"
    hair_colour: tuple[float, float, float] = (0.10, 0.06, 0.04)
    """Linear."""
    garment: str = "female_casualsuit01"
    cloth: tuple[float, float, float] = (0.25, 0.30, 0.40)
    """Linear tint on white cloth."""
    iris: str = "brown"
    people: str = ""
    """A direction of the wardrobe that the identity starts from, such as `m_african`."""
    identity_scale: float = 0.8
    """Standard deviations of each of the hundred random coefficients."""
    light: str = "window"
    backdrop: str = "room"
    glasses: bool = False
    defocus_px: float = 0.0
    """Standard deviation of the blur of the whole picture."""
    motion_blur: bool = False
    """The shutter is open for half of each frame."""
    noise: float = 0.008
    """Standard deviation of the sensor's noise at middle grey, of 1."""
    bit_rate: str = "high"
    """Of `BITS_PER_PIXEL`."""
    samples: int = 2
    """Drawn per pixel at the rims of surfaces: 1 (none), 2, 4 or 8."""
    conditions: tuple[str, ...] = field(default=())
    """What the film is counted under, besides size, bit rate and focal length."""


def _talk(seed: int, **changes: Any) -> PerformancePlan:
    return PerformancePlan(seed, **changes)


def _grimace(seed: int, **changes: Any) -> PerformancePlan:
    return PerformancePlan(seed, **{"speech": 0.3, "grimace": 0.9, **changes})


_MAN: dict[str, Any] = {"brow": "natural", "brow_colour": (0.16, 0.11, 0.08), "garment": "male_casualsuit05"}
_DARK: dict[str, Any] = {"hair_colour": (0.015, 0.012, 0.01), "brow_colour": (0.06, 0.04, 0.03), "iris": "brown"}

CLIPS: tuple[ClipPlan, ...] = (
    ClipPlan("studio-woman", _talk(101), light="soft", backdrop="studio", hair="ponytail01", conditions=("plain",)),
    ClipPlan(
        "studio-man",
        _talk(102),
        skin="man_a",
        hair="short01",
        light="soft",
        backdrop="studio",
        conditions=("plain",),
        **_MAN,
    ),
    ClipPlan(
        "window-light",
        _talk(103),
        hair="long01",
        hair_colour=(0.22, 0.13, 0.06),
        iris="green",
        conditions=("hard light",),
    ),
    ClipPlan(
        "noon-sun",
        _talk(104),
        skin="man_b",
        hair="short04",
        light="sun",
        backdrop="outdoors",
        focal_mm=35,
        conditions=("hard light",),
        **_MAN,
    ),
    ClipPlan(
        "side-lamp",
        _talk(105, grimace=0.4),
        skin="woman_b",
        hair="bob02",
        light="side",
        people="f_asian",
        conditions=("hard light", "hair over brow"),
        **_DARK,
    ),
    ClipPlan(
        "screen-glow",
        _talk(106),
        skin="man_a",
        hair="short03",
        light="screen",
        backdrop="dark",
        noise=0.02,
        conditions=("hard light", "noise"),
        **_MAN,
    ),
    ClipPlan(
        "webcam-wide",
        _talk(107, turn_deg=18),
        width=640,
        height=480,
        focal_mm=28,
        radial_distortion=-0.12,
        skin="man_d",
        people="m_african",
        hair="short04",
        bit_rate="low",
        noise=0.015,
        conditions=("distortion", "noise"),
        **{**_MAN, **_DARK},
    ),
    ClipPlan(
        "webcam-720",
        _talk(108),
        width=1280,
        height=720,
        focal_mm=28,
        radial_distortion=-0.08,
        bit_rate="medium",
        head_share=0.5,
        skin="woman_c",
        hair="short02",
        hair_colour=(0.25, 0.2, 0.15),
        iris="blue",
        conditions=("distortion",),
    ),
    ClipPlan(
        "portrait-1080",
        _talk(109),
        width=1080,
        height=1080,
        focal_mm=85,
        samples=1,
        skin="woman_a",
        hair="ponytail01",
        head_share=0.5,
        light="soft",
        backdrop="bokeh",
        conditions=("plain",),
    ),
    ClipPlan(
        "news-1080",
        _talk(110, turn_deg=8),
        width=1920,
        height=1080,
        focal_mm=85,
        samples=1,
        skin="man_b",
        hair="short01",
        head_share=0.42,
        light="soft",
        backdrop="bokeh",
        bit_rate="medium",
        conditions=("plain",),
        **_MAN,
    ),
    ClipPlan(
        "call-256",
        _talk(111),
        width=256,
        height=256,
        bit_rate="low",
        skin="woman_b",
        hair="braid01",
        conditions=("small",),
    ),
    ClipPlan(
        "call-288",
        _talk(112),
        width=360,
        height=288,
        bit_rate="medium",
        skin="man_c",
        people="m_african",
        hair="short04",
        light="soft",
        backdrop="studio",
        conditions=("small",),
        **{**_MAN, **_DARK},
    ),
    ClipPlan(
        "tiny-head",
        _talk(113),
        width=480,
        height=360,
        head_share=0.3,
        skin="man_a",
        hair="short02",
        conditions=("small",),
        **_MAN,
    ),
    ClipPlan(
        "turns-40",
        _talk(114, turn_deg=40),
        skin="woman_c",
        hair="ponytail01",
        hair_colour=(0.05, 0.03, 0.02),
        conditions=("turns",),
    ),
    ClipPlan(
        "turns-30-man",
        _talk(115, turn_deg=30, grimace=0.4),
        skin="man_b",
        hair="short03",
        light="side",
        focal_mm=35,
        conditions=("turns", "hard light"),
        **_MAN,
    ),
    ClipPlan(
        "grimaces",
        _grimace(116),
        skin="woman_a",
        hair="short04",
        light="soft",
        backdrop="studio",
        conditions=("grimaces",),
    ),
    ClipPlan(
        "grimaces-man",
        _grimace(117, turn_deg=20),
        skin="man_d",
        people="m_african",
        hair="short04",
        conditions=("grimaces",),
        **{**_MAN, **_DARK},
    ),
    ClipPlan(
        "grimaces-fringe",
        _grimace(118),
        skin="woman_b",
        people="f_asian",
        hair="bob02",
        light="sun",
        backdrop="outdoors",
        conditions=("grimaces", "hair over brow", "hard light"),
        **_DARK,
    ),
    ClipPlan(
        "glasses",
        _talk(119),
        glasses=True,
        skin="man_a",
        people="m_asian",
        hair="short01",
        conditions=("glasses",),
        **{**_MAN, **_DARK},
    ),
    ClipPlan(
        "glasses-fringe",
        _talk(120, turn_deg=20),
        glasses=True,
        skin="woman_c",
        hair="bob02",
        light="side",
        hair_colour=(0.3, 0.2, 0.1),
        conditions=("glasses", "hair over brow", "hard light"),
    ),
    ClipPlan(
        "out-of-focus",
        _talk(121),
        defocus_px=1.6,
        skin="woman_a",
        hair="long01",
        bit_rate="medium",
        conditions=("blur",),
    ),
    ClipPlan(
        "shaking-head",
        _talk(122, turn_deg=25, grimace=0.3),
        motion_blur=True,
        skin="man_b",
        hair="short02",
        conditions=("blur", "turns"),
        **_MAN,
    ),
    ClipPlan(
        "blocks",
        _talk(123, grimace=0.4),
        bit_rate="low",
        noise=0.02,
        skin="woman_c",
        hair="short03",
        light="screen",
        backdrop="dark",
        conditions=("noise", "hard light"),
    ),
    ClipPlan(
        "still-half",
        _talk(124, still=True),
        skin="woman_a",
        hair="ponytail01",
        people="f_african",
        bit_rate="medium",
        noise=0.012,
        conditions=("still",),
    ),
)
"""Twenty-four films of two seconds."""


def plan_named(name: str) -> ClipPlan:
    """One of `CLIPS`.

    Raises:
        UnknownNameError: none of that name.
    """
    plans = {plan.name: plan for plan in CLIPS}
    if name not in plans:
        raise UnknownNameError("film", name, plans)
    return plans[name]
