"""The head model of the package, read once."""

from __future__ import annotations

from functools import lru_cache

from avatron.face.head import HeadModel

__all__ = ["shipped_head"]


@lru_cache(maxsize=1)
def shipped_head() -> HeadModel:
    """The head model that the package ships; every caller shares it, since nobody changes it.

    Raises:
        As `HeadModel.load`.
    """
    return HeadModel.load()
