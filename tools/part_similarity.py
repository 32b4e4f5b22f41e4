"""How far avatars are from the raw parts: `python tools/part_similarity.py --data DATA --avatar FOLDER [FOLDER ...]`.

For every texture: the highest aligned correlation with one part, after a high-pass filter (so that shared overall
colour does not count); goal < 0.8. For every mesh: the share of vertices within 0.1 mm of one part; goal < 20 %.
`--json FILE` writes the same as JSON, by the folders' names. Exit code 1 where a goal is missed.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from avatar.atlas import rasterise_atlas
from avatar.head_target import load_head_target
from avatar.images import blur, read_linear
from avatar.nearest_skin import find_surface_points, vertex_normals
from avatar.sources import Parts, load_face_kit
from avatron.avatar.packed_mesh import unpack_mesh
from avatron.io.folders import ModelFolder, load_folder
from avatron.render.appearance import AttachedMesh

Floats = NDArray[np.float64]

TEXTURE_GOAL = 0.8
MESH_GOAL = 0.2
NEAR_M = 0.0001
SKIN_MAPS = ("skin_albedo.jpg", "skin_relief.jpg", "skin_folds.png", "skin_sheen_and_lip.png")
SKINS = ("woman_a", "woman_b", "woman_c", "man_a", "man_b", "man_c", "man_d")


@dataclass(frozen=True)
class Similarity:
    """One file against the part that is most like it."""

    file: str
    measure: str
    sources: tuple[str, ...]
    """What went into it."""
    closest_part: str
    value: float
    goal: float


def main() -> int:
    """Reads the command line, prints the table."""
    parser = argparse.ArgumentParser(description="how far an avatar is from the raw parts")
    parser.add_argument("--data", type=Path, required=True, help="folder with head/ and avatar_parts/")
    parser.add_argument("--avatar", type=Path, required=True, nargs="+", help="the avatars' folders")
    parser.add_argument("--json", type=Path, help="write the tables there too")
    arguments = parser.parse_args()
    tables = {}
    for folder in arguments.avatar:
        print(folder.name)
        tables[folder.name] = compare(arguments.data, folder)
        for row in tables[folder.name]:
            mark = "ok  " if row.value < row.goal else "HIGH"
            made_of = ", ".join(row.sources)
            print(
                f"{mark} {row.file:24} {row.measure} {row.value:6.3f} (< {row.goal}) closest {row.closest_part}; "
                f"from {made_of}"
            )
    if arguments.json:
        written = {name: [asdict(row) for row in rows] for name, rows in tables.items()}
        result = {"name": "part_similarity", "script": "tools/part_similarity.py", "avatars": written}
        arguments.json.write_text(json.dumps(result, indent=1) + "\n")
    return int(any(row.value >= row.goal for rows in tables.values() for row in rows))


def compare(data: Path, avatar: Path) -> list[Similarity]:
    """Every texture and mesh of the avatar against every part of its kind."""
    parts = data / "avatar_parts"
    folder = load_folder(avatar, "avatar")
    names = [name for name in SKIN_MAPS if name in folder.files]
    rows = _skins(data, {name: folder.file(name) for name in names}, _skin_sources(folder))
    rows += [
        _picture(folder.file("iris.png"), sorted(parts.glob("iris_*.jpg")), "iris.png"),
        _picture(folder.file("sclera.png"), [parts / "sclera.jpg"], "sclera.png"),
        _picture(folder.file("lashes.png"), [parts / "lash.png"], "lashes.png"),
        _picture(folder.file("pores.png"), [parts / "pores.png"], "pores.png"),
        _picture(folder.file("hair.webp"), sorted(parts.glob("hair_*.webp")), "hair.webp"),
        _picture(folder.file("hair_strands.jpg"), sorted(parts.glob("strand_*.webp")), "hair_strands.jpg"),
    ]
    garments = folder.config["look"]["garments"]
    cloths = sorted(parts.glob("garment_*.jpg"))
    rows += [_picture(folder.file(garment["albedo"]), cloths, garment["albedo"]) for garment in garments]
    for name, kind in [("hair.safetensors", "hair"), *((garment["mesh"], "garment") for garment in garments)]:
        mesh = unpack_mesh(folder.tensors(name))
        person = _on_person(folder.tensors("person.safetensors"), mesh)
        rows.append(_mesh(name, person, mesh.vertices.astype(np.float64), sorted(parts.glob(f"{kind}_*.npz"))))
    return rows


def _high_pass(image: Floats | NDArray[np.float32], sigma_px: float) -> NDArray[np.float32]:
    grey = np.log(np.maximum(image.mean(2) if image.ndim == 3 else image, 0.004)).astype(np.float32)
    return np.asarray(grey - blur(grey, sigma_px), np.float32)


def _correlation(first: Floats, second: Floats) -> float:
    first, second = first - first.mean(), second - second.mean()
    return float((first * second).sum() / max(np.sqrt((first**2).sum() * (second**2).sum()), 1e-12))


def _skins(data: Path, files: dict[str, Path], sources: tuple[str, ...], size: int = 1024) -> list[Similarity]:
    """Maps of the skin, carried back into the face chart of the parts, against each part and its mirror image."""
    kit, target, parts = load_face_kit(data), load_head_target(), Parts(data / "avatar_parts")
    chart = rasterise_atlas(kit.face_texture_coordinates, size)
    normals = vertex_normals(kit.vertices_m, kit.face_triangles)
    points = chart.interpolate(kit.face_triangles, kit.vertices_m)
    turned = chart.interpolate(kit.face_triangles, normals)
    skin = target.part == "skin"
    found = find_surface_points(target.mean_m, target.triangles[skin], points, turned)
    corner = target.texture_coordinates[skin][found.triangle]
    place = np.einsum("nk,nkd->nd", found.barycentric, corner)
    # The face without hair and rim: where a copy would be recognised.
    mask = chart.inside().copy()
    v, u = np.mgrid[0:size, 0:size] / size
    mask &= (v > 0.15) & (v < 0.8) & (np.abs(u - 0.5) < 0.32)
    sigma = size / 64
    best = dict.fromkeys(files, ("", -1.0))
    # Once with all detail and once without the finest, which is our own and would hide a copied face.
    for fine in (0.0, 2.5):
        part_pictures = {}
        for name in SKINS:
            whole = parts.skin(name, size)
            part_pictures[name] = _high_pass(blur(whole, fine) if fine else whole, sigma)
        for file, path in files.items():
            ours = read_linear(path)
            height, width = ours.shape[:2]
            column = np.clip((place[:, 0] * width).astype(int), 0, width - 1)
            row = np.clip(((1 - place[:, 1]) * height).astype(int), 0, height - 1)
            carried = chart.image(ours[row, column])
            mine = _high_pass(blur(carried, fine) if fine else carried, sigma)[mask]
            for name, part in part_pictures.items():
                for label, picture in ((name, part), (f"{name} mirrored", part[:, ::-1])):
                    value = _correlation(mine, picture[mask])
                    best[file] = max(best[file], (label, value), key=lambda pair: pair[1])
    return [
        Similarity(file, "correlation", sources if "albedo" in file else ("drawn in space",), *best[file], TEXTURE_GOAL)
        for file in files
    ]


def _skin_sources(folder: ModelFolder) -> tuple[str, ...]:
    """Names of the skins that the folder's provenance says were mixed."""
    told = [str(row["name"]) for row in folder.config["provenance"] if str(row["name"]).startswith("skins ")]
    return tuple(f"skin_{name}" for row in told for name in row.removeprefix("skins ").split(", "))


