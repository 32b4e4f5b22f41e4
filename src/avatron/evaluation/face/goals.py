"""What the default animator is to reach, and which rows do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["GOALS", "Goal", "goals_met"]


@dataclass(frozen=True)
class Goal:
    """A bound on one number."""

    title: str
    bound: float
    at: Literal["least", "most"]

    def met(self, value: float) -> bool:
        """Whether `value` keeps the bound."""
        return value >= self.bound if self.at == "least" else value <= self.bound


GOALS: Mapping[str, Goal] = {
    "closure": Goal("closed on P B M, oracle", 0.97, "least"),
    "silence_mm": Goal("open in silence, mm, oracle", 0.3, "most"),
    "parameters": Goal("parameters", 3e6, "most"),
    "motion_real_time_factor": Goal("real-time factor of the motion", 0.003, "most"),
    "pipeline_real_time_factor": Goal("real-time factor from text", 0.02, "most"),
    "times_faster": Goal("times faster than the speech-driven pipeline", 20.0, "least"),
}
"""Quality with the recording's timing; cost at the longest length that was measured."""


def goals_met(result: Mapping[str, Any]) -> dict[str, dict[str, dict[str, Any]]]:
    """By row and goal: `value`, `goal` and `met`, of every goal that `result` has the number for."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in result["rows"]:
        if row["reference"]:
            continue
        values = {
            key: one["mean"] for key, one in row["conditions"].get("oracle", {}).items() if key in GOALS
        } | _cost_of(row["name"], result.get("cost", {}))
        found[row["name"]] = {
            key: {"value": value, "goal": GOALS[key].bound, "met": GOALS[key].met(value)}
            for key, value in values.items()
        }
    return found


def _cost_of(name: str, cost: Mapping[str, Any]) -> dict[str, float]:
    row = cost.get("rows", {}).get(name)
    if row is None:
        return {}
    values: dict[str, float] = {"parameters": row["parameters"]} if "parameters" in row else {}
    longest = row["lengths"][-1]
    if "not_measured" not in longest:
        values |= {key: longest[key] for key in ("motion_real_time_factor", "pipeline_real_time_factor")}
    if name in cost["times_faster"]:
        values["times_faster"] = cost["times_faster"][name]["pipeline_real_time_factor"]
    return values
