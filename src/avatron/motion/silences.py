"""When nothing is said."""

from __future__ import annotations

from avatron.core.speech import Span
from avatron.text.inventory import PADDING, PAUSES

__all__ = ["is_pause", "silences_of"]

_PAUSE_SYMBOLS = frozenset({PADDING, *PAUSES, ""})
_TOUCHING_S = 1e-6


def is_pause(symbol: str) -> bool:
    """Whether nothing is said during the symbol."""
    return symbol in _PAUSE_SYMBOLS


def silences_of(spans: tuple[Span, ...]) -> list[tuple[float, float]]:
    """Start and end of each run of pauses, in seconds from the start of the utterance."""
    silences: list[tuple[float, float]] = []
    for span in spans:
        if not is_pause(span.label):
            continue
        if silences and span.start_s - silences[-1][1] < _TOUCHING_S:
            silences[-1] = (silences[-1][0], span.end_s)
        else:
            silences.append((span.start_s, span.end_s))
    return silences
