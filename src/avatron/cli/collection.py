"""`avatron voice|avatar list|inspect|add|remove`, and `avatron voices` with samples."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from avatron.cli.report import complain, note, print_json, print_table
from avatron.errors import InputError, UnknownNameError, UsageError
from avatron.io.collection import Collection

__all__ = [
    "add_avatar",
    "add_voice",
    "inspect_avatar",
    "inspect_voice",
    "list_avatars",
    "list_voices",
    "remove_avatar",
    "remove_voice",
    "sample_voices",
]


def list_voices(parsed: argparse.Namespace) -> int:
    """The voices that can be asked for by name."""
    from avatron.voice import voices

    _note_hidden(voices.COLLECTION, parsed.quiet)
    listed = _summaries(_voice_names(), voices.summarise_voice)
    return _print_list(*listed, parsed.json)


def sample_voices(parsed: argparse.Namespace) -> int:
    """`avatron voices`: the list, or a sample of each: written with `--samples`, played with `--play`."""
    if parsed.overwrite and parsed.samples is None:
        raise UsageError("`--overwrite` is for the files of `--samples FOLDER`")
    if parsed.samples is None and parsed.play is None:
        return list_voices(parsed)
    from avatron.cli.samples import play_samples, write_samples
    from avatron.voice import voices

    asked = parsed.play or _voice_names()
    for name in asked:
        if name not in _voice_names():
            raise UnknownNameError("voice", name, _voice_names(), "`avatron voices` lists them")
    summaries, damaged = _summaries(asked, voices.summarise_voice)
    names = [summary.name for summary in summaries]
    entries = [_as_json(summary) for summary in summaries]
    if parsed.samples is not None:
        paths = write_samples(names, Path(parsed.samples), overwrite=parsed.overwrite)
        for entry, path in zip(entries, paths, strict=True):
            entry["sample"] = str(path)
    if parsed.play is not None:
        played = play_samples(names, quiet=parsed.quiet)
        for entry in entries:
            entry["played_with"] = played
    if parsed.json:
        print_json(entries)
    else:
        for entry in entries:
            print(entry.get("sample", entry["name"]))
    return damaged


def list_avatars(parsed: argparse.Namespace) -> int:
    """The avatars that can be asked for by name."""
    from avatron.avatar import store

    _note_hidden(store.COLLECTION, parsed.quiet)
    listed = _summaries(store.COLLECTION.names(), store.summarise_avatar)
    return _print_list(*listed, parsed.json)


def inspect_voice(parsed: argparse.Namespace) -> int:
    """One voice, with all of its files checked."""
    from avatron.voice import voices

    return _print_one(voices.verify_voice(parsed.name), parsed.json)


def inspect_avatar(parsed: argparse.Namespace) -> int:
    """One avatar, with all of its files checked."""
    from avatron.avatar import store

    return _print_one(store.verify_avatar(parsed.name), parsed.json)


def add_voice(parsed: argparse.Namespace) -> int:
    """Copy a folder to the user's voices."""
    from avatron.voice import voices

    return _print_change("added", voices.add_voice, parsed)


def add_avatar(parsed: argparse.Namespace) -> int:
    """Copy a folder to the user's avatars."""
    from avatron.avatar import store

    return _print_change("added", store.add_avatar, parsed)


def remove_voice(parsed: argparse.Namespace) -> int:
    """Delete one of the user's voices."""
    from avatron.voice import voices

    return _print_removal(voices.remove_voice(parsed.name), parsed.json)


def remove_avatar(parsed: argparse.Namespace) -> int:
    """Delete one of the user's avatars."""
    from avatron.avatar import store

    return _print_removal(store.remove_avatar(parsed.name), parsed.json)


def _as_json(summary: Any) -> dict[str, Any]:
    values = dataclasses.asdict(summary)
    return {key: str(value) if isinstance(value, Path) else value for key, value in values.items()}


def _voice_names() -> tuple[str, ...]:
    """The voices that are folders."""
    from avatron.voice import voices

    return tuple(name for name in voices.COLLECTION.names() if name not in voices.VOICES.names())


def _note_hidden(collection: Collection, quiet: bool) -> None:
    for path in collection.hidden():
        note(
            f"your {collection.kind} `{path}` has the name of one of the package and is never used by name; "
            "rename its folder",
            quiet,
        )


def _summaries(names: Sequence[str], summarise: Callable[[str], Any]) -> tuple[list[Any], int]:
    """(what is whole, exit code): a damaged one is named on stderr and makes the exit code 1."""
    summaries, damaged = [], 0
    for name in names:
        try:
            # The name that it is asked for by is its folder's, whatever its config says.
            summaries.append(dataclasses.replace(summarise(name), name=name))
        except InputError as error:
            damaged = error.exit_code
            complain(str(error))
    return summaries, damaged


def _print_list(summaries: Sequence[Any], exit_code: int, as_json: bool) -> int:
    if as_json:
        print_json([_as_json(summary) for summary in summaries])
        return exit_code
    rows: list[tuple[str, ...]] = [("name", "also", "voice", "languages", "size", "licence", "what")]
    for summary in summaries:
        size = f"{summary.size_bytes / 1e6:.1f} MB"
        languages = ", ".join(getattr(summary, "languages", ()))
        aliases = ", ".join(getattr(summary, "aliases", ()))
        voice = getattr(summary, "default_voice", "")
        rows.append((summary.name, aliases, voice, languages, size, summary.licence, summary.description))
    # A column that says nothing about any of them is left out.
    told = [number for number, cells in enumerate(zip(*rows[1:], strict=True)) if any(cells)] or range(len(rows[0]))
    print_table([tuple(row[number] for number in told) for row in rows])
    return exit_code


def _print_one(summary: Any, as_json: bool) -> int:
    values = _as_json(summary)
    if as_json:
        print_json(values)
        return 0
    print_table(
        [(key, ", ".join(value) if isinstance(value, list | tuple) else str(value)) for key, value in values.items()]
    )
    return 0


def _print_change(done: str, change: Callable[[str, str | None], Any], parsed: argparse.Namespace) -> int:
    summary = change(parsed.folder, parsed.name)
    if parsed.json:
        print_json({"done": done, **_as_json(summary)})
    else:
        print(summary.path)
    return 0


def _print_removal(path: Path, as_json: bool) -> int:
    if as_json:
        print_json({"done": "removed", "path": str(path)})
    else:
        print(path)
    return 0
