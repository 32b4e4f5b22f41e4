"""The parts of an avatar that is being made: its `look` and its files, taken from avatars that are there."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.avatar.pictures import decode_picture, encode_picture
from avatron.io.folders import ModelFolder

__all__ = ["PartsBox"]


class PartsBox:
    """Sections of `look` with the files that they name; two files of one name both stay."""

    def __init__(self, order: Mapping[str, Any]) -> None:
        """`order` gives the keys their order, so that a change of parts does not reorder the config."""
        self.look: dict[str, Any] = dict.fromkeys(order)
        self.files: dict[str, bytes] = {}

    def take(self, source: ModelFolder, *keys: str) -> None:
        """Take sections of an avatar's look, with every file that a text in them names."""
        for key in keys:
            if key in source.config["look"]:
                self.look[key] = self._moved(copy.deepcopy(source.config["look"][key]), source)

    def put(self, key: str, data: bytes) -> None:
        """Other content for the file that `look[key]` names."""
        self.files[self.look[key]] = data

    def picture(self, section: Mapping[str, Any], key: str, mode: str) -> NDArray[np.uint8]:
        """The picture that a section names, as `decode_picture`."""
        return decode_picture(self.files[section[key]], mode, section[key])

    def paint(self, section: dict[str, Any], key: str, picture: NDArray[np.uint8]) -> None:
        """Another picture in the place of the one that a section names; other sections keep theirs."""
        name = section[key]
        data = encode_picture(picture, name)
        if self._named(self.look).count(name) > 1:
            name = section[key] = self._free(name, data)
        self.files[name] = data

    def _moved(self, value: Any, source: ModelFolder) -> Any:
        if isinstance(value, dict):
            return {key: self._moved(inner, source) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._moved(inner, source) for inner in value]
        if isinstance(value, str) and value in source.files:
            data = source.read_bytes(value)
            name = self._free(value, data)
            self.files[name] = data
            return name
        return value

    def _free(self, name: str, data: bytes) -> str:
        """`name`, or with a number where a file of that name holds something else."""
        stem, dot, ending = name.rpartition(".")
        candidate, number = name, 2
        while candidate in self.files and self.files[candidate] != data:
            candidate = f"{stem}_{number}{dot}{ending}"
            number += 1
        return candidate

    def _named(self, value: Any) -> list[str]:
        if isinstance(value, dict):
            return [name for inner in value.values() for name in self._named(inner)]
        if isinstance(value, list):
            return [name for inner in value for name in self._named(inner)]
        return [value] if isinstance(value, str) and value in self.files else []
