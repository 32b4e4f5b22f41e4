"""Ava: a woman of about thirty, southern European."""

from avatar.brows import BrowRecipe
from avatar.eyes import IrisRecipe, LashRecipe, ScleraRecipe
from avatar.garment.cloth import ClothRecipe
from avatar.garment.folds import Fold
from avatar.garment.outfit import OutfitRecipe
from avatar.garment.sweater import SweaterRecipe
from avatar.hair.styles.long_side_parted import long_side_parted
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
    outfit=OutfitRecipe(
        sweater=SweaterRecipe(
            knit=ClothRecipe(heather=0.07, thread_m=0.0028, relief_m=0.0006),
            folds=(
                Fold((0.140, -0.200), (0.078, -0.290), height_m=0.0048, width_m=0.0110, bow_m=-0.006),
                Fold((0.100, -0.180), (0.060, -0.245), height_m=0.0028, width_m=0.0100, sides=(1.0,)),
                Fold((0.176, -0.205), (0.168, -0.280), height_m=0.0036, width_m=0.0100),
            ),
        )
    ),
    identity=IdentityRecipe(
        directions={"f_caucasian": 1.35, "f_african": 0.12},
        seed=14,
        spread=0.33,
        jaw_width=-0.10,
        nose_width=-0.14,
        brow_up_m=0.0,
        eye_open_m=0.0014,
        eye_width_m=0.0,
        eye_growth=0.07,
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
            Stroke((12.5, -8, 110), (-2.2, 0.3, 0.2), 5),
            Stroke((7, 2, 124), (-1.3, 0.0, 0.1), 4.5),
            Stroke((0, 24, 115), (0, 0, 1.6), (5, 9, 8), mirrored=False),
            Stroke((7, 24, 110), (-0.8, 0, 0.2), (4, 9, 6)),
            # Fuller lips, softer jaw, a little more cheek.
            Stroke((7, -27, 116), (0, 0.15, 0.5), (7, 3.5, 6), above=-33),
            Stroke((6, -40, 115), (0, -0.1, 0.6), (8, 4.0, 6), below=-33),
            Stroke((52, -50, 64), (-5.2, 1.8, 0), 15),
            Stroke((34, -64, 84), (-3.2, 1.4, 0.2), 11),
            Stroke((14, -72, 100), (-2.8, 0.4, 0.6), 9),
            Stroke((0, -74, 98), (0, 2.2, 0.4), (18, 9, 14), mirrored=False),
            # A smaller mouth a little higher, whose corners rise; a short philtrum.
            Stroke((27, -34.5, 101), (-1.7, 0.9, 0.3), (7, 6, 8)),
            Stroke((0, -34, 113), (0, 0.7, 0), (20, 10, 12), mirrored=False),
            Stroke((0, -25, 116), (0, 0.9, 0.3), (10, 5, 8), mirrored=False, above=-33),
            Stroke((48, 8, 82), (0.6, 0.8, 1.2), 12),
        ),
    ),
    skin=SkinRecipe(median_albedo=(0.555, 0.308, 0.208), blood_contrast=0.7),
    zones=ZoneRecipe(
        socket_shade=0.27,
        nose_blood=0.12,
        cheek_blood=0.15,
        fold_blood=0.05,
        under_eye_melanin=0.03,
        under_eye_shade=0.0,
        lid_melanin=0.02,
        lid_blood=0.05,
        forehead_melanin=0.02,
        mouth_melanin=0.0,
    ),
    detail=SkinDetailRecipe(
        mottled_melanin=0.015,
        mottled_blood=0.020,
        patches=0.006,
        vessels=0.0,
        freckles=190,
        freckle_melanin=0.18,
        moles=0,
    ),
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
        line=((10.5, 52.6), (18, 54.2), (28, 56.6), (38, 58.2), (47, 57.2), (57.5, 51.2)),
        thickness=(5.6, 7.6, 7.6, 6.4, 4.4, 1.2),
        hairs=1250,
        soft_head=10.0,
        width=0.16,
        ground=0.56,
    ),
    makeup=Makeup(
        brow=(0.014, 0.0075, 0.0048),
        brow_gain=0.97,
        lip=(0.35, 0.092, 0.082),
        lower_lip=(0.39, 0.108, 0.098),
        lip_border=0.02,
        blush_gain=0.38,
        liner=0.62,
    ),
    iris=IrisRecipe(inner=(0.170, 0.074, 0.020), outer=(0.078, 0.037, 0.013), rim=(0.007, 0.004, 0.003), fibres=0.46),
    sclera=ScleraRecipe(vessels=34, vessel_strength=0.55),
    lashes=LashRecipe(
        hairs=42,
        length=0.98,
        width_mm=0.54,
        clumping=0.7,
        upper_curl_mm=5.0,
        lower_gain=0.42,
        colour=(0.005, 0.0035, 0.003),
    ),
    rest_expression={
        "mouthSmileLeft": 0.36,
        "mouthSmileRight": 0.33,
        "eyeBlinkLeft": 0.05,
        "eyeBlinkRight": 0.06,
        "browInnerUp": 0.02,
        "cheekSquintLeft": 0.07,
        "cheekSquintRight": 0.06,
    },
)
