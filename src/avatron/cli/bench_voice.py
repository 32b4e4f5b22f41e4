"""`avatron bench voice`: how good a voice is, beside the recordings it should sound like and beside two anchors."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from avatron.cli.held_out import read_held_out
from avatron.cli.report import Progress, note, print_json, print_table
from avatron.cli.trained_aligner import TrainedAligner
from avatron.evaluation.voice.sets import SETS
from avatron.evaluation.voice.suite import VoiceBench, measure_voice
from avatron.evaluation.voice.table import missing_measures, quality_rows, time_rows, timing_rows
from avatron.evaluation.voice.texts import read_texts
from avatron.io.atomic import check_target, write_file

__all__ = ["run"]


def run(parsed: argparse.Namespace) -> int:
    """The verb."""
    bench = VoiceBench(
        voice=parsed.voice,
        texts=read_texts(Path(parsed.texts)) if parsed.texts else (),
        sets=tuple(parsed.sets or SETS),
        most=parsed.most,
        times=not parsed.skip_times,
        wavs=Path(parsed.wavs) if parsed.wavs else None,
    )
    if parsed.output:
        check_target(Path(parsed.output), overwrite=parsed.overwrite)
    recordings = read_held_out(Path(parsed.data), parsed.half) if parsed.data else ()
    second = TrainedAligner(Path(parsed.aligner)) if parsed.aligner else None
    progress = Progress("measuring", quiet=parsed.quiet)
    result = measure_voice(bench, recordings, progress, second)
    progress.close()
    result["half"] = parsed.half if parsed.data else None
    if parsed.output:
        document = json.dumps(result, indent=2, ensure_ascii=False) + "\n"
        write_file(parsed.output, document, overwrite=parsed.overwrite)
    for reason in missing_measures(result):
        note(f"not measured: {reason}", quiet=parsed.quiet)
    if parsed.json:
        print_json(result)
        return 0
    judged, compared = quality_rows(result)
    tables = [judged, compared, timing_rows(result), time_rows(result)]
    for number, rows in enumerate(rows for rows in tables if len(rows) > 1):
        if number:
            print()
        print_table(rows)
    print()
    _print_remarks(result)
    return 0


def _print_remarks(result: dict[str, object]) -> None:
    print(f"voice `{result['voice']}`; judged at {result['judged_at_lufs']} LUFS; ± is half of the 95 % interval")
    duration = result.get("duration_error_ms")
    if isinstance(duration, dict):
        print(f"durations are off by {duration['mean']:.1f} ms a phoneme")
    repeated = result.get("repeated")
    if isinstance(repeated, dict):
        same = "the same samples" if repeated["same_samples"] else "OTHER samples"
        print(f"{repeated['sentences']} sentences, spoken twice: {same}")
    times = result.get("times")
    if isinstance(times, dict):
        machine, anchor = times["machine"], times["anchor_after"]
        print(
            f"{machine['processor']}, {machine['instruction_set']}, {machine['cores']} cores, load "
            f"{machine['load_average']}; anchors: 512 x 512 matrix product {anchor['matmul_512_ms']} ms, copy of 64 MB "
            f"{anchor['copy_64mb_ms']} ms"
        )
