"""Short straight hair: longer on top and swept aside off the forehead, tapered at sides and nape."""

from __future__ import annotations

from avatar.hair.style import Card, Guide, HairColour, HairStyle, Undercoat
from avatar.hair.styles.hairline import NAPE, ROUND_THE_EAR, closed_hairline, mirrored

__all__ = ["side_swept_crop"]


def side_swept_crop() -> HairStyle:
    """Short straight hair: longer on top and swept aside off the forehead, tapered at sides and nape."""
    top = (
        Guide((0.030, 0.1030, 0.0910), (-0.35, 0.80, -0.10), 0.055, 0.016),
        Guide((0.000, 0.1060, 0.0940), (-0.50, 0.75, -0.05), 0.065, 0.020),
        Guide((-0.030, 0.1030, 0.0900), (-0.72, 0.45, -0.25), 0.065, 0.018),
        Guide((-0.050, 0.0960, 0.0780), (-0.72, 0.10, -0.55), 0.050, 0.014),
        Guide((0.050, 0.1000, 0.0720), (0.15, 0.60, -0.70), 0.045, 0.013),
        Guide((0.030, 0.1330, 0.0550), (-0.65, 0.15, -0.70), 0.060, 0.018),
        Guide((-0.010, 0.1400, 0.0400), (-0.75, 0.05, -0.60), 0.060, 0.020),
        Guide((-0.045, 0.1250, 0.0350), (-0.65, -0.30, -0.65), 0.050, 0.017),
        Guide((0.045, 0.1280, 0.0100), (0.35, -0.20, -0.90), 0.045, 0.016),
        Guide((0.000, 0.1440, -0.0150), (-0.20, -0.05, -0.95), 0.050, 0.019),
        Guide((-0.045, 0.1250, -0.0150), (-0.45, -0.45, -0.75), 0.045, 0.016),
        Guide((0.000, 0.1150, -0.0650), (0.0, -0.75, -0.60), 0.040, 0.016),
    )
    sides = mirrored(
        (
            Guide((0.068, 0.0980, 0.0300), (0.25, -0.60, -0.75), 0.030, 0.012),
            Guide((0.072, 0.0720, 0.0450), (0.10, -0.60, -0.75), 0.016, 0.006),
            Guide((0.074, 0.0350, 0.0400), (0.05, -0.95, -0.20), 0.009, 0.003),
            Guide((0.077, 0.0700, 0.0000), (0.10, -0.75, -0.62), 0.016, 0.006),
            Guide((0.070, 0.0900, -0.0350), (0.20, -0.75, -0.60), 0.026, 0.011),
            Guide((0.072, 0.0400, -0.0350), (0.05, -0.85, -0.50), 0.012, 0.005),
            Guide((0.040, 0.0500, -0.0850), (0.05, -0.98, -0.15), 0.022, 0.010),
            Guide((0.045, 0.0000, -0.0700), (0.05, -0.98, -0.10), 0.013, 0.006),
            Guide((0.035, -0.0400, -0.0550), (0.0, -1.00, 0.0), 0.009, 0.003),
        )
    )
    return HairStyle(
        hairline=closed_hairline(
            ((0.0, 0.1050, 0.0945), (0.0200, 0.1040, 0.0935), (0.0380, 0.1000, 0.0890)),
            ((0.0540, 0.0940, 0.0740), (0.0640, 0.0760, 0.0600), *ROUND_THE_EAR),
            NAPE,
        ),
        guides=(*top, *sides),
        cards=(
            Card(190, 0.0085, 3, "core", depth=(0.10, 0.5), length=(0.55, 0.75), edge_m=(0.014, 1.0), stray=0.08),
            Card(400, 0.0058, 3, "lock", depth=(0.4, 0.95), length=(0.75, 1.0), edge_m=(0.007, 1.0), stray=0.14),
            Card(
                330,
                0.0048,
                3,
                "wisp",
                depth=(0.6, 1.12),
                length=(0.75, 1.1),
                edge_m=(0.007, 1.0),
                stray=0.20,
                twist_rad=0.7,
            ),
            Card(300, 0.0042, 3, "edge", depth=(0.2, 1.0), length=(0.6, 1.1), edge_m=(-0.001, 0.012), stray=0.25),
            Card(330, 0.0020, 1, "fuzz", depth=(0.05, 0.5), length=(0.25, 0.7), edge_m=(-0.002, 0.008), stray=0.3),
            Card(
                420,
                0.0024,
                1,
                "fuzz",
                depth=(0.05, 0.6),
                length=(0.6, 1.0),
                edge_m=(-0.001, 1.0),
                stray=0.25,
                only="sideburn",
            ),
            Card(
                46,
                0.0016,
                4,
                "hair",
                depth=(0.9, 1.3),
                length=(0.8, 1.1),
                edge_m=(0.002, 1.0),
                stray=0.35,
                twist_rad=1.2,
            ),
        ),
        undercoat=Undercoat(thickness_m=0.005, rise_m=0.030, fade_m=0.015, shade=0.9),
        reach_m=0.022,
        rise=0.55,
        stiffness=0.55,
        locks=260,
        gather=0.45,
        seed=13,
        least_height_m=0.0008,
        colour=HairColour(
            root=(0.0055, 0.0052, 0.0054),
            middle=(0.0095, 0.0090, 0.0095),
            tip=(0.0118, 0.0110, 0.0116),
            spread=0.24,
            grey=0.03,
            grey_temples=0.50,
            grey_colour=(0.27, 0.27, 0.275),
            specular=(0.50, 0.50),
        ),
    )
