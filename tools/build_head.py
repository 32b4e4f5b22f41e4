"""Build the head model from ICT-FaceKit.

    python tools/build_head.py --source DATA/head/ict_facekit.npz --landmarks DATA/landmarks \\
        --out src/avatron/data/head [--correspondence map.npz]

Takes about three minutes. Needs `ai-edge-litert` and scipy besides the package.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_INDEX, EXPRESSION_NAMES
from avatron.face.lip_sides import lip_rims, of_upper_lip
from avatron.face.parts import PART_INDEX, PARTS
from avatron.io.folders import tensor_bytes, write_folder
from avatron.native.mesh import VertexNormals
from head.assemble import assemble
from head.compress import compact_identity, restore_expression, restore_identity, sparse_expression
from head.contours import contours
from head.error import reconstruction_error
from head.jaw import fit_jaw
from head.landmarks import embed_landmarks
from head.opening import lips_of_open_jaw
from head.pieces import Joined
from head.regions import MULTI_PIE, lip_pairs, region_weights
from head.smile import COMBINATIONS, combination_deltas, sculpt_smile
from head.source import load_source
from head.teeth import close_middle

IDENTITY_MODES = 64
JOINTS: dict[str, tuple[float, float, float]] = {
    "torso": (0.0, -0.36, -0.02),
    "neck": (0.0, -0.120, -0.035),
    "head": (0.0, -0.040, -0.015),
    "jaw": (0.0, -0.008, 0.020),
}
"""Metres; the eyes' joints are the centres of their balls."""
HEAD_SPAN, NECK_SPAN = (-0.125, -0.058), (-0.165, -0.105)
"""Between these a vertex passes from neck to head, and from torso to neck."""
HEAD_TILT = 0.55
"""The border between neck and skull leans, from under the chin up to the nape: metres of height per metre of z."""
NECK_PARTS = ("skin", "bust")
"""All other parts are carried by the skull alone."""
MOUTH_Z = 0.06
"""Metres: skin behind this belongs to neither lip."""


def main() -> None:
    parser = argparse.ArgumentParser(description="build the head model")
    parser.add_argument("--source", type=Path, required=True, help="ict_facekit.npz")
    parser.add_argument("--landmarks", type=Path, required=True, help="folder with MediaPipe's files")
    parser.add_argument("--licence", type=Path, help="the source's licence text (default: beside the source)")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--correspondence", type=Path, help="write source vertex and uv of our vertices here")
    arguments = parser.parse_args()

    source = load_source(arguments.source)
    assembly = assemble(source)
    mesh = assembly.mesh
    identity = compact_identity(mesh.identity, IDENTITY_MODES)
    rotation = np.asarray(identity.pop("identity_from_source"), np.float64)
    reduced = sparse_expression(mesh.expression)
    regions = region_weights(mesh, assembly.rest[list(MULTI_PIE)])
    joints, joint_identity = _joints(assembly.eye_centres, assembly.eye_identity, rotation)
    jaw_turn, jaw_shift = fit_jaw(
        assembly.rest, assembly.expression, assembly.lower_teeth, joints[list(JOINTS).index("jaw")]
    )
    triangle, barycentric, placed = embed_landmarks(
        mesh, arguments.landmarks / "face_landmarker.task", arguments.landmarks / "canonical_face_model.obj"
    )
    error = reconstruction_error(
        source,
        assembly,
        restore_identity(identity),
        restore_expression(reduced, len(mesh.rest)),
        rotation,
        regions,
    )
    in_skull = np.ones(len(mesh.rest), bool)
    in_skull[mesh.triangles[np.isin(mesh.part, [PART_INDEX[name] for name in NECK_PARTS])]] = False
    ours = {int(vertex): index for index, vertex in reversed(list(enumerate(mesh.source)))}
    multi_pie = np.array([ours[vertex] for vertex in MULTI_PIE], np.int32)
    rims = contours(mesh, multi_pie)
    # How far we are from the source is measured before we go beyond it.
    mesh = _with_teeth_closed(mesh)
    seam, above, flesh = _lips(mesh, rims["lips_inner"])
    shapes = lips_of_open_jaw(_smiling(mesh), mesh.rest, seam, above, flesh)
    expression = sparse_expression(shapes)
    combination = sparse_expression(combination_deltas(mesh.rest, seam, above, flesh, shapes))
    tensors: dict[str, NDArray[Any]] = {
        "vertices": mesh.rest.astype(np.float32),
        "triangles": mesh.triangles.astype(np.uint16),
        "part": mesh.part.astype(np.uint8),
        "uv": mesh.uv.astype(np.float32),
        "weld": mesh.weld.astype(np.uint16),
        **identity,
        **expression,
        **{name.replace("expression", "combination"): tensor for name, tensor in combination.items()},
        "combination_of": np.array([[EXPRESSION_INDEX[name] for name, _ in pair] for pair in COMBINATIONS], np.int32),
        "combination_full": np.array([[full for _, full in pair] for pair in COMBINATIONS], np.float32),
        "joints": joints.astype(np.float32),
        "joint_identity": joint_identity.astype(np.float32),
        "head_weight": np.where(in_skull, 255, _rise(mesh.rest[:, 1] + HEAD_TILT * mesh.rest[:, 2], HEAD_SPAN)).astype(
            np.uint8
        ),
        "neck_weight": np.where(in_skull, 255, _rise(mesh.rest[:, 1], NECK_SPAN)).astype(np.uint8),
        "jaw_weight": np.round(mesh.jaw * 255).astype(np.uint8),
        "eye": mesh.eye.astype(np.uint8),
        "jaw_rotation": jaw_turn.astype(np.float32),
        "jaw_translation": jaw_shift.astype(np.float32),
        "regions": np.stack([np.round(weight * 255).astype(np.uint8) for weight in regions.values()]),
        "lip_pairs": lip_pairs(mesh).astype(np.int32),
        "landmark_triangle": triangle.astype(np.int32),
        "landmark_barycentric": barycentric.astype(np.float32),
        "multi_pie": multi_pie,
        **{f"contour_{name}": path.astype(np.int32) for name, path in rims.items()},
    }
    config = {
        "architecture": "blendshape head with linear skinning",
        "parts": list(PARTS),
        "joints": [*JOINTS, "eye_left", "eye_right"],
        "expressions": list(EXPRESSION_NAMES),
        "regions": list(regions),
        "contours": list(rims),
        "identity_modes": IDENTITY_MODES,
        "landmarks_placed_by_network": placed,
        "reconstruction_error": error,
        "licence": "MIT",
        "provenance": [
            {
                "name": "ICT-FaceKit",
                "source": "https://github.com/ICT-VGL/ICT-FaceKit",
                "licence": "MIT",
                "used_for": "shape, identity and expressions; reduced, re-charted and extended by tools/build_head.py",
            }
        ],
    }
    licence = arguments.licence or arguments.source.parent / "LICENSE.ict-facekit"
    written = write_folder(
        arguments.out,
        "head",
        config,
        {"head.safetensors": tensor_bytes(tensors), "LICENSE-ICT.txt": licence.read_bytes()},
        overwrite=True,
    )
    size = sum((written.path / name).stat().st_size for name in written.files)
    print(f"{len(mesh.rest)} vertices, {len(mesh.triangles)} triangles, {size / 2**20:.2f} MiB")
    for region, row in error.items():
        print(f"{region:12} rms {row['rms_mm']:.3f}  p99 {row['p99_mm']:.3f}  max {row['max_mm']:.3f} mm")
    if arguments.correspondence is not None:
        np.savez(arguments.correspondence, source_vertex=mesh.source, uv=mesh.uv)


