"""`avatron speak`: a text, a file or a batch of lines becomes films and files."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from avatron.cli.outputs import check_stdout, say_what_was_made
from avatron.cli.report import Progress, note
from avatron.core.timeline import FrameClock
from avatron.errors import ScriptError, UnreadableFileError, UsageError
from avatron.io.provenance.origin import Disabled
from avatron.motion.animators import DEFAULT_ANIMATOR
from avatron.pipeline.options import (
    IDLE_LAYERS,
    SpeakOptions,
    parse_blur,
    parse_factor,
    parse_intensity,
    parse_pace,
    parse_size,
)
from avatron.text.script import MAXIMUM_CHARACTERS

if TYPE_CHECKING:
    from avatron.pipeline.plan import OutputPlan

__all__ = ["options_of", "read_script", "run"]


def run(parsed: argparse.Namespace) -> int:
    """The verb."""
    options = options_of(parsed)
    if parsed.batch is not None:
        if parsed.audio is not None:
            raise UsageError("`--audio` is one recording, and `--batch` speaks many texts: choose one")
        from avatron.cli.batch import run_batch

        return run_batch(parsed, options)
    from avatron.pipeline.plan import plan_outputs
    from avatron.pipeline.speak import speak_to

    if not parsed.output:
        raise UsageError("nothing says where to write; give `-o PATH`, e.g. `-o hello.mp4`")
    plan = plan_outputs(
        parsed.output,
        format_name=parsed.format,
        codec=parsed.codec,
        quality=parsed.quality,
        overwrite=parsed.overwrite,
        audio_only=parsed.audio_only,
        sidecar=parsed.sidecar,
    )
    check_stdout(plan)
    if parsed.audio is not None:
        return _recorded(parsed, plan, options)
    script = read_script(parsed.text, parsed.file)
    progress = Progress("speaking", parsed.quiet)
    try:
        production = speak_to(
            script, plan, options, on_progress=progress, on_note=lambda text: note(text, parsed.quiet)
        )
    finally:
        progress.close()
    return say_what_was_made(parsed, plan, production)


def _recorded(parsed: argparse.Namespace, plan: OutputPlan, options: SpeakOptions) -> int:
    """Somebody's own sound, as `animate` has it; the text is its transcript."""
    from avatron.pipeline.recorded.animate import animate_speech_to

    if parsed.audio_only or parsed.voice is not None or parsed.style_from is not None:
        raise UsageError("`--audio` brings its own sound: leave `--audio-only`, `--voice` and `--style-from` out")
    known = parsed.text is not None or parsed.file is not None
    transcript = read_script(parsed.text, parsed.file) if known else None
    progress = Progress("speaking", parsed.quiet)
    try:
        production = animate_speech_to(
            Path(parsed.audio),
            plan,
            options,
            transcript=transcript,
            on_progress=progress,
            on_note=lambda text: note(text, parsed.quiet),
        )
    finally:
        progress.close()
    return say_what_was_made(parsed, plan, production)


def options_of(parsed: argparse.Namespace) -> SpeakOptions:
    """The options that the arguments ask for.

    Raises:
        InvalidValueError: one that is out of range.
    """
    return SpeakOptions(
        voice=parsed.voice,
        avatar=parsed.avatar,
        animator=DEFAULT_ANIMATOR if parsed.animator is None else parsed.animator,
        size=parse_size(parsed.size),
        fps=FrameClock.parse(parsed.fps).fps,
        framing=parsed.framing,
        light=parsed.light,
        background=parsed.background,
        mode=parsed.mode,
        use=parsed.use,
        background_blur=parse_blur(parsed.background_blur),
        pace=parse_pace(parsed.pace),
        pitch=parse_factor("pitch", parsed.pitch),
        pitch_range=parse_factor("pitch range", parsed.pitch_range),
        energy=parse_factor("energy", parsed.energy),
        dynamics=parse_factor("dynamics", parsed.dynamics),
        pauses=parse_factor("pauses", parsed.pauses),
        style_from=parsed.style_from,
        emotion=parsed.emotion,
        emotion_intensity=parse_intensity(parsed.emotion_intensity),
        voice_emotion=not parsed.no_voice_emotion,
        manner=parsed.manner,
        seed=parsed.seed,
        lexicon=parsed.lexicon,
        idle=frozenset(layer for layer in IDLE_LAYERS if not getattr(parsed, f"no_{layer}")),
        provenance=None if parsed.no_provenance is None else Disabled(parsed.no_provenance),
    )


def read_script(text: str | None, file: str | None) -> str:
    """The script from the argument, from a file, or from stdin where either is `-`.

    Raises:
        UsageError: none or two were given.
        UnreadableFileError: a file that is missing or not UTF-8 text, or a stdin that is closed.
        ScriptError: more than a script may hold.
    """
    if (text is None) == (file is None):
        raise UsageError('give either a text or `--file PATH`, e.g. avatron speak "Hello!" -o hello.mp4')
    if text is not None and text != "-":
        return text
    source = "stdin" if text == "-" or file == "-" else str(file)
    # One byte more than four a character: enough to know that it is too long, without reading all of it.
    limit = 4 * MAXIMUM_CHARACTERS + 1
    if source == "stdin" and sys.stdin is None:
        raise UnreadableFileError("cannot read the script from stdin: it is closed; give a text or `--file PATH`")
    try:
        if source == "stdin":
            data = sys.stdin.buffer.read(limit)
        else:
            with Path(source).open("rb") as stream:
                data = stream.read(limit)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UnreadableFileError(f"cannot read the script `{source}`: {reason}") from None
    if len(data) == limit:
        raise ScriptError(f"the script `{source}` has more than {MAXIMUM_CHARACTERS} characters; split it into several")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFileError(
            f"the script `{source}` is not UTF-8 text (byte {error.start}); save it as UTF-8"
        ) from None
