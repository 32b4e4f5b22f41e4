"""Which avatron was measured."""

from __future__ import annotations

import subprocess
from pathlib import Path

import avatron

__all__ = ["commit"]


def commit() -> str | None:
    """The short commit of the checkout that avatron runs from, with `+` where it has changes; None where it is no
    checkout."""
    root = Path(avatron.__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return None

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    try:
        return git("rev-parse", "--short", "HEAD") + ("+" if git("status", "--porcelain", "-uno") else "")
    except (OSError, subprocess.CalledProcessError):
        return None
