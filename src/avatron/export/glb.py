"""A character as binary glTF 2.0 (Khronos Group, 2021): one file with meshes, pictures, skeleton and a clip.

Morph targets are sparse accessors, so a target costs what it moves. Skinned meshes are roots of the scene, as the
standard asks; one skin serves all of them.
"""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.errors import InvalidValueError
from avatron.export.character import Character, CharacterMesh, Material, MorphTarget, Performance, Surface, Texture

__all__ = ["glb_bytes"]

_FLOAT, _BYTE, _UBYTE, _SHORT, _USHORT, _UINT = 5126, 5120, 5121, 5122, 5123, 5125
_ARRAY_BUFFER, _ELEMENT_BUFFER = 34962, 34963
_COMPONENTS = {
    np.dtype(np.float32): _FLOAT,
    np.dtype(np.int8): _BYTE,
    np.dtype(np.uint8): _UBYTE,
    np.dtype(np.int16): _SHORT,
    np.dtype(np.uint16): _USHORT,
    np.dtype(np.uint32): _UINT,
}
_TYPES = {(): "SCALAR", (2,): "VEC2", (3,): "VEC3", (4,): "VEC4", (4, 4): "MAT4"}
_MAGIC, _JSON_CHUNK, _BINARY_CHUNK = 0x46546C67, 0x4E4F534A, 0x004E4942
_LARGEST = 2**32 - 1

Json = dict[str, Any]


def glb_bytes(
    character: Character,
    performance: Performance | None = None,
    *,
    compact: bool = False,
    audio_name: str | None = None,
) -> bytes:
    """The whole file.

    Args:
        character: the person.
        performance: the clip, as an animation named `speech`.
        compact: morph targets as 16-bit offsets and 8-bit normals (KHR_mesh_quantization): a third of the size,
            offsets within 0.016 mm; the reader must know the extension.
        audio_name: the sound file beside it, whose first sample belongs to time 0; noted in the animation's extras.

    Raises:
        InvalidValueError: more than 4 GiB, which no glb can hold.
    """
    return _Writer(character, compact).whole(performance, audio_name)


class _Binary:
    """The binary chunk as it grows."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.length = 0
        self.views: list[Json] = []

    def add(self, data: bytes, **more: Any) -> int:
        """The number of a new view of `data`, which begins at a multiple of four bytes."""
        self.views.append({"buffer": 0, "byteOffset": self.length, "byteLength": len(data), **more})
        padded = data + bytes(-len(data) % 4)
        self._parts.append(padded)
        self.length += len(padded)
        return len(self.views) - 1

    def whole(self) -> bytes:
        return b"".join(self._parts)


class _Arena:
    """Many small arrays in one view, which gets its number when all of them are there."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.users: list[Json] = []

    def put(self, array: NDArray[Any], user: Json) -> None:
        """Append `array`; `user` is told its view, later, and its place."""
        self.data += bytes(-len(self.data) % 4)
        user["byteOffset"] = len(self.data)
        self.data += array.tobytes()
        self.users.append(user)

    def close(self, binary: _Binary) -> None:
        if self.users:
            number = binary.add(bytes(self.data))
            for user in self.users:
                user["bufferView"] = number


