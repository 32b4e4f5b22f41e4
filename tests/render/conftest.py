"""The head, the preset avatar, and renderers that several tests share."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from avatron.avatar.store import load_avatar
from avatron.face.head import HeadModel
from avatron.render.appearance import Appearance
from avatron.render.portrait import PortraitRenderer

RendererFor = Callable[..., PortraitRenderer]


@pytest.fixture(scope="session")
def head() -> HeadModel:
    return HeadModel.load()


@pytest.fixture(scope="session")
def ava() -> Appearance:
    return load_avatar("ava").appearance()


@pytest.fixture(scope="session")
def renderer_for(head: HeadModel, ava: Appearance) -> RendererFor:
    """A renderer of the preset avatar for a size and further options, made once for each."""

    @cache
    def made(size: tuple[int, int] = (192, 192), **options: Any) -> PortraitRenderer:
        return PortraitRenderer(head, ava, size=size, **options)

    return made
