"""The result as tables for people, as the field's papers print them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from avatron.evaluation.face.goals import GOALS

__all__ = ["cost_rows", "difference_rows", "goal_rows", "quality_rows"]

Rows = list[tuple[str, ...]]

_ACCURACY = (
    ("lve_mm", "LVE mm ↓", 1.0, 2),
    ("lve_m2", "LVE 1e-6 m² ↓", 1e6, 2),
    ("lvme_m2", "LVME 1e-6 m² ↓", 1e6, 3),
    ("fdd_m2", "FDD 1e-7 m² (0)", 1e7, 2),
    ("fdd_absolute_m2", "|FDD| 1e-7 m² ↓", 1e7, 2),
    ("vertex_error_mm", "MVE mm ↓", 1.0, 3),
    ("opening_difference_mm", "MOD mm ↓", 1.0, 2),
    ("range_ratio", "range/true (1)", 1.0, 2),
    ("speed_ratio", "speed/true (1)", 1.0, 2),
    ("jitter_ratio", "jitter/true (1)", 1.0, 2),
    ("warp_ms", "warp ms ↓", 1.0, 0),
    ("late_ms", "late ms (0)", 1.0, 0),
)
_BEHAVIOUR = (
    ("closure", "closed P B M ↑", 1.0, 3),
    ("false_closure", "shut in vowels ↓", 1.0, 3),
    ("true_closures_caught", "true closures caught ↑", 1.0, 2),
    ("closures_that_are_true", "closures that are true ↑", 1.0, 2),
    ("labelled_closures_caught", "labelled caught ↑", 1.0, 3),
    ("labelled_open_shut", "labelled open shut ↓", 1.0, 3),
    ("lip_teeth", "F V contact ↑", 1.0, 2),
    ("silence_mm", "silence mm ↓", 1.0, 2),
    ("range_mm", "range mm", 1.0, 1),
    ("speed_mm_s", "speed mm/s", 1.0, 1),
    ("jitter_mm", "jitter mm/f²", 1.0, 2),
    ("head_beats_over_chance", "head on stress ↑", 1.0, 2),
    ("brow_beats_over_chance", "brows on stress ↑", 1.0, 2),
)


def quality_rows(result: Mapping[str, Any], condition: str) -> tuple[Rows, Rows]:
    """(errors against the truth, what mouth, head and brows do) of one condition, with headings.

    Each cell is a mean and half of its 95 % interval: over clips, or over seeds where there are several.
    """
    return _rows(result, condition, _ACCURACY), _rows(result, condition, _BEHAVIOUR)


def difference_rows(result: Mapping[str, Any], condition: str) -> Rows:
    """On how many measures the compared row is better, the same and worse than each other row, and on which worse."""
    rows: Rows = [(f"{result['compared_with']} against", "better", "same", "worse", "worse on")]
    for name, conditions in result["differences"].items():
        found = conditions.get(condition, {})
        verdicts = {key: one["verdict"] for key, one in found.items()}
        if not verdicts:
            continue
        counts = (str(list(verdicts.values()).count(which)) for which in ("better", "same", "worse"))
        rows.append((name, *counts, ", ".join(key for key, verdict in verdicts.items() if verdict == "worse")))
    return rows


def cost_rows(cost: Mapping[str, Any]) -> Rows:
    """Parameters and operations of the motion, and by length its time, that of the whole pipeline, and memory."""
    lengths = [one["seconds"] for one in next(iter(cost["rows"].values()))["lengths"]]
    titles = [f"{seconds:g} s: motion, text to motion, MiB" for seconds in lengths]
    rows: Rows = [("cost", "parameters", "GFLOP/s", *titles)]
    for name, row in cost["rows"].items():
        parameters = f"{row['parameters'] / 1e6:.2f} M" if "parameters" in row else ""
        operations = f"{row['operations_per_s'] / 1e9:.3f}" if "operations_per_s" in row else ""
        cells = []
        for one in row["lengths"]:
            if "not_measured" in one:
                cells.append(one["not_measured"])
                continue
            peak = "" if one["peak_mib"] is None else f"{one['peak_mib']:.0f}"
            cells.append(f"{one['motion_real_time_factor']:.4f}  {one['pipeline_real_time_factor']:.4f}  {peak}")
        rows.append((name, parameters, operations, *cells))
    return rows


def goal_rows(goals: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Rows:
    """A row for each row of the table: each goal that was measured, with `yes` or `no`."""
    used = [key for key in GOALS if any(key in found for found in goals.values())]
    signs = {"least": ">=", "most": "<="}
    rows: Rows = [("goals", *(f"{GOALS[key].title} {signs[GOALS[key].at]} {GOALS[key].bound:g}" for key in used))]
    for name, found in goals.items():
        cells = (
            f"{found[key]['value']:.3g} {'yes' if found[key]['met'] else 'no'}" if key in found else "" for key in used
        )
        rows.append((name, *cells))
    return rows


def _rows(result: Mapping[str, Any], condition: str, columns: Sequence[tuple[str, str, float, int]]) -> Rows:
    measured = [row for row in result["rows"] if condition in row["conditions"]]
    used = [column for column in columns if any(column[0] in row["conditions"][condition] for row in measured)]
    rows: Rows = [(f"{condition}", *(title for _, title, _, _ in used))]
    for row in measured:
        values = row["conditions"][condition]
        name = row["name"] + (f" (x{row['seeds']})" if row["seeds"] > 1 else "")
        rows.append((name, *(_cell(values.get(key), factor, places) for key, _, factor, places in used)))
    return rows


def _cell(value: Mapping[str, float] | None, factor: float, places: int) -> str:
    if value is None:
        return ""
    half = (value["high"] - value["low"]) / 2
    return f"{factor * value['mean']:.{places}f} ±{factor * half:.{places}f}"
