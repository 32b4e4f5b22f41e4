"""`avatron train RECIPE`: load the training side, which needs torch, and run a recipe."""

from __future__ import annotations

import argparse
from pathlib import Path

from avatron.cli.report import print_json
from avatron.errors import MissingComponentError

__all__ = ["run"]


def run(parsed: argparse.Namespace) -> int:
    """The verb."""
    try:
        from avatron.training.run import run as run_recipe
    except ModuleNotFoundError as error:
        raise MissingComponentError(
            f"training needs `{error.name}`, which is not installed; install it with "
            '`pip install torch==2.13.0 && pip install "avatron[train]"`'
        ) from None
    out = Path(parsed.out) if parsed.out else Path("runs") / Path(parsed.recipe).stem
    folder = run_recipe(parsed.recipe, Path(parsed.data), out, resume=parsed.resume)
    if parsed.json:
        print_json({"out": str(folder or out)})
    else:
        print(folder or out)
    return 0
