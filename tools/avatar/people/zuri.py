"""Zuri: a woman of about forty, West African."""

from avatar.hair.styles import coily_crop
from avatar.identity import IdentityRecipe
from avatar.recipe import AvatarRecipe
from avatar.sculpt import Stroke

__all__ = ["ZURI"]

ZURI = AvatarRecipe(
    name="zuri",
    description="a woman with short coily hair and a terracotta blouse",
    default_voice="lj",
    hair=coily_crop(),
    identity=IdentityRecipe(
        directions={"f_african": 1.25, "f_caucasian": 0.15},
        seed=13,
        spread=0.33,
        jaw_width=-0.07,
        cheek_width=0.02,
        nose_width=-0.04,
        neck_width=-0.12,
        chin_down_m=0.002,
        eye_tilt_m=0.0012,
        strokes=(
            # High cheekbones over hollower cheeks, a pointed chin: the heart.
            Stroke((55, 14, 72), (2.2, 1.2, 1.6), 11),
            Stroke((46, -24, 82), (-2.0, 0, -1.6), 13),
            Stroke((50, -52, 66), (-3.2, 1.5, 0), 15),
            Stroke((12, -74, 100), (-1.0, -1.0, 1.2), 9),
            # Round forehead, full lids.
            Stroke((0, 82, 98), (0, 0, 2.0), (30, 16, 20), mirrored=False),
            Stroke((32, 46, 95), (0, 0.6, 0.9), (11, 4, 8), above=39),
            Stroke((31, 41, 94), (0, 0.7, -0.2), (10, 4, 8), above=36),
            # A nose with round wings and a soft tip; full, clear-cut lips.
            Stroke((13, -7, 110), (0.8, 0, 0.4), 5),
            Stroke((0, 2, 127), (0, -0.4, -1.0), 7, mirrored=False),
            Stroke((8, -27, 116), (0, 0.9, 1.6), (10, 4, 6), above=-33),
            Stroke((7, -41, 115), (0, -1.0, 1.9), (10, 4.5, 6), below=-33),
        ),
    ),
)
