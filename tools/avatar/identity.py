"""Who the avatar is: a seed for a believable face, then wishes about its proportions, as ICT identity coefficients."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from avatar.sculpt import Stroke
from avatar.sources import FaceKit, Parts

__all__ = ["LANDMARK_VERTICES", "IdentityRecipe", "choose_identity"]

Floats = NDArray[np.float64]

LANDMARK_VERTICES = np.array(
    [
        *(1225, 1888, 1052, 367, 1719, 1722, 2199, 1447, 966, 3661, 4390, 3927, 3924, 2608, 3272, 4088, 3443),
        *(268, 493, 1914, 2044, 1401, 3615, 4240, 4114, 2734, 2509),
        *(978, 4527, 4942, 4857, 1140, 2075, 1147, 4269, 3360),
        *(1507, 1542, 1537, 1528, 1518, 1511, 3742, 3751, 3756, 3721, 3725, 3732),
        *(5708, 5695, 2081, 0, 4275, 6200, 6213, 6346, 6461, 5518, 5957, 5841),
        *(5702, 5711, 5533, 6216, 6207, 6470, 5517, 5966),
    ]
)
"""The 68 Multi-PIE landmarks among the vertices of ICT-FaceKit."""


@dataclass(frozen=True)
class IdentityRecipe:
    """A start and wishes; lengths in metres, shares of a width as plain numbers."""

    directions: dict[str, float] = field(
        default_factory=lambda: {"f_caucasian": 0.90, "f_asian": 0.15, "f_african": 0.15}
    )
    """Semantic directions that the face starts from."""
    seed: int = 24
    """Chosen by eye among a dozen."""
    spread: float = 0.30
    """Standard deviation of the first random coefficients; later ones fade."""
    jaw_width: float = -0.06
    cheek_width: float = -0.03
    nose_width: float = -0.08
    neck_width: float = -0.14
    """Wished change of the neck; the source's mean neck is a man's. The modes grant a third of it."""
    chin_down_m: float = 0.0025
    chin_forward_m: float = 0.0010
    brow_up_m: float = 0.0030
    eye_open_m: float = 0.0008
    eye_width_m: float = 0.0007
    eye_tilt_m: float = 0.0005
    upper_lip_m: float = 0.0008
    lower_lip_m: float = 0.0010
    mouth_width_m: float = 0.0005
    mouth_corner_up_m: float = 0.0005
    caution: float = 0.3
    """Ridge of the fit, in squared centimetres: larger keeps the wishes smaller and the face likelier."""
    neck_share: float = 0.02
    """Weight of a neck vertex against a landmark."""
    eye_growth: float = 0.0
    """Share by which the eyes are larger than the modes have them."""
    strokes: tuple[Stroke, ...] = ()
    """What the modes cannot give: lids, folds, flesh."""


def choose_identity(kit: FaceKit, parts: Parts, recipe: IdentityRecipe) -> Floats:
    """ICT identity coefficients [100] of the avatar."""
    generator = np.random.default_rng(recipe.seed)
    start = sum(share * parts.identity_direction(name) for name, share in recipe.directions.items())
    start = start + generator.normal(size=100) * recipe.spread * np.exp(-np.arange(100) / 40)
    modes = kit.identity[:, LANDMARK_VERTICES].astype(np.float64)
    landmarks = kit.vertices_m[LANDMARK_VERTICES] + np.tensordot(start, modes, 1)
    wishes = _landmark_wishes(landmarks, recipe)
    neck = _neck_vertices(kit)
    neck_modes = kit.identity[:, neck].astype(np.float64)
    neck_points = kit.vertices_m[neck] + np.tensordot(start, neck_modes, 1)
    neck_wishes = recipe.neck_width * neck_points * np.array([1.0, 0.0, 0.6])
    neck_wishes[:, 2] += recipe.neck_width * 0.6 * 0.01
    # Ridge regression in centimetres; the landmarks as a whole may shift freely.
    weight = np.sqrt(recipe.neck_share)
    rows = np.concatenate([_rows(modes), weight * _rows(neck_modes)]) * 100
    goal = np.concatenate([wishes.ravel(), weight * neck_wishes.ravel()]) * 100
    shift = np.zeros((len(rows), 3))
    shift[: wishes.size] = np.tile(np.eye(3), (len(wishes), 1))
    matrix = np.c_[rows, shift]
    ridge = np.diag(np.r_[np.full(100, recipe.caution), np.full(3, 1e-9)])
    solution = np.linalg.solve(matrix.T @ matrix + ridge, matrix.T @ goal)
    return np.asarray(start + solution[:100])


def _rows(modes: Floats) -> Floats:
    """Modes [100, N, 3] as a matrix [3 N, 100]."""
    return modes.transpose(1, 2, 0).reshape(-1, len(modes))


def _neck_vertices(kit: FaceKit) -> NDArray[np.int64]:
    """A third of the skin vertices of the throat."""
    skin = np.unique(np.concatenate([kit.face_triangles, kit.back_triangles]))
    x, y = kit.vertices_m[skin, 0], kit.vertices_m[skin, 1]
    return skin[(y < -0.09) & (y > -0.13) & (np.abs(x) < 0.075)][::3]


def _landmark_wishes(landmarks: Floats, recipe: IdentityRecipe) -> Floats:
    """Wished displacement [68, 3] (metres) of each landmark."""
    wish = np.zeros_like(landmarks)
    across = landmarks[:, 0]
    outward = np.sign(across)
    wish[1:16, 0] += recipe.jaw_width * across[1:16]
    for point in (0, 1, 2, 14, 15, 16):
        wish[point, 0] += recipe.cheek_width * across[point]
    for point in range(5, 12):
        wish[point, 1] -= recipe.chin_down_m * (1 - abs(point - 8) / 5)
    wish[6:11, 2] += recipe.chin_forward_m
    wish[17:27, 1] += recipe.brow_up_m
    wish[31:36, 0] += recipe.nose_width * across[31:36]
    wish[[37, 38, 43, 44], 1] += recipe.eye_open_m
    wish[[40, 41, 46, 47], 1] -= 0.5 * recipe.eye_open_m
    wish[[36, 45], 0] += outward[[36, 45]] * recipe.eye_width_m
    wish[[39, 42], 0] -= outward[[39, 42]] * 0.3 * recipe.eye_width_m
    wish[[36, 45], 1] += recipe.eye_tilt_m
    wish[49:54, 1] += recipe.upper_lip_m
    wish[55:60, 1] -= recipe.lower_lip_m
    corners = [48, 54, 60, 64]
    wish[corners, 0] += outward[corners] * recipe.mouth_width_m
    wish[[48, 54], 1] += recipe.mouth_corner_up_m
    return wish
