"""How many edits turn one series into another."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["edit_distance"]


def edit_distance(reference: Sequence[str], given: Sequence[str]) -> int:
    """Substitutions, insertions and deletions: Levenshtein's distance."""
    row = list(range(len(given) + 1))
    for place, wanted in enumerate(reference, 1):
        diagonal, row[0] = row[0], place
        for column, found in enumerate(given, 1):
            diagonal, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, diagonal + (wanted != found))
    return row[-1]
