"""The animators by name."""

from __future__ import annotations

from avatron.core.registry import Registry
from avatron.motion.protocol import Animator

__all__ = ["ANIMATORS", "DEFAULT_ANIMATOR"]

DEFAULT_ANIMATOR = "viseme"

ANIMATORS: Registry[type[Animator]] = Registry(
    "animator",
    {"viseme": "avatron.motion.viseme.animator:VisemeAnimator"},
)
"""Classes that are made without arguments; other packages add theirs under the entry point `avatron.animator`."""
