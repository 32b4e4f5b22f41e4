"""Skins, brows, hair, clothes and eyes for the source head, from a folder of CC0 parts in its texture coordinates."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.errors import UnreadableFileError

__all__ = ["Attached", "Wardrobe"]

Floats = NDArray[np.float32]

_METRES = 0.01


@dataclass(frozen=True, eq=False)
class Attached:
    """A mesh that rides on the head."""

    vertices: Floats
    """[N, 3] metres, on the neutral head."""
    triangles: NDArray[np.int32]
    """[K, 3]."""
    corner_uv: Floats
    """[K, 3, 2]."""
    anchors: NDArray[np.int64]
    """[N, 6] vertices of the source head."""
    shares: Floats
    """[N, 6] how much each vertex goes with each of them."""
    picture: NDArray[np.uint8]
    """[H, W, 3 or 4] sRGB, with opacity where there is a fourth channel."""

    def on(self, moved: Floats) -> Floats:
        """[N, 3] the mesh on a head whose vertices went by `moved` [V, 3] from neutral."""
        return np.asarray(self.vertices + np.einsum("nk,nkc->nc", self.shares, moved[self.anchors]), np.float32)


@dataclass(frozen=True)
class Wardrobe:
    """The folder of parts."""

    folder: Path

    def face(self, skin: str, brow: str, brow_colour: tuple[float, float, float]) -> NDArray[np.uint8]:
        """[1536, 1536, 3] sRGB of the face with its brows."""
        face = self.picture(f"skin_{skin}_face.jpg")
        opacity = np.zeros(face.shape[:2], np.float32)
        places = json.loads((self.folder / "brows.json").read_text(encoding="utf-8"))[brow]
        scale = len(face) / places["size"]
        stroke = self.picture(f"brow_{brow}.png")
        stroke = stroke[..., -1] if stroke.ndim == 3 else stroke
        from PIL import Image

        height, width = (max(round(length * scale), 1) for length in stroke.shape)
        small = np.asarray(Image.fromarray(stroke).resize((width, height), Image.Resampling.BOX), np.float32) / 255
        top, left = round(places["y"] * scale), round(places["x"] * scale)
        opacity[top : top + height, left : left + width] = 0.9 * small
        colour = 255 * np.array(brow_colour, np.float32)
        mixed = face + (colour - face) * opacity[..., None]
        return np.clip(mixed + 0.5, 0, 255).astype(np.uint8)

    def back(self, skin: str) -> NDArray[np.uint8]:
        """[768, 768, 3] sRGB of the back of the head, neck and ears."""
        return self.picture(f"skin_{skin}_back.jpg")

    def iris(self, name: str) -> NDArray[np.uint8]:
        """[256, 256, 3] sRGB, a disc that touches the border."""
        return self.picture(f"iris_{name}.jpg")

    def lashes(self) -> NDArray[np.uint8]:
        """[H, W] opacity."""
        return self.picture("lash.png")

    def hair(self, name: str) -> Attached:
        """A hair style."""
        return self._attached(f"hair_{name}.npz", f"hair_{name}.webp")

    def garment(self, name: str, cloth: str) -> Attached:
        """A garment with the picture `cloth`."""
        return self._attached(f"garment_{name}.npz", f"garment_{cloth}.jpg")

    def identity_direction(self, name: str) -> NDArray[np.float64]:
        """[100] what makes the neutral face `f_asian`, `m_african` ..., standard deviations."""
        return np.asarray(self._archive("identity_directions.npz")[name], np.float64)

    def picture(self, name: str) -> NDArray[np.uint8]:
        """[H, W] or [H, W, C] as it is in the file.

        Raises:
            UnreadableFileError: missing or damaged.
        """
        from PIL import Image

        try:
            with Image.open(self.folder / name) as image:
                return np.asarray(image)
        except OSError as error:
            raise UnreadableFileError(f"cannot read the part `{self.folder / name}`: {error}") from error

    def _archive(self, name: str) -> dict[str, NDArray[Any]]:
        try:
            with np.load(self.folder / name, allow_pickle=False) as archive:
                return {key: archive[key] for key in archive.files}
        except (OSError, ValueError) as error:
            raise UnreadableFileError(f"cannot read the part `{self.folder / name}`: {error}") from error

    def _attached(self, mesh: str, picture: str) -> Attached:
        data = self._archive(mesh)
        return Attached(
            data["v"].astype(np.float32) * np.float32(_METRES),
            data["tris"].astype(np.int32),
            data["uv"][data["uv_tris"]].astype(np.float32),
            data["attach_idx"].astype(np.int64),
            data["attach_w"].astype(np.float32),
            self.picture(picture),
        )
