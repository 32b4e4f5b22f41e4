"""Which vector instructions the kernels use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from avatron import _native
from avatron.errors import InvalidValueError

__all__ = [
    "ENVIRONMENT_VARIABLE",
    "INSTRUCTION_SETS",
    "available_instruction_sets",
    "instruction_set",
    "instruction_set_from_environment",
    "use_instruction_set",
]

INSTRUCTION_SETS = ("portable", "avx2", "avx512")
"""Every set there is code for, the widest last."""

ENVIRONMENT_VARIABLE = "AVATRON_ISA"
"""Names the set for `instruction_set_from_environment`; nothing else reads it."""


def instruction_set() -> str:
    """The set in use: `avx512`, `avx2` or `portable`."""
    return str(_native.cpu.active())


def available_instruction_sets() -> tuple[str, ...]:
    """The sets that this processor can run, the widest last."""
    return INSTRUCTION_SETS[: INSTRUCTION_SETS.index(_native.cpu.best()) + 1]


def instruction_set_from_environment() -> str:
    """What `AVATRON_ISA` asks for, or the set in use where it is not set.

    Raises:
        InvalidValueError: the variable names a set that this processor does not have.
    """
    name = os.environ.get(ENVIRONMENT_VARIABLE)
    return instruction_set() if not name else _checked(name, ENVIRONMENT_VARIABLE)


@contextmanager
def use_instruction_set(name: str) -> Iterator[None]:
    """Run the kernels of the whole process on the set `name` inside the `with` block.

    For tests and benchmarks, which compare the sets: results differ by rounding only, speed by much.

    Raises:
        InvalidValueError: no such set, or this processor does not have it.
    """
    before = instruction_set()
    _native.cpu.choose(_checked(name, "instruction set"))
    try:
        yield
    finally:
        _native.cpu.choose(before)


def _checked(name: str, what: str) -> str:
    available = available_instruction_sets()
    if name not in available:
        raise InvalidValueError(f"{what} `{name}` is not available here; use one of {', '.join(available)}")
    return name
