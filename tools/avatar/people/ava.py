"""Ava: a woman of about thirty, southern European."""

from avatar.hair.styles import long_side_parted
from avatar.identity import IdentityRecipe
from avatar.recipe import AvatarRecipe
from avatar.sculpt import Stroke

__all__ = ["AVA"]

AVA = AvatarRecipe(
    name="ava",
    description="a woman with brown hair in a low knot and a teal knitted top",
    default_voice="lj",
    hair=long_side_parted(),
    identity=IdentityRecipe(
        directions={"f_caucasian": 1.35, "f_african": 0.12},
        seed=14,
        spread=0.33,
        nose_width=-0.10,
        eye_open_m=0.0014,
        strokes=(
            # Larger eyes: the lids slide over the balls, the crease above goes along.
            Stroke((31, 41, 94), (0, 1.3, -0.4), (10, 4.0, 8), above=36),
            Stroke((33, 30, 93), (0, -0.6, -0.2), (9, 3.0, 8), below=35),
            Stroke((46, 35, 86), (0.9, 0.3, -0.3), 4),
            # A finer nose with more of a bridge.
            Stroke((12.5, -8, 110), (-1.7, 0.4, 0.2), 5),
            Stroke((7, 2, 124), (-1.0, 0.0, 0.2), 4.5),
            Stroke((0, 24, 115), (0, 0, 1.6), (5, 9, 8), mirrored=False),
            Stroke((7, 24, 110), (-0.8, 0, 0.2), (4, 9, 6)),
            # Fuller lips, softer jaw, a little more cheek.
            Stroke((7, -27, 116), (0, 0.5, 0.6), (7, 3.5, 6), above=-33),
            Stroke((6, -40, 115), (0, -0.4, 0.9), (8, 4.0, 6), below=-33),
            Stroke((52, -50, 64), (-2.2, 1.0, 0), 14),
            Stroke((14, -72, 100), (-1.5, -0.5, 0.6), 9),
            Stroke((48, 8, 82), (0.6, 0.8, 1.2), 12),
        ),
    ),
)
