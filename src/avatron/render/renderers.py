"""The renderers by name."""

from __future__ import annotations

from collections.abc import Callable

from avatron.core.registry import Registry
from avatron.render.protocol import Renderer

__all__ = ["RENDERERS"]

RENDERERS: Registry[Callable[..., Renderer]] = Registry(
    "renderer",
    {
        "portrait": "avatron.render.portrait:PortraitRenderer",
        "mesh": "avatron.render.mesh:MeshRenderer",
    },
)
"""Name to class; each is made with a head model and its own settings."""
