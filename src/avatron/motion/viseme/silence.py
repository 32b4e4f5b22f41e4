"""Where the mouth comes to rest: at both ends of an utterance, always, and in pauses within it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatron.core.speech import Span
from avatron.motion.curves import plateau, soft_union
from avatron.motion.silences import is_pause, silences_of

__all__ = ["edge_rest", "pause_rest"]

SHORTEST_REST_S = 0.12
"""Shorter pauses do not close the mouth."""
CLOSING_S = 0.20
"""Time to come to rest after the last sound."""
OPENING_S = 0.11
"""Time from rest to the first sound: the lips part just before it."""
EDGE_S = 0.14
"""Within this time of the utterance's ends whatever the rules ask for fades to rest."""


def edge_rest(spans: tuple[Span, ...], length_s: float, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """[T] 1 at and beyond both ends of the utterance, 0 inside: what comes before and after is always rest.

    The fade takes the pause at that end, within limits, so that no sound is swallowed where there is a pause.
    """
    lead_s = spans[0].end_s - spans[0].start_s if spans and is_pause(spans[0].label) else 0.0
    trail_s = spans[-1].end_s - spans[-1].start_s if spans and is_pause(spans[-1].label) else 0.0
    fade_in_s = float(np.clip(lead_s, 0.06, EDGE_S))
    fade_out_s = float(np.clip(trail_s, 0.06, 1.5 * EDGE_S))
    return 1.0 - plateau(times_s, fade_in_s, length_s - fade_out_s, fade_in_s, fade_out_s)


def pause_rest(spans: tuple[Span, ...], times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """[T] 1 where the mouth is shut because nothing is said, 0 where it is free."""
    rest = np.zeros(len(times_s))
    for index, (start_s, end_s) in enumerate(silences_of(spans)):
        duration_s = end_s - start_s
        if duration_s < SHORTEST_REST_S:
            continue
        closing_s = min(CLOSING_S, 0.55 * duration_s)
        opening_s = min(OPENING_S, 0.4 * duration_s)
        first, last = index == 0 and start_s <= spans[0].start_s, end_s >= spans[-1].end_s
        rest = soft_union(
            rest,
            plateau(
                times_s,
                -np.inf if first else start_s + closing_s,
                np.inf if last else end_s - opening_s,
                closing_s,
                opening_s,
            ),
        )
    return rest
