"""Kenji: a man in his middle forties, Japanese."""

from avatar.hair.painted import Stubble
from avatar.hair.styles import side_swept_crop
from avatar.identity import IdentityRecipe
from avatar.recipe import AvatarRecipe
from avatar.sculpt import Stroke

__all__ = ["KENJI"]

KENJI = AvatarRecipe(
    name="kenji",
    description="a man with short black hair, a charcoal blazer and a white shirt",
    default_voice="pm",
    hair=side_swept_crop(),
    stubble=Stubble(cover=0.16, colour=(0.05, 0.05, 0.055), shadow=0.8),
    identity=IdentityRecipe(
        directions={"m_asian": 1.30},
        seed=13,
        spread=0.33,
        jaw_width=0.03,
        cheek_width=0.03,
        nose_width=0.02,
        neck_width=0.0,
        chin_down_m=0.001,
        brow_up_m=0.001,
        eye_open_m=0.0,
        eye_tilt_m=0.0004,
        upper_lip_m=-0.0004,
        lower_lip_m=0.0,
        strokes=(
            # Single-fold lids: full above, with no hollow under the brow.
            Stroke((31, 46, 95), (0, -0.6, 1.8), (11, 4.5, 8), above=39.5),
            Stroke((20, 38, 94), (-0.4, -1.0, 0.8), 4, above=35),
            Stroke((33, 40, 94), (0, -0.5, 0.2), (10, 3, 8), above=36.5),
            # Broad, flat cheeks and a square jaw.
            Stroke((58, 6, 66), (2.6, 0, 0.6), 14),
            Stroke((34, 6, 96), (0.8, 0, 1.8), 11),
            Stroke((55, -48, 60), (3.6, 0.5, 0), 13),
            # A broader nose with a low bridge.
            Stroke((0, 30, 112), (0, 0, -1.6), (8, 10, 8), mirrored=False),
            Stroke((8, 26, 108), (0.8, 0, -0.4), (5, 10, 6)),
            Stroke((12, -8, 110), (1.0, 0, 0.2), 5.5),
            # The middle forties: fuller under the eyes and beside the mouth.
            Stroke((32, 20, 96), (0, -0.3, 1.0), (10, 4, 7)),
            Stroke((37, -36, 90), (1.0, -0.8, 1.2), 9),
            Stroke((0, -86, 88), (0, -2.0, 1.6), (24, 10, 14), mirrored=False),
        ),
    ),
)
