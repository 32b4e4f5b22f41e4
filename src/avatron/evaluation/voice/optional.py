"""What stands in a result where a measure could not be taken."""

from __future__ import annotations

__all__ = ["absent"]


def absent(error: Exception) -> dict[str, str]:
    """What stands in a result in place of a number: the reason why there is none."""
    return {"not_measured": str(error)}
