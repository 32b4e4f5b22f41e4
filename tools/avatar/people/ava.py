"""Ava: a woman of about thirty, southern European."""

from avatar.brows import BrowRecipe
from avatar.eyes import IrisRecipe, LashRecipe, ScleraRecipe
from avatar.garment.outfit import OutfitRecipe
from avatar.garment.sweater import SweaterRecipe
from avatar.hair.styles import long_side_parted
from avatar.identity import IdentityRecipe
from avatar.recipe import AvatarRecipe
from avatar.sculpt import Stroke
from avatar.skin import SkinRecipe
from avatar.skin_bake import Makeup
from avatar.skin_detail import SkinDetailRecipe
from avatar.skin_lines import LineRecipe
from avatar.skin_zones import ZoneRecipe

__all__ = ["AVA"]

AVA = AvatarRecipe(
    name="ava",
    description="a woman with brown hair down to her shoulders and a teal knitted top",
    default_voice="lj",
    hair=long_side_parted(),
    outfit=OutfitRecipe(sweater=SweaterRecipe()),
    identity=IdentityRecipe(
        directions={"f_caucasian": 1.35, "f_african": 0.12},
        seed=14,
        spread=0.33,
        nose_width=-0.10,
        eye_open_m=0.0014,
        eye_width_m=0.0,
        strokes=(
            # Larger eyes: the lids slide over the balls, the crease above goes along.
            Stroke((31, 41, 94), (0, 0.8, -0.3), (10, 4.0, 8), above=36),
            Stroke((33, 30, 93), (0, -0.3, -0.1), (9, 3.0, 8), below=35),
            # The outer corners stay on the balls.
            Stroke((46.5, 34, 86), (-2.1, 0.5, 0.7), 4),
            # Full upper lids: no shadow under the brow.
            Stroke((33, 50, 94), (0, -0.4, 3.2), (15, 5.5, 9), above=41),
            Stroke((26, -34.5, 102), (0, 0.9, 0), 5),
            # A finer nose with more of a bridge.
            Stroke((12.5, -8, 110), (-1.7, 0.4, 0.2), 5),
            Stroke((7, 2, 124), (-1.0, 0.0, 0.2), 4.5),
            Stroke((0, 24, 115), (0, 0, 1.6), (5, 9, 8), mirrored=False),
            Stroke((7, 24, 110), (-0.8, 0, 0.2), (4, 9, 6)),
            # Fuller lips, softer jaw, a little more cheek.
            Stroke((7, -27, 116), (0, 0.15, 0.5), (7, 3.5, 6), above=-33),
            Stroke((6, -40, 115), (0, -0.1, 0.6), (8, 4.0, 6), below=-33),
            Stroke((52, -50, 64), (-2.2, 1.0, 0), 14),
            Stroke((14, -72, 100), (-1.5, -0.5, 0.6), 9),
            Stroke((48, 8, 82), (0.6, 0.8, 1.2), 12),
        ),
    ),
    skin=SkinRecipe(median_albedo=(0.520, 0.296, 0.194)),
    zones=ZoneRecipe(
        socket_shade=0.22,
        nose_blood=0.17,
        cheek_blood=0.17,
        lid_melanin=0.02,
        lid_blood=0.05,
        forehead_melanin=0.02,
        mouth_melanin=0.0,
    ),
    detail=SkinDetailRecipe(freckles=300),
    lines=LineRecipe(
        depth={
            "forehead": 0.45,
            "crows_feet": 0.45,
            "nasolabial": 0.62,
            "marionette": 0.5,
            "chin": 0.6,
            "glabella": 0.5,
            "under_eye": 0.5,
            "lips": 0.6,
            "dimples": 0.9,
            "neck": 0.6,
        },
        rest={"nasolabial": 0.06, "under_eye": 0.12, "neck": 0.25},
    ),
    brows=BrowRecipe(
        line=((10.5, 56.8), (18, 59.0), (28, 62.0), (38, 63.9), (47, 62.4), (58, 55.0)),
        thickness=(5.2, 7.2, 7.2, 6.0, 4.2, 1.2),
        hairs=1000,
        soft_head=10.0,
        width=0.14,
        ground=0.42,
    ),
    makeup=Makeup(brow=(0.026, 0.014, 0.009), lip=(0.33, 0.088, 0.078), lower_lip=(0.36, 0.098, 0.088)),
    iris=IrisRecipe(inner=(0.100, 0.048, 0.016), outer=(0.056, 0.036, 0.016), rim=(0.010, 0.007, 0.006), fibres=0.34),
    sclera=ScleraRecipe(vessels=34, vessel_strength=0.55),
    lashes=LashRecipe(hairs=66, length=0.9),
    rest_expression={
        "mouthSmileLeft": 0.36,
        "mouthSmileRight": 0.33,
        "eyeBlinkLeft": 0.09,
        "eyeBlinkRight": 0.10,
        "browInnerUp": 0.04,
        "cheekSquintLeft": 0.10,
        "cheekSquintRight": 0.08,
    },
)