def _picture(path: Path, parts: list[Path], name: str) -> Similarity:
    """A drawn picture against each part scaled to it, over all shifts (normalised cross-correlation by FFT)."""
    image = Image.open(path).convert("RGB")
    mine = _high_pass(np.asarray(image, np.float32) / 255, max(image.size) / 32)
    mine = mine - mine.mean()
    best = ("", -1.0)
    for part in parts:
        scaled = Image.open(part).convert("RGB").resize(image.size, Image.Resampling.LANCZOS)
        other = _high_pass(np.asarray(scaled, np.float32) / 255, max(image.size) / 32)
        other = other - other.mean()
        for label, picture in ((part.stem, other), (f"{part.stem} mirrored", other[:, ::-1])):
            product = np.fft.irfft2(np.fft.rfft2(mine) * np.conj(np.fft.rfft2(picture)), mine.shape)
            value = float(product.max() / max(np.sqrt((mine**2).sum() * (picture**2).sum()), 1e-12))
            best = max(best, (label, value), key=lambda pair: pair[1])
    return Similarity(name, "correlation", ("drawn from noise",), *best, TEXTURE_GOAL)


def _on_person(person: dict[str, NDArray[np.float32]], mesh: AttachedMesh) -> Floats:
    """The mesh's vertices [N, 3] on the person it was made for."""
    target = load_head_target()
    moved = target.person(person["identity"].astype(np.float64)) - target.mean_m
    if "displacement" in person:
        moved = moved + person["displacement"].astype(np.float64) * float(person["displacement_step_m"][0])
    shift = np.einsum("na,nad->nd", mesh.anchor_weight.astype(np.float64), moved[mesh.anchor_index])
    return mesh.vertices.astype(np.float64) + shift


def _mesh(name: str, person: Floats, mean: Floats, parts: list[Path]) -> Similarity:
    """Vertices near the surface of one part, whether compared on the person or on the mean head."""
    best = ("", -1.0)
    for part in parts:
        with np.load(part) as archive:
            vertices, triangles = archive["v"].astype(np.float64) * 0.01, archive["tris"].astype(np.int64)
        for label, points in ((f"{part.stem} (person)", person), (f"{part.stem} (mean head)", mean)):
            found = find_surface_points(vertices, triangles, points, np.zeros_like(points), candidates=24)
            place = np.einsum("nk,nkd->nd", found.barycentric, vertices[triangles[found.triangle]])
            share = float((np.linalg.norm(points - place, axis=1) < NEAR_M).mean())
            best = max(best, (label, share), key=lambda pair: pair[1])
    sources = ("drawn on the head",) if name.startswith("hair") else ("drawn on the body",)
    return Similarity(name, "share near  ", sources, *best, MESH_GOAL)


if __name__ == "__main__":
    sys.exit(main())
