"""Source in, our head out: every part reduced, re-charted and given our shapes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from avatron.core.motion import EXPRESSION_INDEX, EXPRESSION_NAMES
from avatron.face.parts import PART_INDEX
from head.atlas import place, place_disc, place_polar
from head.bust import build_bust
from head.decimate import decimate
from head.eyeball import eyeball_mesh, fit_eyeball
from head.pieces import Joined, Piece, join_pieces
from head.regions import MULTI_PIE
from head.shapes import arkit_shapes
from head.source import Source
from head.tongue import tongue_deltas

__all__ = ["Assembly", "assemble"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

SKIN_VERTICES, TEETH_VERTICES, GUM_VERTICES, LASH_VERTICES = 9000, 1900, 1500, 900
POSES = (
    *("jawOpen", "mouthPucker", "mouthSmileLeft", "mouthSmileRight", "eyeBlinkLeft", "eyeBlinkRight"),
    *("mouthFunnel", "browInnerUp", "mouthRollLower"),
)
"""Expressions in which the reduced mesh must look right too."""


@dataclass(frozen=True, eq=False)
class Assembly:
    """The joined mesh and what was measured on the way."""

    mesh: Joined
    lower_teeth: Integers
    """Vertices of the source."""
    eye_centres: Floats
    """[2, 3] left, right."""
    eye_identity: Floats
    """[2, 100, 3] how they move with the source's identity modes."""
    rest: Floats
    """[V_source, 3] the source's vertices at our rest."""
    expression: Floats
    """[E, V_source, 3]."""


def assemble(source: Source) -> Assembly:
    """The whole head as one mesh; takes about a minute."""
    rest, expression = arkit_shapes(source)
    jaw_moves = np.abs(source.shape("jawOpen")).max(1)
    skin = _skin(source, rest, expression)
    teeth, lower_teeth = _teeth(source, rest, jaw_moves)
    eyes, centres, eye_identity = _eyes(source)
    pieces = [
        skin,
        *eyes,
        _sheet(source, rest, expression, "M_EyeLashes", "lashes", LASH_VERTICES),
        teeth,
        _gums(source, rest, jaw_moves),
        _sheet(source, rest, expression, "M_EyeOcclusion", "eye_occlusion", None),
        _sheet(source, rest, expression, "M_LacrimalFluid", "tearline", None),
        _bust(source, skin),
    ]
    return Assembly(join_pieces(pieces), lower_teeth, centres, eye_identity, rest, expression)


def _still(count: int) -> Floats:
    return np.zeros((len(EXPRESSION_NAMES), count, 3))


def _piece(
    source: Source,
    rest: Floats,
    expression: Floats | None,
    vertices: Integers,
    triangles: Integers,
    corner_uv: Floats,
    part: Integers,
    jaw: Floats | None = None,
) -> Piece:
    return Piece(
        rest=rest[vertices],
        identity=source.identity[:, vertices].astype(np.float64),
        expression=_still(len(vertices)) if expression is None else expression[:, vertices],
        triangles=triangles,
        corner_uv=corner_uv,
        part=part,
        jaw=np.zeros(len(vertices)) if jaw is None else jaw,
        eye=np.zeros(len(vertices), np.int64),
        source=vertices,
    )


def _poses(rest: Floats, expression: Floats, vertices: Integers, names: tuple[str, ...]) -> Floats:
    """[P, N, 3] in centimetres, the rest first: the scale that the decimation's constants are for."""
    poses = [rest[vertices], *(rest[vertices] + expression[EXPRESSION_INDEX[name], vertices] for name in names)]
    return np.stack(poses) * 100


def _skin(source: Source, rest: Floats, expression: Floats) -> Piece:
    raw = source.part("M_Face", "M_BackHead")
    points = rest[raw.vertices]
    kept, triangles, corners = decimate(
        _poses(rest, expression, raw.vertices, POSES),
        raw.triangles,
        raw.corner_uv,
        SKIN_VERTICES,
        # The landmarks themselves stay.
        np.where(np.isin(raw.vertices, MULTI_PIE), 1e9, _importance(points)),
    )
    vertices = raw.vertices[kept]
    uv = source.uv[corners]
    back = uv[..., 0].mean(1) > 1
    placed = np.where(back[:, None, None], place("back", uv - [1, 0]), place("face", uv))
    middle = rest[vertices][triangles].mean(1)
    part = np.where(_inside_mouth(rest[vertices], triangles, middle), PART_INDEX["mouth"], PART_INDEX["skin"])
    return _piece(source, rest, expression, vertices, triangles, placed, part)