class _Writer:
    def __init__(self, character: Character, compact: bool) -> None:
        self._character = character
        self._compact = compact
        self._binary = _Binary()
        self._accessors: list[Json] = []
        self._sparse_indices, self._sparse_values = _Arena(), _Arena()
        self._empty: dict[tuple[int, int], int] = {}
        self._extensions: set[str] = set()

    def whole(self, performance: Performance | None, audio_name: str | None) -> bytes:
        character = self._character
        joint_count = len(character.joints)
        textures = {texture: number for number, texture in enumerate(character.textures)}
        materials = {material: number for number, material in enumerate(character.materials)}
        meshes = [self._mesh(mesh, materials) for mesh in character.meshes]
        nodes = [self._joint_node(number) for number in range(joint_count)]
        nodes += [{"name": mesh.name, "mesh": number, "skin": 0} for number, mesh in enumerate(character.meshes)]
        roots = [number for number, joint in enumerate(character.joints) if joint.parent is None]
        gltf: Json = {
            "asset": {"version": "2.0", "generator": "avatron", "copyright": character.licence},
            "scene": 0,
            "scenes": [{"name": character.name, "nodes": [*roots, *range(joint_count, len(nodes))]}],
            "nodes": nodes,
            "meshes": meshes,
            "skins": [self._skin(roots[0])],
            "materials": [self._material(material, textures) for material in materials],
            "textures": [{"sampler": 0, "source": number} for number in range(len(textures))],
            "images": [self._image(texture) for texture in textures],
            "samplers": [{"magFilter": 9729, "minFilter": 9987, "wrapS": 10497, "wrapT": 10497}],
        }
        if performance is not None:
            gltf["animations"] = [self._animation(performance, audio_name)]
        self._sparse_indices.close(self._binary)
        self._sparse_values.close(self._binary)
        gltf["accessors"], gltf["bufferViews"] = self._accessors, self._binary.views
        gltf["buffers"] = [{"byteLength": self._binary.length}]
        if self._extensions:
            gltf["extensionsUsed"] = sorted(self._extensions)
        if self._compact:
            gltf["extensionsRequired"] = ["KHR_mesh_quantization"]
        return _container({key: value for key, value in gltf.items() if value != []}, self._binary.whole())

    def _accessor(self, array: NDArray[Any], *, bounds: bool = False, target: int | None = None, **more: Any) -> int:
        array = np.ascontiguousarray(array)
        accessor: Json = {
            "bufferView": self._binary.add(array.tobytes(), **({} if target is None else {"target": target})),
            "componentType": _COMPONENTS[array.dtype],
            "count": len(array),
            "type": _TYPES[array.shape[1:]],
            **more,
        }
        if bounds:
            rows = array.reshape(len(array), -1)
            accessor["min"], accessor["max"] = rows.min(0).tolist(), rows.max(0).tolist()
        return self._append(accessor)

    def _append(self, accessor: Json) -> int:
        self._accessors.append(accessor)
        return len(self._accessors) - 1

    def _mesh(self, mesh: CharacterMesh, materials: dict[Material, int]) -> Json:
        written: Json = {
            "name": mesh.name,
            "primitives": [self._primitive(surface, materials) for surface in mesh.surfaces],
        }
        if mesh.target_names:
            written["weights"] = [0.0] * len(mesh.target_names)
            written["extras"] = {"targetNames": list(mesh.target_names)}
        return written

    def _primitive(self, surface: Surface, materials: dict[Material, int]) -> Json:
        count = len(surface.vertices)
        indices = surface.triangles.reshape(-1).astype(np.uint16 if count < 65535 else np.uint32)
        uv = np.column_stack([surface.uv[:, 0], 1 - surface.uv[:, 1]]).astype(np.float32)
        # Bytes are enough to name joints; weights stay floats, so that they sum to 1 in every reader.
        primitive: Json = {
            "attributes": {
                "POSITION": self._accessor(surface.vertices, bounds=True, target=_ARRAY_BUFFER),
                "NORMAL": self._accessor(surface.normals, target=_ARRAY_BUFFER),
                "TEXCOORD_0": self._accessor(uv, target=_ARRAY_BUFFER),
                "JOINTS_0": self._accessor(surface.joints, target=_ARRAY_BUFFER),
                "WEIGHTS_0": self._accessor(surface.joint_weights, target=_ARRAY_BUFFER),
            },
            "indices": self._accessor(indices, target=_ELEMENT_BUFFER),
            "material": materials[surface.material],
        }
        if surface.tangents is not None:
            primitive["attributes"]["TANGENT"] = self._accessor(surface.tangents, target=_ARRAY_BUFFER)
        if surface.shade is not None:
            primitive["attributes"]["COLOR_0"] = self._accessor(surface.shade, target=_ARRAY_BUFFER)
        if surface.targets:
            primitive["targets"] = [self._target(target, count) for target in surface.targets]
        return primitive

    def _target(self, target: MorphTarget, count: int) -> Json:
        if self._compact:
            self._extensions.add("KHR_mesh_quantization")
            # Normalised: 32767 is a metre, 127 a whole normal.
            offsets = np.rint(target.offsets.clip(-1, 1) * 32767).astype(np.int16)
            turns = np.rint(target.normal_offsets.clip(-1, 1) * 127).astype(np.int8)
            return {
                "POSITION": self._sparse(target.vertices, offsets, count, bounds=True),
                "NORMAL": self._sparse(target.vertices, turns, count),
            }
        return {
            "POSITION": self._sparse(target.vertices, target.offsets, count, bounds=True),
            "NORMAL": self._sparse(target.vertices, target.normal_offsets, count),
        }

    def _sparse(self, rows: NDArray[np.int32], values: NDArray[Any], count: int, *, bounds: bool = False) -> int:
        component = _COMPONENTS[values.dtype]
        if not len(rows):
            # One accessor of zeros serves all targets that leave a surface alone.
            key = (count, component)
            if key not in self._empty:
                zeros = {"min": [0.0] * 3, "max": [0.0] * 3}
                self._empty[key] = self._append(self._vectors(component, count, **zeros))
            return self._empty[key]
        indices: Json = {"componentType": _USHORT if count <= 65535 else _UINT}
        self._sparse_indices.put(rows.astype(np.uint16 if count <= 65535 else np.uint32), indices)
        place: Json = {}
        self._sparse_values.put(values, place)
        more: Json = {"sparse": {"count": len(rows), "indices": indices, "values": place}}
        if bounds:
            low, high = values.min(0), values.max(0)
            if len(rows) < count:
                low, high = np.minimum(low, 0), np.maximum(high, 0)
            more["min"], more["max"] = low.tolist(), high.tolist()
        return self._append(self._vectors(component, count, **more))

    def _vectors(self, component: int, count: int, **more: Any) -> Json:
        normalised = {} if component == _FLOAT else {"normalized": True}
        return {"componentType": component, "count": count, "type": "VEC3", **normalised, **more}

    def _joint_node(self, number: int) -> Json:
        joints = self._character.joints
        joint = joints[number]
        parent = (0.0, 0.0, 0.0) if joint.parent is None else joints[joint.parent].place
        node: Json = {
            "name": joint.name,
            "translation": [float(np.float32(own - its)) for own, its in zip(joint.place, parent, strict=True)],
        }
        children = [index for index, other in enumerate(joints) if other.parent == number]
        if children:
            node["children"] = children
        return node

    def _skin(self, root: int) -> Json:
        joints = self._character.joints
        inverse = np.tile(np.eye(4, dtype=np.float32), (len(joints), 1, 1))
        # Columns first, as glTF stores matrices: the last row of the transpose is the shift.
        inverse[:, 3, :3] = [[-value for value in joint.place] for joint in joints]
        return {
            "name": self._character.name,
            "inverseBindMatrices": self._accessor(inverse),
            "joints": list(range(len(joints))),
            "skeleton": root,
        }

    def _image(self, texture: Texture) -> Json:
        return {
            "name": texture.name,
            "mimeType": texture.mime_type,
            "bufferView": self._binary.add(texture.data),
        }

    def _material(self, material: Material, textures: dict[Texture, int]) -> Json:
        surface: Json = {
            "baseColorFactor": [*material.tint, 1.0],
            "metallicFactor": 0.0,
            "roughnessFactor": material.roughness,
        }
        if material.base_colour is not None:
            surface["baseColorTexture"] = {"index": textures[material.base_colour]}
        if material.roughness_map is not None:
            surface["metallicRoughnessTexture"] = {"index": textures[material.roughness_map]}
            surface["roughnessFactor"] = 1.0
        written: Json = {"name": material.name, "pbrMetallicRoughness": surface}
        if material.normal is not None:
            written["normalTexture"] = {"index": textures[material.normal], "scale": material.normal_strength}
        if material.blended:
            written["alphaMode"] = "BLEND"
        if material.double_sided:
            written["doubleSided"] = True
        extensions: Json = {}
        if material.refraction != 1.5:
            extensions["KHR_materials_ior"] = {"ior": material.refraction}
        if material.specular != 1:
            extensions["KHR_materials_specular"] = {"specularFactor": material.specular}
        if extensions:
            written["extensions"] = extensions
            self._extensions.update(extensions)
        return written

    def _animation(self, performance: Performance, audio_name: str | None) -> Json:
        times = self._accessor(performance.times_s.astype(np.float32), bounds=True)
        samplers: list[Json] = []
        channels: list[Json] = []

        def key(node: int, path: str, values: NDArray[Any]) -> None:
            samplers.append({"input": times, "output": self._accessor(values), "interpolation": "LINEAR"})
            channels.append({"sampler": len(samplers) - 1, "target": {"node": node, "path": path}})

        for number in range(len(self._character.joints)):
            rotation, shift = performance.rotations[:, number], performance.translations[:, number]
            # What never moves needs no keys; the first joint has some always, so that a still clip is a clip.
            if number == 0 or np.ptp(rotation, axis=0).any() or np.abs(rotation[0, :3]).max() > 0:
                key(number, "rotation", rotation)
            if np.ptp(shift, axis=0).any():
                key(number, "translation", shift)
        for number, mesh in enumerate(self._character.meshes):
            if mesh.target_names:
                key(len(self._character.joints) + number, "weights", performance.weights.reshape(-1))
        note: Json = {"fps": performance.fps, "frames": len(performance.times_s)}
        if audio_name is not None:
            note["audio"] = {"uri": audio_name, "start_s": 0.0}
        return {"name": "speech", "channels": channels, "samplers": samplers, "extras": {"avatron": note}}


def _container(gltf: Json, binary: bytes) -> bytes:
    text = json.dumps(gltf, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode("utf-8")
    text += b" " * (-len(text) % 4)
    length = 12 + 8 + len(text) + 8 + len(binary)
    if length > _LARGEST:
        raise InvalidValueError(f"the glb would have {length} bytes; it can hold {_LARGEST}: cut the motion into parts")
    return b"".join(
        (
            struct.pack("<III", _MAGIC, 2, length),
            struct.pack("<II", len(text), _JSON_CHUNK),
            text,
            struct.pack("<II", len(binary), _BINARY_CHUNK),
            binary,
        )
    )
