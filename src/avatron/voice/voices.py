"""The voices by name: what the package brings, what installed packages register, and what the user has added."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from avatron.core.registry import Registry
from avatron.io.collection import Collection
from avatron.io.folders import ModelFolder, load_folder
from avatron.voice.neural import KIND, NeuralVoice, VoiceConfig
from avatron.voice.protocol import Voice

__all__ = [
    "COLLECTION",
    "VOICES",
    "VoiceSummary",
    "add_voice",
    "list_voices",
    "load_voice",
    "remove_voice",
    "summarise_voice",
    "verify_voice",
]

VOICES: Registry[type[Voice]] = Registry("voice", {})
"""Voices that are code and not a folder: classes made without arguments, under the entry point `avatron.voice`."""

COLLECTION = Collection(KIND, VOICES.names)
"""Voices that are folders."""


@dataclass(frozen=True)
class VoiceSummary:
    """One line of a list of voices."""

    name: str
    description: str
    languages: tuple[str, ...]
    licence: str
    path: Path
    size_bytes: int
    """Size of its files on the disk."""
    builtin: bool
    """Whether it came with the package."""


def load_voice(name_or_path: str | os.PathLike[str], *, threads: int = 1) -> Voice:
    """The voice of that name, or in the folder at that path; `threads` are those of its networks.

    Raises:
        UnknownNameError: no voice of that name; the message lists the known ones.
        UnreadableFileError: no folder at that path.
        DamagedModelError: a file is missing, altered or not what it should be.
        NewerFormatError: the folder was written by a newer avatron.
    """
    if isinstance(name_or_path, str) and name_or_path in VOICES.names():
        return VOICES.get(name_or_path)()
    return NeuralVoice.load(COLLECTION.find(name_or_path), threads=threads)


def verify_voice(name_or_path: str | os.PathLike[str]) -> VoiceSummary:
    """What a voice is, after every file was checked and every graph opened; raises as `load_voice`."""
    folder = COLLECTION.load(name_or_path)
    NeuralVoice.load(folder)
    return _summary(folder)


def summarise_voice(name_or_path: str | os.PathLike[str]) -> VoiceSummary:
    """What a voice is, with its files' hashes checked but no graph opened; raises as `load_voice`."""
    return _summary(COLLECTION.load(name_or_path))


def list_voices() -> tuple[VoiceSummary, ...]:
    """All voice folders that can be asked for by name, sorted; raises as `load_voice` for a damaged one."""
    return tuple(summarise_voice(name) for name in COLLECTION.names() if name not in VOICES.names())


def add_voice(source: str | os.PathLike[str], name: str | None = None) -> VoiceSummary:
    """Copies the voice in the folder `source` to the user's voices, under `name` (by default its own).

    Raises:
        InvalidValueError: a name that cannot be a folder's.
        OutputExistsError: a voice of that name is there already.
        DamagedModelError: the source fails its checks; nothing is copied.
    """
    folder = load_folder(Path(source), KIND)
    own_name = NeuralVoice.load(folder).config.name
    return _summary(COLLECTION.add(folder, own_name if name is None else name))


def remove_voice(name: str) -> Path:
    """Deletes one of the user's voices; gives the path it was at.

    Raises:
        InvalidValueError: the voice came with the package.
        UnknownNameError: the user has no voice of that name.
    """
    return COLLECTION.remove(name)


def _summary(folder: ModelFolder) -> VoiceSummary:
    config = VoiceConfig.of(folder)
    return VoiceSummary(
        name=config.name,
        description=str(folder.config.get("description", "")),
        languages=config.languages,
        licence=str(folder.config.get("licence", "")),
        path=folder.path,
        size_bytes=sum(folder.file(name).stat().st_size for name in folder.files),
        builtin=COLLECTION.is_builtin(folder),
    )
