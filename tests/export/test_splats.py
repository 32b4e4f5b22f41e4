"""Files of splats: read again by what the formats say, they hold the same cloud."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from avatron.core.gaussians import GaussianSet
from avatron.errors import InvalidValueError, OutputExistsError
from avatron.export.splat_cloud import SplatCloud, cloud_of
from avatron.export.splat_files import ply_bytes, splat_bytes, spz_bytes, write_splats
from reference.splats import RiggedGaussians, placed, rotation_matrices


def rig(count: int = 60) -> tuple[GaussianSet, np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    vertices = random.normal(0, 0.1, (12, 3)).astype(np.float32)
    triangles = random.permuted(np.tile(np.arange(12), (20, 1)), axis=1)[:, :3].astype(np.int32)
    turns = random.normal(size=(count, 4)).astype(np.float32)
    return (
        GaussianSet(
            random.normal(0, 0.5, (count, 3)).astype(np.float32),
            turns / np.linalg.norm(turns, axis=1, keepdims=True),
            random.uniform(0.02, 0.3, (count, 3)).astype(np.float32),
            random.uniform(0.05, 0.95, count).astype(np.float32),
            random.uniform(0, 1, (count, 3)).astype(np.float32),
            random.integers(0, 20, count).astype(np.int32),
        ),
        vertices,
        triangles,
    )


@pytest.fixture
def cloud() -> SplatCloud:
    return cloud_of(*rig())


def covariances(quaternions: np.ndarray, scales: np.ndarray) -> np.ndarray:
    axes = rotation_matrices(quaternions.astype(np.float64)) * scales[:, None, :]
    return axes @ np.swapaxes(axes, 1, 2)


def test_a_cloud_is_where_the_kernels_draw_its_gaussians(cloud: SplatCloud) -> None:
    gaussians, vertices, triangles = rig()
    odds = gaussians.opacities.astype(np.float64)
    slow = RiggedGaussians(
        gaussians.positions.astype(np.float64),
        gaussians.rotations.astype(np.float64),
        np.log(gaussians.scales.astype(np.float64)),
        np.log(odds / (1 - odds)),
        gaussians.colours.astype(np.float64),
        gaussians.triangle,
        np.zeros((len(gaussians), 0, 7)),
        np.zeros((len(gaussians), 0, 3)),
    )
    there = placed(slow, vertices.astype(np.float64), triangles, np.zeros(0), np.zeros((20, 0)))
    np.testing.assert_allclose(cloud.positions, there.means, atol=1e-6)
    np.testing.assert_allclose(
        covariances(cloud.quaternions, cloud.scales), covariances(there.quaternions, there.scales), atol=1e-8
    )
    np.testing.assert_allclose(cloud.opacities, there.opacities, atol=1e-6)
    np.testing.assert_allclose(cloud.colours, there.colours, atol=1e-6)


def test_a_ply_holds_the_cloud_turned_down(cloud: SplatCloud) -> None:
    head, _, body = ply_bytes(cloud).partition(b"end_header\n")
    names = [line.split()[-1] for line in head.decode().splitlines() if line.startswith("property float")]
    assert f"element vertex {len(cloud)}" in head.decode()
    rows = np.frombuffer(body, "<f4").reshape(len(cloud), len(names))
    column = {name: rows[:, place] for place, name in enumerate(names)}
    flip = np.diag([1.0, -1.0, -1.0])
    np.testing.assert_array_equal(np.stack([column[n] for n in "xyz"], 1), cloud.positions @ flip.astype(np.float32))
    scales = np.exp(np.stack([column[f"scale_{axis}"] for axis in range(3)], 1))
    turns = np.stack([column[f"rot_{axis}"] for axis in range(4)], 1)
    np.testing.assert_allclose(
        covariances(turns, scales), flip @ covariances(cloud.quaternions, cloud.scales) @ flip, atol=1e-8
    )
    np.testing.assert_allclose(1 / (1 + np.exp(-column["opacity"])), cloud.opacities, atol=1e-5)
    colours = 0.5 + 0.28209479 * np.stack([column[f"f_dc_{channel}"] for channel in range(3)], 1)
    np.testing.assert_allclose(colours, cloud.colours, atol=1e-6)


def test_a_splat_file_has_32_bytes_for_each_with_the_largest_first(cloud: SplatCloud) -> None:
    data = splat_bytes(cloud)
    assert len(data) == 32 * len(cloud)
    table = np.frombuffer(
        data, np.dtype([("place", "<f4", 3), ("scale", "<f4", 3), ("rgba", "u1", 4), ("turn", "u1", 4)])
    )
    weight = table["scale"].prod(1) * table["rgba"][:, 3]
    assert weight[0] == pytest.approx(weight.max(), rel=0.02)
    order = [int(np.flatnonzero(cloud.positions[:, 0] == place[0])[0]) for place in table["place"]]
    assert sorted(order) == list(range(len(cloud)))
    turns = (table["turn"].astype(np.float64) - 128) / 128
    flip = np.diag([1.0, -1.0, -1.0])
    wanted = flip @ covariances(cloud.quaternions, cloud.scales)[order] @ flip
    np.testing.assert_allclose(covariances(turns, table["scale"]), wanted, atol=0.05 * np.abs(wanted).max())
    np.testing.assert_allclose(table["rgba"][:, :3] / 255, cloud.colours[order], atol=0.003)


def test_an_spz_holds_the_cloud_upright(cloud: SplatCloud) -> None:
    data = gzip.decompress(spz_bytes(cloud))
    magic, version, count, degree, bits, flags, reserved = struct.unpack_from("<IIIBBBB", data)
    assert (magic, version, count, degree, flags, reserved) == (0x5053474E, 2, len(cloud), 0, 0, 0)
    assert len(data) == 16 + count * (9 + 1 + 3 + 3 + 3)
    body = np.frombuffer(data, np.uint8, offset=16)
    parts = np.split(body, np.cumsum([9 * count, count, 3 * count, 3 * count]))
    raw = parts[0].reshape(count, 3, 3).astype(np.int64)
    fixed = raw[..., 0] | raw[..., 1] << 8 | raw[..., 2] << 16
    fixed = np.where(fixed >= 1 << 23, fixed - (1 << 24), fixed)
    np.testing.assert_allclose(fixed / 2**bits, cloud.positions, atol=2.0**-bits)
    np.testing.assert_allclose(parts[1] / 255, cloud.opacities, atol=0.002)
    harmonics = (parts[2].reshape(count, 3) / 255 - 0.5) / 0.15
    np.testing.assert_allclose(0.5 + 0.28209479 * harmonics, cloud.colours, atol=0.004)
    scales = np.exp(parts[3].reshape(count, 3) / 16 - 10)
    np.testing.assert_allclose(scales, cloud.scales, rtol=0.033)
    vector = parts[4].reshape(count, 3) / 127.5 - 1
    turns = np.column_stack([np.sqrt(np.maximum(0, 1 - np.square(vector).sum(1))), vector])
    signs = np.where(cloud.quaternions[:, :1] < 0, -1, 1)
    np.testing.assert_allclose(turns[:, 1:], (cloud.quaternions * signs)[:, 1:], atol=0.005)


def test_the_same_cloud_is_the_same_file(cloud: SplatCloud) -> None:
    assert spz_bytes(cloud) == spz_bytes(cloud)


def test_a_cloud_without_gaussians_can_be_written(tmp_path: Path) -> None:
    empty = SplatCloud(*(np.zeros(shape, np.float32) for shape in ((0, 3), (0, 4), (0, 3), 0, (0, 3))))
    for kind in ("ply", "splat", "spz"):
        assert write_splats(tmp_path / f"empty.{kind}", empty).is_file()


def test_what_cannot_be_written_is_refused(cloud: SplatCloud, tmp_path: Path) -> None:
    with pytest.raises(InvalidValueError, match="ply, splat, spz"):
        write_splats(tmp_path / "cloud.obj", cloud)
    write_splats(tmp_path / "cloud.ply", cloud)
    with pytest.raises(OutputExistsError):
        write_splats(tmp_path / "cloud.ply", cloud)
    far = SplatCloud(cloud.positions + 40, cloud.quaternions, cloud.scales, cloud.opacities, cloud.colours)
    with pytest.raises(InvalidValueError, match="m away"):
        spz_bytes(far)
    gaussians, vertices, triangles = rig()
    with pytest.raises(InvalidValueError, match="rides on triangle"):
        cloud_of(gaussians, vertices, triangles[:3])
