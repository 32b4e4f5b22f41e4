"""What the file itself tells: size, rate, turn, length, and whether it is whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avatron.io.clips import ClipInfo
from avatron.track.report.finding import Finding, Number

__all__ = ["FilmConfig", "judge_completeness", "judge_length", "judge_rate", "judge_resolution", "judge_rotation"]


@dataclass(frozen=True)
class FilmConfig:
    """What a film must offer."""

    good_side_px: int = 480
    """Shorter side of the picture from which the film itself sets no limit to a face that fills it."""
    least_side_px: int = 120
    good_fps: float = 23.9
    """A closure of P, B or M lasts 50 to 100 ms: at this rate it fills a frame at least."""
    least_fps: float = 14.0
    harmless_share: float = 0.005
    """Of frames that show a picture again, or pictures that are left out, at an uneven rate."""
    good_s: float = 10.0
    """Seconds in which identity, light and the common mouth shapes are seen."""
    least_s: float = 0.5


def judge_resolution(info: ClipInfo, config: FilmConfig) -> Finding:
    """Of the whole picture; what counts in the end is the size of the face."""
    return Finding.graded(
        "resolution",
        min(info.width, info.height),
        config.good_side_px,
        config.least_side_px,
        f"{info.width}x{info.height} pixels"
        + ("" if info.pixel_aspect == 1 else f" (stored with pixels of {float(info.pixel_aspect):.3g}:1)"),
        "record 1280x720 or more, the face filling half of its height",
        width_px=info.width,
        height_px=info.height,
        pixel_aspect=float(info.pixel_aspect),
    )


def judge_rate(info: ClipInfo, config: FilmConfig) -> Finding:
    """Frames a second, and whether they come evenly."""
    fps = float(info.fps)
    pictures = len(info.times.stamps)
    shown = len(np.unique(info.times.source))
    numbers: dict[str, Number] = {
        "fps": fps,
        "variable": info.variable_rate,
        "pictures": pictures,
        "shown_again": info.frames - shown,
        "left_out": pictures - shown,
    }
    if fps < config.good_fps:
        return Finding(
            "frame rate",
            "usable" if fps >= config.least_fps else "refuse",
            f"{fps:.4g} frames/s: short closures fall between",
            "record 25 frames/s or more (30 or 60 are fine); more light lets the camera keep its rate",
            numbers,
        )
    uneven = (info.frames - shown + pictures - shown) / info.frames
    if info.variable_rate and uneven > config.harmless_share:
        return Finding(
            "frame rate",
            "usable",
            f"variable, about {fps:.4g} frames/s: on an even grid {info.frames - shown} of {info.frames} frames show a "
            f"picture again and {pictures - shown} pictures are left out",
            "record at a constant rate: a camera app with a fixed rate, not a screen or call recorder",
            numbers,
        )
    return Finding(
        "frame rate", "good", f"{fps:.4g} frames/s, {'nearly ' if info.variable_rate else ''}constant", "", numbers
    )


def judge_rotation(info: ClipInfo) -> Finding:
    """The turn that the file asks for; it is carried out, so it harms nothing."""
    if info.rotation_deg or info.orientation.flip_x or info.orientation.flip_y:
        mirrored = info.orientation.mirrored
        says = f"the file asks for a turn of {info.rotation_deg} degrees clockwise" + (
            " and is mirrored; both are" if mirrored else ", which is"
        )
        return Finding("rotation", "good", f"{says} carried out", "", {"rotation_deg": info.rotation_deg})
    return Finding("rotation", "good", "upright as stored", "", {"rotation_deg": 0})


def judge_length(info: ClipInfo, config: FilmConfig) -> Finding:
    """Seconds of film."""
    if info.frames == 1:
        return Finding(
            "length",
            "refuse",
            "a single picture: a photo, not a film",
            "record 20 seconds of the person talking",
            {"duration_s": info.duration_s, "frames": 1},
        )
    return Finding.graded(
        "length",
        info.duration_s,
        config.good_s,
        config.least_s,
        f"{info.duration_s:.2f} s, {info.frames} frames",
        "record 20 seconds or more: few seconds show few mouth shapes and angles",
        duration_s=info.duration_s,
        frames=info.frames,
    )


def judge_completeness(info: ClipInfo) -> Finding:
    """Whether the file breaks off."""
    if info.complete:
        return Finding("completeness", "good", "the file is whole", "", {"complete": True})
    return Finding(
        "completeness",
        "usable",
        f"the file breaks off; the {info.frames} frames ({info.duration_s:.1f} s) before that are used",
        "copy or upload the file again, and end the recording before the camera is switched off",
        {"complete": False},
    )
