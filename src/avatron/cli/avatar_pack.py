"""`avatron avatar pack`: an avatar as one file."""

from __future__ import annotations

import argparse
from pathlib import Path

from avatron.avatar.pack import is_pack
from avatron.avatar.store import pack_avatar
from avatron.cli.report import print_json
from avatron.errors import InvalidValueError

__all__ = ["run"]


def run(parsed: argparse.Namespace) -> int:
    """The verb: the path of the pack on stdout."""
    if not is_pack(parsed.output):
        raise InvalidValueError(f"an avatar pack is a zip file, but `{parsed.output}` does not end in `.zip`")
    path = pack_avatar(parsed.name, Path(parsed.output), overwrite=parsed.overwrite)
    if parsed.json:
        print_json({"done": "packed", "path": str(path), "size_bytes": path.stat().st_size})
    else:
        print(path)
    return 0
