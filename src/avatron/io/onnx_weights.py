"""Where the weights of an ONNX file lie, so that some can be changed without the `onnx` package.

An ONNX file is a protocol buffer: a model has a graph (field 7), a graph has initializers (field 5), and an initializer
has dims (1), a type (2), a name (8) and its values as raw bytes (9). Nothing else of it is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.errors import DamagedModelError

__all__ = ["Weight", "changed_graph", "weights_of"]

_GRAPH, _INITIALIZER = 7, 5
_DIMS, _TYPE, _NAME, _RAW = 1, 2, 8, 9
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_TYPES: dict[int, type[np.generic]] = {1: np.float32, 7: np.int64, 10: np.float16}


@dataclass(frozen=True)
class Weight:
    """One tensor inside the file."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    start: int
    """First byte of its values."""
    size: int
    """Bytes of its values."""

    def read(self, data: bytes | bytearray) -> NDArray[Any]:
        """A copy of its values, from the whole file."""
        return np.frombuffer(data, self.dtype, self.size // self.dtype.itemsize, self.start).reshape(self.shape).copy()


def weights_of(data: bytes | bytearray) -> dict[str, Weight]:
    """The tensors by name that store their values as raw bytes of a known type.

    Raises:
        DamagedModelError: the bytes are no ONNX file.
    """
    found: dict[str, Weight] = {}
    try:
        for field, start, end in _fields(data, 0, len(data)):
            if field == _GRAPH:
                for inner, first, last in _fields(data, start, end):
                    if inner == _INITIALIZER:
                        found |= _initializer(data, first, last)
    except (IndexError, ValueError) as error:
        raise DamagedModelError(f"not an ONNX file ({error}); get the folder again") from error
    return found


def changed_graph(graph: bytes, changes: dict[str, NDArray[Any]]) -> bytes:
    """The ONNX file with changes added to its weights; keys are `WEIGHT/up`, `WEIGHT/down`, `WEIGHT/difference`.

    Raises:
        KeyError: a weight that the graph does not have, or an `up` without its `down`.
        ValueError: a change of the wrong shape.
    """
    data = bytearray(graph)
    weights = weights_of(graph)
    for key, value in changes.items():
        name, _, part = key.rpartition("/")
        if part == "down":
            continue
        weight = weights[name]
        change = value.astype(np.float32)
        if part == "up":
            change = change @ changes[f"{name}/down"].astype(np.float32)
        if change.size != int(np.prod(weight.shape)) or not np.isfinite(change).all():
            raise ValueError(f"`{name}` is {weight.shape}, its change {value.shape}")
        changed = weight.read(data).astype(np.float32) + change.reshape(weight.shape)
        data[weight.start : weight.start + weight.size] = changed.astype(weight.dtype).tobytes()
    return bytes(data)


def _initializer(data: bytes | bytearray, start: int, end: int) -> dict[str, Weight]:
    shape: list[int] = []
    kind, name, raw = 0, "", None
    for field, first, last in _fields(data, start, end):
        if field == _DIMS:
            # Packed or one by one: a single varint is a packed list of one.
            place = first
            while place < last:
                length, place = _varint(data, place)
                shape.append(length)
        elif field == _TYPE:
            kind, _ = _varint(data, first)
        elif field == _NAME:
            name = bytes(data[first:last]).decode()
        elif field == _RAW:
            raw = (first, last - first)
    if raw is None or kind not in _TYPES:
        return {}
    dtype = np.dtype(_TYPES[kind])
    if raw[1] != int(np.prod(shape)) * dtype.itemsize:
        raise ValueError(f"`{name}` has {raw[1]} bytes for the shape {shape}")
    return {name: Weight(tuple(shape), dtype, *raw)}


def _fields(data: bytes | bytearray, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """(number, first byte, byte after the last) of each field of a message."""
    place = start
    while place < end:
        key, place = _varint(data, place)
        wire = key & 7
        if wire == _VARINT:
            _, after = _varint(data, place)
        elif wire == _BYTES:
            length, place = _varint(data, place)
            after = place + length
        elif wire in (_FIXED64, _FIXED32):
            after = place + (8 if wire == _FIXED64 else 4)
        else:
            raise ValueError(f"wire type {wire} at byte {place}")
        if after > end:
            raise ValueError(f"a field ends at byte {after}, its message at {end}")
        yield key >> 3, place, after
        place = after


def _varint(data: bytes | bytearray, place: int) -> tuple[int, int]:
    """(value, byte after it)."""
    value = shift = 0
    while True:
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
        shift += 7
        if shift > 63:
            raise ValueError(f"a number of more than 64 bits at byte {place}")
