"""The result of a voice's measures as tables for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

__all__ = ["missing_measures", "quality_rows", "time_rows", "timing_rows"]

JUDGED = (
    ("distillmos", "DistillMOS ↑", 2),
    ("dnsmos_ovrl", "DNSMOS ↑", 2),
    ("dnsmos_sig", "signal ↑", 2),
    ("dnsmos_bak", "background ↑", 2),
    ("dnsmos_ovrl_as_is", "DNSMOS as is ↑", 2),
    ("loudness_lufs", "LUFS", 1),
    ("word_error_rate", "word errors ↓", 3),
    ("relative_word_error_rate", "relative ↓", 2),
    ("speaker_similarity", "similarity ↑", 3),
)
COMPARED = (
    ("pesq_wb", "PESQ wb ↑", 2),
    ("stoi", "STOI ↑", 3),
    ("mel_l1", "mel L1 ↓", 3),
    ("pitch_correlation", "pitch r ↑", 3),
    ("pitch_error_cents", "cents ↓", 0),
    ("voicing_error", "voicing error ↓", 3),
    ("pitch_range_ratio", "pitch range", 2),
)
Rows = list[tuple[str, ...]]


def quality_rows(result: dict[str, Any]) -> tuple[Rows, Rows]:
    """(what judges and recognisers say of each set, distances to the recordings), with headings."""
    return _rows(result["sets"], JUDGED), _rows(result["sets"], COMPARED)


def timing_rows(result: dict[str, Any]) -> Rows:
    """How far an independent aligner's starts are from the spans, with a heading."""
    rows: Rows = [("starts, ms", "count", "mean", "median", "95 %", "signed mean", "within 25", "within 50")]
    for name, found in result["timing"].items():
        for unit in ("word_starts", "phoneme_starts"):
            one = found[unit]
            if one.get("count"):
                rows.append(
                    (
                        f"{name}, {unit.partition('_')[0]}s", str(one["count"]),
                        f"{one['mean_ms']} ± {one['interval95_ms']}", str(one["median_ms"]),
                        str(one["percentile95_ms"]), str(one["signed_mean_ms"]),
                        f"{one['within_25_ms']:.1%}", f"{one['within_50_ms']:.1%}",
                    )
                )  # fmt: skip
    return rows


def time_rows(result: dict[str, Any]) -> Rows:
    """Speed by threads, with a heading."""
    rows: Rows = [("threads", "real-time factor ↓", "first audio, ms ↓")]
    for name, one in result.get("times", {}).items():
        if name.startswith("threads_"):
            rows.append(
                (name.removeprefix("threads_"), f"{one['real_time_factor']:.4f}", f"{one['first_audio_ms']:.1f}")
            )
    return rows


def missing_measures(result: dict[str, Any]) -> Iterator[str]:
    """`NAME: reason` for each measure and set that there is no number for, each reason once."""
    told = set()
    for name, found in result["sets"].items():
        own = {name: found} if "not_measured" in found else found
        for measure, value in own.items():
            reason = value.get("not_measured") if isinstance(value, dict) else None
            if reason is not None and (measure, reason) not in told:
                told.add((measure, reason))
                yield f"{measure}: {reason}"
    for found in result["timing"].values():
        reason = next((one["not_measured"] for one in found.values() if "not_measured" in one), None)
        if reason is not None and ("timing", reason) not in told:
            told.add(("timing", reason))
            yield f"timing: {reason}"


def _rows(sets: dict[str, Any], columns: Sequence[tuple[str, str, int]]) -> Rows:
    measured = {name: found for name, found in sets.items() if "not_measured" not in found}
    used = [column for column in columns if any(_has(found, column[0]) for found in measured.values())]
    rows: Rows = [("set", "sounds", *(label for _, label, _ in used))]
    for name, found in measured.items():
        cells = [_cell(found[key], places) if _has(found, key) else "" for key, _, places in used]
        if any(cells):
            rows.append((name, str(found["count"]), *cells))
    return rows


def _has(found: dict[str, Any], name: str) -> bool:
    return "mean" in found.get(name, {})


def _cell(value: dict[str, Any], places: int) -> str:
    half = (value["high"] - value["low"]) / 2
    return f"{value['mean']:.{places}f} ± {half:.{places}f}"