def _importance(points: Floats) -> Floats:
    """How dear a vertex is: lips, lids and nostrils dearest, the back of the head and the neck cheap."""

    def near(centre: tuple[float, float, float], radius: float) -> Floats:
        return np.exp(-((np.linalg.norm(points - np.array(centre), axis=1) / radius) ** 2))

    front = near((0, -0.034, 0.11), 0.030) * 14 + near((0, -0.002, 0.125), 0.016) * 5
    eyes = (near((0.031, 0.036, 0.095), 0.020) + near((-0.031, 0.036, 0.095), 0.020)) * 14
    far = np.where(points[:, 2] < 0.0, 0.12, 1.0) * np.where(points[:, 1] < -0.095, 0.25, 1.0)
    return np.asarray(far + front + eyes)


def _inside_mouth(points: Floats, triangles: Integers, middle: Floats) -> NDArray[np.bool_]:
    """[K] triangles of the mouth's lining: in the mouth's box, with skin at least 4 mm in front of them."""
    box = (np.abs(middle[:, 0]) < 0.042) & (middle[:, 1] > -0.085) & (middle[:, 1] < -0.012) & (middle[:, 2] > -0.02)
    candidates = np.flatnonzero(box)
    corners = points[triangles[candidates]]
    hidden = np.zeros(len(triangles), bool)
    for index in candidates:
        x, y, z = middle[index]
        edge = [corners[:, (k + 1) % 3, :2] - corners[:, k, :2] for k in range(3)]
        to = [np.array([x, y]) - corners[:, k, :2] for k in range(3)]
        side = np.stack([e[:, 0] * t[:, 1] - e[:, 1] * t[:, 0] for e, t in zip(edge, to, strict=True)])
        over = (side >= 0).all(0) | (side <= 0).all(0)
        hidden[index] = bool((over & (corners[:, :, 2].mean(1) > z + 0.004)).any())
    return hidden


def _teeth(source: Source, rest: Floats, jaw_moves: Floats) -> tuple[Piece, Integers]:
    raw = source.part("M_Teeth")
    kept, triangles, corners = decimate(
        rest[raw.vertices][None] * 100,
        raw.triangles,
        raw.corner_uv,
        TEETH_VERTICES,
        # Front teeth are what one sees.
        np.where(rest[raw.vertices, 2] > 0.088, 4.0, 1.0),
    )
    vertices = raw.vertices[kept]
    lower = jaw_moves[vertices] > 0.005
    part = np.where(lower[triangles].all(1), PART_INDEX["teeth_lower"], PART_INDEX["teeth_upper"])
    placed = place("teeth", source.uv[corners] - [3, 0])
    piece = _piece(source, rest, None, vertices, triangles, placed, part, lower.astype(np.float64))
    return piece, raw.vertices[jaw_moves[raw.vertices] > 0.005]


def _gums(source: Source, rest: Floats, jaw_moves: Floats) -> Piece:
    raw = source.part("M_GumsTongue")
    tongue = _tongue_vertices(source)
    kept, triangles, corners = decimate(
        rest[raw.vertices][None] * 100,
        raw.triangles,
        raw.corner_uv,
        GUM_VERTICES,
        np.where(np.isin(raw.vertices, tongue), 3.0, 1.0),
    )
    vertices = raw.vertices[kept]
    on_tongue = np.isin(vertices, tongue)
    part = np.where(on_tongue[triangles].all(1), PART_INDEX["tongue"], PART_INDEX["gums"])
    # At the back, gums stretch between the jaws: there the jaw carries them in part.
    jaw = np.clip(jaw_moves[vertices] / 0.012, 0, 1)
    piece = _piece(source, rest, None, vertices, triangles, place("gums", source.uv[corners] - [2, 0]), part, jaw)
    for name, delta in tongue_deltas(rest[vertices[on_tongue]]).items():
        piece.expression[EXPRESSION_INDEX[name], on_tongue] = delta
    return piece


def _tongue_vertices(source: Source) -> Integers:
    """The source's vertices of the tongue: the charts on the right of the gums' texture, low down."""
    raw = source.part("M_GumsTongue")
    uv_index, local = np.unique(raw.corner_uv, return_inverse=True)
    local = local.reshape(raw.corner_uv.shape)
    links = np.concatenate([local[:, [0, 1]], local[:, [1, 2]]])
    graph = coo_matrix((np.ones(len(links)), links.T), shape=(len(uv_index),) * 2)
    _, chart = connected_components(graph, directed=False)
    at = source.uv[uv_index] - [2, 0]
    wanted = [c for c in np.unique(chart) if at[chart == c, 0].mean() > 0.6 and at[chart == c, 1].mean() < 0.55]
    largest = max(wanted, key=lambda c: int((chart == c).sum()))
    return np.unique(raw.vertices[raw.triangles[chart[local[:, 0]] == largest]])


