"""What the verbs that make films say of their outputs."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from avatron.cli.report import print_json
from avatron.errors import OutputError

if TYPE_CHECKING:
    from avatron.pipeline.plan import OutputPlan
    from avatron.pipeline.produce import Production

__all__ = ["check_stdout", "say_what_was_made"]


def check_stdout(plan: OutputPlan) -> None:
    """Refuse `-o -` where nobody listens.

    Raises:
        OutputError: stdout is closed.
    """
    if plan.to_stdout and sys.stdout is None:
        raise OutputError("cannot write to stdout: it is closed; name a file with `-o`")


def say_what_was_made(parsed: argparse.Namespace, plan: OutputPlan, production: Production) -> int:
    """Tell it on stdout, unless that carries the output itself; 0, for the exit code."""
    if plan.to_stdout:
        return 0
    if parsed.json:
        print_json(production.as_json())
    else:
        for path in production.paths:
            print(path)
    return 0
