"""Results of a listening test as tables for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["pair_rows", "system_rows"]

Rows = list[tuple[str, ...]]


def system_rows(result: Mapping[str, Any]) -> Rows:
    """A row for each system, the best first."""
    name = str(result["kind"]).upper()
    rows: Rows = [
        ("system", "listeners", "ratings", f"{name} 1..5 ↑", "95 % (t)", "95 % (bootstrap)", "5 / 4 / 3 / 2 / 1")
    ]
    for system in sorted(result["systems"], key=lambda system: -float(system["mean"])):
        counts = " / ".join(str(system["counts"][str(rating)]) for rating in range(5, 0, -1))
        role = " (reference)" if system["system"] == result["reference"] else ""
        rows.append(
            (
                system["system"] + role,
                str(system["listeners"]),
                str(system["ratings"]),
                f"{system['mean']:.2f}",
                _interval(system["t_interval"]),
                _interval(system["bootstrap_interval"]),
                counts,
            )
        )
    return rows


def pair_rows(result: Mapping[str, Any]) -> Rows:
    """A row for each pair that was compared, the surest difference first."""
    rows: Rows = [("pair", "listeners", "difference", "95 % (t)", "effect", "p", "p (Holm)")]
    for pair in sorted(result["pairs"], key=lambda pair: float(pair["p_value"])):
        rows.append(
            (
                f"{pair['first']} - {pair['second']}",
                str(pair["listeners"]),
                f"{pair['difference']:+.2f}",
                _interval(pair["t_interval"], "+"),
                f"{pair['rank_biserial']:+.2f}",
                _probability(pair["p_value"]),
                _probability(pair["p_value_holm"]),
            )
        )
    return rows


def _interval(interval: Sequence[float] | None, sign: str = "") -> str:
    return "one listener" if interval is None else " .. ".join(f"{edge:{sign}.2f}" for edge in interval)


def _probability(value: float) -> str:
    return "< 0.0001" if value < 1e-4 else f"{value:.4f}"