def _eyes(source: Source) -> tuple[list[Piece], Floats, Floats]:
    directions, triangles = eyeball_mesh()
    pieces, centres, moves = [], [], []
    for number, side in enumerate(("left", "right"), 1):
        centre, radius, centre_identity, radius_identity = fit_eyeball(source, side.capitalize())
        pieces.append(
            Piece(
                rest=centre + radius * directions,
                identity=centre_identity[:, None] + radius_identity[:, None, None] * directions,
                expression=_still(len(directions)),
                triangles=triangles,
                corner_uv=place_disc(f"eye_{side}", directions)[triangles],
                part=np.full(len(triangles), PART_INDEX[f"eye_{side}"]),
                jaw=np.zeros(len(directions)),
                eye=np.full(len(directions), number),
                source=np.full(len(directions), -1),
            )
        )
        centres.append(centre)
        moves.append(centre_identity)
    return pieces, np.array(centres), np.array(moves)


def _sheet(source: Source, rest: Floats, expression: Floats, material: str, part: str, target: int | None) -> Piece:
    """Lashes, lid shade or tear line: sheets before the eye with a unit square of their own."""
    raw = source.part(material)
    vertices, triangles, corners = raw.vertices, raw.triangles, raw.corner_uv
    if target is not None:
        poses = _poses(rest, expression, vertices, ("eyeBlinkLeft", "eyeBlinkRight"))
        kept, triangles, corners = decimate(poses, triangles, corners, target, np.ones(len(vertices)))
        vertices = vertices[kept]
    uv = source.uv[corners]
    # The source numbers its unit squares along u.
    square = np.floor(uv[..., 0].mean(1))[:, None, None] * np.array([1.0, 0.0])
    uv = _lash_uv(rest[vertices], triangles, uv) if part == "lashes" else np.clip(uv - square, 0, 1)
    return _piece(source, rest, expression, vertices, triangles, uv, np.full(len(triangles), PART_INDEX[part]))


def _lash_uv(points: Floats, triangles: Integers, uv: Floats) -> Floats:
    """Six cells side by side; v is 0 at the root and 1 at the tip, whichever way the source's strip runs."""
    uv = uv - [6, 0]
    strip = np.floor(uv[..., 1].mean(1) * 6 - 1e-6).astype(int) * 2 + (uv[..., 0].mean(1) > 0.5)
    centre = np.where(points[:, :1] > 0, [0.0312, 0.0360, 0.0798], [-0.0312, 0.0360, 0.0798])
    out = np.linalg.norm(points - centre, axis=1)[triangles]
    result = np.empty_like(uv)
    for number in np.unique(strip):
        of = strip == number
        across, along = uv[of][..., 1], uv[of][..., 0]
        tip = (across - across.min()) / np.ptp(across)
        if np.polyfit(tip.ravel(), out[of].ravel(), 1)[0] < 0:
            tip = 1 - tip
        cell = (along - along.min()) / np.ptp(along)
        result[of] = np.stack([(cell + number % 6) / 6, tip], -1)
    return result


def _bust(source: Source, skin: Piece) -> Piece:
    rim = _neck_rim(skin)
    vertices, triangles, polar, plan = build_bust(skin.rest[rim], skin.rest)
    # The bust follows the neck's width: each vertex takes the identity of its nearest point of the rim, fading out.
    nearest = rim[np.argmin(((plan[:, None] - skin.rest[rim][None][..., [0, 2]]) ** 2).sum(-1), 1)]
    share = (1 - polar[:, 1])[None, :, None] ** 2
    corner = polar[triangles]
    # The turn wraps once round: corners of one triangle must be on the same side of the seam.
    wraps = (np.ptp(corner[..., 0], axis=1) > 0.5)[:, None] & (corner[..., 0] < 0.5)
    corner[..., 0] += wraps
    return Piece(
        rest=vertices,
        identity=skin.identity[:, nearest] * share,
        expression=_still(len(vertices)),
        triangles=triangles,
        corner_uv=place_polar("bust", corner),
        part=np.full(len(triangles), PART_INDEX["bust"]),
        jaw=np.zeros(len(vertices)),
        eye=np.zeros(len(vertices), np.int64),
        source=np.full(len(vertices), -1),
    )


def _neck_rim(skin: Piece) -> Integers:
    """The vertices of the neck's lower border."""
    edges = np.sort(
        np.concatenate([skin.triangles[:, [0, 1]], skin.triangles[:, [1, 2]], skin.triangles[:, [2, 0]]]), 1
    )
    unique, uses = np.unique(edges, axis=0, return_counts=True)
    border = np.unique(unique[uses == 1])
    return border[skin.rest[border, 1] < -0.10]
