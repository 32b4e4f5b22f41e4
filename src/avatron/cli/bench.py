"""`avatron bench`: how fast each stage is on this machine."""

from __future__ import annotations

import argparse

from avatron.cli.report import print_json, print_table
from avatron.evaluation.speed import measure_speed
from avatron.pipeline.options import parse_size

__all__ = ["run"]


def run(parsed: argparse.Namespace) -> int:
    """The verb."""
    result = measure_speed(parsed.seconds, parse_size(parsed.size))
    if parsed.json:
        print_json(result)
        return 0
    rows = [("stage", "seconds", "of a second of film")]
    for stage, seconds in result["stage_seconds"].items():
        rows.append((stage, f"{seconds:.3f}", f"{seconds / result['film_s']:.4f}"))
    rows.append(("all", f"{result['seconds']:.3f}", f"{result['seconds'] / result['film_s']:.4f}"))
    print_table(rows)
    print(
        f"{result['film_s']:.1f} s of film at {result['size']}, {result['times_faster_than_playing']:.1f} times faster "
        f"than it plays ({result['instruction_set']}, {result['cores']} cores)"
    )
    return 0
