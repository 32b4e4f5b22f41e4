"""Some files of an avatar's folder made anew, the others kept byte for byte."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from avatron.io.folders import load_folder, write_folder

__all__ = ["refresh_folder"]


def refresh_folder(
    folder: Path, out: Path, fresh: Mapping[str, Any], look: Mapping[str, Any], dropped: Collection[str] = ()
) -> None:
    """Writes the avatar of `folder` to `out` (which may be the same) with the files `fresh` and entries `look`.

    Files named in `dropped` are left out unless they are in `fresh`.
    """
    stored = load_folder(folder, "avatar")
    with TemporaryDirectory() as kept_in:
        kept = Path(kept_in)
        for name in stored.config["files"]:
            if name not in fresh and name not in dropped:
                shutil.copy(stored.file(name), kept / name)
        files = {**{path.name: path for path in sorted(kept.iterdir())}, **fresh}
        config = {key: value for key, value in stored.config.items() if key not in ("format_version", "kind", "files")}
        config["look"] = {**config["look"], **look}
        write_folder(out, "avatar", config, files, overwrite=True)
