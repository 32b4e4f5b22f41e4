"""A packed mesh is the mesh within what its bits allow."""

from __future__ import annotations

import numpy as np

from avatron.avatar.packed_mesh import pack_directions, pack_mesh, unpack_directions, unpack_mesh
from avatron.render.appearance import AttachedMesh


def mesh() -> AttachedMesh:
    generator = np.random.default_rng(1)
    count = 500
    weight = generator.dirichlet((1, 1, 1, 1), count).astype(np.float32)
    return AttachedMesh(
        vertices=generator.uniform(-0.2, 0.3, (count, 3)).astype(np.float32),
        triangles=generator.integers(0, count, (700, 3)).astype(np.int32),
        uv=generator.random((count, 2)).astype(np.float32),
        anchor_index=generator.integers(0, 17000, (count, 4)).astype(np.int32),
        anchor_weight=weight,
        head_weight=generator.random(count).astype(np.float32),
    )


def test_a_packed_mesh_is_within_ten_micrometres_and_half_the_size() -> None:
    whole = mesh()
    packed = pack_mesh(whole)
    again = unpack_mesh(packed)
    assert np.abs(again.vertices - whole.vertices).max() < 1e-5
    assert np.abs(again.uv - whole.uv).max() < 1e-5
    assert np.abs(again.anchor_weight - whole.anchor_weight).max() < 0.006
    np.testing.assert_allclose(again.anchor_weight.sum(1), 1, atol=1e-6)
    np.testing.assert_array_equal(again.triangles, whole.triangles)
    np.testing.assert_array_equal(again.anchor_index, whole.anchor_index)
    size = sum(tensor.nbytes for tensor in packed.values())
    assert size < 0.55 * sum(getattr(whole, name).nbytes for name in packed if hasattr(whole, name))


def test_a_mesh_that_is_not_packed_is_read_as_it_is() -> None:
    whole = mesh()
    tensors = {name: getattr(whole, name) for name in pack_mesh(whole) if hasattr(whole, name)}
    np.testing.assert_array_equal(unpack_mesh(tensors).vertices, whole.vertices)


def test_packed_directions_stay_within_half_a_degree() -> None:
    directions = np.random.default_rng(2).standard_normal((1000, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    again = unpack_directions(pack_directions(directions))
    assert np.degrees(np.arccos(np.clip((again * directions).sum(1), -1, 1))).max() < 0.5
