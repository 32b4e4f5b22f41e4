"""The work folder of a build: a folder for each stage that is finished, known by the hash of all that went into it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from avatron.io.atomic import output_errors, write_file
from avatron.replica.builder.stage import BuildSource, Stage

__all__ = ["BuildFolder", "FinishedStage", "work_place"]

_CARD = "stage.json"


def work_place(output: Path) -> Path:
    """Where the unfinished build of the replica at `output` waits: hidden beside it."""
    return output.with_name(f".{output.name}.work")


@dataclass(frozen=True)
class FinishedStage:
    """What a stage has left."""

    path: Path
    digest: str
    """sha256 of its files' names and contents."""
    seconds: float
    """That it took, over all runs."""


class BuildFolder:
    """Results of stages, each there as a whole or not at all."""

    def __init__(self, path: Path) -> None:
        """At `path`, which is made where it is not there.

        Raises:
            OutputError: it cannot be made.
        """
        self.path = path
        with output_errors(path):
            path.mkdir(exist_ok=True)

    def key(self, stage: Stage, source: BuildSource, finished: Mapping[str, FinishedStage]) -> str:
        """sha256 of all that the result of `stage` depends on."""
        whole = {
            "stage": stage.name,
            "version": stage.version,
            "video": source.sha256,
            "settings": dict(stage.settings(source.config)),
            "needs": {name: finished[name].digest for name in stage.needs},
        }
        return hashlib.sha256(json.dumps(whole, sort_keys=True, default=str).encode()).hexdigest()

    def finished(self, stage: Stage, key: str) -> FinishedStage | None:
        """What `stage` left for `key`; None where it left nothing, something else, or what was changed since."""
        place = self.path / stage.name
        try:
            card: dict[str, Any] = json.loads((place / _CARD).read_text("utf-8"))
            if card["key"] != key or card["digest"] != _digest(place):
                return None
            return FinishedStage(place, str(card["digest"]), float(card["seconds"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def open(self, stage: Stage, key: str) -> tuple[Path, Path, float]:
        """(an empty folder for the result, that of checkpoints for this `key`, seconds spent on it in earlier runs).

        Raises:
            OutputError: they cannot be made.
        """
        partial, unfinished = self.path / f"{stage.name}.partial", self.path / f"{stage.name}.unfinished"
        with output_errors(self.path):
            for place in (self.path / stage.name, partial):
                if place.exists():
                    shutil.rmtree(place)
            known = self._spent(stage)
            if known.get("key") != key and unfinished.exists():
                shutil.rmtree(unfinished)
            partial.mkdir()
            unfinished.mkdir(exist_ok=True)
        spent_s = float(known.get("seconds", 0.0)) if known.get("key") == key else 0.0
        self.note_spent(stage, key, spent_s)
        return partial, unfinished, spent_s

    def note_spent(self, stage: Stage, key: str, seconds: float) -> None:
        """Remember how long `stage` has taken so far, should this run be killed."""
        write_file(self.path / f"{stage.name}.spent", json.dumps({"key": key, "seconds": seconds}), overwrite=True)

    def finish(self, stage: Stage, key: str, seconds: float) -> FinishedStage:
        """Let what was written count.

        Raises:
            OutputError: it cannot be renamed.
        """
        partial, place = self.path / f"{stage.name}.partial", self.path / stage.name
        digest = _digest(partial)
        write_file(partial / _CARD, json.dumps({"key": key, "digest": digest, "seconds": seconds}))
        with output_errors(place):
            os.rename(partial, place)
        shutil.rmtree(self.path / f"{stage.name}.unfinished", ignore_errors=True)
        (self.path / f"{stage.name}.spent").unlink(missing_ok=True)
        return FinishedStage(place, digest, seconds)

    def _spent(self, stage: Stage) -> dict[str, Any]:
        try:
            known = json.loads((self.path / f"{stage.name}.spent").read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return known if isinstance(known, dict) else {}


def _digest(folder: Path) -> str:
    """sha256 of the files below `folder`, names and contents, but for the card."""
    whole = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        if name == _CARD:
            continue
        with path.open("rb") as stream:
            whole.update(f"{name}\0{hashlib.file_digest(stream, 'sha256').hexdigest()}\n".encode())
    return whole.hexdigest()
