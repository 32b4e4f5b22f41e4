"""`avatron voice|avatar list|inspect|add|remove`."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from avatron.cli.report import complain, print_json, print_table
from avatron.errors import InputError

__all__ = [
    "add_avatar",
    "add_voice",
    "inspect_avatar",
    "inspect_voice",
    "list_avatars",
    "list_voices",
    "remove_avatar",
    "remove_voice",
]


def list_voices(parsed: argparse.Namespace) -> int:
    """The voices that can be asked for by name."""
    from avatron.voice import voices

    names = [name for name in voices.COLLECTION.names() if name not in voices.VOICES.names()]
    return _print_list(names, voices.summarise_voice, parsed.json)


def list_avatars(parsed: argparse.Namespace) -> int:
    """The avatars that can be asked for by name."""
    from avatron.avatar import store

    return _print_list(store.COLLECTION.names(), store.summarise_avatar, parsed.json)


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


def _print_list(names: Sequence[str], summarise: Callable[[str], Any], as_json: bool) -> int:
    """Show all that are whole; a damaged one is named on stderr and makes the exit code 1."""
    summaries, damaged = [], 0
    for name in names:
        try:
            summaries.append(summarise(name))
        except InputError as error:
            damaged = error.exit_code
            complain(str(error))
    if as_json:
        print_json([_as_json(summary) for summary in summaries])
        return damaged
    rows = [("name", "size", "licence", "what")]
    for summary in summaries:
        rows.append((summary.name, f"{summary.size_bytes / 1e6:.1f} MB", summary.licence, summary.description))
    print_table(rows)
    return damaged


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
