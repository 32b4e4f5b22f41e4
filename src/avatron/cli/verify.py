"""`avatron verify FOLDER`: every file of a model folder against its hash."""

from __future__ import annotations

import argparse
from pathlib import Path

from avatron.cli.report import print_json
from avatron.io.folders import load_folder

__all__ = ["run"]


def run(parsed: argparse.Namespace) -> int:
    """The verb: 0 and one line where all is well, else the error that loading gives."""
    folder = load_folder(Path(parsed.folder))
    if parsed.json:
        print_json({"path": str(folder.path), "kind": folder.kind, "files": dict(folder.files), "verified": True})
    else:
        print(f"{folder.path}: {folder.kind}, {len(folder.files)} files, all as they were written")
    return 0
