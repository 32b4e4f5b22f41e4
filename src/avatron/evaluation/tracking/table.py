"""Results of the tracking bench as tables for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["condition_rows", "film_rows", "method_rows", "real_rows"]

Rows = list[tuple[str, ...]]

_COLUMNS = (
    ("face mm", "face_mm"),
    ("lips mm", "lips_mm"),
    ("lids mm", "eyelids_mm"),
    ("jaw mm", "jaw_mm"),
    ("neutral mm", "neutral_face_mm"),
    ("pose deg", "rotation_deg"),
    ("motion deg", "rotation_motion_deg"),
    ("aside mm", "sideways_mm"),
    ("depth mm", "depth_mm"),
    ("expression r", "expression_r"),
    ("gaze deg", "gaze_deg"),
    ("closures F1", "closure_f1"),
)
_IN_FILM = {
    "face_mm": ("posed_mm", "face"),
    "lips_mm": ("posed_mm", "lips"),
    "rotation_deg": ("rotation_deg",),
    "expression_r": ("mean_expression_r",),
}


def method_rows(result: Mapping[str, Any]) -> Rows:
    """A row for each method's mean over films and one for its worst film in each column."""
    rows: Rows = [("method", *(title for title, _ in _COLUMNS))]
    for name, found in result["summary"].items():
        if not found["mean"]["films"]:
            continue
        rows.append((name, *(_number(found["mean"][key]) for _, key in _COLUMNS)))
        rows.append(("  worst film", *(_number(found["worst"][key]["value"]) for _, key in _COLUMNS)))
    goals = result["goals"]
    rows.append(("goal", *(_number(goals[key]) if key in goals else "" for _, key in _COLUMNS)))
    return rows


def film_rows(result: Mapping[str, Any]) -> Rows:
    """A row for each film: face, lips, pose and expression by every method."""
    methods = list(result["summary"])
    rows: Rows = [("film", *(f"{name}: face, lips mm, pose deg, r" for name in methods))]
    for film in result["films"]:
        cells = []
        for name in methods:
            error = film[name]
            cells.append(
                "failed" if "failed" in error else "  ".join(_number(_at(error, path)) for path in _IN_FILM.values())
            )
        rows.append((film["name"], *cells))
    return rows


def condition_rows(result: Mapping[str, Any]) -> Rows:
    """A row for each condition: face and lips in mm and pose in degrees by every method."""
    methods = list(result["summary"])
    rows: Rows = [("condition", "films", *(f"{name}: face, lips mm, pose deg" for name in methods))]
    for condition, found in result["conditions"].items():
        count = max(found[name]["films"] for name in methods)
        cells = [
            "  ".join(_number(found[name][key]) for key in ("face_mm", "lips_mm", "rotation_deg"))
            if found[name]["films"]
            else "failed"
            for name in methods
        ]
        rows.append((condition, str(count), *cells))
    return rows


def real_rows(real: Mapping[str, Any]) -> Rows:
    """A row for each group of films of real people and each method: means over clips, and closures of GRID."""
    columns = ("landmark_px", "landmark_percent", "lip_contour_percent", "psnr_db", "jitter_mm")
    rows: Rows = [
        ("films", "method", "clips", "landmarks px", "% of eyes", "lips %", "PSNR dB", "jitter mm/f2", "closures F1")
    ]
    for group, methods in real["means"].items():
        for name, found in methods.items():
            closures = real.get("closures", {}).get(name, {}) if group == "grid" else {}
            score = closures.get("at_half_a_millimetre", {}).get("f1")
            cells = [_number(found[key]["mean"]) if key in found else "" for key in columns]
            rows.append((group, name, str(found["clips"]), *cells, "" if score is None else _number(score)))
    return rows


def _at(error: Mapping[str, Any], path: tuple[str, ...]) -> float:
    value: Any = error
    for key in path:
        value = value[key]
    return float(value)


def _number(value: float) -> str:
    return f"{value:.2f}" if abs(value) < 100 else f"{value:.0f}"
