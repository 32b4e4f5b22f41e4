"""A web page that plays Gaussians on a moving mesh with three.js and Spark: the frames are made in the browser."""

from __future__ import annotations

import gzip
import json
import struct
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.core.camera import Camera
from avatron.core.gaussians import GaussianSet
from avatron.export.page import THREE_JS

__all__ = ["SPARK_JS", "SplatClip", "splat_page"]

SPARK_JS = "https://cdn.jsdelivr.net/npm/@sparkjsdev/spark@2.2.0"
"""Where the page finds Spark, if nobody says otherwise; it is not part of avatron."""

_COMPONENTS = 48
"""In which the mesh moves at most; a face needs fewer to a tenth of a millimetre."""


@dataclass(frozen=True, eq=False)
class SplatClip:
    """Gaussians, and the T frames of the mesh that carries them.

    Raises:
        ShapeError: arrays of other shapes.
    """

    gaussians: GaussianSet
    triangles: NDArray[np.int32]
    """[K, 3]"""
    vertices: NDArray[np.float32]
    """[T, V, 3] metres."""
    corrections: NDArray[np.float32]
    """[G, R, 7] of place (units of the triangle), colour and opacity's logit, per coefficient."""
    coefficients: NDArray[np.float32]
    """[T, R]"""
    fps: float

    def __post_init__(self) -> None:
        frames, count = len(self.vertices), len(self.gaussians)
        for name, shape, dtype in (
            ("triangles", (None, 3), np.int32),
            ("vertices", (frames, None, 3), np.float32),
            ("corrections", (count, None, 7), np.float32),
            ("coefficients", (frames, self.corrections.shape[1]), np.float32),
        ):
            object.__setattr__(self, name, checked_array(name, getattr(self, name), shape, dtype))


def splat_page(
    clip: SplatClip, camera: Camera, name: str, *, three: str = THREE_JS, spark: str = SPARK_JS
) -> dict[str, bytes]:
    """The files `NAME.html` and `NAME.splats`, which lie beside each other.

    `camera` is where the viewer begins; `three` and `spark` are addresses of the libraries, of copies of one's own or
    of a content network, which `?three=URL&spark=URL` overrule.
    """
    config = {
        "data": f"{name}.splats",
        "three": three.rstrip("/"),
        "spark": spark.rstrip("/"),
        "size": [camera.width, camera.height],
        "camera": {
            "focal_px": camera.focal_px,
            "centre_px": list(camera.centre_px),
            "rotation": camera.rotation.tolist(),
            "position": camera.position.tolist(),
        },
    }
    # `<` as an escape: no text can end the script that it stands in.
    text = json.dumps(config, allow_nan=False).replace("<", "\\u003c")
    page = files("avatron.export").joinpath("splat_page.html").read_text("utf-8").replace("CONFIG", text, 1)
    return {f"{name}.html": page.encode(), f"{name}.splats": packed_clip(clip)}


def packed_clip(clip: SplatClip) -> bytes:
    """The clip as the page reads it: gzip of a JSON header behind its length, and arrays, wider numbers first."""
    gaussians = clip.gaussians
    frames = clip.vertices.reshape(len(clip.vertices), -1)
    mean = frames.mean(0)
    # The few directions in which the mesh moves, from the small one of the two products.
    spreads, turns = np.linalg.eigh((frames - mean).astype(np.float64) @ (frames - mean).T.astype(np.float64))
    kept = np.argsort(-spreads)[: min(_COMPONENTS, len(frames))]
    basis = turns[:, kept].T @ (frames - mean)
    basis_scale = np.maximum(np.abs(basis).max(1, initial=0), 1e-12) / 32767
    corrections = clip.corrections
    corrected = np.maximum(np.abs(corrections).max(0, initial=0), 1e-12) / 127
    odds = np.clip(gaussians.opacities.astype(np.float64), 1e-4, 1 - 1e-4)
    arrays: tuple[tuple[str, str, NDArray[np.generic]], ...] = (
        ("positions", "<f4", gaussians.positions),
        ("quaternions", "<f4", gaussians.rotations),
        ("scales", "<f4", gaussians.scales),
        ("logits", "<f4", np.log(odds / (1 - odds))),
        ("colours", "<f4", gaussians.colours),
        ("mean", "<f4", mean),
        ("basisScale", "<f4", basis_scale),
        ("poses", "<f4", turns[:, kept]),
        ("correctionScale", "<f4", corrected),
        ("coefficients", "<f4", clip.coefficients),
        ("triangle", "<u4", gaussians.triangle),
        ("triangles", "<u4", clip.triangles),
        ("basis", "<i2", np.rint(basis / basis_scale[:, None])),
        ("corrections", "i1", np.rint(corrections / corrected)),
    )
    head = json.dumps(
        {
            "gaussians": len(gaussians),
            "vertices": clip.vertices.shape[1],
            "frames": len(frames),
            "components": len(kept),
            "ranks": corrections.shape[1],
            "fps": clip.fps,
            "arrays": [[label, dtype, int(array.size)] for label, dtype, array in arrays],
        }
    ).encode()
    head += b" " * (-(len(head) + 4) % 4)
    body = b"".join(np.ascontiguousarray(array.astype(dtype)).tobytes() for _, dtype, array in arrays)
    return gzip.compress(struct.pack("<I", len(head)) + head + body, mtime=0)
