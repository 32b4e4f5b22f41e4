"""What one measure says of a clip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, Self

__all__ = ["VERDICTS", "Finding", "Number", "Verdict", "worst"]

Verdict = Literal["good", "usable", "refuse", "not measured"]
VERDICTS: tuple[Verdict, ...] = ("not measured", "good", "usable", "refuse")
"""From harmless to hopeless. `usable` costs accuracy, `refuse` cannot be tracked; what was not measured counts for
nothing."""
Number = float | int | str | bool | None | list[float] | list[list[float]]


@dataclass(frozen=True)
class Finding:
    """One measure's verdict."""

    measure: str
    verdict: Verdict
    says: str
    """What was measured, in words and numbers, and why the verdict is what it is."""
    advice: str = ""
    """What to record instead; empty where there is nothing to mend."""
    numbers: Mapping[str, Number] = field(default_factory=lambda: MappingProxyType({}))
    """What was measured, each with its unit in its name."""

    @classmethod
    def graded(
        cls, measure: str, value: float, good: float, least: float, says: str, advice: str, **numbers: Number
    ) -> Self:
        """The finding of a value of which more is better: good from `good` on, refused below `least`."""
        verdict: Verdict = "good" if value >= good else "usable" if value >= least else "refuse"
        return cls(measure, verdict, says, "" if verdict == "good" else advice, numbers)


def worst(findings: list[Finding]) -> Verdict:
    """The verdict on a clip: the worst of its findings."""
    return max((finding.verdict for finding in findings), key=VERDICTS.index, default="not measured")
