"""A face track as one npz: all that a motion's npz holds, and beside it identity, camera and trust in each frame.

Every reader of motion reads a track's motion; whoever needs more reads the whole. It comes back bit for bit.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.arrays import checked_array
from avatron.core.camera import Camera
from avatron.core.track import FaceTrack
from avatron.errors import AvatronError, NewerFormatError, ShapeError, UnreadableFileError
from avatron.io.curves import MOTION_ARRAYS, OPTIONAL_MOTION_ARRAYS, motion_arrays, motion_from_arrays
from avatron.io.npz import read_npz, write_npz

__all__ = ["TRACK_VERSION", "is_track", "read_track", "read_track_albedo", "write_track"]

TRACK_VERSION = 1
"""Of the files that this avatron writes; newer ones are refused."""

_WHAT = "a face track"
_PERSON = ("identity", "displacement", "landmark_error", "valid")
_CAMERA = ("camera_size", "camera_focal_px", "camera_centre_px", "camera_rotation", "camera_position")
_NUMBERS = ("radial_distortion", "start_s", "audio_evidence")
_REQUIRED = (*MOTION_ARRAYS, "track_version", *_PERSON, *_CAMERA, *_NUMBERS)
_OPTIONAL = (*OPTIONAL_MOTION_ARRAYS, "audio_offset_s", "audio_offset_given")
_ALBEDO = "albedo"


def write_track(
    path: Path | str, track: FaceTrack, *, albedo: NDArray[np.uint8] | None = None, overwrite: bool = False
) -> None:
    """Write all of `track`, and with it, where it is known, the person's `albedo` [H, W, 3], sRGB on the head's atlas.

    Raises:
        OutputExistsError: the output is there and `overwrite` is not set.
        OutputError: it cannot be written.
    """
    camera = track.camera
    arrays: dict[str, NDArray[Any]] = {
        **motion_arrays(track.motion),
        "track_version": np.array(TRACK_VERSION, np.int64),
        **{name: getattr(track, name) for name in _PERSON},
        "camera_size": np.array([camera.width, camera.height], np.int64),
        "camera_focal_px": np.array(camera.focal_px, np.float64),
        "camera_centre_px": np.array(camera.centre_px, np.float64),
        "camera_rotation": camera.rotation,
        "camera_position": camera.position,
        "radial_distortion": np.array(track.radial_distortion, np.float64),
        "start_s": np.array(track.start_s, np.float64),
        "audio_evidence": np.array(track.audio_evidence, np.bool_),
    }
    if track.audio_offset_s is not None:
        arrays["audio_offset_s"] = np.array(track.audio_offset_s, np.float64)
    if track.audio_offset_given:
        arrays["audio_offset_given"] = np.array(True, np.bool_)
    if albedo is not None:
        arrays[_ALBEDO] = checked_array(_ALBEDO, albedo, (None, None, 3), np.uint8)
    write_npz(path, arrays, overwrite=overwrite)


def read_track(path: Path | str) -> FaceTrack:
    """The track in an npz of `write_track`.

    Raises:
        UnreadableFileError: missing, damaged, not a track, or with values out of range.
        NewerFormatError: written by a newer avatron.
    """
    path = Path(path)
    if path.suffix.lower() != ".npz":
        raise UnreadableFileError(f"`{path}` has type `{path.suffix}`; expected the .npz of `avatron track`")
    version = read_npz(path, _WHAT, ("track_version",))["track_version"]
    if version.shape != () or version.dtype.kind not in "iu":
        raise UnreadableFileError(f"`{path}` is no npz of {_WHAT}: its version is not a whole number")
    if int(version) > TRACK_VERSION:
        raise NewerFormatError(
            f"`{path}` has track version {int(version)}, and this avatron knows {TRACK_VERSION}; update avatron"
        )
    arrays = read_npz(path, _WHAT, _REQUIRED, _OPTIONAL)
    try:
        return FaceTrack(
            **{name: arrays[name] for name in _PERSON},
            motion=motion_from_arrays(path, arrays),
            camera=_camera(arrays),
            radial_distortion=float(arrays["radial_distortion"]),
            start_s=float(arrays["start_s"]),
            audio_offset_s=float(arrays["audio_offset_s"]) if "audio_offset_s" in arrays else None,
            audio_offset_given=bool(arrays.get("audio_offset_given", False)),
            audio_evidence=bool(arrays["audio_evidence"]),
        )
    except UnreadableFileError:
        raise
    except (AvatronError, TypeError, ValueError, OverflowError) as error:
        raise UnreadableFileError(f"`{path}` holds no face track: {error}") from error


def read_track_albedo(path: Path | str) -> NDArray[np.uint8] | None:
    """[H, W, 3] sRGB on the head's atlas: what the person of the track in an npz looks like; None where it has none.

    Raises:
        UnreadableFileError: missing, damaged, not a track, or with a texture of another kind.
    """
    arrays = read_npz(Path(path), _WHAT, ("track_version",), (_ALBEDO,))
    if _ALBEDO not in arrays:
        return None
    try:
        return checked_array(_ALBEDO, arrays[_ALBEDO], (None, None, 3), np.uint8)
    except ShapeError as error:
        raise UnreadableFileError(f"`{path}` holds no face track: {error}") from error


def is_track(path: Path | str) -> bool:
    """Whether the npz at `path` says that it is a track, rather than a motion alone."""
    try:
        return bool(read_npz(Path(path), _WHAT, ("track_version",)))
    except UnreadableFileError:
        return False


def _camera(arrays: dict[str, NDArray[Any]]) -> Camera:
    width, height = (int(side) for side in arrays["camera_size"])
    across, down = (float(place) for place in arrays["camera_centre_px"])
    focal_px = float(arrays["camera_focal_px"])
    if not np.isfinite([focal_px, across, down]).all():
        raise ValueError("its camera is not finite")
    return Camera(width, height, focal_px, (across, down), arrays["camera_rotation"], arrays["camera_position"])
