"""Checks hair and clothes of an avatar on its head."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from avatron.avatar.avatar import Avatar
from avatron.avatar.mesh_health import MeshHealth, distances_m, mesh_health
from avatron.avatar.report import AvatarReport
from avatron.face.head import HeadModel
from avatron.render.appearance import AttachedMesh

__all__ = ["check_parts"]

Floats = NDArray[np.float32]

_MOST_DEGENERATE, _MOST_REPEATED, _MOST_NON_MANIFOLD, _MOST_FLIPPED, _MOST_UNUSED = 0.02, 0.05, 0.05, 0.05, 0.10
_TINY_M, _HUGE_M = 0.005, 1.2
_HAIR_OFF_M, _HAIR_FAR_M = 0.02, 0.25
"""Between hair and skin: how near its nearest, and how far most of it may be."""
_CLOTH_OFF_M = 0.02
_ANCHOR_SUM = 0.05


def check_parts(avatar: Avatar, files: Mapping[str, Sequence[str]], head: HeadModel, report: AvatarReport) -> None:
    """Add what is wrong with the meshes of hair and garments; `files` names them by kind."""
    person = head.person(avatar.look.identity)
    if avatar.look.displacement is not None:
        person = person + avatar.look.displacement
    shift = person - head.neutral
    skin = person[np.unique(head.triangles_of("skin", "bust"))]
    report.numbers["parts"] = {}
    for part, file in zip(avatar.look.hair, files["hair"], strict=True):
        placed = _common(part.mesh, file, shift, report)
        away = distances_m(placed, skin)
        if float(np.quantile(away, 0.02)) > _HAIR_OFF_M:
            report.mend(
                file, f"no hair comes nearer to the head than {away.min() * 100:.1f} cm", "move it onto the head"
            )
        elif float(np.median(away)) > _HAIR_FAR_M:
            report.mend(
                file, f"half of the hair is {np.median(away) * 100:.0f} cm from the head", "move it to the head"
            )
        if (part.mesh.head_weight < 1).all():
            report.mend(file, "no hair moves wholly with the skull", "set `head_weight` to 1 at the scalp")
    clothes = [
        _common(garment.mesh, file, shift, report)
        for garment, file in zip(avatar.look.garments, files["garments"], strict=True)
    ]
    for number, (placed, file) in enumerate(zip(clothes, files["garments"], strict=True)):
        # A button rests on a blazer, a blazer on the body.
        below = np.concatenate([skin, *clothes[:number], *clothes[number + 1 :]])
        away = distances_m(placed, below)
        if float(away.min()) > _CLOTH_OFF_M:
            report.mend(
                file,
                f"touches nobody: {away.min() * 100:.1f} cm from skin and other clothes",
                "move it onto the shoulders",
            )


def _common(mesh: AttachedMesh, file: str, shift: Floats, report: AvatarReport) -> Floats:
    """[N, 3] the mesh on the person, after what holds for every mesh was checked."""
    health = mesh_health(mesh.vertices, mesh.triangles)
    report.numbers["parts"][file] = {
        "vertices": health.vertices,
        "triangles": health.triangles,
        "extent_cm": [round(side * 100, 1) for side in health.extent_m],
        "degenerate": round(health.degenerate, 4),
        "repeated": round(health.repeated, 4),
        "non_manifold": round(health.non_manifold, 4),
        "flipped": round(health.flipped, 4),
    }
    _check_health(health, file, report)
    sums = mesh.anchor_weight.sum(1)
    if mesh.anchor_weight.shape[1] == 0:
        report.mend(file, "has no anchors: it does not follow the identity", "anchor each vertex to the head")
    elif float(np.abs(sums - 1).max()) > _ANCHOR_SUM:
        report.mend(
            file, f"has anchor weights that sum to {sums.min():.2f} .. {sums.max():.2f}", "let each row sum to 1"
        )
    moved = np.einsum("na,nad->nd", mesh.anchor_weight, shift[mesh.anchor_index])
    return np.asarray(mesh.vertices + moved, np.float32)


def _check_health(health: MeshHealth, file: str, report: AvatarReport) -> None:
    limits = (
        (health.degenerate, _MOST_DEGENERATE, "of its triangles have no area", "remove them"),
        (health.repeated, _MOST_REPEATED, "of its triangles are there twice", "remove the copies"),
        (health.non_manifold, _MOST_NON_MANIFOLD, "of its edges have more than two triangles", "split the sheets"),
        (health.flipped, _MOST_FLIPPED, "of its edges join triangles that face opposite sides", "turn them one way"),
        (health.unused, _MOST_UNUSED, "of its vertices belong to no triangle", "remove them"),
    )
    for share, most, problem, remedy in limits:
        if share > most:
            report.mend(file, f"{share:.0%} {problem}", remedy)
    longest = max(health.extent_m)
    if not _TINY_M <= longest <= _HUGE_M:
        size = f"{longest * 100:.1f} cm" if longest > 0.01 else f"{longest * 1000:.2f} mm"
        report.mend(file, f"is {size} long", "use metres: hair and clothes are 0.005 .. 1.2 m")
