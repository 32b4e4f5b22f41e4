"""Head and appearance put together into one mesh of surfaces that the kernels draw."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.face.head import HeadModel, PosedHead
from avatron.face.parts import PART_INDEX
from avatron.native.mesh import VertexNormals
from avatron.native.shade import RECORD_LENGTH, BakedLight, Portrait, RecordField, SurfaceKind, bake_light
from avatron.render.appearance import Appearance
from avatron.render.creases import CreaseStrengths
from avatron.render.geometry import sphere_directions, texture_gradients, vertex_curvature
from avatron.render.light import LightRig, unit
from avatron.render.mended_light import LIGHT_FIELDS, light_rims, light_sockets
from avatron.render.moving_light import MovingLight
from avatron.render.pieces import Piece, alphas, attached_rows, hair_piece, piece_of, spread_colour
from avatron.render.scattering import skin_table
from avatron.render.textures import colour_texels, data_texels, halved, halvings_for, scaled_to, texel_density

__all__ = ["Assembly", "assemble"]

Floats = NDArray[np.float32]
Triangles = NDArray[np.int32]

_MOUTH_PARTS = {
    "mouth": (0.5, 0.10),
    "teeth_upper": (1.0, 0.06),
    "teeth_lower": (1.0, 0.06),
    "gums": (0.8, 0.09),
    "tongue": (0.9, 0.14),
}
"""Parts that are lit as the mouth's inside: how wet they are, and the roughness (alpha) of what they mirror."""
_HOLLOWED_BY = {
    "teeth_upper": ("teeth_upper", "gums"),
    "teeth_lower": ("teeth_lower", "gums"),
    "gums": ("gums", "teeth_upper", "teeth_lower"),
    "tongue": ("tongue", "gums"),
}
"""Parts of the mouth that are darker in the hollows between them and what moves with them."""
_HOLLOW_BIAS_M, _HOLLOW_DIRECTIONS, _HOLLOW_TEXELS = 0.0005, 72, 128
_OPAQUE_ALPHA = 235
"""A hair triangle whose texture is nowhere below is drawn as solid."""
_CASTING_ALPHA = 140
"""A hair triangle whose middle is above throws a shadow."""
_SHARPEST_FACE = 60.0
"""Largest curvature, 1 / m, of skin that is not an ear."""
_PORE_HALVINGS = 3
_LASH_THINNING = 1.15
"""Power on the opacity of halved lashes, which a mean of hairs and gaps overstates."""
_BLOCKER_BIAS_M, _HAIR_BIAS_M = 0.0035, 0.011
_BAKE_DIRECTIONS = 128
_LONGEST_LIT_EDGE_M = 0.011
"""Skin with longer edges than this has its shadow worked out at every point, not at the vertices."""
_FRONT_CONE_RAD, _KEY_CONE_RAD, _SEEN_MARGIN_M = 0.9, 0.6, 0.010
"""Triangles that are not seen from within these cones about camera and key light, by a margin, are left out."""


@dataclass(frozen=True, eq=False)
class Assembly:
    """A person ready for the kernels."""

    portrait: Portrait
    normals: VertexNormals
    """Of the head; the seams of its texture do not show."""
    rest: Floats
    """[V, 3] the head at rest, rest expression included."""
    eye_centres: Floats
    """[2, 3] at rest, left and right."""
    eye_radius_m: float
    moving_light: MovingLight
    """Of lips and lids."""
    creases: CreaseStrengths | None
    """Folds of the skin; None for skin that does not fold."""


