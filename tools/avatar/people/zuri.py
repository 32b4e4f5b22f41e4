"""Zuri: a woman of about forty, West African."""

from avatar.brows import BrowRecipe
from avatar.eyes import IrisRecipe, LashRecipe, ScleraRecipe
from avatar.garment.cloth import ClothRecipe
from avatar.garment.drape import DrapeRecipe
from avatar.garment.folds import Fold
from avatar.garment.outfit import OutfitRecipe
from avatar.garment.shirt import ShirtRecipe
from avatar.hair.styles.coily_crop import coily_crop
from avatar.identity import IdentityRecipe
from avatar.mouth_paint import MouthRecipe
from avatar.recipe import AvatarRecipe
from avatar.sculpt import Stroke
from avatar.skin import SkinRecipe
from avatar.skin_bake import Makeup
from avatar.skin_detail import SkinDetailRecipe
from avatar.skin_lines import LineRecipe
from avatar.skin_zones import ZoneRecipe

__all__ = ["ZURI"]

ZURI = AvatarRecipe(
    name="zuri",
    description="a woman with short coily hair and a terracotta blouse",
    default_voice="lj",
    hair=coily_crop(),
    outfit=OutfitRecipe(
        shirt=ShirtRecipe(
            reach_rad=3.15,
            columns=92,
            rows=42,
            opening_rad=0.62,
            opening_bottom_m=-0.176,
            point_m=(0.066, -0.190),
            leaf_back_m=0.040,
            taper=1.0,
            flare_m=0.004,
            buttons_m=(-0.187, -0.247, -0.307),
            button_colour=(0.060, 0.020, 0.013),
            button_radius_m=0.0050,
            placket_m=0.026,
            armhole_m=0.146,
            cloth=ClothRecipe(
                make="linen",
                colour=(0.150, 0.044, 0.0245),
                heather=0.05,
                thread_m=0.0010,
                relief_m=0.00022,
                fuzz=0.14,
            ),
            drape=DrapeRecipe(ease_across=0.045, ease_armpit=0.16, ease_sleeve=0.08, bend=0.35, lift_m=0.005),
            folds=(
                Fold((0.118, -0.160), (0.076, -0.300), height_m=0.0072, width_m=0.0095, bow_m=0.006),
                Fold((0.092, -0.152), (0.052, -0.290), height_m=0.0052, width_m=0.0085, sides=(1.0,)),
                Fold((0.098, -0.155), (0.062, -0.270), height_m=0.0048, width_m=0.0080, sides=(-1.0,)),
                Fold((0.150, -0.180), (0.110, -0.290), height_m=0.0066, width_m=0.0100, bow_m=-0.004),
            ),
        ),
    ),
    identity=IdentityRecipe(
        directions={"f_african": 1.25, "f_caucasian": 0.15},
        seed=13,
        spread=0.33,
        jaw_width=-0.07,
        cheek_width=0.02,
        nose_width=-0.04,
        neck_width=-0.12,
        chin_down_m=0.002,
        brow_up_m=0.0,
        eye_tilt_m=0.0012,
        eye_growth=0.03,
        strokes=(
            # High cheekbones over hollower cheeks, a pointed chin: the heart.
            Stroke((55, 14, 72), (2.2, 1.2, 1.6), 11),
            Stroke((46, -24, 82), (-2.0, 0, -1.6), 13),
            Stroke((50, -52, 66), (-3.2, 1.5, 0), 15),
            Stroke((12, -74, 100), (-1.0, -1.0, 1.2), 9),
            # Round forehead, full lids.
            Stroke((0, 82, 98), (0, 0, 2.0), (30, 16, 20), mirrored=False),
            Stroke((32, 46, 95), (0, 0.2, 2.6), (14, 5.5, 9), above=40.5),
            Stroke((31, 41, 94), (0, 0.7, -0.2), (10, 4, 8), above=36),
            Stroke((26, -34.5, 102), (0, 0.8, 0), 5),
            # A nose with round wings and a soft tip; full, clear-cut lips.
            Stroke((13, -7, 110), (0.8, 0, 0.4), 5),
            Stroke((0, 2, 127), (0, -0.4, -1.0), 7, mirrored=False),
            Stroke((8, -27, 116), (0, 0.9, 1.6), (10, 4, 6), above=-33),
            Stroke((7, -41, 115), (0, -1.0, 1.9), (10, 4.5, 6), below=-33),
        ),
    ),
    skin=SkinRecipe(
        tone={"man_c": 0.3, "woman_c": 0.4, "woman_b~": 0.2},
        patches={"man_c~": 0.25, "woman_a": 0.2, "woman_c~": 0.2, "man_d": 0.12},
        texture={"man_c": 0.2, "woman_a~": 0.22, "woman_b": 0.18, "man_d~": 0.14},
        median_albedo=(0.158, 0.065, 0.034),
        melanin_contrast=1.0,
        blood_contrast=0.7,
    ),
    zones=ZoneRecipe(
        socket_shade=0.12,
        nose_blood=0.05,
        cheek_blood=0.10,
        chin_blood=0.05,
        ear_blood=0.04,
        fold_blood=0.04,
        under_eye_melanin=0.12,
        under_eye_blood=0.02,
        under_eye_shade=0.0,
        lid_melanin=0.03,
        lid_blood=0.0,
        forehead_melanin=0.08,
        rim_melanin=0.10,
        mouth_melanin=0.06,
        middle_melanin=-0.12,
        neck_melanin=0.08,
        seed=31,
    ),
    detail=SkinDetailRecipe(
        mottled_melanin=0.022,
        mottled_blood=0.018,
        patches=0.008,
        freckles=60,
        freckle_melanin=0.22,
        moles=0,
        vessels=0.0,
        seed=22,
    ),
    lines=LineRecipe(
        depth={"forehead": 0.6, "crows_feet": 0.6, "nasolabial": 0.85, "glabella": 0.6, "under_eye": 0.7, "lips": 0.7},
        rest={"nasolabial": 0.22, "under_eye": 0.25, "forehead": 0.08, "crows_feet": 0.10, "neck": 0.4},
        seed=62,
    ),
    brows=BrowRecipe(
        line=((11.5, 52.8), (19, 54.6), (29, 57.4), (39, 59.0), (48, 57.2), (58.5, 50.8)),
        thickness=(6.2, 7.0, 6.6, 5.4, 3.8, 1.0),
        hairs=1150,
        length=5.6,
        width=0.15,
        wildness=0.10,
        ground=0.60,
        soft_head=11.0,
        seed=4,
    ),
    makeup=Makeup(
        brow=(0.0045, 0.0035, 0.003),
        brow_gain=1.0,
        lip=(0.084, 0.029, 0.023),
        lower_lip=(0.138, 0.045, 0.037),
        lip_gain=0.74,
        lip_border=-0.05,
        blush_gain=0.0,
        liner=0.5,
        liner_colour=(0.006, 0.004, 0.003),
    ),
    iris=IrisRecipe(
        inner=(0.072, 0.031, 0.011), outer=(0.036, 0.016, 0.007), rim=(0.004, 0.003, 0.002), fibres=0.40, seed=9
    ),
    sclera=ScleraRecipe(white=(0.62, 0.585, 0.545), corner=(0.88, 0.74, 0.66), pigment=0.5, vessels=44, seed=17),
    lashes=LashRecipe(
        hairs=42,
        length=0.96,
        width_mm=0.54,
        clumping=0.7,
        upper_curl_mm=5.0,
        lower_gain=0.4,
        colour=(0.004, 0.003, 0.003),
        seed=18,
    ),
    mouth=MouthRecipe(gum=(0.36, 0.135, 0.125), lining=(0.26, 0.075, 0.068), tongue=(0.44, 0.165, 0.16), seed=42),
    rest_expression={
        "mouthSmileLeft": 0.30,
        "mouthSmileRight": 0.33,
        "eyeBlinkLeft": 0.08,
        "eyeBlinkRight": 0.08,
        "browInnerUp": 0.05,
        "cheekSquintLeft": 0.10,
        "cheekSquintRight": 0.10,
    },
)
