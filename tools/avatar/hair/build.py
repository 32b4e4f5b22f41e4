"""All of a person's hair: undercoat and cards, groomed on that person's skin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from avatar.hair.cards import make_cards
from avatar.hair.coils import COIL_COLUMNS, draw_coil_atlas, make_coils
from avatar.hair.grow import SHEET, grow_strands, make_comb
from avatar.hair.hair_mesh import HairMesh, join
from avatar.hair.occlusion import shade_depth
from avatar.hair.scalp import Scalp, Skin, find_scalp, scatter_roots
from avatar.hair.skin_surface import carried, sample_skin
from avatar.hair.strand_atlas import COLUMNS, StrandAtlas, draw_atlas
from avatar.hair.style import Card, HairStyle, Point
from avatar.hair.undercoat import make_undercoat
from avatar.head_target import HeadTarget
from avatar.nearest_skin import vertex_normals
from avatar.radial_shape import measure_skull

__all__ = ["build_hair", "draw_hair", "fitted_scalp", "skin_of"]

Floats = NDArray[np.float64]

SHEET_STRANDS = 320
"""Strands of the sheet that layered hair follows."""
PARTED_M = 0.15
"""Hair that is rooted further from the parting than this is the lowest of its layer."""
EVENED_M = 0.014
"""Distance over which the light in layered hair is evened out."""
EAR_STANDS_M = 0.0025
"""What stands further off the side of the skull is the outer ear."""
CLOTH_M, CLOTHED_M = 0.012, -0.105
"""How far clothes stand off the skin, and below which height there may be some."""


def skin_of(target: HeadTarget, person_m: Floats) -> Skin:
    """The skin of a head of shape [V, 3] for hair to lie on, without the seams of its texture."""
    _, first, welded = np.unique(np.round(target.mean_m, 6), axis=0, return_index=True, return_inverse=True)
    triangles = first[welded.ravel()][target.triangles_of("skin", "bust")]
    about_ear = target.ear_mask()
    skull = measure_skull(person_m, target.triangles_of("skin"), about_ear)
    offset = person_m[about_ear] - skull.centre_m
    ear = about_ear.copy()
    ear[about_ear] = np.linalg.norm(offset, axis=1) > skull.radius(offset) + EAR_STANDS_M
    # Clothes lie over the shoulders: hair keeps off them too.
    clothed = person_m + CLOTH_M * (
        vertex_normals(person_m, triangles) * np.clip((CLOTHED_M - person_m[:, 1:2]) / 0.02, 0, 1)
    )
    return Skin(person_m, triangles, ear, skull.centre_m, sample_skin(clothed, triangles))


def fitted_scalp(style: HairStyle, target: HeadTarget, person_m: Floats, skin: Skin) -> Scalp:
    """Where the hair of a style grows on a head of shape [V, 3]."""
    drawn = {
        "hairline": style.hairline,
        "parting": style.parting,
        "thin": [place for place, _, _ in style.undercoat.thin],
    }
    return find_scalp(style, skin, {name: _on_person(points, target, person_m) for name, points in drawn.items()})


def _on_person(points: Sequence[Point], target: HeadTarget, person_m: Floats) -> Floats:
    drawn = np.array(points, np.float64).reshape(-1, 3)
    return carried(drawn, target.mean_m, person_m, target.vertices_of("skin", "bust")) if len(drawn) else drawn


def build_hair(style: HairStyle, target: HeadTarget, person_m: Floats) -> HairMesh:
    """The hair of a style on a head of shape [V, 3]."""
    skin = skin_of(target, person_m)
    scalp = fitted_scalp(style, target, person_m, skin)
    comb = make_comb(style, _on_person([guide.point for guide in style.guides], target, person_m))
    generator = np.random.default_rng(style.seed)
    columns = COIL_COLUMNS if style.coils else COLUMNS
    pieces = [make_undercoat(style, comb, scalp, skin, columns)]
    sheet = None
    if style.layered:
        own = np.random.default_rng(style.seed)
        roots = scatter_roots(scalp, skin, SHEET_STRANDS, (0.004, 1.0), own)
        flat = np.ones(len(roots))
        sheet = grow_strands(style, comb, scalp, skin, roots, SHEET * flat, flat, 0.0, own)
    for card in style.cards:
        roots = scatter_roots(scalp, skin, card.count, card.edge_m, generator, card.only, _rounds(card))
        depth = generator.uniform(*card.depth, len(roots))
        if style.layered:
            # Hair that is rooted near the parting falls over what is rooted below it.
            over = np.clip(1 - scalp.from_parting(roots) / PARTED_M, 0, 1)
            low, high = card.depth
            depth = low + (high - low) * (0.7 * over + 0.3 * (depth - low) / (high - low))
        share = generator.uniform(*card.length, len(roots))
        strands = grow_strands(style, comb, scalp, skin, roots, depth, share, card.stray, generator, sheet)
        greyed = _greyed(style, roots, generator)
        pieces.append(make_cards(strands, card, columns, skin.centre_m, greyed, generator))
    if style.coils:
        pieces.append(make_coils(style.coils, comb, scalp, skin, generator))
    mesh = join(pieces)
    open_air = mesh.occlusion * shade_depth(mesh)
    if style.layered:
        open_air = _evened(mesh.vertices_m, open_air)
    return replace(mesh, occlusion=style.least_open + (1 - style.least_open) * open_air)


def _evened(points_m: Floats, shares: Floats) -> Floats:
    """Shares [V] averaged over neighbours: where ribbons run through one another, both are as light."""
    distance, near = cKDTree(points_m).query(points_m, k=64)
    weight = np.exp(-((distance / EVENED_M) ** 2))
    return np.asarray((weight * shares[near]).sum(1) / weight.sum(1))


def _rounds(card: Card) -> int:
    """How evenly roots stand: those of the hairline less than others, or they look like the teeth of a comb."""
    return 1 if card.kind in ("edge", "fuzz") else 4


def _greyed(style: HairStyle, roots_m: Floats, generator: np.random.Generator) -> NDArray[np.bool_]:
    """[N] which strands are as grey as the temples; those of young people nowhere more than elsewhere."""
    x, y, z = np.abs(roots_m[:, 0]), roots_m[:, 1], roots_m[:, 2]
    # Temples and sideburns, and a little above the ears.
    near = np.clip((x - 0.050) / 0.015, 0, 1) * np.clip((z + 0.03) / 0.03, 0, 1) * np.clip((0.085 - y) / 0.03, 0, 1)
    chance = near if style.colour.grey_temples else np.full(len(x), 0.15)
    return np.asarray(generator.random(len(x)) < chance)


def draw_hair(style: HairStyle) -> StrandAtlas:
    """The strand picture of a style."""
    if style.coils:
        return draw_coil_atlas(style.colour, style.seed)
    return draw_atlas(style.colour, style.undercoat.shade, style.seed, wander=style.wander)
