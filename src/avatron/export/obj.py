"""A character at one frame as Wavefront OBJ with its materials; the pictures lie beside it."""

from __future__ import annotations

import io

import numpy as np

from avatron.export.character import Character, Material, Performance
from avatron.export.pose import joint_matrices, posed_surface

__all__ = ["obj_files"]


def obj_files(character: Character, performance: Performance | None, stem: str) -> dict[str, bytes]:
    """File name to bytes: pictures, `STEM.mtl` and, last, `STEM.obj`; metres, frame 0 of the performance or rest."""
    files = {f"{stem}_textures/{texture.file_name}": texture.data for texture in character.textures}
    files[f"{stem}.mtl"] = _materials(character, stem).encode("utf-8")
    files[f"{stem}.obj"] = _surfaces(character, performance, stem).encode("utf-8")
    return files


def _surfaces(character: Character, performance: Performance | None, stem: str) -> str:
    text = io.StringIO()
    text.write(f"# {character.name}, {character.licence}; metres, +Y up, the face looks along +Z\nmtllib {stem}.mtl\n")
    first = 1
    for mesh in character.meshes:
        for surface in mesh.surfaces:
            vertices, normals = surface.vertices, surface.normals
            if performance is not None:
                weights = performance.weights[0]
                vertices, normals = posed_surface(surface, weights, joint_matrices(character, performance, 0))
            text.write(f"o {mesh.name}_{surface.name}\nusemtl {surface.material.name}\n")
            np.savetxt(text, vertices, "v %.7f %.7f %.7f")
            np.savetxt(text, surface.uv, "vt %.6f %.6f")
            np.savetxt(text, normals, "vn %.5f %.5f %.5f")
            np.savetxt(text, np.repeat(surface.triangles + first, 3, axis=1), "f %d/%d/%d %d/%d/%d %d/%d/%d")
            first += len(vertices)
    return text.getvalue()


def _materials(character: Character, stem: str) -> str:
    return "\n".join(_material(material, stem) for material in character.materials) + "\n"


def _material(material: Material, stem: str) -> str:
    red, green, blue = material.tint
    lines = [
        f"newmtl {material.name}",
        f"Kd {red:.5f} {green:.5f} {blue:.5f}",
        # Pr and Pm are the widespread addition for physically based shading.
        f"Pr {material.roughness:.3f}",
        "Pm 0",
        f"Ni {material.refraction:.2f}",
    ]
    if material.base_colour is not None:
        lines.append(f"map_Kd {stem}_textures/{material.base_colour.file_name}")
        if material.blended:
            lines.append(f"map_d -imfchan m {stem}_textures/{material.base_colour.file_name}")
    if material.roughness_map is not None:
        lines.append(f"map_Pr -imfchan g {stem}_textures/{material.roughness_map.file_name}")
    if material.normal is not None:
        lines.append(f"norm {stem}_textures/{material.normal.file_name}")
    return "\n".join(lines) + "\n"
