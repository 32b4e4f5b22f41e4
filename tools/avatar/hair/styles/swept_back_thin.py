"""Short grey hair, receding at the temples, thin on top, swept back."""

from __future__ import annotations

from avatar.hair.style import Card, Guide, HairColour, HairStyle, Undercoat
from avatar.hair.styles.hairline import NAPE, ROUND_THE_EAR, closed_hairline, mirrored

__all__ = ["swept_back_thin"]


def swept_back_thin() -> HairStyle:
    """Short grey hair, receding at the temples, thin on top, swept back."""
    top = mirrored(
        (
            Guide((0.015, 0.1180, 0.0860), (0.10, 0.75, -0.55), 0.055, 0.011),
            Guide((0.032, 0.1250, 0.0700), (0.18, 0.55, -0.80), 0.055, 0.011),
            Guide((0.020, 0.1400, 0.0400), (0.10, 0.15, -0.97), 0.060, 0.012),
            Guide((0.052, 0.1150, 0.0400), (0.35, -0.05, -0.92), 0.050, 0.012),
            Guide((0.020, 0.1430, -0.0100), (0.10, -0.20, -0.97), 0.055, 0.012),
            Guide((0.055, 0.1180, -0.0200), (0.40, -0.50, -0.80), 0.045, 0.013),
            Guide((0.020, 0.1150, -0.0650), (0.05, -0.75, -0.65), 0.045, 0.013),
            Guide((0.068, 0.0880, 0.0350), (0.20, -0.35, -0.90), 0.032, 0.011),
            Guide((0.072, 0.0650, 0.0420), (0.10, -0.55, -0.83), 0.022, 0.008),
            Guide((0.074, 0.0350, 0.0400), (0.05, -0.90, -0.35), 0.014, 0.005),
            Guide((0.078, 0.0720, 0.0000), (0.15, -0.55, -0.82), 0.030, 0.010),
            Guide((0.070, 0.0850, -0.0400), (0.20, -0.75, -0.65), 0.034, 0.012),
            Guide((0.072, 0.0350, -0.0350), (0.05, -0.85, -0.50), 0.020, 0.008),
            Guide((0.040, 0.0500, -0.0850), (0.05, -0.98, -0.15), 0.030, 0.011),
            Guide((0.045, 0.0000, -0.0700), (0.05, -0.98, -0.10), 0.020, 0.008),
            Guide((0.035, -0.0400, -0.0550), (0.0, -1.00, 0.0), 0.014, 0.005),
        )
    )
    return HairStyle(
        hairline=closed_hairline(
            ((0.0, 0.1130, 0.0900), (0.0160, 0.1140, 0.0880), (0.0300, 0.1180, 0.0780)),
            ((0.0420, 0.1190, 0.0600), (0.0560, 0.1040, 0.0560), (0.0655, 0.0800, 0.0560), *ROUND_THE_EAR),
            NAPE,
        ),
        guides=top,
        cards=(
            Card(230, 0.0054, 3, "lock", depth=(0.2, 0.8), length=(0.75, 1.0), edge_m=(0.014, 1.0), stray=0.16),
            Card(
                470,
                0.0048,
                3,
                "wisp",
                depth=(0.3, 1.05),
                length=(0.6, 1.05),
                edge_m=(0.009, 1.0),
                stray=0.22,
                twist_rad=0.7,
            ),
            Card(400, 0.0036, 3, "edge", depth=(0.1, 0.9), length=(0.35, 1.0), edge_m=(-0.001, 0.020), stray=0.28),
            Card(420, 0.0020, 1, "fuzz", depth=(0.05, 0.5), length=(0.2, 0.8), edge_m=(-0.003, 0.012), stray=0.35),
            Card(
                160,
                0.0024,
                1,
                "fuzz",
                depth=(0.05, 0.6),
                length=(0.5, 1.0),
                edge_m=(-0.001, 1.0),
                stray=0.25,
                only="sideburn",
            ),
            Card(
                50,
                0.0016,
                4,
                "hair",
                depth=(0.9, 1.4),
                length=(0.8, 1.1),
                edge_m=(0.002, 1.0),
                stray=0.35,
                twist_rad=1.2,
            ),
        ),
        undercoat=Undercoat(
            thickness_m=0.004,
            rise_m=0.030,
            fade_m=0.022,
            shade=1.0,
            cover=0.85,
            thin=(((0.0, 0.132, 0.060), 0.040, 0.45), ((0.0, 0.140, -0.030), 0.045, 0.45)),
        ),
        reach_m=0.022,
        rise=0.45,
        stiffness=0.55,
        locks=320,
        gather=0.25,
        seed=14,
        least_height_m=0.0008,
        colour=HairColour(
            root=(0.13, 0.122, 0.114),
            middle=(0.16, 0.152, 0.143),
            tip=(0.225, 0.216, 0.206),
            spread=0.45,
            grey=0.40,
            grey_colour=(0.44, 0.43, 0.42),
            specular=(0.45, 0.35),
        ),
    )
