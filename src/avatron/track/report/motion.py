"""Whether anything moves, and whether anything is seen at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avatron.track.report.finding import Finding
from avatron.track.report.picture import PictureNote

__all__ = ["MotionConfig", "judge_blackness", "judge_stillness"]


@dataclass(frozen=True)
class MotionConfig:
    """What counts as still or black."""

    still_change: float = 4.0
    """A photo shown as a film changes no cell by more than this (what encoders do: 2), levels of 255. The calmest
    speaker measured changes one by 20."""
    black_brightness: float = 20.0
    """Mean luma below which a picture shows nothing, 0 .. 255 ..."""
    black_contrast: float = 6.0
    """... if its cells hardly differ either."""
    least_seen: float = 0.5
    """Share of pictures that must show something."""


def judge_stillness(notes: list[PictureNote], config: MotionConfig) -> Finding:
    """A photo that was made into a film has no motion to learn from."""
    cells = np.stack([note.thumbnail for note in notes])
    low, high = np.percentile(cells, [2, 98], axis=0)
    change = float((high - low).max())
    if len(notes) > 1 and change < config.still_change:
        return Finding(
            "motion",
            "refuse",
            "nothing moves: this is a photo shown as a film",
            "record the person talking; a photo holds no motion",
            {"largest_change_levels": change},
        )
    return Finding("motion", "good", "the picture moves", "", {"largest_change_levels": change})


def judge_blackness(notes: list[PictureNote], fps: float, config: MotionConfig) -> Finding:
    """Pictures that are black, or of any one dark colour."""
    black = np.array(
        [note.brightness < config.black_brightness and note.contrast < config.black_contrast for note in notes]
    )
    share = float(black.mean())
    times_s = [round(note.frame / fps, 2) for note, is_black in zip(notes, black, strict=True) if is_black]
    if not black.any():
        return Finding("black frames", "good", "none", "", {"black_share": 0.0})
    says = f"{share:.0%} of the pictures are black, the first at {times_s[0]:.2f} s: nothing is tracked in them"
    return Finding(
        "black frames",
        "usable" if 1 - share >= config.least_seen else "refuse",
        says,
        "take the cap off the lens, switch on a light, and cut off what is black",
        {"black_share": share, "first_black_s": times_s[0]},
    )