def assemble(
    head: HeadModel, posed: PosedHead, rest: Floats, appearance: Appearance, light: LightRig, camera: Camera
) -> Assembly:
    """The person of `appearance`, lit by `light`, with maps as fine as `camera` needs.

    Args:
        head: the head model.
        posed: the person's face.
        rest: [V, 3] with the rest expression.
        appearance: what is drawn.
        light: for the baked environment.
        camera: for the fineness of the maps.
    """
    person = posed.rest
    normals = VertexNormals(head.triangles, len(head.neutral), head.weld)
    rest_normals = normals.of(rest)
    shift = person - head.neutral
    hair = [hair_piece(part, shift) for part in appearance.hair]
    garments = [replace(piece_of(part.mesh, shift), shade=part.shade) for part in appearance.garments]
    pieces = [*garments, *hair]
    starts = len(head.neutral) + np.concatenate([[0], np.cumsum([len(piece.vertices) for piece in pieces])])
    vertices = np.concatenate([rest, *(piece.vertices for piece in pieces)])
    places_px = camera.project(vertices)

    portrait = Portrait()
    eyes = [_sphere(person, head.triangles[head.part == PART_INDEX[name]]) for name in ("eye_left", "eye_right")]
    eye_radius_m = float(np.mean([radius for _, radius in eyes]))
    shown = np.ones(len(head.triangles), bool)
    shown[appearance.hidden_triangles] = False
    solid, layers, uncoverable = [], [], []

    def take(triangles: Triangles, surface: int) -> Triangles:
        return np.column_stack([triangles, np.full(len(triangles), surface)]).astype(np.int32)

    def of_parts(*names: str) -> Triangles:
        return head.triangles[shown & np.isin(head.part, [PART_INDEX[name] for name in names])]

    skin_triangles = of_parts("skin", "bust")
    density = texel_density(places_px, head.uv, skin_triangles)
    albedo_halvings = halvings_for(density * appearance.skin.albedo.shape[1])
    own_albedo = halved(appearance.skin.albedo, albedo_halvings)
    albedo = colour_texels(own_albedo, alpha=_unfolded(appearance.skin.crease_valleys, own_albedo))
    skin = take(skin_triangles, _add_skin(portrait, appearance, albedo, density))
    skin[_upper_of_folds(head, rest, eyes, skin_triangles), 3] = portrait.add_surface_like(int(skin[0, 3]))
    solid.append(skin)
    for name, gleam in _MOUTH_PARTS.items():
        surface = portrait.add_surface(
            SurfaceKind.MOUTH, gleam, two_sided=name == "mouth", behind_lips=name != "tongue", colour=albedo
        )
        uncoverable.append(surface)
        solid.append(take(of_parts(name), surface))
    maps = appearance.eyes
    iris, sclera = colour_texels(maps.iris, maps.iris_tint), colour_texels(maps.sclera, maps.sclera_tint)
    for side, name in enumerate(("eye_left", "eye_right")):
        surface = portrait.add_surface(SurfaceKind.EYE, [side, maps.iris_radius_m], colour=sclera, detail=iris)
        uncoverable.append(surface)
        solid.append(take(of_parts(name), surface))
    lash_triangles = of_parts("lashes")
    fineness = texel_density(places_px, head.uv, lash_triangles, two_sided=True)
    # Strips of lashes point at the camera: their foreshortened height must not blur hair into hair.
    lash_halvings = max(halvings_for(fineness * appearance.lashes.opacity.shape[1]) - 1, 0)
    lash = portrait.add_surface(
        SurfaceKind.LASH,
        [*appearance.lashes.colour, 1.0],
        two_sided=True,
        colour=data_texels(*[_lash_opacity(appearance.lashes.opacity, lash_halvings)] * 4),
    )
    layers.append(take(lash_triangles, lash))
    for part, piece, start in zip(appearance.garments, garments, starts, strict=False):
        fineness = texel_density(places_px[start : start + len(piece.vertices)], piece.uv, piece.triangles)
        times = halvings_for(fineness * part.albedo.shape[1])
        surface = portrait.add_surface(
            SurfaceKind.CLOTH,
            [part.bump_scale_m, part.fuzz],
            two_sided=True,
            colour=colour_texels(halved(part.albedo, times), part.tint),
            detail=_packed(part.bump, times),
        )
        solid.append(take(piece.triangles + int(start), surface))
    # What cloth would shade is cloth that faces away from the light anyhow.
    blocking, casters = [skin, *solid[len(_MOUTH_PARTS) + 3 :]], [skin]
    for hair_part, piece, start in zip(appearance.hair, hair, starts[len(garments) :], strict=False):
        fineness = texel_density(places_px[start : start + len(piece.vertices)], piece.uv, piece.triangles)
        times = halvings_for(fineness * hair_part.strand.shape[1])
        colour, strand = halved(spread_colour(hair_part.colour_alpha), times), halved(hair_part.strand, times)
        surface = portrait.add_surface(
            SurfaceKind.HAIR,
            list(hair_part.specular),
            two_sided=True,
            colour=colour_texels(colour[..., :3], hair_part.tint, colour[..., 3]),
            detail=data_texels(strand),
        )
        least, middle = alphas(hair_part, piece)
        triangles = take(piece.triangles + int(start), surface)
        opaque = least >= _OPAQUE_ALPHA
        solid.append(triangles[opaque])
        # A soft layer is mixed with all that its pixel shows: where hair goes over from soft to solid it is drawn as
        # both, or hidden skin would shine through along the seam.
        beside = np.isin(triangles[:, :3], np.unique(triangles[~opaque, :3])).any(1)
        layers.append(triangles[~opaque | beside])
        casters.append(triangles[middle >= _CASTING_ALPHA])

    all_solid, all_layers = np.concatenate(solid), np.concatenate(layers)
    blockers = np.concatenate([*blocking, *casters[1:]])
    all_normals = np.concatenate([rest_normals, *(piece.normals for piece in pieces)])
    rest_light = _bake(vertices, all_normals, hair, blockers, light)
    records = _records(head, rest, rest_normals, pieces, rest_light)
    own = slice(0, len(head.neutral))
    light_rims(records, head)
    light_sockets(records, head, rest, eyes, light)
    records[own, RecordField.OCCLUSION] = _with_hollows(head, rest, rest_normals, records[own, RecordField.OCCLUSION])
    for_lash = head.vertex_part == PART_INDEX["lashes"]
    records[: len(head.neutral), RecordField.COVER] = for_lash
    low = for_lash & _below_eyes(rest, np.stack([centre for centre, _ in eyes]))
    records[: len(head.neutral), RecordField.COVER][low] = appearance.lashes.lower_gain
    facing = camera.position - rest.mean(0)
    in_front = _seen_from(facing, _FRONT_CONE_RAD, vertices, all_normals, blockers)
    # What a mouth or lids may uncover is never left out.
    kept = in_front[all_solid[:, :3]].any(1) | np.isin(all_solid[:, 3], uncoverable)
    lit = _seen_from(np.asarray(light.key), _KEY_CONE_RAD, vertices, all_normals, blockers)
    near = in_front[all_layers[:, :3]].any(1) | (all_layers[:, 3] == lash)
    throwing = np.concatenate(casters)
    groups = (all_solid[kept], all_solid[~kept], all_layers[near], all_layers[~near])
    casting = _numbers_of(throwing[lit[throwing[:, :3]].any(1)], np.concatenate(groups))
    portrait.set_mesh(
        *groups[:3],
        casting,
        records,
        attached_rows(pieces),
        _coarse(vertices, skin[:, :3], sum(len(piece.vertices) for piece in hair)),
        groups[3],
    )
    portrait.set_skin_table(skin_table())
    portrait.set_lips(head.contours["lips_inner"])
    portrait.set_lids(*(_near_eye(skin[:, :3], rest, centre, radius) for centre, radius in eyes))
    centres = np.stack([centre for centre, _ in eyes]).astype(np.float32)
    lips_and_lids = MovingLight.baked(head, posed, appearance.rest_weights(), light, records[own, LIGHT_FIELDS])
    portrait.set_moving_light(lips_and_lids.vertices)
    folds = _creases(head, appearance, records)
    return Assembly(portrait, normals, rest, centres, eye_radius_m, lips_and_lids, folds)


