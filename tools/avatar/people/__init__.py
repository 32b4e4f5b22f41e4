"""The preset avatars, one recipe each."""

from types import MappingProxyType

from avatar.people.ava import AVA
from avatar.people.henry import HENRY
from avatar.people.kenji import KENJI
from avatar.people.zuri import ZURI

__all__ = ["PEOPLE"]

PEOPLE = MappingProxyType({recipe.name: recipe for recipe in (AVA, ZURI, KENJI, HENRY)})
"""Recipes by name."""
