"""The voices by name: what the package brings, what installed packages register, and what the user has added."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from avatron.core.registry import Registry
from avatron.errors import InvalidValueError, OutputExistsError, UnknownNameError, UnreadableFileError
from avatron.io.folders import ModelFolder, load_folder, write_folder
from avatron.voice.neural import KIND, NeuralVoice, VoiceConfig
from avatron.voice.protocol import Voice

__all__ = [
    "VOICES",
    "VoiceSummary",
    "add_voice",
    "builtin_folder",
    "find_voice",
    "list_voices",
    "load_voice",
    "remove_voice",
    "summarise_voice",
    "user_folder",
    "verify_voice",
    "voice_names",
]

VOICE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
"""What a voice may be called; such a name can never leave its folder."""

VOICES: Registry[type[Voice]] = Registry("voice", {})
"""Voices that are code and not a folder: classes made without arguments, under the entry point `avatron.voice`."""


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


def builtin_folder() -> Path:
    """The folder of the voices that come with the package."""
    return Path(__file__).resolve().parent.parent / "data" / "voices"


def user_folder() -> Path:
    """The folder of the user's own voices: `$XDG_DATA_HOME/avatron/voices`, by default under `~/.local/share`."""
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "avatron" / "voices"


def voice_names() -> tuple[str, ...]:
    """All names that `load_voice` knows, sorted; a folder counts when it holds a `config.json`."""
    names = set(VOICES.names())
    for base in (builtin_folder(), user_folder()):
        if base.is_dir():
            names |= {
                entry.name
                for entry in base.iterdir()
                if VOICE_NAME.fullmatch(entry.name) and (entry / "config.json").is_file()
            }
    return tuple(sorted(names))


def find_voice(name_or_path: str | os.PathLike[str]) -> Path:
    """The folder of a voice that is given by name, or by a path (anything with a separator in it).

    A name of the package comes before a user's voice of the same name.

    Raises:
        UnknownNameError: no voice of that name; the message lists the known ones.
        UnreadableFileError: no folder at that path.
    """
    given = os.fspath(name_or_path)
    if isinstance(name_or_path, os.PathLike) or os.sep in given or (os.altsep and os.altsep in given):
        folder = Path(given).expanduser()
        if not folder.is_dir():
            raise UnreadableFileError(f"`{given}` is not a folder; a voice is a folder with a `config.json`")
        return folder
    if VOICE_NAME.fullmatch(given):
        for base in (builtin_folder(), user_folder()):
            if (base / given / "config.json").is_file():
                return base / given
    raise UnknownNameError(
        "voice", given, voice_names(), "Give a folder as `./FOLDER`, or install one with `avatron voice add PATH`"
    )


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
    return NeuralVoice.load(find_voice(name_or_path), threads=threads)


def verify_voice(name_or_path: str | os.PathLike[str]) -> VoiceSummary:
    """What a voice is, after every file was checked and every graph opened; raises as `load_voice`."""
    folder = load_folder(find_voice(name_or_path), KIND)
    NeuralVoice.load(folder)
    return _summary(folder)


def summarise_voice(name_or_path: str | os.PathLike[str]) -> VoiceSummary:
    """What a voice is, with its files' hashes checked but no graph opened; raises as `load_voice`."""
    return _summary(load_folder(find_voice(name_or_path), KIND))


def list_voices() -> tuple[VoiceSummary, ...]:
    """All voice folders that can be asked for by name, sorted; raises as `load_voice` for a damaged one."""
    return tuple(summarise_voice(name) for name in voice_names() if name not in VOICES.names())


def add_voice(source: str | os.PathLike[str], name: str | None = None) -> VoiceSummary:
    """Copies the voice in the folder `source` to the user's voices, under `name` (by default its own).

    Raises:
        InvalidValueError: a name that cannot be a folder's.
        OutputExistsError: a voice of that name is there already.
        DamagedModelError: the source fails its checks; nothing is copied.
    """
    folder = load_folder(Path(source), KIND)
    config = NeuralVoice.load(folder).config
    chosen = config.name if name is None else name
    if not VOICE_NAME.fullmatch(chosen):
        raise InvalidValueError(f"`{chosen}` cannot name a voice; use a-z, 0-9, - and _, at most 64 characters")
    if chosen in voice_names():
        raise OutputExistsError(f"a voice `{chosen}` is there already; remove it first, or choose another name")
    kept = {key: value for key, value in folder.config.items() if key not in {"format_version", "kind", "files"}}
    target = user_folder() / chosen
    target.parent.mkdir(parents=True, exist_ok=True)
    files = {listed: folder.file(listed) for listed in folder.files}
    return _summary(write_folder(target, KIND, {**kept, "name": chosen}, files))


def remove_voice(name: str) -> Path:
    """Deletes one of the user's voices; gives the path it was at.

    Raises:
        InvalidValueError: the voice came with the package.
        UnknownNameError: the user has no voice of that name.
    """
    folder = user_folder() / name
    if VOICE_NAME.fullmatch(name) and (folder / "config.json").is_file():
        # Only what the voice's own config lists is deleted; files that someone put there stay.
        listed = load_folder(folder, KIND)
        for file in listed.files:
            listed.file(file).unlink()
        (folder / "config.json").unlink()
        if not any(folder.iterdir()):
            folder.rmdir()
        return folder
    if name in voice_names():
        raise InvalidValueError(f"voice `{name}` is part of the package and cannot be removed")
    raise UnknownNameError("voice", name, voice_names())


def _summary(folder: ModelFolder) -> VoiceSummary:
    config = VoiceConfig.of(folder)
    return VoiceSummary(
        name=config.name,
        description=str(folder.config.get("description", "")),
        languages=config.languages,
        licence=str(folder.config.get("licence", "")),
        path=folder.path,
        size_bytes=sum(folder.file(name).stat().st_size for name in folder.files),
        builtin=builtin_folder() in folder.path.resolve().parents,
    )
