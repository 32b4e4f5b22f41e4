"""Every measure of one motion against one case, on the person's own timing or on another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import FaceMotion
from avatron.core.speech import Speech
from avatron.errors import ShapeError
from avatron.evaluation.face.beats import beat_alignment, beat_alignment_by_chance, brow_beats_s, head_beats_s
from avatron.evaluation.face.case import FaceCase, Shapes, phone_edges_s
from avatron.evaluation.face.opening import false_closures, opening_difference_mm, opening_range_mm, range_ratio
from avatron.evaluation.face.teeth import lip_teeth_contacts
from avatron.evaluation.face.warping import matched_frames, phone_band, phone_times, warp
from avatron.evaluation.lips import CLOSED_GAP_MM, bilabial_closures, silence_gaps
from avatron.evaluation.tracking.closures import nearest
from avatron.evaluation.tracking.measures import jitter_mm, matched_closures
from avatron.evaluation.vertices import (
    face_dynamics_deviation,
    lip_vertex_error,
    lip_vertex_error_mm,
    lip_vertex_mean_error,
    mean_speed_mm_s,
    mean_vertex_error_mm,
)
from avatron.motion.idle.accents import accents_of

__all__ = ["MEASURES", "WARP_REACH_S", "Measure", "score"]

WARP_REACH_S = 0.2
"""A warp may go that far from where the phones put a frame."""
_LEAST_RANGE_MM = 0.5
"""A true mouth that moves less has no range that another could have a share of."""


@dataclass(frozen=True)
class Measure:
    """What a column of the table is."""

    title: str
    unit: str
    better: Literal["higher", "lower", "neither"]
    citation: str = ""
    of: Literal["clips", "events"] = "clips"
    """A mean over clips, or a share of events of all clips together."""
    needs_truth: bool = True
    """False: only speech is needed, and on any timing it is measured as it is, without a warp."""
    best: float | None = None
    """Where the best is neither high nor low."""


MEASURES: Mapping[str, Measure] = {
    "lve_m2": Measure("LVE", "m^2", "lower", "Richard et al. 2021; Fan et al. 2022"),
    "lve_mm": Measure("LVE", "mm", "lower", "Thambiraja et al. 2023"),
    "lvme_m2": Measure("LVME", "m^2", "lower", "Avatron"),
    "fdd_m2": Measure("FDD", "m^2", "neither", "Xing et al. 2023", best=0.0),
    "fdd_absolute_m2": Measure("|FDD|", "m^2", "lower", "Xing et al. 2023"),
    "vertex_error_mm": Measure("MVE", "mm", "lower"),
    "opening_difference_mm": Measure("MOD", "mm", "lower", "Sun et al. 2024"),
    "range_ratio": Measure("range / true", "ratio", "neither", best=1.0),
    "speed_ratio": Measure("speed / true", "ratio", "neither", best=1.0),
    "jitter_ratio": Measure("jitter / true", "ratio", "neither", best=1.0),
    "true_closures_caught": Measure("true closures caught", "share", "higher", of="events"),
    "closures_that_are_true": Measure("closures that are true", "share", "higher", of="events"),
    "warp_ms": Measure("warp", "ms", "lower"),
    "late_ms": Measure("late by", "ms", "neither", best=0.0),
    "labelled_closures_caught": Measure("labelled closures caught", "share", "higher", of="events"),
    "labelled_open_shut": Measure("labelled open but shut", "share", "lower", of="events"),
    "closure": Measure("closed on P B M", "share", "higher", of="events", needs_truth=False),
    "false_closure": Measure("shut in vowels", "share", "lower", of="events", needs_truth=False),
    "lip_teeth": Measure("F V contact", "share", "higher", of="events", needs_truth=False),
    "silence_mm": Measure("open in silence", "mm", "lower", needs_truth=False),
    "range_mm": Measure("range", "mm", "neither", needs_truth=False),
    "speed_mm_s": Measure("lip speed", "mm/s", "neither", needs_truth=False),
    "jitter_mm": Measure("jitter", "mm/frame^2", "neither", needs_truth=False),
    "head_beats": Measure("head on stress", "score", "higher", "Li et al. 2021", needs_truth=False),
    "head_beats_over_chance": Measure("above chance", "score", "higher", needs_truth=False),
    "brow_beats": Measure("brows on stress", "score", "higher", "Li et al. 2021", needs_truth=False),
    "brow_beats_over_chance": Measure("above chance", "score", "higher", needs_truth=False),
}
"""Every measure by its key."""

Values = dict[str, float | NDArray[np.bool_]]


def score(case: FaceCase, speech: Speech, motion: FaceMotion, true: Shapes) -> Values:
    """Each of `MEASURES` that this case has, of `motion` made for `speech`; `true` are the shapes of the truth.

    With the case's own speech frames are compared with those of the same time; with any other along the warp of their
    lips, near to where the phones put them; how far the warp goes for that is a measure of its own, since it forgives
    being late. What is the same in every clip or has no event is left out.

    Raises:
        ShapeError: motion at another frame rate than the truth's, or without frames.
    """
    if motion.fps != case.truth.fps or len(motion) < 3:
        raise ShapeError(
            f"the motion for `{case.name}` has {len(motion)} frames at {float(motion.fps):g} fps, expected at least 3 "
            f"at {float(case.truth.fps):g}"
        )
    shapes = case.face.shapes(motion)
    values: Values = _alone(speech, motion, shapes)
    values |= _against(case, speech, motion, true, shapes)
    return values


def _alone(speech: Speech, motion: FaceMotion, shapes: Shapes) -> Values:
    """What needs no truth."""
    fps = float(motion.fps)
    lips = np.arange(shapes.lips.shape[1])
    values: Values = {
        "closure": bilabial_closures(shapes.gap_mm, motion, speech),
        "false_closure": false_closures(shapes.gap_mm, motion, speech),
        "lip_teeth": lip_teeth_contacts(shapes.lip_height_mm, shapes.lip_reach_mm, shapes.gap_mm, motion, speech),
        "range_mm": opening_range_mm(shapes.gap_mm),
        "speed_mm_s": mean_speed_mm_s(shapes.lips, lips, fps),
        "jitter_mm": jitter_mm(shapes.lips),
    }
    silence = silence_gaps(shapes.gap_mm, motion, speech)
    if len(silence):
        values["silence_mm"] = float(silence.mean())
    accents_s = np.array([speech.start_s + accent.time_s for accent in accents_of(speech)])
    if len(accents_s):
        ends = speech.start_s, float(speech.end)
        for part, beats_s in (("head", head_beats_s(motion)), ("brow", brow_beats_s(motion))):
            aligned = beat_alignment(beats_s, accents_s)
            values[f"{part}_beats"] = aligned
            values[f"{part}_beats_over_chance"] = aligned - beat_alignment_by_chance(beats_s, accents_s, *ends)
    return values


def _against(case: FaceCase, speech: Speech, motion: FaceMotion, true: Shapes, shapes: Shapes) -> Values:
    """What needs the truth."""
    rows, columns, moved_s = _pairs(case, speech, motion, true, shapes)
    if not len(rows):
        return {}
    one, other = true.at(rows), shapes.at(columns)
    lips, face = (np.arange(values.shape[1]) for values in (one.lips, one.face))
    deviation = face_dynamics_deviation(one.face, other.face, case.face.at_rest, case.face.upper_face)
    values: Values = {
        "lve_m2": lip_vertex_error(one.lips, other.lips, lips),
        "lve_mm": lip_vertex_error_mm(one.lips, other.lips, lips),
        "lvme_m2": lip_vertex_mean_error(one.lips, other.lips, lips),
        "fdd_m2": deviation,
        "fdd_absolute_m2": abs(deviation),
        "vertex_error_mm": mean_vertex_error_mm(one.face, other.face, face),
        "opening_difference_mm": opening_difference_mm(one.gap_mm, other.gap_mm),
    }
    if opening_range_mm(one.gap_mm) >= _LEAST_RANGE_MM:
        values["range_ratio"] = range_ratio(one.gap_mm, other.gap_mm)
    if speech is case.speech:
        # A warp makes frames stand and leap: rates are compared where nothing is warped.
        fps = float(motion.fps)
        values["speed_ratio"] = mean_speed_mm_s(shapes.lips, lips, fps) / mean_speed_mm_s(true.lips, lips, fps)
        values["jitter_ratio"] = jitter_mm(shapes.lips) / jitter_mm(true.lips)
        values |= _labelled(case, shapes)
    else:
        values["warp_ms"] = float(1000 * np.abs(moved_s).mean())
        values["late_ms"] = float(1000 * moved_s.mean())
    runs = matched_closures(one.gap_mm, other.gap_mm)
    values["true_closures_caught"] = np.arange(runs.true) < runs.matched
    values["closures_that_are_true"] = np.arange(runs.found) < runs.matched
    return values


def _labelled(case: FaceCase, shapes: Shapes) -> Values:
    """Against closures that were labelled from the pixels, which no tracker has a part in."""
    gap = np.full(max(len(case.truth), len(shapes)), np.inf)
    gap[: len(shapes)] = shapes.gap_mm
    shut = nearest(case.labels, lambda _: gap) < CLOSED_GAP_MM
    closed = np.array([label.closed for label in case.labels], np.bool_)
    return {"labelled_closures_caught": shut[closed], "labelled_open_shut": shut[~closed]}


def _pairs(
    case: FaceCase, speech: Speech, motion: FaceMotion, true: Shapes, shapes: Shapes
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """([R], [R], [R]) frames of the truth, the motion's frames that they are compared with, and how many seconds later
    those are than the phones say."""
    trusted = np.flatnonzero(case.trusted)
    if speech is case.speech:
        rows = trusted[trusted < len(shapes)]
        return rows, rows, np.zeros(len(rows))
    fps = float(motion.fps)
    expected_s = phone_times(np.arange(len(true)) / fps, phone_edges_s(case.speech), phone_edges_s(speech))
    have_s = (motion.first_frame + np.arange(len(shapes))) / fps - speech.start_s
    partners = matched_frames(warp(_lip_distances(true, shapes), phone_band(expected_s, have_s, WARP_REACH_S)))
    return trusted, partners[trusted], have_s[partners[trusted]] - expected_s[trusted]


def _lip_distances(true: Shapes, shapes: Shapes) -> NDArray[np.float64]:
    """[T, T'] root mean square distance of the lips' vertices between each two frames, metres."""
    middle = true.lips.mean((0, 1), dtype=np.float64)
    one, other = ((each.lips - middle).reshape(len(each), -1) for each in (true, shapes))
    squares = np.square(one).sum(1)[:, None] + np.square(other).sum(1)[None] - 2 * one @ other.T
    return np.asarray(np.sqrt(np.maximum(squares, 0) / true.lips.shape[1]))
