"""Henry: a man in his sixties, northern European."""

from avatar.brows import BrowRecipe
from avatar.eyes import IrisRecipe, LashRecipe, ScleraRecipe
from avatar.garment.body import broad_shouldered
from avatar.garment.cloth import ClothRecipe
from avatar.garment.drape import DrapeRecipe
from avatar.garment.folds import Fold
from avatar.garment.outfit import OutfitRecipe
from avatar.garment.shirt import ShirtRecipe
from avatar.garment.sweater import SweaterRecipe
from avatar.hair.painted import Stubble
from avatar.hair.styles.swept_back_thin import swept_back_thin
from avatar.identity import IdentityRecipe
from avatar.mouth_paint import MouthRecipe
from avatar.recipe import AvatarRecipe
from avatar.sculpt import Stroke
from avatar.skin import SkinRecipe
from avatar.skin_bake import Makeup
from avatar.skin_detail import SkinDetailRecipe
from avatar.skin_lines import LineRecipe
from avatar.skin_zones import ZoneRecipe

__all__ = ["HENRY"]

HENRY = AvatarRecipe(
    name="henry",
    description="a man with short grey hair and a navy sweater over a shirt",
    default_voice="pm",
    hair=swept_back_thin(),
    stubble=Stubble(cover=0.62, colour=(0.20, 0.172, 0.150), shadow=0.10),
    outfit=OutfitRecipe(
        body=broad_shouldered(),
        shirt=ShirtRecipe(
            opening_rad=0.34,
            opening_bottom_m=-0.166,
            sag_m=0.002,
            taper=1.0,
            depth_m=0.036,
            rows=6,
            columns=28,
            collar_columns=50,
            point_m=(0.047, -0.186),
            flare_m=0.003,
            under_leaf_m=0.0066,
            buttons_m=(),
            placket_m=0.0,
            cloth=ClothRecipe(
                make="plain",
                colour=(0.33, 0.43, 0.60),
                heather=0.05,
                thread_m=0.0009,
                relief_m=0.00006,
                fuzz=0.10,
            ),
        ),
        sweater=SweaterRecipe(
            front_m=(-0.162, 0.044),
            back_m=(-0.110, -0.072),
            band_m=0.023,
            under_m=0.0044,
            columns=84,
            rows=42,
            band_columns=110,
            armhole_m=0.172,
            knit=ClothRecipe(
                colour=(0.016, 0.022, 0.046),
                melange=(0.026, 0.034, 0.062),
                heather=0.06,
                thread_m=0.0032,
                relief_m=0.0006,
            ),
            rib=ClothRecipe(make="rib", colour=(0.016, 0.022, 0.046), thread_m=0.0018, relief_m=0.0009),
            drape=DrapeRecipe(armpit_m=(0.148, -0.268, 0.035)),
            folds=(
                Fold((0.160, -0.215), (0.100, -0.310), height_m=0.0045, width_m=0.0120, bow_m=-0.006),
                Fold((0.120, -0.190), (0.070, -0.250), height_m=0.0026, width_m=0.0110, sides=(-1.0,)),
                Fold((0.205, -0.215), (0.195, -0.300), height_m=0.0036, width_m=0.0110),
            ),
        ),
    ),
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
            Stroke((40, 45, 92), (0.3, -1.9, 1.5), (9, 5, 8), above=40),
            Stroke((24, 46, 96), (0, -0.3, -1.0), (7, 5, 8), above=40),
            Stroke((30, 23.5, 96), (0, -0.8, 1.6), (9, 3.4, 7)),
            Stroke((29, 14, 97), (0, 0, -1.2), (11, 5, 8)),
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
            Stroke((7, -27, 116), (0, -0.5, -0.7), (14, 4, 6), above=-33),
            Stroke((6, -41, 115), (0, 0.4, -0.4), (14, 4, 6), below=-33),
            Stroke((25, -35, 102), (0.4, 0.6, -0.6), 5),
            # A heavy brow ridge.
            Stroke((26, 57, 103), (0, -0.2, 0.9), (14, 5, 9)),
        ),
    ),
    skin=SkinRecipe(
        tone={"man_b": 0.5, "woman_c": 0.5},
        patches={"man_b~": 0.35, "woman_c": 0.3, "man_a": 0.2},
        texture={"man_b": 0.34, "woman_c~": 0.28, "man_a~": 0.2},
        median_albedo=(0.495, 0.282, 0.205),
        blood_contrast=0.85,
    ),
    zones=ZoneRecipe(
        nose_blood=0.24,
        cheek_blood=0.26,
        chin_blood=0.10,
        ear_blood=0.30,
        fold_blood=0.06,
        under_eye_blood=0.05,
        under_eye_melanin=0.03,
        under_eye_shade=0.0,
        lid_blood=0.08,
        lid_melanin=-0.02,
        forehead_melanin=0.05,
        neck_melanin=0.02,
        seed=33,
    ),
    detail=SkinDetailRecipe(
        mottled_melanin=0.030,
        mottled_blood=0.046,
        patches=0.018,
        vessels=0.20,
        freckles=180,
        moles=7,
        sun_spots=64,
        sun_spot_melanin=0.26,
        coarse_relief_m=0.00006,
        relief_m=0.000030,
        pore_depth_m=0.00005,
        lip_crease_m=0.00013,
        sheen=0.85,
        seed=24,
    ),
    lines=LineRecipe(
        depth={
            "forehead": 1.2,
            "crows_feet": 1.3,
            "nasolabial": 1.25,
            "marionette": 1.3,
            "under_eye": 0.7,
            "glabella": 1.2,
            "neck": 1.5,
            "lips": 1.1,
        },
        rest={
            "forehead": 0.80,
            "crows_feet": 0.85,
            "nasolabial": 0.75,
            "marionette": 0.70,
            "glabella": 0.42,
            "under_eye": 0.34,
            "lips": 0.35,
            "dimples": 0.3,
            "chin": 0.4,
            "nose": 0.3,
            "neck": 0.8,
        },
        seed=64,
    ),
    brows=BrowRecipe(
        line=((10, 53.6), (19, 56.0), (29, 58.2), (39, 58.8), (49, 56.6), (60, 50.8)),
        thickness=(7.4, 9.0, 9.0, 8.2, 6.8, 3.0),
        hairs=980,
        length=10.5,
        width=0.17,
        wildness=0.28,
        rise=1.0,
        ground=0.34,
        light_share=0.26,
        seed=6,
    ),
    makeup=Makeup(
        brow=(0.022, 0.016, 0.012),
        brow_light=(0.27, 0.25, 0.225),
        lip=(0.36, 0.155, 0.135),
        lower_lip=(0.40, 0.170, 0.150),
        lip_gain=0.42,
        lip_border=0.0,
        blush_gain=0.0,
    ),
    iris=IrisRecipe(
        inner=(0.095, 0.080, 0.055),
        outer=(0.085, 0.115, 0.140),
        rim=(0.022, 0.030, 0.040),
        fibres=0.42,
        flecks=3,
        seed=11,
    ),
    sclera=ScleraRecipe(
        white=(0.61, 0.575, 0.535), corner=(0.90, 0.70, 0.64), vessels=130, vessel_strength=1.0, seed=37
    ),
    lashes=LashRecipe(
        hairs=28,
        length=0.42,
        width_mm=0.14,
        clumping=0.3,
        upper_curl_mm=2.2,
        root_shade=0.35,
        colour=(0.07, 0.055, 0.042),
        lower_gain=0.12,
        seed=38,
    ),
    mouth=MouthRecipe(
        tooth=(0.82, 0.74, 0.61), tooth_at_gum=(0.76, 0.64, 0.47), uneven=0.035, clear_edge_m=0.0016, seed=44
    ),
    rest_expression={
        "mouthSmileLeft": 0.40,
        "mouthSmileRight": 0.36,
        "eyeBlinkLeft": 0.08,
        "eyeBlinkRight": 0.07,
        "browInnerUp": 0.22,
        "browOuterUpLeft": 0.05,
        "browOuterUpRight": 0.05,
        "cheekSquintLeft": 0.10,
        "cheekSquintRight": 0.12,
    },
)
