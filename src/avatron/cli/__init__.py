"""The command line: `avatron VERB ...`."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code: 0 done, 1 failed, 2 wrong request, 130 interrupted."""
    from avatron.cli.run import run

    return run(arguments)
