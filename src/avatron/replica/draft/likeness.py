"""What a draft is drawn with: shape, texture and light of the tracked head, and the scene as it mostly looks."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from avatron.core.arrays import checked_array
from avatron.core.camera import Camera
from avatron.errors import DamagedModelError, ShapeError
from avatron.io.atomic import write_file
from avatron.io.folders import ModelFolder, tensor_bytes
from avatron.render.view import View
from avatron.replica.draft.renderer import DraftRenderer

__all__ = ["DraftLikeness"]

_TENSORS, _ALBEDO, _PLATE = "appearance/draft.safetensors", "appearance/albedo.png", "appearance/plate.png"
_SHAPES = {
    "identity": (None,),
    "displacement": (None, 3),
    "light": (9, 3),
    "camera_size": (2,),
    "camera_lens": (4,),
    "camera_rotation": (3, 3),
    "camera_position": (3,),
}


@dataclass(frozen=True, eq=False)
class DraftLikeness:
    """One person before one scene."""

    identity: NDArray[np.float32]
    """[S] of the head model."""
    displacement: NDArray[np.float32]
    """[V, 3] metres, or [0, 3]."""
    albedo: NDArray[np.uint8]
    """[H, W, 3] sRGB on the head's atlas."""
    light: NDArray[np.float32]
    """[9, 3] spherical harmonics on normals in camera space."""
    camera: Camera
    """Of the clip."""
    radial_distortion: float
    """k1 of the clip's lens."""
    plate: NDArray[np.uint8]
    """[H, W, 3] the clip's scene, the person at rest in it."""

    def renderer(self, view: View) -> DraftRenderer:
        """What draws the person in `view`."""
        return DraftRenderer(self, view)

    def write(self, place: Path) -> None:
        """Write the files below `place`, as `load` finds them in a replica.

        Raises:
            OutputError: they cannot be written.
        """
        camera = self.camera
        tensors: dict[str, NDArray[Any]] = {
            "identity": self.identity,
            "displacement": self.displacement,
            "light": self.light,
            "camera_size": np.array([camera.width, camera.height], np.int64),
            "camera_lens": np.array([camera.focal_px, *camera.centre_px, self.radial_distortion], np.float64),
            "camera_rotation": camera.rotation,
            "camera_position": camera.position,
        }
        (place / "appearance").mkdir(exist_ok=True)
        write_file(place / _TENSORS, tensor_bytes(tensors))
        for name, picture in ((_ALBEDO, self.albedo), (_PLATE, self.plate)):
            packed = io.BytesIO()
            Image.fromarray(picture).save(packed, "png")
            write_file(place / name, packed.getvalue())

    @staticmethod
    def load(folder: ModelFolder) -> DraftLikeness:
        """The likeness in a replica's folder.

        Raises:
            DamagedModelError: a file is missing or not what it should be.
        """
        tensors = folder.tensors(_TENSORS)
        try:
            arrays = {
                name: checked_array(name, tensors[name], shape, tensors[name].dtype) for name, shape in _SHAPES.items()
            }
            width, height = (int(side) for side in arrays["camera_size"])
            focal_px, across, down, k1 = (float(value) for value in arrays["camera_lens"])
            turn, place = arrays["camera_rotation"], arrays["camera_position"]
            camera = Camera(width, height, focal_px, (across, down), turn, place)
            albedo, plate = _picture(folder, _ALBEDO), _picture(folder, _PLATE)
        except (KeyError, ShapeError, ValueError) as error:
            raise DamagedModelError(f"`{folder.path / _TENSORS}` holds no likeness: {error}; build it again") from error
        return DraftLikeness(arrays["identity"], arrays["displacement"], albedo, arrays["light"], camera, k1, plate)


def _picture(folder: ModelFolder, name: str) -> NDArray[np.uint8]:
    try:
        return np.asarray(Image.open(io.BytesIO(folder.read_bytes(name))).convert("RGB"))
    except (UnidentifiedImageError, OSError, ValueError) as error:
        raise DamagedModelError(f"`{folder.path / name}` is no picture: {error}; build the replica again") from error
