"""What the triangles of the head model belong to."""

from __future__ import annotations

__all__ = ["PARTS", "PART_INDEX"]

PARTS: tuple[str, ...] = (
    "skin",
    "mouth",
    "eye_left",
    "eye_right",
    "lashes",
    "teeth_upper",
    "teeth_lower",
    "gums",
    "tongue",
    "eye_occlusion",
    "tearline",
    "bust",
)
"""`mouth` is the lining of the mouth's inside, `eye_occlusion` the shade that the lids throw on the eye."""

PART_INDEX: dict[str, int] = {name: index for index, name in enumerate(PARTS)}
"""Number of each part in `HeadModel.part`."""
