"""A way to tell whether two recordings are of one speaker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from avatron.core.audio import Audio

__all__ = ["SpeakerComparison"]


@dataclass(frozen=True)
class SpeakerComparison:
    """How alike, and how alike is one."""

    method: str
    """Said in the record and in messages."""
    similarity: Callable[[Audio, Audio], float]
    """Of two recordings; larger is more alike."""
    least: float
    """From here on they pass for one speaker."""
