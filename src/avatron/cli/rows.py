"""What a row of a batch may set differently from the command's options."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from avatron.core.timeline import FrameClock
from avatron.pipeline.options import SpeakOptions, parse_factor, parse_intensity, parse_pace, parse_seed, parse_size

__all__ = ["ROW_OPTIONS", "with_row"]

ROW_OPTIONS: dict[str, Callable[[Any], Any]] = {
    "voice": str,
    "avatar": str,
    "background": str,
    "size": lambda text: parse_size(str(text)),
    "fps": lambda text: FrameClock.parse(text).fps,
    "pace": parse_pace,
    "pitch": lambda text: parse_factor("pitch", text),
    "pitch_range": lambda text: parse_factor("pitch range", text),
    "energy": lambda text: parse_factor("energy", text),
    "dynamics": lambda text: parse_factor("dynamics", text),
    "pauses": lambda text: parse_factor("pauses", text),
    "style_from": str,
    "emotion": str,
    "emotion_intensity": parse_intensity,
    "manner": str,
    "seed": lambda text: parse_seed(str(text)),
}
"""What a row of a batch may set differently, and how it is read."""


def with_row(options: SpeakOptions, row: dict[str, Any]) -> SpeakOptions:
    """`options` with what one row of a batch sets differently; an empty cell sets nothing.

    Raises:
        InvalidValueError: a value that is out of range.
    """
    given = {key: row[key] for key in ROW_OPTIONS if row.get(key) not in (None, "")}
    return replace(options, **{key: ROW_OPTIONS[key](value) for key, value in given.items()})
