"""`avatron bench listen`: builds a listening test of films, and says what its answers mean."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from avatron.cli.film_sets import film_set
from avatron.cli.report import Progress, note, print_json, print_table
from avatron.evaluation.listening.answers import read_answers
from avatron.evaluation.listening.build import ListeningOptions, build_test
from avatron.evaluation.listening.key import read_key
from avatron.evaluation.listening.score import ScoreOptions, score_test
from avatron.evaluation.listening.table import pair_rows, system_rows
from avatron.io.atomic import check_target, write_file
from avatron.voice.voices import load_voice

__all__ = ["build", "score"]

_DEFAULT_VOICE = "lj"
"""Of what the page says, if nobody names another."""


def build(parsed: argparse.Namespace) -> int:
    """The action: the folder's path on stdout, or what was made as JSON."""
    options = ListeningOptions(
        kind=parsed.kind,
        title=parsed.title,
        contact=parsed.contact,
        reference=parsed.reference,
        anchors=not parsed.no_anchors,
        most=parsed.most,
        plans=parsed.plans,
        checks=parsed.checks,
        headphones=not parsed.no_headphones,
        post=parsed.post,
        seed=parsed.seed,
    )
    output = Path(parsed.output)
    check_target(output, overwrite=parsed.overwrite, folder=True)
    with film_set(parsed) as films:
        voice = load_voice(parsed.voice or _DEFAULT_VOICE)
        progress = Progress("building", quiet=parsed.quiet)
        try:
            built = build_test(films, output, voice, options, overwrite=parsed.overwrite, on_progress=progress)
        finally:
            progress.close()
    if options.anchors and options.reference is None:
        note("without `--reference` the test has no anchors: nothing shows who rates at random", quiet=parsed.quiet)
    if parsed.json:
        print_json(built.as_json())
        return 0
    note(
        f"{built.films} films; each listener sees {built.plan_length} in about {built.minutes:.0f} minutes and loads "
        f"{built.bytes_a_listener / 1e6:.1f} MB. Publish `{output / 'page'}`, keep `{output / 'key.json'}`",
        quiet=parsed.quiet,
    )
    print(output)
    return 0


def score(parsed: argparse.Namespace) -> int:
    """The action: tables on stdout, or everything as JSON."""
    if parsed.output:
        check_target(Path(parsed.output), overwrite=parsed.overwrite)
    key = read_key(Path(parsed.test))
    answers = read_answers([Path(path) for path in parsed.answers], key)
    options = ScoreOptions(
        missed_checks=parsed.missed_checks,
        headphones=parsed.headphones,
        keep_all=parsed.keep_all,
        against=parsed.against,
        seed=parsed.seed,
    )
    result = score_test(key, answers, options)
    for one in result["left_out"]:
        note(f"left out `{one['path']}`: {one['reason']}", quiet=parsed.quiet)
    if parsed.output:
        document = json.dumps(result, indent=2, ensure_ascii=False) + "\n"
        write_file(parsed.output, document, overwrite=parsed.overwrite)
    if parsed.json:
        print_json(result)
        return 0
    print_table(system_rows(result))
    pairs = pair_rows(result)
    if len(pairs) > 1:
        print()
        print_table(pairs)
    print()
    print(
        f"{result['listeners']} listeners count, {len(result['left_out'])} are left out; intervals are over listeners; "
        "p: Wilcoxon's signed ranks of listeners' means, two-sided"
    )
    return 0