def _smiling(mesh: Joined) -> NDArray[np.float64]:
    flesh = _triangles(mesh, "skin", "mouth")
    normals = VertexNormals(flesh, len(mesh.rest), mesh.weld).of(mesh.rest.astype(np.float32))
    return sculpt_smile(mesh.rest, normals, _among(mesh, _triangles(mesh, "skin")), mesh.expression)


def _with_teeth_closed(mesh: Joined) -> Joined:
    rest = mesh.rest
    for part, edge in (("teeth_upper", -1.0), ("teeth_lower", 1.0)):
        rest = close_middle(rest, _triangles(mesh, part).astype(np.int64), mesh.weld, edge)
    return replace(mesh, rest=rest)


def _lips(
    mesh: Joined, inner_rim: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]:
    """([V] height of the lips' seam at each vertex's x, [V] whether it is of the upper lip, [V] skin and lining)."""
    triangles = _triangles(mesh, "skin", "mouth")
    front = triangles[(mesh.rest[triangles][..., 2] > MOUTH_Z).all(1)]
    above = of_upper_lip(lip_rims(inner_rim, mesh.rest), mesh.rest, front, mesh.weld)
    rim = mesh.rest[inner_rim]
    order = np.argsort(rim[:, 0])
    return np.interp(mesh.rest[:, 0], rim[order, 0], rim[order, 1]), above, _among(mesh, triangles)


def _triangles(mesh: Joined, *parts: str) -> NDArray[np.int32]:
    return mesh.triangles[np.isin(mesh.part, [PART_INDEX[name] for name in parts])].astype(np.int32)


def _among(mesh: Joined, triangles: NDArray[np.int32]) -> NDArray[np.bool_]:
    used = np.zeros(len(mesh.rest), bool)
    used[triangles] = True
    return used


def _joints(
    centres: NDArray[np.float64], centre_identity: NDArray[np.float64], rotation: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(places [6, 3], their moves with our identity modes [S, 6, 3]); only the eyes' joints move."""
    places = np.concatenate([np.array(list(JOINTS.values())), centres])
    moves = np.zeros((len(rotation), len(places), 3))
    moves[:, len(JOINTS) :] = np.einsum("sk,jkc->sjc", rotation, centre_identity)
    return places, moves


def _rise(height: NDArray[np.float64], span: tuple[float, float]) -> NDArray[np.uint8]:
    share = np.clip((height - span[0]) / (span[1] - span[0]), 0, 1)
    return np.round(share * share * (3 - 2 * share) * 255).astype(np.uint8)


if __name__ == "__main__":
    main()
