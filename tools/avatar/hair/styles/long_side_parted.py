"""Long, softly waved hair with a side parting; it falls behind the shoulders and frames the face."""

from __future__ import annotations

from avatar.hair.style import Card, Guide, HairColour, HairStyle, Point, Undercoat
from avatar.hair.styles.hairline import NAPE, ROUND_THE_EAR, closed_hairline, mirrored

__all__ = ["long_side_parted"]


def long_side_parted() -> HairStyle:
    """Long, softly waved hair with a side parting; it falls behind the shoulders and frames the face."""
    parting: tuple[Point, ...] = (
        (0.012, 0.136, -0.040),
        (0.026, 0.142, 0.020),
        (0.032, 0.130, 0.064),
        (0.033, 0.0990, 0.0935),
    )
    length = 0.375
    sweep = (
        # Off the parting and across the top, high at the roots.
        Guide((0.022, 0.1030, 0.0945), (-0.80, 0.40, -0.10), length, 0.015, 1.0, -1),
        Guide((0.024, 0.1300, 0.0640), (-0.92, 0.15, -0.20), length, 0.022, 1.0, -1),
        Guide((0.018, 0.1420, 0.0200), (-0.92, 0.05, -0.35), length, 0.019, 1.0, -1),
        Guide((-0.010, 0.1050, 0.0940), (-0.90, -0.10, -0.12), length, 0.014, 1.0, -1),
        Guide((-0.010, 0.1350, 0.0550), (-0.92, -0.10, -0.28), length, 0.020, 1.0, -1),
        # Over the corner of the forehead and the temple, then back past the cheek.
        Guide((-0.040, 0.1000, 0.0860), (-0.80, -0.62, 0.00), length, 0.014, 1.0, -1),
        Guide((-0.050, 0.1220, 0.0400), (-0.80, -0.55, -0.18), length, 0.020, 1.0, -1),
        Guide((-0.060, 0.0800, 0.0700), (-0.46, -0.88, 0.02), 0.330, 0.012, 1.0, -1),
        Guide((-0.074, 0.0900, 0.0200), (-0.36, -0.92, -0.06), 0.330, 0.021, 1.0, -1),
        Guide((-0.075, 0.0500, 0.0560), (-0.24, -0.97, -0.10), 0.290, 0.012, 0.7, -1),
        Guide((-0.082, 0.0150, 0.0500), (-0.10, -0.98, -0.18), 0.262, 0.010, 0.2, -1),
        Guide((0.040, 0.0990, 0.0900), (0.72, 0.25, -0.15), length, 0.014, 1.0, 1),
        Guide((0.042, 0.1280, 0.0550), (0.88, -0.10, -0.24), length, 0.019, 1.0, 1),
        Guide((0.042, 0.1360, 0.0150), (0.88, -0.25, -0.30), length, 0.019, 1.0, 1),
        Guide((0.054, 0.0940, 0.0800), (0.66, -0.70, -0.02), length, 0.013, 1.0, 1),
        Guide((0.063, 0.0780, 0.0660), (0.42, -0.90, -0.04), 0.328, 0.012, 1.0, 1),
        Guide((0.074, 0.0900, 0.0200), (0.34, -0.92, -0.14), 0.330, 0.021, 1.0, 1),
        Guide((0.076, 0.0480, 0.0530), (0.22, -0.97, -0.12), 0.290, 0.012, 0.7, 1),
        Guide((0.082, 0.0130, 0.0480), (0.10, -0.97, -0.20), 0.262, 0.010, 0.2, 1),
    )
    fall = mirrored(
        (
            Guide((0.028, 0.1300, -0.0500), (0.55, -0.50, -0.65), 0.375, 0.018, 1.0, 0),
            Guide((0.060, 0.1000, -0.0450), (0.42, -0.88, -0.20), 0.345, 0.019, 1.0, 0),
            Guide((0.040, 0.0700, -0.0800), (0.15, -0.97, -0.15), 0.315, 0.017, 1.0, 0),
            Guide((0.084, 0.0450, -0.0200), (0.10, -0.99, -0.06), 0.280, 0.014, 0.8, 0),
            Guide((0.050, 0.0100, -0.0650), (0.06, -0.99, -0.10), 0.225, 0.016, 0.6, 0),
            Guide((0.030, -0.0400, -0.0550), (0.20, -0.97, -0.08), 0.175, 0.015, 0.4, 0),
            # Behind the ears and beside the neck: no light falls in between.
            Guide((0.064, -0.0200, -0.0350), (0.36, -0.92, 0.02), 0.200, 0.014, 0.3, 0),
            Guide((0.076, -0.0700, -0.0350), (0.10, -0.99, 0.06), 0.160, 0.012, 0.0, 0),
            # Free of the head: down past ears and neck, and over the shoulders.
            Guide((0.100, 0.0000, 0.0250), (-0.06, -0.99, -0.08), 0.20, 0.010, 0.10, 0),
            Guide((0.096, -0.0500, 0.0150), (-0.16, -0.98, -0.08), 0.15, 0.010, 0.0, 0),
            Guide((0.090, -0.1000, 0.0050), (-0.08, -0.98, -0.10), 0.12, 0.012, 0.0, 0),
            Guide((0.085, -0.1450, -0.0300), (0.02, -0.97, -0.12), 0.30, 0.012, 0.0, 0),
            Guide((0.040, -0.0700, -0.0750), (0.03, -0.99, -0.16), 0.30, 0.012, 0.0, 0),
            Guide((0.045, -0.1500, -0.1000), (0.02, -1.00, -0.06), 0.30, 0.012, 0.0, 0),
        )
    )
    return HairStyle(
        hairline=closed_hairline(
            ((0.0, 0.0990, 0.0965), (0.0200, 0.0980, 0.0955), (0.0370, 0.0940, 0.0920)),
            ((0.0535, 0.0840, 0.0800), (0.0625, 0.0690, 0.0660), *ROUND_THE_EAR),
            NAPE,
        ),
        guides=(*sweep, *fall),
        parting=parting,
        cards=(
            Card(84, 0.0220, 14, "core", depth=(0.10, 0.34), length=(0.80, 0.98), edge_m=(0.011, 1.0), twist_rad=0.04),
            Card(
                22,
                0.0160,
                14,
                "core",
                depth=(0.10, 0.36),
                length=(0.74, 0.90),
                edge_m=(0.010, 1.0),
                twist_rad=0.04,
                only="part",
            ),
            Card(
                76,
                0.0190,
                20,
                "lock",
                depth=(0.60, 0.80),
                length=(0.84, 1.06),
                edge_m=(0.006, 1.0),
                stray=0.015,
                twist_rad=0.05,
            ),
            Card(
                24,
                0.0120,
                20,
                "lock",
                depth=(0.60, 0.80),
                length=(0.85, 1.0),
                edge_m=(0.0005, 1.0),
                twist_rad=0.05,
                only="part",
            ),
            Card(
                20,
                0.0100,
                20,
                "wisp",
                depth=(0.76, 0.86),
                length=(0.75, 1.0),
                edge_m=(0.006, 1.0),
                stray=0.02,
                twist_rad=0.10,
            ),
            Card(
                36,
                0.0080,
                11,
                "edge",
                depth=(0.1, 0.7),
                length=(0.4, 0.8),
                edge_m=(0.002, 0.012),
                stray=0.03,
                twist_rad=0.1,
            ),
            Card(
                27,
                0.0105,
                13,
                "edge",
                depth=(0.3, 0.8),
                length=(0.5, 0.9),
                edge_m=(0.004, 0.016),
                stray=0.02,
                twist_rad=0.1,
                only="front",
            ),
            Card(90, 0.0022, 2, "fuzz", depth=(0.05, 0.3), length=(0.05, 0.12), edge_m=(-0.001, 0.004), stray=0.25),
            # Fly-aways: short and close to the outline.
            Card(
                12,
                0.0011,
                8,
                "hair",
                depth=(0.72, 0.82),
                length=(0.14, 0.26),
                edge_m=(0.030, 1.0),
                stray=0.025,
                twist_rad=0.6,
            ),
        ),
        undercoat=Undercoat(thickness_m=0.007, rise_m=0.030, fade_m=0.014, behind_m=-0.030, shade=1.0),
        reach_m=0.030,
        rise=0.34,
        stiffness=0.5,
        smoothing=3.2,
        layered=True,
        least_open=0.80,
        locks=110,
        gather=0.05,
        wave_m=0.0045,
        wave_length_m=0.125,
        wave_spread_rad=1.3,
        wander=0.25,
        seed=11,
        colour=HairColour(
            root=(0.044, 0.0245, 0.0149),
            middle=(0.053, 0.0295, 0.0178),
            tip=(0.074, 0.0425, 0.0252),
            highlight=(0.100, 0.0585, 0.0335),
            highlights=0.14,
            spread=0.10,
            down=0.8,
        ),
    )
