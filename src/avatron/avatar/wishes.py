"""What a new avatar should be like, in words and numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from avatron.errors import InvalidValueError

__all__ = ["AvatarWishes", "parse_slider"]

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_LONGEST_DESCRIPTION = 200


@dataclass(frozen=True)
class AvatarWishes:
    """A new avatar, composed from avatars that are there; None takes what `base` has.

    Raises:
        InvalidValueError: a name that cannot be a folder's, a description that is no line, or a spread, seed or
            slider out of range.
    """

    name: str
    """a-z, 0-9, - and _, at most 64 characters."""
    base: str = "woman"
    """Name or folder of the avatar to start from: face, and whatever is not asked for below."""
    skin: str | None = None
    """Name or folder of the avatar whose skin it has."""
    brows: str | None = None
    """... whose brows."""
    hair: str | None = None
    """... whose hair; `none` is a bare head."""
    garment: str | None = None
    """... whose clothes."""
    eyes: str | None = None
    """... whose eyes and lashes."""
    hair_colour: str | None = None
    """A name of `colours.HAIR_COLOURS`, `#rgb`, `#rrggbb` or a CSS name; brows and scalp follow."""
    brow_colour: str | None = None
    """The same for the brows alone."""
    garment_colours: tuple[str, ...] = ()
    """Colours of the pieces of clothing, the largest first."""
    iris_colour: str | None = None
    """A name of `colours.IRIS_COLOURS`, `#rgb`, `#rrggbb` or a CSS name."""
    identity_seed: int | None = None
    """Another face near the base's, the same for the same seed; None keeps the base's."""
    identity_spread: float = 0.5
    """How far from the base that face may be: 0 is the base, 1 anybody."""
    sliders: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """Names of `face.proportions.PROPORTIONS`, -1 .. 1, on top of the seed's face."""
    framing: str | None = None
    """The framing that it is drawn with where none is asked for."""
    light: str | None = None
    """The light rig likewise."""
    voice: str | None = None
    """The voice that speaks where none is asked for."""
    description: str | None = None
    """One line for lists; None says what it was made from."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise InvalidValueError(
                f"`{self.name}` cannot name an avatar; use a-z, 0-9, - and _, at most 64 characters"
            )
        for part in ("base", "skin", "brows", "hair", "garment", "eyes", "voice"):
            if getattr(self, part) == "":
                raise InvalidValueError(f"the {part} has an empty name; give the name of one, or leave the option out")
        text = self.description
        if text is not None and not (0 < len(text) <= _LONGEST_DESCRIPTION and text.isprintable()):
            raise InvalidValueError(f"the description is not one line of 1 .. {_LONGEST_DESCRIPTION} characters")
        if self.identity_seed is not None and not 0 <= self.identity_seed < 2**32:
            raise InvalidValueError(f"identity seed {self.identity_seed} is outside 0 .. {2**32 - 1}")
        if not 0 <= self.identity_spread <= 1:
            raise InvalidValueError(f"identity spread {self.identity_spread:g} is outside 0 .. 1")
        for name, value in self.sliders.items():
            if not -1 <= value <= 1:
                raise InvalidValueError(f"slider `{name}` is {value:g}, expected -1 .. 1")


def parse_slider(text: str) -> tuple[str, float]:
    """(name, value) of `NAME=VALUE`; the name is checked against the sliders later.

    Raises:
        InvalidValueError: not of that form, or a value outside -1 .. 1.
    """
    name, equals, number = text.partition("=")
    try:
        value = float(number)
    except ValueError:
        value = float("nan")
    if not equals or not name.strip() or not -1 <= value <= 1:
        raise InvalidValueError(
            f"slider `{text}` is not of the form NAME=VALUE with a value -1 .. 1, e.g. jaw-width=0.4"
        )
    return name.strip(), value
