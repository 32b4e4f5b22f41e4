"""A whole avatar of a few kilobytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from avatron.io.folders import tensor_bytes, write_folder

Writer = Callable[..., Path]


def _picture(shape: tuple[int, ...], seed: int) -> Callable[[Path], None]:
    pixels = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    return lambda path: Image.fromarray(pixels).save(path)


def _mesh(**more: Any) -> bytes:
    tensors = {
        "vertices": np.array([[0, 0.1, 0], [0.01, 0.1, 0], [0, 0.11, 0]], np.float32),
        "triangles": np.array([[0, 1, 2]], np.int32),
        "uv": np.array([[0, 0], [1, 0], [0, 1]], np.float32),
        "anchor_index": np.zeros((3, 2), np.int32),
        "anchor_weight": np.full((3, 2), 0.5, np.float32),
        "head_weight": np.ones(3, np.float32),
    }
    return tensor_bytes({**tensors, **more})


def tiny_files() -> dict[str, Any]:
    """The files of the tiny avatar, for `write_folder`."""
    strands = np.tile(np.array([[0, -1, 0]], np.float32), (3, 1))
    return {
        "person.safetensors": tensor_bytes(
            {"identity": np.array([0.5, -1.0], np.float32), "hidden_triangles": np.array([3, 5], np.int32)}
        ),
        "skin.png": _picture((16, 16, 3), 1),
        "relief.png": _picture((16, 16), 2),
        "masks.png": _picture((8, 8, 3), 3),
        "pores.png": _picture((8, 8), 4),
        "iris.png": _picture((8, 8, 3), 5),
        "sclera.png": _picture((8, 8, 3), 6),
        "lashes.png": _picture((4, 8), 7),
        "hair.safetensors": _mesh(strand_direction=strands),
        "hair.png": _picture((8, 8, 4), 8),
        "strands.png": _picture((8, 8), 9),
        "top.safetensors": _mesh(),
        "top.png": _picture((8, 8, 3), 10),
        "stitches.png": _picture((8, 8), 11),
    }


def tiny_config() -> dict[str, Any]:
    """The config of the tiny avatar."""
    white = [1.0, 1.0, 1.0]
    return {
        "name": "tiny",
        "description": "three triangles",
        "default_voice": "lj",
        "licence": "CC0-1.0",
        "provenance": [{"name": "noise", "licence": "CC0-1.0", "used_for": "everything"}],
        "look": {
            "person": "person.safetensors",
            "rest_expression": {"mouthSmileLeft": 0.1},
            "framing": "head-and-shoulders",
            "skin": {
                "albedo": "skin.png",
                "relief": "relief.png",
                "relief_range_m": 0.001,
                "detail_scale_m": 0.03,
                "sheen_and_lip": "masks.png",
                "pores": "pores.png",
                "pore_range_m": 0.0001,
                "pore_scale_m": 0.005,
                "pore_repeats": 11,
                "gloss": 0.46,
            },
            "eyes": {
                "iris": "iris.png",
                "sclera": "sclera.png",
                "iris_tint": white,
                "sclera_tint": white,
                "iris_radius_m": 0.006,
            },
            "lashes": {"opacity": "lashes.png", "colour": [0.01, 0.01, 0.01], "lower_gain": 0.4},
            "hair": [
                {
                    "mesh": "hair.safetensors",
                    "colour_alpha": "hair.png",
                    "strand": "strands.png",
                    "tint": white,
                    "specular": [0.5, 0.8],
                }
            ],
            "garments": [
                {
                    "mesh": "top.safetensors",
                    "albedo": "top.png",
                    "relief": "stitches.png",
                    "relief_range_m": 0.001,
                    "bump_scale_m": 0.05,
                    "tint": white,
                    "fuzz": 0.2,
                }
            ],
        },
    }


@pytest.fixture
def tiny_parts() -> Callable[[], tuple[dict[str, Any], dict[str, Any]]]:
    """Makes the files and the config of the tiny avatar, to be damaged."""
    return lambda: (tiny_files(), tiny_config())


@pytest.fixture
def write_tiny(tmp_path: Path) -> Writer:
    """Writes the tiny avatar with some files or fields replaced, and gives its folder."""

    def write(files: dict[str, Any] | None = None, **fields: Any) -> Path:
        folder = tmp_path / "tiny"
        write_folder(folder, "avatar", {**tiny_config(), **fields}, {**tiny_files(), **(files or {})})
        return folder

    return write


@pytest.fixture
def tiny(write_tiny: Writer) -> Path:
    """The folder of the tiny avatar."""
    return write_tiny()
