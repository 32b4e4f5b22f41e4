"""Short natural coils with a soft round outline."""

from __future__ import annotations

from avatar.hair.style import Card, Coils, Guide, HairColour, HairStyle, Undercoat
from avatar.hair.styles.hairline import NAPE, ROUND_THE_EAR, closed_hairline, mirrored

__all__ = ["coily_crop"]


def coily_crop() -> HairStyle:
    """Short natural coils with a soft round outline."""
    guides = mirrored(
        (
            Guide((0.020, 0.1020, 0.0900), (0.0, 0.6, 0.8), 0.02, 0.024),
            Guide((0.050, 0.0950, 0.0750), (0.4, 0.5, 0.7), 0.02, 0.023),
            Guide((0.030, 0.1400, 0.0100), (0.2, 1.0, 0.1), 0.03, 0.036),
            Guide((0.072, 0.0900, 0.0200), (0.9, 0.4, 0.1), 0.03, 0.028),
            Guide((0.074, 0.0500, 0.0300), (1.0, 0.1, 0.2), 0.02, 0.013),
            Guide((0.074, 0.0700, -0.0300), (0.9, 0.2, -0.4), 0.03, 0.026),
            Guide((0.030, 0.0900, -0.0800), (0.3, 0.4, -0.9), 0.03, 0.032),
            Guide((0.040, 0.0200, -0.0750), (0.4, -0.1, -0.9), 0.03, 0.026),
            Guide((0.040, -0.0400, -0.0550), (0.4, -0.4, -0.8), 0.02, 0.012),
        )
    )
    return HairStyle(
        hairline=closed_hairline(
            ((0.0, 0.1045, 0.0950), (0.0200, 0.1035, 0.0940), (0.0390, 0.0990, 0.0895)),
            ((0.0555, 0.0890, 0.0770), (0.0650, 0.0700, 0.0620), *ROUND_THE_EAR),
            NAPE,
        ),
        guides=guides,
        cards=(
            Card(240, 0.0026, 2, "hair", depth=(0.02, 0.30), length=(0.20, 0.5), edge_m=(-0.003, 0.006), stray=0.6),
            Card(90, 0.0024, 2, "hair", depth=(0.05, 0.4), length=(0.2, 0.5), stray=0.5, only="sideburn"),
            Card(140, 0.0036, 3, "hair", depth=(0.9, 1.15), length=(0.8, 1.3), edge_m=(0.012, 1.0), stray=0.8),
        ),
        undercoat=Undercoat(thickness_m=0.024, share=0.62, rise_m=0.030, fade_m=0.013, shade=0.2),
        reach_m=0.026,
        rise=0.7,
        coils=Coils(count=2050, size_m=0.0126, edge_count=420, edge_size_m=0.0070),
        seed=12,
        colour=HairColour(
            root=(0.0075, 0.0058, 0.0050),
            middle=(0.0185, 0.0142, 0.0120),
            tip=(0.031, 0.0240, 0.0200),
            spread=0.30,
            grey=0.02,
            grey_colour=(0.16, 0.15, 0.14),
            specular=(0.28, 0.45),
        ),
    )
