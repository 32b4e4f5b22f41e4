"""The three files that viewers of splats read: 3DGS's ply, the 32 bytes of `.splat`, and Niantic's `.spz`."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatron.errors import InvalidValueError
from avatron.export.splat_cloud import SplatCloud
from avatron.io.atomic import write_file

__all__ = ["SPLAT_FORMATS", "ply_bytes", "splat_bytes", "spz_bytes", "write_splats"]

_BAND_0 = 0.28209479177387814
"""The spherical harmonic that is the same all around, 1 / (2 sqrt(pi))."""
_LEAST, _MOST = 1e-4, 1 - 1e-4
"""Opacities whose logit is finite."""
_LEAST_SCALE = 1e-9

_SPZ_MAGIC, _SPZ_VERSION = 0x5053474E, 2
_SPZ_BITS = 18
"""Of a position after the point: 4 micrometres, within 32 m."""
_SPZ_COLOUR = 0.15
"""Of a harmonic's coefficient, to the whole range of a byte."""


def ply_bytes(cloud: SplatCloud) -> bytes:
    """As the authors of 3D Gaussian Splatting write it: binary, little endian, +Y down (Kerbl et al., 2023)."""
    names = (
        *("x", "y", "z", "nx", "ny", "nz", "f_dc_0", "f_dc_1", "f_dc_2", "opacity"),
        *("scale_0", "scale_1", "scale_2", "rot_0", "rot_1", "rot_2", "rot_3"),
    )
    down = cloud.turned_down()
    rows = np.concatenate(
        [
            down.positions,
            np.zeros_like(down.positions),
            _harmonics(down),
            _logits(down)[:, None],
            _log_scales(down),
            down.quaternions,
        ],
        1,
    ).astype("<f4")
    properties = "".join(f"property float {name}\n" for name in names)
    head = f"ply\nformat binary_little_endian 1.0\nelement vertex {len(down)}\n{properties}end_header\n"
    return head.encode("ascii") + rows.tobytes()


def splat_bytes(cloud: SplatCloud) -> bytes:
    """32 bytes each: place and scale in floats, colour and opacity in bytes, quaternion in bytes about 128; the largest
    and least transparent come first, so that a file that is still being loaded shows something."""
    down = cloud.turned_down()
    order = np.argsort(-(down.scales.prod(1, dtype=np.float64) * down.opacities), kind="stable")
    table = np.zeros(
        len(down), np.dtype([("place", "<f4", 3), ("scale", "<f4", 3), ("colour", "u1", 4), ("turn", "u1", 4)])
    )
    table["place"], table["scale"] = down.positions[order], down.scales[order]
    table["colour"] = _bytes(np.column_stack([down.colours, down.opacities])[order] * 255)
    table["turn"] = _bytes(down.quaternions[order] * 128 + 128)
    return table.tobytes()


def spz_bytes(cloud: SplatCloud) -> bytes:
    """Version 2, without harmonics beyond the first; gzip whose time is left out, so that the same cloud is the same
    file. +Y up, as the format has it.

    Raises:
        InvalidValueError: a Gaussian more than 32 m away.
    """
    limit = 2 ** (23 - _SPZ_BITS)
    if len(cloud) and float(np.abs(cloud.positions).max()) >= limit:
        raise InvalidValueError(f"a Gaussian is {np.abs(cloud.positions).max():.1f} m away; a .spz holds {limit} m")
    fixed = np.rint(cloud.positions.astype(np.float64) * 2**_SPZ_BITS).astype("<i4")
    # The lower three of the four bytes of each number.
    places = fixed.view(np.uint8).reshape(len(cloud), 3, 4)[..., :3]
    turns = cloud.quaternions * np.where(cloud.quaternions[:, :1] < 0, -127.5, 127.5)
    parts = (
        places,
        _bytes(cloud.opacities * 255),
        _bytes(_harmonics(cloud) * (_SPZ_COLOUR * 255) + 0.5 * 255),
        _bytes((_log_scales(cloud) + 10) * 16),
        _bytes(turns[:, 1:] + 127.5),
    )
    head = struct.pack("<IIIBBBB", _SPZ_MAGIC, _SPZ_VERSION, len(cloud), 0, _SPZ_BITS, 0, 0)
    return gzip.compress(head + b"".join(np.ascontiguousarray(part).tobytes() for part in parts), mtime=0)


SPLAT_FORMATS: dict[str, Callable[[SplatCloud], bytes]] = {
    "ply": ply_bytes,
    "splat": splat_bytes,
    "spz": spz_bytes,
}
"""By the ending of the file."""


def write_splats(path: Path, cloud: SplatCloud, *, overwrite: bool = False) -> Path:
    """Write `cloud` as the type that the ending of `path` names.

    Raises:
        InvalidValueError: another ending, or a cloud that the type cannot hold.
        OutputExistsError: the output is there and `overwrite` is not set.
        OutputError: it cannot be written.
    """
    kind = path.suffix.lower().lstrip(".")
    if kind not in SPLAT_FORMATS:
        raise InvalidValueError(f"`{path}` has the type `{kind}`; files of splats are {', '.join(SPLAT_FORMATS)}")
    return write_file(path, SPLAT_FORMATS[kind](cloud), overwrite=overwrite)


def _harmonics(cloud: SplatCloud) -> NDArray[np.float32]:
    return np.asarray((cloud.colours - 0.5) / _BAND_0, np.float32)


def _logits(cloud: SplatCloud) -> NDArray[np.float32]:
    share = np.clip(cloud.opacities.astype(np.float64), _LEAST, _MOST)
    return np.asarray(np.log(share / (1 - share)), np.float32)


def _log_scales(cloud: SplatCloud) -> NDArray[np.float32]:
    return np.asarray(np.log(np.maximum(cloud.scales.astype(np.float64), _LEAST_SCALE)), np.float32)


def _bytes(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)
