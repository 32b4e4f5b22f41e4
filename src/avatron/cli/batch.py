"""`avatron speak --batch`: many rows in one process, resumable."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from avatron.cli.report import Progress, complain, note, print_json
from avatron.cli.rows import ROW_OPTIONS, with_row
from avatron.errors import AvatronError, InvalidValueError, UnreadableFileError, UsageError
from avatron.io.atomic import output_errors
from avatron.io.rows import read_rows
from avatron.pipeline.cast import Cast
from avatron.pipeline.options import SpeakOptions
from avatron.pipeline.plan import FILMS, FORMATS, plan_outputs
from avatron.pipeline.sinks import check_films
from avatron.pipeline.speak import speak_to

__all__ = ["output_name", "run_batch"]

_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,199}")


def run_batch(parsed: argparse.Namespace, options: SpeakOptions) -> int:
    """Speak every row of the batch; rows whose output exists are done already and are skipped.

    A row that fails is reported and the others go on; the exit code is then that of the first failure. What is wrong
    with the options that hold for all rows is said once, before any work is done.
    """
    if parsed.text is not None or parsed.file is not None:
        raise UsageError("`--batch` brings its own texts; leave out TEXT and --file")
    if len(parsed.output) != 1 or parsed.output[0] == "-":
        raise UsageError("`--batch` needs one output folder: `-o DIR`")
    folder = Path(parsed.output[0])
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"`{folder}` is a file; `--batch` needs a folder")
    if parsed.sidecar is not None:
        raise UsageError("`--sidecar` is for what goes to stdout, and `--batch` writes files; leave it out")
    suffix = parsed.format or ("wav" if parsed.audio_only else "mp4")
    rows = list(read_rows(Path(parsed.batch)))
    _check_columns(rows, parsed.batch)
    targets = [folder / output_name(row, number, suffix) for number, row in enumerate(rows, 1)]
    _refuse_twins(targets)
    _check_shared(parsed, options, suffix)
    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)

    report: list[dict[str, Any]] = []
    exit_code = 0
    progress = Progress(f"speaking {len(rows)} rows", parsed.quiet)
    for number, (row, target) in enumerate(zip(rows, targets, strict=True), 1):
        entry: dict[str, Any] = {"row": number, "output": str(target)}
        report.append(entry)
        if target.exists() and not parsed.overwrite:
            entry["status"] = "kept"
            continue
        try:
            plan = plan_outputs(
                [str(target)],
                format_name=None,
                codec=parsed.codec if target.suffix.lower().lstrip(".") in FILMS else None,
                quality=parsed.quality,
                overwrite=True,
                audio_only=parsed.audio_only,
            )
            production = speak_to(
                _text_of(row),
                plan,
                with_row(options, row),
                on_progress=_share_of(progress, number - 1, len(rows)),
                on_note=_notes_of(number, parsed.quiet),
            )
        except AvatronError as error:
            entry |= {"status": "failed", "error": str(error)}
            exit_code = exit_code or error.exit_code
            complain(f"row {number} failed: {error}")
            continue
        entry |= {"status": "made", "duration_s": production.duration_s}
        if not parsed.json:
            print(target, flush=True)
    progress.close()
    if parsed.json:
        print_json(report)
    return exit_code


def _share_of(progress: Progress, done: int, rows: int) -> Callable[[float], None]:
    return lambda share: progress((done + share) / rows)


def _notes_of(number: int, quiet: bool) -> Callable[[str], None]:
    return lambda text: note(f"row {number}: {text}", quiet)


def _text_of(row: dict[str, Any]) -> str:
    text = row["text"]
    if text is not None and not isinstance(text, str):
        raise InvalidValueError(f"its `text` is {json.dumps(text)[:40]}, expected a text in quotes")
    return text or ""


def _check_shared(parsed: argparse.Namespace, options: SpeakOptions, suffix: str) -> None:
    """Refuse what would fail in every row: a type, codec, quality, size, voice, avatar, reference clip or background.

    Raises:
        As `plan_outputs`, `check_films` and `Cast`.
    """
    if suffix not in FORMATS:
        raise UsageError(f"unknown output type `{suffix}`; known: {', '.join(FORMATS)}")
    plan = plan_outputs(
        [f"row.{suffix}"], codec=parsed.codec, quality=parsed.quality, overwrite=True, audio_only=parsed.audio_only
    )
    with Cast(options) as cast:
        check_films(plan, cast.film())
        cast.voice_style(lambda _: None)
        if plan.drawn:
            cast.prepare()


def output_name(row: dict[str, Any], number: int, suffix: str) -> str:
    """The file name of a row: its `output` (or `id`), or its number.

    Raises:
        InvalidValueError: a name with characters that could leave the folder.
    """
    name = str(row.get("output") or row.get("id") or f"{number:04}")
    if not _SAFE_NAME.fullmatch(name):
        raise InvalidValueError(
            f"row {number}: output name `{name}` may hold letters, digits, `.`, `_`, `-` and blanks only"
        )
    return name if Path(name).suffix else f"{name}.{suffix}"


def _check_columns(rows: list[dict[str, Any]], source: str) -> None:
    if not rows:
        raise UnreadableFileError(f"`{source}` holds nothing to speak; expected a column `text`")
    known = ("text", "output", "id", *ROW_OPTIONS)
    for number, row in enumerate(rows, 1):
        if "text" not in row:
            raise UnreadableFileError(f"row {number} of `{source}` has no `text`; it has: {', '.join(row)}")
        for key in row:
            if key not in known:
                raise UnreadableFileError(f"row {number} of `{source}` sets `{key}`; known: {', '.join(known)}")


def _refuse_twins(targets: list[Path]) -> None:
    seen: dict[Path, int] = {}
    for number, target in enumerate(targets, 1):
        if target in seen:
            raise InvalidValueError(f"rows {seen[target]} and {number} both write `{target.name}`")
        seen[target] = number
