"""The numbers of `avatron bench face` as tables of a page: measures down, systems across, the best of each marked."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from avatron.errors import UnreadableFileError
from avatron.evaluation.face.score import MEASURES

__all__ = ["FIRST", "metric_tables", "read_metrics"]

FIRST = (
    "lve_mm", "lvme_m2", "vertex_error_mm", "fdd_absolute_m2", "opening_difference_mm", "closure", "false_closure",
    "lip_teeth", "silence_mm", "range_ratio", "speed_ratio", "jitter_ratio", "head_beats_over_chance",
)  # fmt: skip
"""Measures that a reader looks for; the others follow when they are asked for."""
_SQUARE_METRE = "m^2"
_CONDITIONS = {"oracle": "Timing of the recording"}


def read_metrics(path: Path) -> dict[str, Any]:
    """The result that `avatron bench face -o` wrote.

    Raises:
        UnreadableFileError: missing, damaged, or something else.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnreadableFileError(f"cannot read the metrics `{path}`: {error.strerror or error}") from error
    except ValueError as error:
        raise UnreadableFileError(f"the metrics `{path}` are damaged: {error}") from None
    if isinstance(document, dict):
        # Results on public meshes name their values by the same keys, and say no more of them.
        document.setdefault("measures", {key: vars(measure) for key, measure in MEASURES.items()})
    problem = _problem(document)
    if problem:
        raise UnreadableFileError(f"`{path}` {problem}; expected what `avatron bench face` wrote as JSON")
    return dict(document)


def metric_tables(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A table for each condition: `title`, `systems` and `measures`, each with its `cells` in the systems' order."""
    tables = []
    for condition in document["conditions"]:
        rows = [row for row in document["rows"] if condition in row["conditions"]]
        if not rows:
            continue
        keys = [key for key in document["measures"] if any(key in row["conditions"][condition] for row in rows)]
        keys.sort(key=lambda key: FIRST.index(key) if key in FIRST else len(FIRST))
        tables.append(
            {
                "name": condition,
                "title": _CONDITIONS.get(condition, condition.capitalize()),
                "systems": [{"name": row["name"], "reference": bool(row.get("reference"))} for row in rows],
                "measures": [_measure(key, document["measures"][key], rows, condition) for key in keys],
            }
        )
    return tables


def _measure(key: str, about: Mapping[str, Any], rows: list[dict[str, Any]], condition: str) -> dict[str, Any]:
    # A square millimetre is a number that people can read.
    factor, unit = (1e6, "mm²") if about["unit"] == _SQUARE_METRE else (1.0, str(about["unit"]).replace("^2", "²"))
    cells: list[dict[str, Any] | None] = []
    for row in rows:
        found = row["conditions"][condition].get(key)
        if found is None:
            cells.append(None)
            continue
        mean, half = factor * found["mean"], factor * (found["high"] - found["low"]) / 2
        cells.append({"mean": mean, "half": half, "count": found.get("count"), "best": False})
    ranked = [
        (_badness(cell["mean"], about, factor), cell)
        for cell, row in zip(cells, rows, strict=True)
        if cell is not None and not row.get("reference")
    ]
    aim = about.get("best")
    if len(ranked) > 1 and (aim is not None or about["better"] != "neither"):
        least = min(badness for badness, _ in ranked)
        for badness, cell in ranked:
            cell["best"] = math.isclose(badness, least, rel_tol=1e-9, abs_tol=1e-12)
    return {
        "key": key,
        "title": about["title"],
        "unit": "" if unit in ("ratio", "share", "score") else unit,
        "direction": f"→ {aim:g}" if aim is not None else {"higher": "↑", "lower": "↓"}.get(about["better"], ""),
        "first": key in FIRST,
        "cells": cells,
    }


def _badness(mean: float, about: Mapping[str, Any], factor: float) -> float:
    """Smaller is better."""
    if about.get("best") is not None:
        return abs(mean - factor * float(about["best"]))
    return -mean if about["better"] == "higher" else mean


def _problem(document: Any) -> str:
    """Why this is no result of the bench; empty if it is one."""
    if not isinstance(document, dict):
        return "is no JSON object"
    for name, kind in (("conditions", dict), ("measures", dict), ("rows", list)):
        if not isinstance(document.get(name), kind) or not document[name]:
            return f"has no `{name}`"
    for about in document["measures"].values():
        if not isinstance(about, dict) or not {"title", "unit", "better"} <= about.keys():
            return "has a measure without title, unit and direction"
    for row in document["rows"]:
        if (
            not isinstance(row, dict)
            or not isinstance(row.get("name"), str)
            or not isinstance(row.get("conditions"), dict)
        ):
            return "has a row without name and conditions"
        for found in row["conditions"].values():
            numbers = [cell.get(part) for cell in found.values() for part in ("mean", "low", "high")]
            if any(not isinstance(number, int | float) or not math.isfinite(number) for number in numbers):
                return f"has a row `{row['name']}` with a value that is no number"
    return ""
