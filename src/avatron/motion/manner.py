"""The manner of a person: a few numbers that make the same words look different on different people."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatron.errors import InvalidValueError, UnknownNameError, UnreadableFileError

__all__ = ["MANNERS", "Manner", "manner_named"]

_RANGES = {
    "opening": (0.5, 1.5),
    "width": (0.5, 1.5),
    "smile": (-0.4, 0.4),
    "brows": (0.0, 2.0),
    "head": (0.0, 2.0),
    "blinks": (0.4, 2.5),
    "glances": (0.0, 3.0),
    "feeling": (0.0, 1.5),
    "asymmetry": (0.0, 0.3),
}
_PAIR = re.compile(r"\s*(\w+)\s*=\s*([+-]?\d+(?:\.\d+)?)\s*")


@dataclass(frozen=True)
class Manner:
    """The style vector of a subject: each number is relative to an ordinary speaker.

    Raises:
        InvalidValueError: a number out of range; the message names it and the range.
    """

    opening: float = 1.0
    """Factor on how far the mouth opens, 0.5 .. 1.5."""
    width: float = 1.0
    """Factor on how far the lips spread for vowels, 0.5 .. 1.5."""
    smile: float = 0.0
    """Smile that never quite leaves the face, up to 0.4; negative: corners that hang."""
    brows: float = 1.0
    """Factor on the motion of the brows with accents, 0 .. 2."""
    head: float = 1.0
    """Factor on the motion of the head, 0 .. 2."""
    blinks: float = 1.0
    """Factor on the blink rate, 0.4 .. 2.5."""
    glances: float = 1.0
    """Factor on how often the eyes leave the camera, 0 .. 3."""
    feeling: float = 1.0
    """Factor on how much of an emotion shows, 0 .. 1.5."""
    asymmetry: float = 0.10
    """How much stronger one side of the face shows what is felt, 0 .. 0.3; the seed chooses it, more often the left
    (Borod, Haywood and Koff, Neuropsychological aspects of facial asymmetry during emotional expression, 1997)."""

    def __post_init__(self) -> None:
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            # Written so that NaN fails.
            if not low <= value <= high:
                raise InvalidValueError(f"manner: {name} {value:g} is outside {low:g} .. {high:g}")

    def vector(self) -> NDArray[np.float32]:
        """[9] the numbers in the order of the fields."""
        return np.array([getattr(self, field.name) for field in fields(self)], np.float32)


MANNERS: dict[str, Manner] = {
    "plain": Manner(),
    "lively": Manner(opening=1.1, width=1.1, smile=0.06, brows=1.5, head=1.4, feeling=1.15, asymmetry=0.12),
    "reserved": Manner(opening=0.88, width=0.9, brows=0.5, head=0.6, glances=1.3, feeling=0.7, asymmetry=0.08),
    "warm": Manner(smile=0.16, brows=1.15, head=1.1, glances=0.7),
    "stern": Manner(opening=0.95, smile=-0.14, brows=0.6, head=0.7, blinks=0.8, glances=0.5, feeling=0.85),
}
"""Manners by name."""


def manner_named(given: str) -> Manner:
    """The manner of a name, of a JSON file with some of its numbers, or of `head=0.5,smile=0.1`.

    Raises:
        UnknownNameError: no manner of that name.
        UnreadableFileError: a file that is missing or holds something else than such numbers.
        InvalidValueError: an unknown number, or one out of range.
    """
    if given in MANNERS:
        return MANNERS[given]
    if given.endswith(".json"):
        return _read(Path(given))
    if "=" in given:
        numbers: dict[str, float] = {}
        for part in given.split(","):
            pair = _PAIR.fullmatch(part)
            if pair is None:
                raise InvalidValueError(f"manner `{given}`: `{part.strip()}` is not of the form NAME=NUMBER")
            numbers[pair[1]] = float(pair[2])
        return _made(numbers, given)
    raise UnknownNameError("manner", given, MANNERS, "Or give NAME=NUMBER,... or a JSON file of such numbers")


def _read(path: Path) -> Manner:
    try:
        numbers = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnreadableFileError(f"cannot read the manner `{path}`: {error.strerror or error}") from None
    except ValueError:
        raise UnreadableFileError(f"the manner `{path}` is not JSON; expected an object of numbers") from None
    if not isinstance(numbers, dict) or not all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in numbers.values()
    ):
        raise UnreadableFileError(f'the manner `{path}` is not an object of numbers, e.g. {{"head": 0.5}}')
    return _made(numbers, str(path))


def _made(numbers: dict[str, float], given: str) -> Manner:
    unknown = sorted(set(numbers) - set(_RANGES))
    if unknown:
        raise InvalidValueError(f"manner `{given}` has no number `{unknown[0]}`; known: {', '.join(_RANGES)}")
    return Manner(**numbers)
