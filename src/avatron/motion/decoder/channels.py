"""Which expressions a learned animator moves."""

from __future__ import annotations

from avatron.core.motion import EXPRESSION_NAMES

__all__ = ["MOUTH_CHANNELS", "TONGUE_CHANNELS"]

MOUTH_CHANNELS: tuple[str, ...] = tuple(name for name in EXPRESSION_NAMES if not name.startswith(("eye", "brow")))
"""[O] mouth, jaw, cheeks, nose and tongue. Lids, gaze and brows are the idle layers'."""

TONGUE_CHANNELS: tuple[str, ...] = tuple(name for name in EXPRESSION_NAMES if name.startswith("tongue"))
"""What no film of a face shows well."""
