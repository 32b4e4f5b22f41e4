"""Closures of P, B and M that a tracker catches, and those that it invents: against intervals labelled from pixels.

An interval counts as closed where the lips come nearer than a limit in one of its frames or more: viewers miss a
closure that does not happen, and see one that should not. Limits that are to be chosen are chosen on intervals that are
not scored.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.errors import DamagedModelError, ShapeError, UnreadableFileError

__all__ = ["ClosureLabel", "ClosureScore", "best_limit", "nearest", "read_closure_labels", "score_closures"]


@dataclass(frozen=True)
class ClosureLabel:
    """One interval, closed or apart in every frame of it."""

    clip: str
    first_frame: int
    last_frame: int
    """It belongs to the interval."""
    closed: bool
    kind: str
    """p, b, m; or what it is instead: f, v, w, s, r, th, vowel, rounded, consonant, rest."""
    scored: bool
    """False: for choosing limits, and for training."""


@dataclass(frozen=True)
class ClosureScore:
    """Counts of intervals."""

    caught: int
    missed: int
    invented: int
    rejected: int
    invented_kinds: tuple[tuple[str, int], ...]
    """What was taken for a closure, and how often."""

    @property
    def precision(self) -> float:
        """Share of the closures found that are some; 0 where none was found."""
        return self.caught / max(self.caught + self.invented, 1)

    @property
    def recall(self) -> float:
        """Share of the closures that were found."""
        return self.caught / max(self.caught + self.missed, 1)

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        return 2 * self.caught / max(2 * self.caught + self.missed + self.invented, 1)

    def as_json(self) -> dict[str, Any]:
        """Counts and shares by name."""
        counts = {"caught": self.caught, "missed": self.missed, "invented": self.invented, "rejected": self.rejected}
        shares = {name: round(getattr(self, name), 4) for name in ("precision", "recall", "f1")}
        return {**counts, **shares, "invented_kinds": dict(self.invented_kinds)}


def read_closure_labels(path: Path) -> tuple[ClosureLabel, ...]:
    """The labels of `benchmarks/label_closures.py`.

    Raises:
        UnreadableFileError: no such file.
        DamagedModelError: it holds something else.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UnreadableFileError(f"cannot read `{path}`: {error.strerror or error}") from error
    try:
        return tuple(
            ClosureLabel(
                str(one["clip"]),
                int(one["first_frame"]),
                int(one["last_frame"]),
                bool(one["closed"]),
                str(one["kind"]),
                one["split"] == "score",
            )
            for one in json.loads(text)["intervals"]
        )
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedModelError(f"`{path}` holds no labels of closures: {error}; get it again") from error


def nearest(labels: Iterable[ClosureLabel], gap_of: Callable[[str], NDArray[Any]]) -> NDArray[np.float64]:
    """[N] for each label how near the lips come in its frames, of the gaps `gap_of(clip)` [T] in any unit.

    Frames of which nothing is known have a gap that is not a number; an interval of such alone is open.

    Raises:
        ShapeError: a clip with fewer frames than its label names.
    """
    gaps: dict[str, NDArray[Any]] = {}
    found = []
    for label in labels:
        if label.clip not in gaps:
            gaps[label.clip] = np.asarray(gap_of(label.clip), np.float64)
        gap = gaps[label.clip]
        if label.last_frame >= len(gap):
            raise ShapeError(f"clip `{label.clip}` has {len(gap)} frames, but a label names frame {label.last_frame}")
        part = gap[label.first_frame : label.last_frame + 1]
        known = part[np.isfinite(part)]
        found.append(float(known.min()) if len(known) else np.inf)
    return np.array(found, np.float64)


def score_closures(labels: Sequence[ClosureLabel], nearest_gap: NDArray[Any], limit: float) -> ClosureScore:
    """The score of calling those intervals closed whose `nearest_gap` [N] is below `limit`."""
    closed = np.array([label.closed for label in labels], bool)
    called = np.asarray(nearest_gap) < limit
    wrong = [label.kind for label, one in zip(labels, called & ~closed, strict=True) if one]
    kinds = tuple((kind, wrong.count(kind)) for kind in sorted(set(wrong)))
    return ClosureScore(
        int((called & closed).sum()),
        int((~called & closed).sum()),
        len(wrong),
        int((~called & ~closed).sum()),
        kinds,
    )


def best_limit(labels: Sequence[ClosureLabel], nearest_gap: NDArray[Any]) -> float:
    """The limit with the highest F1, in the middle of all that are as good."""
    values = np.unique(nearest_gap[np.isfinite(nearest_gap)])
    if not len(values):
        return 0.0
    between = (values[1:] + values[:-1]) / 2
    limits = np.concatenate([[values[0] - 1], between, [values[-1] + 1]])
    scores = np.array([score_closures(labels, nearest_gap, float(limit)).f1 for limit in limits])
    best = limits[scores >= scores.max() - 1e-12]
    return float(best[len(best) // 2])
