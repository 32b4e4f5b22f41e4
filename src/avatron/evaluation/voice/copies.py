"""How near a copy is to its recording: the same utterance at the same times, through a vocoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from avatron.core.audio import Audio
from avatron.errors import InvalidValueError, MissingComponentError, ShapeError
from avatron.evaluation.measurement import Measurement, measured_mean
from avatron.evaluation.voice.optional import absent
from avatron.io.optional import optional_package
from avatron.io.resample import resample_audio
from avatron.signal.mel import log_mel

__all__ = ["copy_measures", "mel_distance", "pesq_wideband", "stoi"]

SCORED_RATE = 16000
EDGE_FRAMES = 4
"""Frames at each end whose mel depends on what lies beyond it."""


def mel_distance(copy: Audio, recording: Audio) -> float:
    """Mean absolute difference of the natural-log mels.

    Raises:
        ShapeError: too short to compare.
    """
    own, reference = log_mel(copy), log_mel(recording)
    frames = min(own.shape[1], reference.shape[1])
    if frames <= 2 * EDGE_FRAMES:
        raise ShapeError(f"{frames} frames are too few to compare; give at least {2 * EDGE_FRAMES + 1}")
    inside = slice(EDGE_FRAMES, frames - EDGE_FRAMES)
    return float(np.abs(own[:, inside] - reference[:, inside]).mean())


def pesq_wideband(copy: Audio, recording: Audio) -> float:
    """PESQ, wide band, 1.0 .. 4.64; higher is better (ITU-T P.862.2).

    Raises:
        MissingComponentError: the package `pesq` is not installed.
        InvalidValueError: one of them is silent.
    """
    package = optional_package("pesq", "pesq")
    own, reference = _pair(copy, recording)
    return float(package.pesq(SCORED_RATE, reference, own, "wb"))


def stoi(copy: Audio, recording: Audio) -> float:
    """Short-time objective intelligibility, at most 1; higher is better (Taal et al. 2011).

    Raises:
        MissingComponentError: the package `pystoi` is not installed.
        InvalidValueError: one of them is silent.
    """
    package = optional_package("pystoi", '"avatron[bench]"')
    own, reference = _pair(copy, recording)
    return float(package.stoi(reference, own, SCORED_RATE))


def copy_measures(copies: Sequence[Audio], recordings: Sequence[Audio]) -> dict[str, Measurement | dict[str, Any]]:
    """Mel distance, PESQ and STOI; the reason in place of one whose package is missing, or that refuses a sound."""
    found: dict[str, Measurement | dict[str, Any]] = {}
    pairs = list(zip(copies, recordings, strict=True))
    for name, score, unit, citation in (
        ("mel_l1", mel_distance, "ln", ""),
        ("pesq_wb", pesq_wideband, "MOS-LQO", "ITU-T P.862.2"),
        ("stoi", stoi, "", "Taal et al., An algorithm for intelligibility prediction, 2011"),
    ):
        try:
            values = [score(*pair) for pair in pairs]
        except (MissingComponentError, InvalidValueError, ShapeError, RuntimeError) as error:
            # PESQ refuses what is too short with errors of its own, all RuntimeErrors.
            found[name] = absent(error)
            continue
        better = "lower" if name == "mel_l1" else "higher"
        found[name] = measured_mean(
            name, values, unit=unit, better="lower" if better == "lower" else "higher", citation=citation
        )
    return found


def _pair(copy: Audio, recording: Audio) -> tuple[Any, Any]:
    own, reference = (resample_audio(audio, SCORED_RATE).samples for audio in (copy, recording))
    length = min(len(own), len(reference))
    if not (own[:length].any() and reference[:length].any()):
        raise InvalidValueError("a silent sound cannot be compared; leave it out")
    return own[:length], reference[:length]
