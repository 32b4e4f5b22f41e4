"""Dictionaries of arrays that others stored as pickles, read without running them.

A pickle is a program. `templates.pkl` of VOCASET and `FLAME_masks.pkl` are programs that build a dictionary of names
and arrays and nothing else, and only those few instructions are understood here: Python's `pickletools` takes the
file apart, this module keeps a stack of plain values. Whatever else a file asks for is refused by its name.
"""

from __future__ import annotations

import pickletools
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.errors import UnreadableFileError

__all__ = ["LARGEST_BYTES", "read_array_pickle"]

LARGEST_BYTES = 512 * 2**20
_KINDS = frozenset({"f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"})
_GLOBALS = {
    **{f"{place}.multiarray _reconstruct": "array" for place in ("numpy.core", "numpy._core")},
    **{f"{place}.numeric _frombuffer": "buffer" for place in ("numpy.core", "numpy._core")},
    "numpy ndarray": "ndarray",
    "numpy dtype": "dtype",
    "_codecs encode": "encode",
    "__builtin__ bytes": "bytes",
}
_TEXTS = frozenset(
    {"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE", "STRING", "BINSTRING", "SHORT_BINSTRING"}
)
_PLAIN = _TEXTS | {
    *("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"),
    *("BININT", "BININT1", "BININT2", "INT", "LONG", "LONG1", "LONG4"),
}
_CONSTANTS: dict[str, Any] = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_MEMO_PUT, _MEMO_GET = ("PUT", "BINPUT", "LONG_BINPUT"), ("GET", "BINGET", "LONG_BINGET")
_MARK = object()


class _RefusedError(ValueError):
    """The file does what no dictionary of arrays needs."""


@dataclass
class _Global:
    """One of the few names that a dictionary of arrays needs."""

    role: str


@dataclass
class _Type:
    """A number type on its way."""

    kind: str
    order: str = "<"


@dataclass
class _Array:
    """An array on its way."""

    values: NDArray[Any] | None = None


@dataclass
class _Machine:
    """Stack and memo."""

    stack: list[Any] = field(default_factory=list)
    memo: dict[int, Any] = field(default_factory=dict)

    def since_mark(self) -> list[Any]:
        """What lies on the last mark; it and the mark are taken off."""
        place = max(index for index, one in enumerate(self.stack) if one is _MARK)
        found = self.stack[place + 1 :]
        del self.stack[place:]
        return found