def _creases(head: HeadModel, appearance: Appearance, records: Floats) -> CreaseStrengths | None:
    if appearance.skin.creases is None:
        return None
    base = np.zeros((len(head.neutral), 2), np.float32)
    base[:, 0] = records[: len(base), RecordField.COVER]
    return CreaseStrengths(head, appearance.skin.crease_rest, base)


def _lash_opacity(opacity: NDArray[np.uint8], times: int) -> NDArray[np.uint8]:
    """[H, W] lashes as coarse as the pixels: halved, thinned where hairs ran together."""
    coarse = halved(opacity, times).astype(np.float32) / 255
    return np.asarray(np.rint(255 * coarse**_LASH_THINNING), np.uint8)


def _add_skin(portrait: Portrait, appearance: Appearance, albedo: NDArray[np.int32], density: float) -> int:
    maps = appearance.skin
    detail = halved(maps.detail, halvings_for(density * maps.detail.shape[1]))
    times = 0
    if maps.pores is not None:
        times = halvings_for(density * maps.pore_repeats * maps.pores.shape[1])
    # Finer than this the pixels cannot show the pores: they would only shimmer.
    pores = _packed(maps.pores if times <= _PORE_HALVINGS else None, times)
    folds = None if maps.creases is None else halved(maps.creases, halvings_for(density * maps.creases.shape[1]))
    parameters = [maps.detail_scale_m, maps.pore_repeats, maps.pore_scale_m, maps.gloss, maps.crease_scale_m]
    return portrait.add_surface(
        SurfaceKind.SKIN,
        parameters,
        colour=albedo,
        detail=_packed(detail, 0),
        extra=pores,
        creases=_packed(folds, 0),
    )


