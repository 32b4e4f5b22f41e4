"""Cuts: where one shot ends and another begins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.track.report.finding import Finding
from avatron.track.report.picture import PictureNote

__all__ = ["CutConfig", "cuts_among_neighbours", "judge_cuts", "suspicious_gaps"]


@dataclass(frozen=True)
class CutConfig:
    """What counts as a cut."""

    least_change: float = 6.0
    """Mean change of the cells of a picture from one frame to the next, levels of 255."""
    times_the_usual: float = 4.0
    """A cut changes the picture so much more than the frames around it do."""
    window_frames: int = 12
    """How many frames on either side are the usual."""
    suspicious_change: float = 14.0
    """Between samples that are no neighbours: more than this, and the frames between are looked at."""
    searches: int = 12
    """At most so many gaps are looked into."""


def changes(notes: list[PictureNote]) -> NDArray[np.float64]:
    """[T] mean change of the cells of each picture from the note before it, levels; 0 for the first."""
    cells = np.stack([note.thumbnail for note in notes])
    return np.concatenate([[0.0], np.abs(np.diff(cells, axis=0)).mean(axis=(1, 2, 3))])


def cuts_among_neighbours(notes: list[PictureNote], config: CutConfig) -> list[int]:
    """Frames that begin a shot, among notes that are neighbours.

    A cut is one frame's change that stands out of what the frames around it do: a quick turn of the head changes
    several frames in a row.
    """
    step = changes(notes)
    neighbours = np.array([note.follows for note in notes])
    found = []
    for index in np.flatnonzero(neighbours & (step >= config.least_change)):
        around = slice(max(index - config.window_frames, 0), index + config.window_frames + 1)
        others = step[around][neighbours[around]]
        others = np.delete(others, np.argmax(others)) if len(others) > 1 else np.zeros(1)
        sides = [side for side in (index - 1, index + 1) if side < len(step) and neighbours[side]]
        beside = max((float(step[side]) for side in sides), default=0.0)
        usual = max(float(np.median(others)), beside / 2)
        if step[index] >= config.times_the_usual * usual:
            found.append(notes[index].frame)
    return found


def suspicious_gaps(notes: list[PictureNote], config: CutConfig) -> list[tuple[int, int]]:
    """(frame, frame) pairs of samples that are no neighbours and differ so much that a cut may lie between them."""
    step = changes(notes)
    gaps = [
        (float(step[index]), notes[index - 1].frame, notes[index].frame)
        for index in range(1, len(notes))
        if not notes[index].follows and step[index] >= config.suspicious_change
    ]
    return sorted((begin, end) for _, begin, end in sorted(gaps, reverse=True)[: config.searches])


def judge_cuts(cuts: list[int], fps: float, looked_at_whole: bool) -> Finding:
    """Cuts as such; another person after one is a matter of `subject`."""
    times_s = [round(cut / fps, 3) for cut in cuts]
    if not cuts:
        says = "one shot" if looked_at_whole else "one shot, as far as samples show"
        return Finding("cuts", "good", says, "", {"cuts": 0, "cut_times_s": []})
    listed = ", ".join(f"{time_s:.2f}" for time_s in times_s[:8]) + (" ..." if len(times_s) > 8 else "")
    return Finding(
        "cuts",
        "usable",
        f"{len(cuts)} cut{'s' if len(cuts) > 1 else ''}, at {listed} s: motion is tracked from cut to cut",
        "record in one go, without editing",
        {"cuts": len(cuts), "cut_times_s": times_s},
    )
