"""`avatron animate`: a head that says recorded speech, or does what a tracked one did."""

from __future__ import annotations

import argparse
from fractions import Fraction
from pathlib import Path

from avatron.cli.outputs import say_what_was_made
from avatron.cli.produce import drawing_of, plan_of
from avatron.cli.report import Progress, note
from avatron.core.timeline import FrameClock
from avatron.errors import UsageError
from avatron.pipeline.options import parse_intensity
from avatron.pipeline.produce import Production

__all__ = ["run"]

_OF_SPEECH = ("transcript", "animator", "speech_encoder", "emotion", "emotion_intensity", "manner", "fps", "seed")
_OF_MOTION = ("audio", "head", "no_eye_contact", "no_steady")


def run(parsed: argparse.Namespace) -> int:
    """The verb.

    Raises:
        UsageError: no source or two, or an option of the other one.
    """
    if (parsed.sound is None) == (parsed.source is None):
        raise UsageError("give either a sound or video file with speech, or `--from MOTION`")
    if parsed.sound is not None:
        _refuse(parsed, _OF_MOTION, "is for `--from MOTION`; leave it out")
        return _speech(parsed)
    _refuse(parsed, _OF_SPEECH, "is for recorded speech, and `--from` brings motion; leave it out")
    return _motion(parsed)


def _refuse(parsed: argparse.Namespace, options: tuple[str, ...], why: str) -> None:
    for option in options:
        if getattr(parsed, option) not in (None, False):
            raise UsageError(f"`--{option.replace('_', '-')}` {why}")


def _speech(parsed: argparse.Namespace) -> int:
    from dataclasses import replace

    from avatron.io.spoken_words import read_transcript
    from avatron.pipeline.recorded.animate import animate_speech_to

    plan = plan_of(parsed)
    fps = Fraction(25) if parsed.fps is None else FrameClock.parse(parsed.fps).fps
    options = drawing_of(parsed, fps)
    if parsed.animator is not None:
        options = replace(options, animator=parsed.animator)
    if parsed.emotion is not None:
        options = replace(options, emotion=parsed.emotion)
    if parsed.emotion_intensity is not None:
        options = replace(options, emotion_intensity=parse_intensity(parsed.emotion_intensity))
    if parsed.manner is not None:
        options = replace(options, manner=parsed.manner)
    if parsed.seed is not None:
        options = replace(options, seed=parsed.seed)
    transcript = None if parsed.transcript is None else read_transcript(parsed.transcript)
    progress = Progress("animating", parsed.quiet)
    try:
        production: Production = animate_speech_to(
            Path(parsed.sound),
            plan,
            options,
            transcript=transcript,
            encoder=parsed.speech_encoder,
            on_progress=progress,
            on_note=lambda text: note(text, parsed.quiet),
        )
    finally:
        progress.close()
    return say_what_was_made(parsed, plan, production)


def _motion(parsed: argparse.Namespace) -> int:
    from avatron.pipeline.animate import animate_to, read_performance
    from avatron.pipeline.retarget.retarget import RetargetOptions

    plan = plan_of(parsed)
    manner = RetargetOptions(
        head=parsed.head or "soft", eye_contact=not parsed.no_eye_contact, steady=not parsed.no_steady
    )
    performance = read_performance(parsed.source)
    options = drawing_of(parsed, performance.performer.motion.fps)
    progress = Progress("animating", parsed.quiet)
    try:
        production = animate_to(
            performance, Path(parsed.audio) if parsed.audio else None, plan, options, manner, on_progress=progress
        )
    finally:
        progress.close()
    return say_what_was_made(parsed, plan, production)
