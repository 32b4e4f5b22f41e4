"""Blinks: a renewal process on the script's clock, and some more where a phrase ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.speech import Speech
from avatron.motion.curves import meeting_pairs, minimum_jerk
from avatron.motion.emotion.mood import Mood
from avatron.motion.idle.accents import chance, pauses_of
from avatron.motion.noise import hashed_uniform

__all__ = ["BlinkShape", "Blinks", "blink_curve", "blinks_between", "blinks_of"]

CELL_S = 4.0
"""One blink in each cell, so intervals are 1.6 .. 6.4 s; people blink 15 to 30 times a minute when they talk
(Bentivoglio et al., Analysis of blink rate patterns in normal subjects, 1997)."""
CELL_JITTER = 0.6
"""Part of its cell over which a blink is spread."""
SKIPPED = 0.12
"""Share of every second cell without a blink: two in a row would be a stare."""
DOUBLED = 0.10
"""Share of the cells with a second blink shortly after."""
DOUBLE_AFTER_S = 0.42
RATES = (0.3, 2.5)
"""Factors on the rate that leave the lids time to open."""
PHRASE_END_CHANCE = 0.30
"""Share of the pauses with a blink of their own (Nakano and Kitazawa, Eyeblink entrainment at breakpoints of speech,
2010)."""
CLEARANCE_S = 1.2
"""A blink at a pause replaces one of the clock's that is nearer than this."""

CLOSING_S = 0.11
HOLD_S = 0.042
"""Long enough that a video of 24 frames a second shows closed lids."""
OPENING_S = 0.22
"""The lids open half as fast as they close (VanderWerf et al., Eyelid movements, 2003)."""
LENGTH_S = CLOSING_S + HOLD_S + OPENING_S


@dataclass(frozen=True)
class BlinkShape:
    """The course of one blink, seconds."""

    closing_s: float = CLOSING_S
    hold_s: float = HOLD_S
    opening_s: float = OPENING_S

    @property
    def length_s(self) -> float:
        """Of the whole blink."""
        return self.closing_s + self.hold_s + self.opening_s


@dataclass(frozen=True, eq=False)
class Blinks:
    """Blinks in the order of time, on the script's clock."""

    start_s: NDArray[np.float64]
    """When the lids begin to close."""
    tempo: NDArray[np.float64]
    """Factor on the length, about 1."""
    depth: NDArray[np.float64]
    """How far the lids close, 0 .. 1."""


def blinks_between(start_s: float, end_s: float, seed: int, rate: float = 1.0) -> Blinks:
    """The clock's own blinks that may be under way between two times; they do not depend on what is said.

    `rate` is a factor on how often they come.
    """
    cell_s = CELL_S / float(np.clip(rate, *RATES))
    cells = np.arange(int(np.floor(start_s / cell_s)) - 1, int(np.floor(end_s / cell_s)) + 2)
    kind = hashed_uniform(seed, "blink/kind", cells)
    begin_s = cell_s * (cells + CELL_JITTER * hashed_uniform(seed, "blink/time", cells))
    tempo = 0.88 + 0.24 * hashed_uniform(seed, "blink/tempo", cells)
    depth = np.where(hashed_uniform(seed, "blink/depth", cells) < 0.12, 0.85, 1.0)
    single = (kind >= SKIPPED) | (cells % 2 == 1)
    double = kind >= 1.0 - DOUBLED
    begin_s = np.concatenate([begin_s[single], begin_s[double] + DOUBLE_AFTER_S])
    order = np.argsort(begin_s)
    return Blinks(
        begin_s[order],
        np.concatenate([tempo[single], tempo[double]])[order],
        np.concatenate([depth[single], 0.95 * depth[double]])[order],
    )


def blinks_of(speech: Speech, times_s: NDArray[np.float64], seed: int, mood: Mood | None = None) -> Blinks:
    """The blinks of an utterance: the clock's, and those of its pauses.

    A blink at a pause lies wholly inside the utterance, and displaces only blinks of the clock that do too, so that
    the utterance before and the one after need not know of it.
    """
    if not len(times_s):
        return Blinks(np.zeros(0), np.ones(0), np.ones(0))
    rate = 1.0 if mood is None else mood.manner.blinks * mood.base_factor("blinks")
    clock = blinks_between(float(times_s[0]), float(times_s[-1]), seed, rate)
    utterance_start_s, utterance_end_s = float(speech.start), float(speech.end)
    extra_s = []
    for pause in pauses_of(speech):
        if pause.start_s <= 0 or chance(speech, seed, "blink/pause", pause.number) >= PHRASE_END_CHANCE * rate:
            continue
        # Most begin just before the voice ends.
        begin_s = utterance_start_s + pause.start_s - 0.12 + 0.14 * chance(speech, seed, "blink/lag", pause.number)
        begin_s = min(begin_s, utterance_end_s - LENGTH_S - 1e-3)
        if begin_s > utterance_start_s:
            extra_s.append(begin_s)
    if not extra_s:
        return clock
    extra = np.array(extra_s)
    near = np.abs(clock.start_s[:, None] - extra).min(axis=1) < CLEARANCE_S
    inside = (clock.start_s >= utterance_start_s) & (clock.start_s + 1.2 * LENGTH_S <= utterance_end_s)
    kept = ~(near & inside)
    crossing = (np.abs(extra[:, None] - clock.start_s[kept]) < CLEARANCE_S).any(axis=1)
    extra = extra[~crossing]
    start_s = np.concatenate([clock.start_s[kept], extra])
    order = np.argsort(start_s)
    return Blinks(
        start_s[order],
        np.concatenate([clock.tempo[kept], np.ones(len(extra))])[order],
        np.concatenate([clock.depth[kept], np.ones(len(extra))])[order],
    )


def blink_curve(blinks: Blinks, times_s: NDArray[np.float64], shape: BlinkShape | None = None) -> NDArray[np.float64]:
    """[T] how far the lids are closed, 0 .. 1: fast down, a moment shut, slowly up."""
    shape = shape or BlinkShape()
    if not len(blinks.start_s):
        return np.zeros(len(times_s))
    pairs = meeting_pairs(times_s, blinks.start_s, blinks.start_s + shape.length_s * blinks.tempo)
    event = pairs.event
    since_s = (times_s[:, None] - blinks.start_s[event]) / np.maximum(blinks.tempo[event], 1e-6)
    closing = minimum_jerk(since_s / shape.closing_s)
    shut_s = shape.closing_s + shape.hold_s * np.maximum(1.0, 1.0 / blinks.tempo[event])
    opening = minimum_jerk((since_s - shut_s) / shape.opening_s)
    bumps = blinks.depth[event] * closing * (1.0 - opening) * pairs.valid
    return np.asarray(1.0 - np.prod(1.0 - bumps, axis=1))
