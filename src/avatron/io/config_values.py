"""The values of a model folder's config, read one by one: each of the right type, and within what can be."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from avatron.errors import DamagedModelError
from avatron.io.folders import ModelFolder

__all__ = ["ConfigValues"]


@dataclass(frozen=True)
class ConfigValues:
    """A table of a folder's `config.json`.

    Every method raises DamagedModelError with the file, the key, the value and what was expected.
    """

    folder: ModelFolder
    table: Mapping[str, Any]
    place: str = ""
    """Where the table is in the config, such as `architecture.`."""

    @classmethod
    def of(cls, folder: ModelFolder) -> ConfigValues:
        """The whole config."""
        return cls(folder, folder.config)

    def inner(self, key: str) -> ConfigValues:
        """The table under `key`."""
        value = self._get(key)
        if not isinstance(value, dict):
            raise self._wrong(key, value, "a table")
        return ConfigValues(self.folder, value, f"{self.place}{key}.")

    def number(self, key: str, low: float, high: float) -> float:
        """A number `low` .. `high`."""
        value = self._get(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise self._wrong(key, value, f"a number {low:g} .. {high:g}")
        return float(value)

    def whole(self, key: str, low: int, high: int) -> int:
        """A whole number `low` .. `high`."""
        value = self._get(key)
        is_whole = isinstance(value, int) or (isinstance(value, float) and math.isfinite(value) and value % 1 == 0)
        if isinstance(value, bool) or not is_whole or not low <= value <= high:
            raise self._wrong(key, value, f"a whole number {low} .. {high}")
        return int(value)

    def text(self, key: str, pattern: str, expected: str) -> str:
        """A text that is wholly a match of `pattern`; `expected` says so to people."""
        value = self._get(key)
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise self._wrong(key, value, expected)
        return value

    def texts(self, key: str, pattern: str, expected: str) -> tuple[str, ...]:
        """A list of at least one text, each wholly a match of `pattern`."""
        value = self._get(key)
        if not isinstance(value, list) or not value:
            raise self._wrong(key, value, f"a list of {expected}")
        for item in value:
            if not isinstance(item, str) or not re.fullmatch(pattern, item):
                raise self._wrong(key, item, f"a list of {expected}")
        return tuple(value)

    def _get(self, key: str) -> Any:
        if key not in self.table:
            raise DamagedModelError(f"{self._config} lacks `{self.place}{key}`; get the {self.folder.kind} again")
        return self.table[key]

    def _wrong(self, key: str, value: Any, expected: str) -> DamagedModelError:
        shown = repr(value)
        shown = shown if len(shown) <= 40 else f"{shown[:37]}..."
        return DamagedModelError(
            f"{self._config} has {self.place}{key} {shown}, expected {expected}; get the {self.folder.kind} again"
        )

    @property
    def _config(self) -> str:
        return f"`{self.folder.path / 'config.json'}`"
