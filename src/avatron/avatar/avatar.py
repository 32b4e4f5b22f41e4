"""What an avatar is: a name, an appearance, and where both come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from avatron.render.appearance import Appearance

__all__ = ["Avatar"]


@dataclass(frozen=True, eq=False)
class Avatar:
    """One person that can be drawn."""

    name: str
    """The name it is asked for by."""
    description: str
    """One line for lists."""
    default_voice: str
    """The voice that speaks where none is asked for."""
    licence: str
    """Licence of the avatar's files, as an SPDX expression."""
    provenance: tuple[Mapping[str, str], ...]
    """What it was made from: `name`, `licence` and `used_for` of each source."""
    default_light: str
    """The light rig that it is drawn with where none is asked for."""
    look: Appearance
    """Skin, eyes, lashes, hair, clothes, identity and rest expression."""

    def appearance(self) -> Appearance:
        """What a renderer draws of this person."""
        return self.look
