"""A small reader and evaluator of binary glTF 2.0, written from the specification, slow and without our own code."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np

COMPONENTS = {5120: np.int8, 5121: np.uint8, 5122: np.int16, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}


class Gltf:
    """A glb's document and its arrays."""

    def __init__(self, data: bytes) -> None:
        magic, version, length = struct.unpack_from("<4sII", data)
        assert (magic, version, length) == (b"glTF", 2, len(data))
        size, kind = struct.unpack_from("<I4s", data, 12)
        assert kind == b"JSON"
        self.document: dict[str, Any] = json.loads(data[20 : 20 + size])
        start = 20 + size
        size, kind = struct.unpack_from("<I4s", data, start)
        assert kind == b"BIN\0"
        self.binary = data[start + 8 : start + 8 + size]

    def _raw(self, view: int, offset: int, count: int, width: int, component: int) -> np.ndarray:
        place = self.document["bufferViews"][view]
        assert "byteStride" not in place
        start = place.get("byteOffset", 0) + offset
        dtype = np.dtype(COMPONENTS[component])
        return np.frombuffer(self.binary, dtype, count * width, start).reshape(count, width)

    def array(self, number: int) -> np.ndarray:
        """[count, width] of an accessor, its sparse part and its normalisation applied."""
        accessor = self.document["accessors"][number]
        width, count, component = WIDTHS[accessor["type"]], accessor["count"], accessor["componentType"]
        if "bufferView" in accessor:
            values = self._raw(accessor["bufferView"], accessor.get("byteOffset", 0), count, width, component).copy()
        else:
            values = np.zeros((count, width), COMPONENTS[component])
        if "sparse" in accessor:
            sparse = accessor["sparse"]
            where, what = sparse["indices"], sparse["values"]
            rows = self._raw(
                where["bufferView"], where.get("byteOffset", 0), sparse["count"], 1, where["componentType"]
            )
            values[rows[:, 0]] = self._raw(
                what["bufferView"], what.get("byteOffset", 0), sparse["count"], width, component
            )
        if accessor.get("normalized"):
            largest = np.iinfo(values.dtype).max
            return np.maximum(values.astype(np.float64) / largest, -1)
        return values

    def node(self, name: str) -> int:
        """The number of the node of that name that has a mesh, or else of any."""
        named = [number for number, node in enumerate(self.document["nodes"]) if node["name"] == name]
        return next((number for number in named if "mesh" in self.document["nodes"][number]), named[0])

    def target_names(self, mesh: int) -> list[str]:
        return list(self.document["meshes"][mesh].get("extras", {}).get("targetNames", []))

    def channel(self, node: int, path: str, time_s: float) -> np.ndarray | None:
        """The animated value, read linearly (rotations spherically); None where nothing is keyed."""
        animation = self.document["animations"][0]
        for channel in animation["channels"]:
            if channel["target"] == {"node": node, "path": path}:
                sampler = animation["samplers"][channel["sampler"]]
                assert sampler["interpolation"] == "LINEAR"
                times = self.array(sampler["input"])[:, 0].astype(np.float64)
                values = self.array(sampler["output"]).astype(np.float64).reshape(len(times), -1)
                after = int(np.clip(np.searchsorted(times, time_s), 1, len(times) - 1)) if len(times) > 1 else 0
                if after == 0:
                    return values[0]
                share = np.clip((time_s - times[after - 1]) / (times[after] - times[after - 1]), 0, 1)
                before, later = values[after - 1], values[after]
                return slerp(before, later, share) if path == "rotation" else before + share * (later - before)
        return None

    def joint_matrices(self, time_s: float | None) -> np.ndarray:
        """[J, 4, 4] of skin 0."""
        skin = self.document["skins"][0]
        nodes = self.document["nodes"]
        parent = {child: number for number, node in enumerate(nodes) for child in node.get("children", [])}

        def world(number: int) -> np.ndarray:
            node = nodes[number]
            shift, turn = np.array(node.get("translation", [0, 0, 0.0])), np.array(node.get("rotation", [0, 0, 0, 1.0]))
            if time_s is not None:
                moved, turned = self.channel(number, "translation", time_s), self.channel(number, "rotation", time_s)
                shift, turn = shift if moved is None else moved, turn if turned is None else turned
            local = np.eye(4)
            local[:3, :3], local[:3, 3] = rotation_matrix(turn), shift
            return world(parent[number]) @ local if number in parent else local

        inverse = self.array(skin["inverseBindMatrices"]).reshape(-1, 4, 4).transpose(0, 2, 1)
        return np.stack([world(joint) for joint in skin["joints"]]) @ inverse

    def posed(
        self, name: str, time_s: float | None = None, weights: dict[str, float] | None = None
    ) -> list[np.ndarray]:
        """[V, 3] of each primitive of the mesh node `name`, at a time of the animation, or with given weights."""
        number = self.node(name)
        mesh = self.document["nodes"][number]["mesh"]
        names = self.target_names(mesh)
        values = np.zeros(len(names))
        for target, weight in (weights or {}).items():
            values[names.index(target)] = weight
        if time_s is not None and names:
            keyed = self.channel(number, "weights", time_s)
            values = values if keyed is None else keyed
        matrices = self.joint_matrices(time_s)
        result = []
        for primitive in self.document["meshes"][mesh]["primitives"]:
            attributes = primitive["attributes"]
            vertices = self.array(attributes["POSITION"]).astype(np.float64)
            for target, weight in zip(primitive.get("targets", []), values, strict=len(names) > 0):
                if weight:
                    vertices += weight * self.array(target["POSITION"])
            joints, shares = self.array(attributes["JOINTS_0"]), self.array(attributes["WEIGHTS_0"]).astype(np.float64)
            blended = np.einsum("vk,vkrc->vrc", shares, matrices[joints])
            result.append(np.einsum("vrc,vc->vr", blended[:, :3, :3], vertices) + blended[:, :3, 3])
        return result


def rotation_matrix(quaternion: np.ndarray) -> np.ndarray:
    x, y, z, w = quaternion / np.linalg.norm(quaternion)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def slerp(first: np.ndarray, second: np.ndarray, share: float) -> np.ndarray:
    cosine = float(first @ second)
    if cosine < 0:
        second, cosine = -second, -cosine
    if cosine > 0.9999995:
        mixed = first + share * (second - first)
        return mixed / np.linalg.norm(mixed)
    angle = np.arccos(cosine)
    return (np.sin((1 - share) * angle) * first + np.sin(share * angle) * second) / np.sin(angle)
