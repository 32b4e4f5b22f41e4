"""What a person looks like in Gaussians: all that is needed to draw the person anew, and how it is stored."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.core.camera import Camera
from avatron.errors import AvatronError, DamagedModelError, InvalidValueError
from avatron.face.head import HeadModel
from avatron.io.folders import ModelFolder, tensor_bytes
from avatron.native.splat_rig import SplatRig
from avatron.render.splats.drivers import Drivers
from avatron.render.splats.geometry import STRAINS, SplatGeometry
from avatron.render.splats.sheets import Sheet, hair_sheet, torso_sheet
from avatron.render.splats.sway import Sway

__all__ = ["SplatAppearance"]

Floats = NDArray[np.float32]

_GAUSSIANS, _PERSON, _PLATE, _REFINER = "gaussians.safetensors", "person.safetensors", "plate.png", "refiner.onnx"


@dataclass(frozen=True, eq=False)
class SplatAppearance:
    """One person as filmed.

    Raises:
        ShapeError: arrays of other shapes.
        InvalidValueError: Gaussians that ride on triangles or follow coefficients that are not there.
    """

    identity: Floats
    """[S] of the head model."""
    displacement: Floats
    """[V, 3] metres, or [0, 3]: as `FaceTrack.displacement`."""
    camera: Camera
    """Of the film."""
    gaussians: SplatRig
    drivers: Drivers
    plate: NDArray[np.uint8]
    """[H, W, 3] sRGB: what is behind, as the film's camera sees it."""
    refiner: bytes | None = None
    """The network that finishes a window of the picture, as ONNX; None: the Gaussians alone."""
    window_px: int = 0
    """Side of the window, pixels of the film."""
    sway: Sway | None = None
    """How hair and clothes move on their own."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "identity", checked_array("identity", self.identity, (None,), np.float32))
        displacement = checked_array("displacement", self.displacement, (None, 3), np.float32)
        object.__setattr__(self, "displacement", displacement)
        size = (self.camera.height, self.camera.width, 3)
        object.__setattr__(self, "plate", checked_array("plate", self.plate, size, np.uint8))
        if self.gaussians.ranks != len(self.drivers):
            raise InvalidValueError(
                f"the Gaussians follow {self.gaussians.ranks} coefficients, and the drivers give {len(self.drivers)}"
            )
        if self.gaussians.features not in (0, STRAINS):
            raise InvalidValueError(f"the Gaussians follow {self.gaussians.features} strains, not {STRAINS}")

    @property
    def sheets(self) -> tuple[Sheet, Sheet]:
        """Hair and torso: they follow from the camera."""
        return hair_sheet(self.camera), torso_sheet(self.camera)

    def geometry(self, head: HeadModel) -> SplatGeometry:
        """The triangles of this person.

        Raises:
            InvalidValueError: Gaussians on triangles that `head` has not.
            ShapeError: an identity or a displacement of another head.
        """
        posed = head.posed(self.identity, self.displacement if len(self.displacement) else None)
        geometry = SplatGeometry(posed, *self.sheets, self.sway)
        if len(self.gaussians) and int(self.gaussians.triangle.max()) >= len(geometry.triangles):
            raise InvalidValueError(
                f"a Gaussian rides on triangle {int(self.gaussians.triangle.max())} of {len(geometry.triangles)}; "
                "the appearance belongs to another head"
            )
        return geometry

    def files(self) -> dict[str, bytes]:
        """The content of its files, by name."""
        camera = self.camera
        person: dict[str, NDArray[Any]] = {
            "identity": self.identity,
            "displacement": self.displacement,
            "camera_size": np.array([camera.width, camera.height], np.int64),
            "camera_focal_px": np.array([camera.focal_px], np.float64),
            "camera_centre_px": np.array(camera.centre_px, np.float64),
            "camera_rotation": camera.rotation,
            "camera_position": camera.position,
            "drivers_farthest": np.array([self.drivers.farthest], np.float64),
            "window_px": np.array([self.window_px], np.int64),
            **{f"drivers_{name}": getattr(self.drivers, name) for name in ("mean", "directions", "lowest", "highest")},
        }
        if self.sway is not None:
            person |= {"sway_modes": self.sway.modes.astype(np.float16), "sway_axes": self.sway.axes}
        files = {
            _GAUSSIANS: tensor_bytes(_packed(self.gaussians)),
            _PERSON: tensor_bytes(person),
            _PLATE: _png(self.plate),
        }
        if self.refiner is not None:
            files[_REFINER] = self.refiner
        return files

    @staticmethod
    def load(folder: ModelFolder, prefix: str = "appearance/") -> SplatAppearance:
        """The appearance whose files lie under `prefix` in a folder.

        Raises:
            DamagedModelError: files that are missing, or do not fit together.
        """
        person, packed = folder.tensors(prefix + _PERSON), folder.tensors(prefix + _GAUSSIANS)
        try:
            width, height = (int(side) for side in person["camera_size"])
            across, down = (float(place) for place in person["camera_centre_px"])
            camera = Camera(
                width,
                height,
                float(person["camera_focal_px"][0]),
                (across, down),
                person["camera_rotation"],
                person["camera_position"],
            )
            return SplatAppearance(
                person["identity"],
                person["displacement"],
                camera,
                _unpacked(packed),
                Drivers(
                    person["drivers_mean"],
                    person["drivers_directions"],
                    person["drivers_lowest"],
                    person["drivers_highest"],
                    float(person["drivers_farthest"][0]),
                ),
                _picture(folder.read_bytes(prefix + _PLATE)),
                folder.read_bytes(prefix + _REFINER) if prefix + _REFINER in folder.files else None,
                int(person["window_px"][0]),
                Sway(person["sway_modes"].astype(np.float32), person["sway_axes"]) if "sway_modes" in person else None,
            )
        except (AvatronError, KeyError, ValueError, IndexError, OSError) as error:
            if isinstance(error, DamagedModelError):
                raise
            raise DamagedModelError(
                f"the appearance in `{folder.path}` is not whole: {error}; build it again"
            ) from error


def _packed(gaussians: SplatRig) -> dict[str, NDArray[Any]]:
    """The parameters in half precision."""
    arrays = {field.name: np.asarray(getattr(gaussians, field.name)) for field in fields(gaussians)}
    return {name: array if name == "triangle" else array.astype(np.float16) for name, array in arrays.items()}


def _unpacked(arrays: Mapping[str, NDArray[Any]]) -> SplatRig:
    floats: dict[str, Any] = {
        field.name: arrays[field.name].astype(np.float32) for field in fields(SplatRig) if field.name != "triangle"
    }
    return SplatRig(triangle=arrays["triangle"].astype(np.int32), **floats)


def _png(picture: NDArray[np.uint8]) -> bytes:
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _picture(data: bytes) -> NDArray[np.uint8]:
    from PIL import Image

    with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
        return np.asarray(image.convert("RGB"))
