"""The options of `avatron bench face`. Nothing heavy is imported here."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

__all__ = ["add_bench_face"]

_EPILOG = """examples:
  avatron bench face
  avatron bench face --data grid --folder clips/ --labels benchmarks/labels/grid_closures.json -o face.json
  avatron bench face --data grid --folder clips/ --animators viseme mine=runs/seed0,runs/seed1,runs/seed2
  avatron bench face --data vocaset --folder vocaset/ --animators viseme theirs=results/
"""


def add_bench_face(
    actions: Any,
    add: Callable[..., argparse.ArgumentParser],
    lazy: Callable[..., Callable[..., int]],
    count: Callable[[str], int],
) -> None:
    """Add the action; `add`, `lazy` and `count` are the parser's own."""
    verb = add(actions, "face", "measure animators against true faces and one another", lazy("bench_face"), _EPILOG)
    verb.add_argument(
        "--data",
        default="avatars",
        choices=("vocaset", "biwi", "grid", "avatars"),
        help="whose faces (default: avatars, the package's own with synthetic truth)",
    )
    verb.add_argument("--folder", metavar="FOLDER", help="where the data lies; only `avatars` goes without")
    verb.add_argument(
        "--animators",
        nargs="+",
        metavar="NAME[=FOLDER]",
        help="names, folders of trained ones (several, by commas, are seeds) or of results (default: all installed)",
    )
    verb.add_argument(
        "--truth", default="viseme", metavar="NAME", help="animator that makes the synthetic truth (default: viseme)"
    )
    verb.add_argument("--voice", default="pm", metavar="NAME", help="who says it at its own pace (default: pm)")
    verb.add_argument("--oracle-only", action="store_true", help="only with the durations of the recording")
    verb.add_argument("--lips", metavar="SET", help="lip set: lips, lips-inner, lips-outer, mouth; published, derived")
    verb.add_argument("--labels", metavar="FILE", help="closures labelled in films of GRID, which are scored then")
    verb.add_argument("--most", type=count, metavar="N", help="at most N clips, for a quick look")
    verb.add_argument("--skip-times", action="store_true", help="measure quality, not cost")
    verb.add_argument(
        "--lengths",
        nargs="+",
        type=float,
        default=[1.0, 10.0, 60.0],
        metavar="S",
        help="seconds of speech to time and weigh, 1 .. 3600 (default: 1 10 60)",
    )
    verb.add_argument("-o", "--output", metavar="FILE", help="write the result as JSON")
    verb.add_argument("--overwrite", action="store_true", help="replace an existing FILE")