def read_array_pickle(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays by name of a pickle that holds a dictionary of them, and nothing else.

    Raises:
        UnreadableFileError: missing, too large, damaged, or anything but a dictionary of texts and arrays of numbers;
            the message names the instruction that was refused.
    """
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise UnreadableFileError(
                f"`{path}` is larger than {LARGEST_BYTES // 2**20} MiB; that is no such dictionary"
            )
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableFileError(f"cannot read `{path}`: {error.strerror or error}") from error
    try:
        found = _built(data)
        if not isinstance(found, dict) or not found:
            raise _RefusedError(f"a {type(found).__name__} instead of a dictionary with entries")
        arrays = {}
        for name, value in found.items():
            if not isinstance(name, str) or not isinstance(value, _Array) or value.values is None:
                raise _RefusedError(f"the entry {name!r}, which is no array of numbers under a name")
            arrays[name] = value.values
        return arrays
    except (ValueError, IndexError, KeyError, TypeError, AttributeError, EOFError, OverflowError, MemoryError) as error:
        raise UnreadableFileError(
            f"`{path}` is no pickled dictionary of arrays: {error}. avatron never runs a pickle; where you trust the "
            "file, store its arrays as `templates/NAME.npy` instead"
        ) from error


def _built(data: bytes) -> Any:
    machine = _Machine()
    for opcode, argument, _ in pickletools.genops(data):
        name = opcode.name
        if name == "STOP":
            (result,) = machine.stack
            return result
        _step(machine, name, argument)
    raise _RefusedError("it ends too early")


def _step(machine: _Machine, name: str, argument: Any) -> None:
    stack = machine.stack
    if name in ("PROTO", "FRAME"):
        return
    if name in _PLAIN:
        stack.append(argument)
    elif name in _CONSTANTS:
        stack.append(_CONSTANTS[name])
    elif name == "MARK":
        stack.append(_MARK)
    elif name in ("EMPTY_DICT", "EMPTY_TUPLE", "EMPTY_LIST"):
        stack.append({"EMPTY_DICT": dict, "EMPTY_TUPLE": tuple, "EMPTY_LIST": list}[name]())
    elif name in ("TUPLE1", "TUPLE2", "TUPLE3"):
        count = int(name[-1])
        stack[-count:] = [tuple(stack[-count:])]
    elif name == "TUPLE":
        stack.append(tuple(machine.since_mark()))
    elif name == "DICT":
        stack.append(_paired(machine.since_mark()))
    elif name == "SETITEM":
        value, key = stack.pop(), stack.pop()
        _dictionary(stack[-1])[key] = value
    elif name == "SETITEMS":
        more = _paired(machine.since_mark())
        _dictionary(stack[-1]).update(more)
    elif name in _MEMO_PUT:
        machine.memo[int(argument)] = stack[-1]
    elif name == "MEMOIZE":
        machine.memo[len(machine.memo)] = stack[-1]
    elif name in _MEMO_GET:
        stack.append(machine.memo[int(argument)])
    elif name in ("GLOBAL", "STACK_GLOBAL"):
        if name == "STACK_GLOBAL":
            attribute, module = stack.pop(), stack.pop()
            argument = f"{module} {attribute}"
        if argument not in _GLOBALS:
            raise _RefusedError(f"it asks for `{str(argument).replace(' ', '.')}`")
        stack.append(_Global(_GLOBALS[argument]))
    elif name == "REDUCE":
        given, maker = stack.pop(), stack.pop()
        stack.append(_made(maker, given))
    elif name == "BUILD":
        state = stack.pop()
        _fill(stack[-1], state)
    else:
        raise _RefusedError(f"it has the instruction {name}")


def _paired(items: list[Any]) -> dict[Any, Any]:
    return dict(zip(items[::2], items[1::2], strict=True))


def _dictionary(value: Any) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise _RefusedError(f"entries of a {type(value).__name__}")
    return value


def _made(maker: Any, given: Any) -> Any:
    """What calling one of the known names gives."""
    role = maker.role if isinstance(maker, _Global) else ""
    if role == "array":
        return _Array()
    if role == "dtype":
        kind = str(given[0])
        if kind not in _KINDS:
            raise _RefusedError(f"numbers of the type `{kind}`")
        return _Type(kind)
    if role == "encode" and given[1] == "latin1":
        return given[0].encode("latin1")
    if role == "bytes" and given == ():
        return b""
    if role == "buffer":
        data, kind, shape, order = given
        return _Array(_values(data, kind, shape, fortran=order == "F"))
    raise _RefusedError("a call of what cannot be called")


def _fill(target: Any, state: Any) -> None:
    """The second half of how NumPy stores types and arrays."""
    if isinstance(target, _Type):
        if state[1] not in ("<", "|", ">", "="):
            raise _RefusedError("numbers of an unknown byte order")
        target.order = state[1]
    elif isinstance(target, _Array):
        _, shape, kind, fortran, data = state
        target.values = _values(data, kind, shape, fortran=bool(fortran))
    else:
        raise _RefusedError(f"the state of a {type(target).__name__}")


def _values(data: Any, kind: Any, shape: Any, *, fortran: bool) -> NDArray[Any]:
    # Python 2 stored bytes as text.
    raw = data.encode("latin1") if isinstance(data, str) else bytes(data)
    if not isinstance(kind, _Type) or not isinstance(shape, tuple) or len(shape) > 4:
        raise _RefusedError("an array without type or shape")
    sides = [int(side) for side in shape]
    dtype = np.dtype(kind.order + kind.kind)
    count = int(np.prod(sides, dtype=object)) if sides else 1
    if min(sides, default=1) < 0 or count * dtype.itemsize != len(raw):
        raise _RefusedError(f"{len(raw)} bytes for an array of {sides}")
    return np.frombuffer(raw, dtype).reshape(sides, order="F" if fortran else "C").astype(dtype.newbyteorder("="))
