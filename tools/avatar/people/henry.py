"""Henry: a man in his sixties, northern European."""

from avatar.hair.painted import Stubble
from avatar.hair.styles import swept_back_thin
from avatar.identity import IdentityRecipe
from avatar.recipe import AvatarRecipe
from avatar.sculpt import Stroke

__all__ = ["HENRY"]

HENRY = AvatarRecipe(
    name="henry",
    description="a man with short grey hair and a navy sweater over a shirt",
    default_voice="pm",
    hair=swept_back_thin(),
    stubble=Stubble(cover=0.55, colour=(0.22, 0.21, 0.20)),
    identity=IdentityRecipe(
        directions={"m_caucasian": 1.35},
        seed=10,
        spread=0.35,
        jaw_width=0.0,
        cheek_width=-0.02,
        nose_width=0.04,
        neck_width=0.0,
        chin_down_m=0.004,
        brow_up_m=-0.001,
        eye_open_m=0.0,
        eye_tilt_m=-0.0008,
        upper_lip_m=-0.0012,
        lower_lip_m=-0.0006,
        mouth_corner_up_m=-0.0003,
        strokes=(
            # Skin that has come down: over the outer half of the lids, into bags, jowls and the throat.
            Stroke((40, 45, 92), (0.3, -2.6, 1.6), (9, 5, 8), above=40),
            Stroke((24, 46, 96), (0, -0.8, -1.6), (7, 5, 8), above=40),
            Stroke((30, 23.5, 96), (0, -1.0, 2.0), (9, 3.2, 7)),
            Stroke((29, 14, 97), (0, 0, -1.8), (11, 4.5, 8)),
            Stroke((27, -8, 103), (0.5, -1.2, 1.8), (7, 10, 8)),
            Stroke((42, -57, 76), (2.4, -4.6, 2.4), (10, 9, 12)),
            Stroke((27, -58, 92), (0.2, 0.4, -1.8), (5, 9, 8)),
            Stroke((33, -40, 92), (0.8, -1.4, 1.0), (7, 8, 8)),
            Stroke((48, -16, 80), (-1.8, 0, -1.4), 14),
            Stroke((60, 40, 68), (-1.8, 0, -0.8), 12),
            Stroke((0, -88, 84), (0, -4.0, 3.4), (20, 10, 16), mirrored=False),
            # Nose and ears grow on; lips thin.
            Stroke((0, 0, 127), (0, -2.4, 1.8), (11, 10, 10), mirrored=False),
            Stroke((12, -8, 110), (1.2, -0.4, 0.4), 6),
            Stroke((0, 24, 116), (0, 0, 2.2), (6, 10, 8), mirrored=False),
            Stroke((82, -16, 0), (1.2, -5.0, 0), (10, 10, 16)),
            Stroke((86, 30, -6), (2.0, 3.0, -1.0), (12, 20, 20)),
            Stroke((7, -27, 116), (0, -0.9, -1.2), (14, 4, 6), above=-33),
            Stroke((6, -41, 115), (0, 0.8, -0.8), (14, 4, 6), below=-33),
            Stroke((25, -35, 102), (0, -1.0, -0.8), 5),
            # A heavy brow ridge.
            Stroke((26, 57, 103), (0, -0.8, 1.6), (14, 5, 9)),
        ),
    ),
)
