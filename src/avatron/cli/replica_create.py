"""`avatron replica create`: from a video and a consent to a folder that speaks."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from avatron.cli.replica import summary_as_json
from avatron.cli.report import Progress, note, print_json
from avatron.errors import UsageError
from avatron.io.atomic import output_errors
from avatron.io.spoken_words import read_transcript
from avatron.replica.builder.build import build_replica
from avatron.replica.builder.config import BuildConfig
from avatron.replica.builder.work import work_place
from avatron.replica.store import COLLECTION, summary_of
from avatron.track.subject import LARGEST, read_subject

__all__ = ["run"]


def run(parsed: argparse.Namespace) -> int:
    """The verb."""
    output = _output(parsed)
    config = BuildConfig(
        voice=parsed.voice,
        transcript=None if parsed.transcript is None else read_transcript(parsed.transcript),
        subject=LARGEST if parsed.subject is None else read_subject(parsed.subject),
        seed=parsed.seed,
        effort=parsed.effort,
        force=parsed.force,
    )
    if parsed.quality is not None:
        config = replace(config, quality=parsed.quality)
    progress = Progress("building", parsed.quiet)
    try:
        replica = build_replica(
            Path(parsed.video),
            Path(parsed.consent),
            output,
            config,
            name=parsed.name,
            overwrite=parsed.overwrite,
            on_progress=progress,
            on_note=lambda text: note(text, parsed.quiet),
        )
    except KeyboardInterrupt:
        if work_place(output).is_dir():
            note(f"what is finished waits in `{work_place(output)}`: the same command goes on from there", parsed.quiet)
        raise
    finally:
        progress.close()
    report = replica.report
    if parsed.json:
        print_json({**summary_as_json(summary_of(replica)), "report": report})
        return 0
    print(replica.folder.path)
    tracked = report["heldout"].get("tracked")
    if tracked is not None:
        note(
            f"{report['heldout']['frames']} frames that were never learned from: {tracked['psnr_full_db']:.1f} dB, "
            f"face {_told(tracked['psnr_face_db'], 'dB')}, lips {_told(tracked['lmd_px'], 'px')} off; "
            f"built in {report['seconds']:.0f} s",
            parsed.quiet,
        )
    return 0


def _told(value: float | None, unit: str) -> str:
    return "unknown" if value is None else f"{value:.1f} {unit}"


def _output(parsed: argparse.Namespace) -> Path:
    if parsed.output is not None:
        return Path(parsed.output).expanduser()
    if parsed.name is None:
        raise UsageError("nothing says where the replica goes; give `-o DIR`, or `--name NAME` for one of your own")
    place = COLLECTION.user_place(parsed.name, overwrite=parsed.overwrite)
    with output_errors(place):
        place.parent.mkdir(parents=True, exist_ok=True)
    return place
