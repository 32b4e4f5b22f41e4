"""Exports of a spoken clip: size, time and distance from our own head: `python benchmarks/export.py [--avatar NAME]`.

The distance is that of the head mesh's vertices as an independent evaluator of glTF reads them out of the file.
"""

from __future__ import annotations

import argparse
import importlib.util
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

import avatron
from avatron.avatar.store import load_avatar
from avatron.core.motion import FaceMotion
from avatron.export.request import ExportRequest, export
from avatron.face.parts import PART_INDEX
from avatron.face.shipped import shipped_head
from avatron.pipeline.pieces import joined_motion
from record import write_result

SCRIPT = (
    "The morning train was late again, so we walked along the river and talked about the weather. "
    "Would you like to put the blue boat in the water with Thelma and me?"
)
PARTS = {
    "Skin": ("skin", "bust"),
    "Mouth": ("mouth", "gums", "tongue"),
    "Teeth": ("teeth_upper", "teeth_lower"),
    "Lashes": ("lashes",),
}
EVALUATOR = Path(__file__).parents[1] / "tests" / "reference" / "gltf.py"
KINDS: dict[str, dict[str, Any]] = {
    "glb": {},
    "glb, compact": {"compact": True},
    "glb, no correctives": {"correctives": False},
    "usdc": {},
    "usdz": {},
    "usda": {},
    "obj": {"frame": 60},
    "csv": {},
}


def evaluator() -> Any:
    """The tests' own reader of glTF, which knows nothing of our writer."""
    spec = importlib.util.spec_from_file_location("gltf", EVALUATOR)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def distances_mm(data: bytes, motion: FaceMotion, avatar_name: str) -> dict[str, dict[str, float]]:
    """Largest and mean distance by surface, over every fourth frame."""
    head, look = shipped_head(), load_avatar(avatar_name).appearance()
    rest = look.rest_weights()
    names = ("head_rotation", "neck_rotation", "torso_rotation", "head_translation", "torso_translation", "gaze")
    moved = FaceMotion(
        rest + (1 - rest) * motion.expression, *(getattr(motion, name) for name in names), fps=motion.fps
    )
    shown = np.ones(len(head.triangles), bool)
    shown[look.hidden_triangles] = False
    scene = evaluator().Gltf(data)
    found: dict[str, list[np.ndarray]] = {name: [] for name in PARTS}
    for frame, ours in enumerate(head.posed(look.identity, look.displacement).frames(moved)):
        if frame % 4:
            continue
        for (name, parts), vertices in zip(PARTS.items(), scene.posed("Face", frame / float(motion.fps)), strict=True):
            own = np.unique(head.triangles[shown & np.isin(head.part, [PART_INDEX[part] for part in parts])])
            found[name].append(np.linalg.norm(vertices - ours[own], axis=1) * 1000)
    return {
        name: {"largest": round(float(np.max(each)), 4), "mean": round(float(np.mean(each)), 5)}
        for name, each in found.items()
    }


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--avatar", default="ava")
    name = parser.parse_args().avatar
    motion = joined_motion(list(avatron.stream(SCRIPT, avatar=name)))
    rows: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as made:
        for number, (kind, options) in enumerate(KINDS.items()):
            path = Path(made) / f"clip{number}.{kind.split(',')[0]}"
            start = time.perf_counter()
            exported = export(load_avatar(name), ExportRequest([path], motion, **options))
            rows[kind] = {
                "megabytes": round(path.stat().st_size / 1e6, 2),
                "seconds": round(time.perf_counter() - start, 2),
                "targets": exported.targets,
                "correctives": exported.correctives,
            }
            if kind.startswith("glb"):
                rows[kind]["distance_mm"] = distances_mm(path.read_bytes(), motion, name)
            print(f"{kind:20} {rows[kind]['megabytes']:7.2f} MB {rows[kind]['seconds']:6.2f} s")
    print(write_result("export", {"avatar": name, "frames": len(motion), "fps": str(motion.fps), "exports": rows}))


if __name__ == "__main__":
    main()