def _unfolded(valleys: NDArray[np.uint8] | None, albedo: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """[H, W] 255 where the skin has no fold, in the size of `albedo`: what its alpha says to the kernels."""
    if valleys is None:
        return None
    return np.asarray(255 - scaled_to(valleys, albedo.shape[0], albedo.shape[1]), np.uint8)


def _packed(image: NDArray[np.uint8] | None, times: int) -> NDArray[np.int32]:
    """[H, W] texels of the channels of `image` [h, w, C], halved; without texels where there is no image."""
    if image is None:
        return np.zeros((0, 0), np.int32)
    return data_texels(*np.moveaxis(halved(image, times), 2, 0))


def _records(head: HeadModel, rest: Floats, rest_normals: Floats, pieces: list[Piece], baked: BakedLight) -> Floats:
    count = len(baked.occlusion)
    records = np.zeros((count, RECORD_LENGTH), np.float32)
    records[:, RecordField.IRRADIANCE : RecordField.IRRADIANCE + 3] = baked.irradiance
    records[:, RecordField.OCCLUSION], records[:, RecordField.RIM] = baked.occlusion, baked.rim
    welded = head.weld[head.triangles_of("skin", "bust")]
    curvature = vertex_curvature(rest, rest_normals, welded)
    own = slice(0, len(head.neutral))
    # Only ears are thin enough for light to come through, which the kernel tells by the curvature.
    sharpest = _SHARPEST_FACE + (curvature.max() - _SHARPEST_FACE) * head.regions["ears"]
    records[own, RecordField.CURVATURE] = np.minimum(curvature[head.weld], sharpest)
    # The bake's maps are too coarse for nostrils: light from behind never gets there.
    records[own, RecordField.RIM] *= 1 - np.clip(head.regions["nose"], 0, 1)
    gradient, ratio = texture_gradients(rest, rest_normals, head.uv, head.triangles)
    tangent = slice(RecordField.TANGENT, RecordField.TANGENT + 3)
    records[own, tangent], records[own, RecordField.TANGENT_RATIO] = gradient, ratio
    uv = slice(RecordField.U, RecordField.U + 2)
    records[own, uv] = head.uv
    start = len(head.neutral)
    for piece in pieces:
        place = slice(start, start + len(piece.vertices))
        records[place, tangent], records[place, RecordField.TANGENT_RATIO] = piece.tangents, piece.ratio
        records[place, uv] = piece.uv
        if piece.openness is not None:
            records[place, RecordField.OCCLUSION] = piece.openness
        records[place, RecordField.COVER] = 1.0 if piece.shade is None else piece.shade
        start = place.stop
    return records


def _coarse(vertices: Floats, skin: Triangles, hair_vertices: int) -> NDArray[np.bool_]:
    """[R] where the key light changes too much from vertex to vertex. On hair nobody sees it; cloth is coarse."""
    longest = np.linalg.norm(vertices[np.roll(skin, 1, 1)] - vertices[skin], axis=2).max(1)
    coarse = np.ones(len(vertices), bool)
    coarse[skin[longest < _LONGEST_LIT_EDGE_M]] = False
    coarse[skin[longest >= _LONGEST_LIT_EDGE_M]] = True
    if hair_vertices:
        coarse[-hair_vertices:] = False
    return coarse


def _bake(vertices: Floats, normals: Floats, hair: list[Piece], blockers: Triangles, light: LightRig) -> BakedLight:
    directions = sphere_directions(_BAKE_DIRECTIONS)
    # From straight below comes next to nothing, and the neck is open there.
    directions = directions[directions[:, 1] > -0.8]
    rim_weight = np.exp(20 * (directions @ unit(light.rim) - 1)).astype(np.float32)
    biases = np.full(len(vertices), _BLOCKER_BIAS_M, np.float32)
    hair_vertices = sum(len(piece.vertices) for piece in hair)
    if hair_vertices:
        biases[-hair_vertices:] = _HAIR_BIAS_M
    radiance = light.radiance(directions) * (len(directions) / _BAKE_DIRECTIONS)
    return bake_light(vertices, normals, biases, blockers, directions, radiance.astype(np.float32), rim_weight)


def _upper_of_folds(
    head: HeadModel, rest: Floats, eyes: list[tuple[Floats, float]], skin: Triangles
) -> NDArray[np.bool_]:
    """[K] triangles of `skin` on upper lip and upper lids, which touch the lower ones in a dark fold."""
    middles = np.stack([centre for centre, _ in eyes])
    above = rest[:, 1] > np.where(rest[:, 0] > 0, middles[0, 1], middles[1, 1])
    upper = (head.regions["lips_upper"] > 0.3) | ((head.regions["lids"] > 0.3) & above)
    return np.asarray(upper[skin].all(1))


def _with_hollows(head: HeadModel, rest: Floats, normals: Floats, occlusion: Floats) -> Floats:
    """[V] `occlusion`, but in the mouth as if nothing were there but what moves with each part: lips open."""
    directions = sphere_directions(_HOLLOW_DIRECTIONS)
    directions = directions[directions[:, 2] > -0.25]
    nothing = np.zeros((len(directions), 3), np.float32)
    result = occlusion.copy()
    result[head.vertex_part == PART_INDEX["mouth"]] = 1.0
    for name, blocking in _HOLLOWED_BY.items():
        chosen = np.flatnonzero(head.vertex_part == PART_INDEX[name])
        triangles = head.triangles_of(*blocking)
        # Only the part's own vertices are asked, so that the depth maps reach no further than the mouth.
        used, numbers = np.unique(np.concatenate([chosen, triangles.ravel()]), return_inverse=True)
        corners = numbers[len(chosen) :].reshape(-1, 3)
        baked = bake_light(
            rest[used],
            normals[used],
            np.full(len(used), _HOLLOW_BIAS_M, np.float32),
            np.column_stack([corners, np.zeros(len(corners))]).astype(np.int32),
            directions,
            nothing,
            np.ones(len(directions), np.float32),
            _HOLLOW_TEXELS,
        )
        result[chosen] = baked.occlusion[numbers[: len(chosen)]]
    return result


def _seen_from(
    direction: NDArray[np.float64], cone_rad: float, vertices: Floats, normals: Floats, blockers: Triangles
) -> NDArray[np.bool_]:
    """[R] whether a vertex is seen from somewhere in a cone about `direction`, with a margin of a centimetre."""
    axis = unit(direction)
    across = unit(np.cross([0.0, 1.0, 0.0], axis))
    up = np.cross(axis, across)
    angles = np.arange(8) * (np.pi / 4)
    ring = np.cos(angles)[:, None] * across + np.sin(angles)[:, None] * up
    views = [axis[None]]
    views += [np.cos(tilt) * axis + np.sin(tilt) * ring for tilt in (cone_rad / 2, cone_rad)]
    directions = np.concatenate(views).astype(np.float32)
    count = len(directions)
    seen = bake_light(
        vertices,
        normals,
        np.full(len(vertices), _SEEN_MARGIN_M, np.float32),
        blockers,
        directions,
        np.zeros((count, 3), np.float32),
        np.ones(count, np.float32),
    )
    return np.asarray(seen.rim > 0)


def _sphere(vertices: Floats, triangles: Triangles) -> tuple[Floats, float]:
    """(centre [3], radius) of the sphere that fits the part's vertices best."""
    points = vertices[np.unique(triangles)].astype(np.float64)
    system = np.column_stack([2 * points, np.ones(len(points))])
    solution, *_ = np.linalg.lstsq(system, (points**2).sum(1), rcond=None)
    return solution[:3].astype(np.float32), float(np.sqrt(solution[3] + (solution[:3] ** 2).sum()))


def _near_eye(triangles: Triangles, rest: Floats, centre: Floats, radius: float) -> Triangles:
    """Skin that may cover the eye: in front of its middle, within reach of the lids."""
    middle = rest[triangles].mean(1) - centre
    near = (np.abs(middle[:, 0]) < 2.2 * radius) & (np.abs(middle[:, 1]) < 2.2 * radius) & (middle[:, 2] > 0)
    return np.ascontiguousarray(triangles[near])


def _below_eyes(rest: Floats, centres: NDArray[np.float64]) -> NDArray[np.bool_]:
    own = np.where(rest[:, :1] > 0, centres[0], centres[1])
    return np.asarray(rest[:, 1] < own[:, 1] - 0.0025)


def _numbers_of(chosen: Triangles, everything: Triangles) -> NDArray[np.int32]:
    """[C] rows of `everything` that equal the rows of `chosen`."""
    key = np.dtype((np.void, everything.dtype.itemsize * 4))
    all_keys = np.ascontiguousarray(everything).view(key).ravel()
    wanted = np.ascontiguousarray(chosen).view(key).ravel()
    order = np.argsort(all_keys)
    return np.sort(order[np.searchsorted(all_keys, wanted, sorter=order)]).astype(np.int32)
