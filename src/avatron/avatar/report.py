"""What a check of an avatar found, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["VERDICTS", "AvatarReport", "FileFacts", "Finding"]

VERDICTS = ("good", "usable", "refuse")
"""`usable` draws and talks but has something to mend; `refuse` cannot be loaded or drawn."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong."""

    severity: str
    """`refuse`, or `mend` where it can still be used."""
    place: str
    """The file or the field of `config.json`."""
    problem: str
    remedy: str


@dataclass(frozen=True)
class FileFacts:
    """One file."""

    name: str
    size_bytes: int
    state: str
    """`whole`, `changed`, `missing`, `too large` or `not listed`."""
    what: str
    """Size and mode of a picture, arrays of a mesh."""


@dataclass
class AvatarReport:
    """All of it; filled while the check goes on."""

    path: str
    name: str = ""
    files: list[FileFacts] = field(default_factory=list)
    numbers: dict[str, Any] = field(default_factory=dict)
    """Sizes, triangles, memory and times, each with its unit in its name."""
    pictures: dict[str, dict[str, float]] = field(default_factory=dict)
    """Test picture to what was measured on it."""
    findings: list[Finding] = field(default_factory=list)

    def refuse(self, place: str, problem: str, remedy: str) -> None:
        """Note what makes it impossible to use."""
        self.findings.append(Finding("refuse", place, problem, remedy))

    def mend(self, place: str, problem: str, remedy: str) -> None:
        """Note what should be better."""
        self.findings.append(Finding("mend", place, problem, remedy))

    @property
    def verdict(self) -> str:
        """One of `VERDICTS`."""
        found = {finding.severity for finding in self.findings}
        return "refuse" if "refuse" in found else "usable" if found else "good"
