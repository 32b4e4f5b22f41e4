"""Plug points: a lazy table of names, plus entry points of installed packages."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Generic, TypeVar, cast

from avatron.errors import UnknownNameError

__all__ = ["Registry"]

Entry = TypeVar("Entry")


class Registry(Generic[Entry]):
    """Names of one kind of thing, each with the place of its maker, imported only when it is asked for.

    Other packages add theirs under the entry-point group `avatron.KIND`, e.g. in their `pyproject.toml`::

        [project.entry-points."avatron.animator"]
        robot = "my_package.robot:RobotAnimator"
    """

    def __init__(self, kind: str, builtin: dict[str, str]) -> None:
        """`kind` is what messages call an entry; `builtin` maps names to `module:attribute`."""
        self.kind = kind
        self._builtin = dict(builtin)

    def names(self) -> tuple[str, ...]:
        """All known names, sorted."""
        return tuple(sorted({*self._builtin, *(point.name for point in self._plugins())}))

    def get(self, name: str) -> Entry:
        """The maker of that name.

        Raises:
            UnknownNameError: no such name; the message lists the known ones.
        """
        if name in self._builtin:
            module, _, attribute = self._builtin[name].partition(":")
            return cast(Entry, getattr(import_module(module), attribute))
        for point in self._plugins():
            if point.name == name:
                return cast(Entry, point.load())
        raise UnknownNameError(self.kind, name, self.names())

    def _plugins(self) -> Any:
        return entry_points(group=f"avatron.{self.kind}")
