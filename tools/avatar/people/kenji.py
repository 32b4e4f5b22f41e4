"""Kenji: a man in his middle forties, Japanese."""

from avatar.brows import BrowRecipe
from avatar.eyes import IrisRecipe, LashRecipe, ScleraRecipe
from avatar.garment.blazer import BlazerRecipe
from avatar.garment.body import broad_shouldered
from avatar.garment.cloth import ClothRecipe
from avatar.garment.folds import Fold
from avatar.garment.outfit import OutfitRecipe
from avatar.garment.shirt import ShirtRecipe
from avatar.hair.painted import Stubble
from avatar.hair.styles.side_swept_crop import side_swept_crop
from avatar.identity import IdentityRecipe
from avatar.mouth_paint import MouthRecipe
from avatar.recipe import AvatarRecipe
from avatar.sculpt import Stroke
from avatar.skin import SkinRecipe
from avatar.skin_bake import Makeup
from avatar.skin_detail import SkinDetailRecipe
from avatar.skin_lines import LineRecipe
from avatar.skin_zones import ZoneRecipe

__all__ = ["KENJI"]

KENJI = AvatarRecipe(
    name="kenji",
    description="a man with short black hair, a charcoal blazer and a white shirt",
    default_voice="pm",
    hair=side_swept_crop(),
    stubble=Stubble(cover=0.16, colour=(0.05, 0.05, 0.055), shadow=0.8),
    outfit=OutfitRecipe(
        body=broad_shouldered(pad_m=0.008),
        shirt=ShirtRecipe(
            depth_m=0.24,
            rows=14,
            columns=40,
            collar_columns=46,
            reach_rad=1.3,
            opening_rad=0.52,
            opening_bottom_m=-0.186,
            point_m=(0.050, -0.190),
            taper=1.0,
            tip_m=0.010,
            flare_m=0.004,
            buttons_m=(-0.197, -0.262),
            cloth=ClothRecipe(
                make="twill", colour=(0.53, 0.535, 0.54), heather=0.03, thread_m=0.0007, relief_m=0.00004, fuzz=0.10
            ),
            folds=(
                Fold((0.046, -0.200), (0.022, -0.290), height_m=0.0030, width_m=0.0075),
                Fold((0.030, -0.196), (0.040, -0.270), height_m=0.0020, width_m=0.0065, sides=(-1.0,)),
            ),
        ),
        blazer=BlazerRecipe(),
    ),
    identity=IdentityRecipe(
        directions={"m_asian": 1.30},
        seed=13,
        spread=0.33,
        jaw_width=0.03,
        cheek_width=0.03,
        nose_width=0.02,
        neck_width=0.0,
        chin_down_m=0.001,
        brow_up_m=-0.001,
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
            # A broad chin, thin lips, corners that do not hang.
            Stroke((15, -70, 98), (1.8, 0.6, 0), 9),
            Stroke((26, -34.5, 102), (0, 0.8, 0), 5),
            Stroke((7, -27, 116), (0, -0.7, -0.7), (14, 4, 6), above=-33),
            Stroke((6, -41, 115), (0, 0.7, -0.9), (14, 4, 6), below=-33),
            # The middle forties: fuller under the eyes and beside the mouth.
            Stroke((32, 20, 96), (0, -0.3, 1.0), (10, 4, 7)),
            Stroke((37, -36, 90), (1.0, -0.8, 1.2), 9),
            Stroke((0, -86, 88), (0, -2.0, 1.6), (24, 10, 14), mirrored=False),
        ),
    ),
    skin=SkinRecipe(
        tone={"man_a": 0.4, "woman_c": 0.3, "man_b~": 0.3},
        patches={"man_a~": 0.3, "man_b": 0.25, "woman_b~": 0.2},
        texture={"man_a": 0.3, "man_b~": 0.25, "woman_a": 0.2},
        median_albedo=(0.420, 0.251, 0.161),
        blood_contrast=1.0,
    ),
    zones=ZoneRecipe(
        nose_blood=0.14,
        cheek_blood=0.15,
        ear_blood=0.10,
        under_eye_melanin=0.07,
        under_eye_blood=0.04,
        lid_melanin=0.0,
        lid_blood=0.03,
        forehead_melanin=0.06,
        rim_melanin=0.06,
        mouth_melanin=0.02,
        seed=32,
    ),
    detail=SkinDetailRecipe(
        patches=0.028,
        freckles=60,
        moles=5,
        sun_spots=14,
        sun_spot_melanin=0.14,
        coarse_relief_m=0.00003,
        pore_depth_m=0.00004,
        seed=23,
    ),
    lines=LineRecipe(
        depth={"forehead": 0.8, "crows_feet": 0.9, "nasolabial": 1.0, "lips": 0.7},
        rest={
            "forehead": 0.34,
            "crows_feet": 0.42,
            "nasolabial": 0.45,
            "under_eye": 0.45,
            "glabella": 0.12,
            "marionette": 0.16,
            "chin": 0.2,
            "neck": 0.4,
        },
        seed=63,
    ),
    brows=BrowRecipe(
        line=((10, 54.6), (19, 56.4), (29, 58.0), (39, 58.4), (49, 57.0), (60, 52.6)),
        thickness=(7.0, 8.4, 8.4, 7.6, 6.0, 2.4),
        hairs=1250,
        length=8.2,
        width=0.21,
        wildness=0.18,
        rise=0.85,
        ground=0.72,
        light_share=0.0,
        seed=5,
    ),
    makeup=Makeup(
        brow=(0.0045, 0.004, 0.0036),
        brow_gain=1.0,
        lip=(0.235, 0.100, 0.080),
        lower_lip=(0.27, 0.115, 0.092),
        lip_gain=0.55,
        lip_border=0.03,
        blush_gain=0.0,
        lid_fold=0.45,
    ),
    iris=IrisRecipe(inner=(0.050, 0.024, 0.010), outer=(0.028, 0.015, 0.008), rim=(0.007, 0.005, 0.004), seed=10),
    sclera=ScleraRecipe(white=(0.64, 0.61, 0.58), vessels=70, vessel_strength=0.8, seed=27),
    lashes=LashRecipe(
        hairs=34, length=0.46, width_mm=0.15, clumping=0.3, upper_curl_mm=2.2, root_shade=0.35, lower_gain=0.15, seed=28
    ),
    mouth=MouthRecipe(tooth=(0.82, 0.74, 0.61), tooth_at_gum=(0.75, 0.62, 0.45), uneven=0.028, seed=43),
    rest_expression={
        "mouthSmileLeft": 0.24,
        "mouthSmileRight": 0.21,
        "eyeBlinkLeft": 0.06,
        "eyeBlinkRight": 0.07,
        "browInnerUp": 0.03,
        "cheekSquintLeft": 0.08,
        "cheekSquintRight": 0.08,
    },
)
