"""Write a benchmark's result beside the machine, the commit and the time it was made with."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from avatron.evaluation.machine import machine

__all__ = ["RESULTS", "commit", "machine", "write_result"]

RESULTS = Path(__file__).parent / "results"


def commit() -> str:
    """The commit that was measured, with `+` where the tree had changes."""
    root = Path(__file__).parent

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    return git("rev-parse", "--short", "HEAD") + ("+" if git("status", "--porcelain", "-uno") else "")


def write_result(name: str, result: dict[str, Any]) -> Path:
    """Write `result` to `results/NAME.json` and give its path."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    document = {
        "name": name,
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "machine": machine(),
        **result,
    }
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return path
