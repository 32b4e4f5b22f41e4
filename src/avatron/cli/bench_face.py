"""`avatron bench face`: how near animators are to true faces, and what they cost, side by side."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from avatron.cli.report import Progress, note, print_json, print_table
from avatron.errors import InvalidValueError
from avatron.evaluation.anchor import anchor
from avatron.evaluation.commit import commit
from avatron.evaluation.face.case import FaceCase
from avatron.evaluation.face.goals import goals_met
from avatron.evaluation.face.regions import DEFAULT_LIPS
from avatron.evaluation.face.rows.animators import row_of, timed_sources
from avatron.evaluation.face.rows.mean import MeanMotion
from avatron.evaluation.face.rows.nearest import NearestPhones
from avatron.evaluation.face.rows.row import Row
from avatron.evaluation.face.rows.truth import LATE_S, Truth
from avatron.evaluation.face.suite import measure_faces
from avatron.evaluation.face.table import cost_rows, difference_rows, goal_rows, quality_rows
from avatron.evaluation.machine import machine
from avatron.io.atomic import check_target, write_file
from avatron.motion.animators import installed_animators

__all__ = ["run"]

_KNOWN_CLIPS = 300
"""Clips that mean motion and neighbours are taken from, at most."""


def run(parsed: argparse.Namespace) -> int:
    """The verb: tables, or everything as JSON."""
    output = Path(parsed.output) if parsed.output else None
    if output is not None:
        check_target(output, overwrite=parsed.overwrite)
    if parsed.data != "avatars" and parsed.folder is None:
        raise InvalidValueError(f"the clips of `{parsed.data}` are a folder of yours; give `--folder FOLDER`")
    if bad := [seconds for seconds in parsed.lengths if not 1 <= seconds <= 3600]:
        raise InvalidValueError(f"a length of {bad[0]:g} s is outside 1 .. 3600")
    meshes = parsed.data in ("vocaset", "biwi")
    result = _about(parsed) | (_meshes(parsed) if meshes else _faces(parsed))
    if output is not None:
        write_file(output, json.dumps(result, indent=1) + "\n", overwrite=parsed.overwrite)
    if parsed.json:
        print_json(result)
        return 0
    if meshes:
        _print_meshes(result)
    else:
        _print(result)
    return 0


def _meshes(parsed: argparse.Namespace) -> dict[str, Any]:
    """A public protocol."""
    from avatron.evaluation.face.protocols.layout import PROTOCOLS, MeshFolder
    from avatron.evaluation.face.protocols.mesh_suite import measure_meshes

    folder = MeshFolder(Path(parsed.folder), PROTOCOLS[parsed.data])
    progress = Progress("measuring", quiet=parsed.quiet)
    names = parsed.animators or installed_animators()
    result = measure_meshes(folder, names, lips=parsed.lips, most=parsed.most, progress=progress)
    progress.close()
    return result


def _faces(parsed: argparse.Namespace) -> dict[str, Any]:
    """Motion of our own head, on recorded or synthetic truth."""
    from avatron.voice.voices import load_voice

    names = [
        part for one in parsed.animators or installed_animators() for part in ([one] if "=" in one else one.split(","))
    ]
    contenders = [row_of(name) for name in names]
    progress = Progress("measuring", quiet=parsed.quiet)
    cases, known = _grid(parsed) if parsed.folder is not None else _avatars(parsed)
    rows = [
        Row("truth", (Truth(),), "what the person did", reference=True),
        Row("truth, late", (Truth(LATE_S),), f"the same {LATE_S:g} s later", reference=True),
        *contenders,
    ]
    if known:
        rows.append(Row("nearest neighbour", (NearestPhones(known),), f"pieces of {len(known)} clips, by phoneme"))
        rows.append(Row("mean motion", (MeanMotion(known),), f"of {len(known)} clips"))
    else:
        note("no clips to learn from: mean motion and nearest neighbour are left out", quiet=parsed.quiet)
    voice = None if parsed.oracle_only else load_voice(parsed.voice)
    result = measure_faces(cases, rows, voice=voice, progress=progress)
    progress.close()
    result = {"voice": None if voice is None else voice.name, **result}
    if not parsed.skip_times:
        from avatron.evaluation.face.cost.pipeline import measure_cost

        note("timing pipelines, each in a process of its own", quiet=parsed.quiet)
        result["cost"] = measure_cost(timed_sources(names), parsed.lengths, parsed.voice)
    result["goals"] = goals_met(result)
    return result


def _grid(parsed: argparse.Namespace) -> tuple[list[FaceCase], list[FaceCase]]:
    """(held-out clips of the folder, clips of the split `train`)."""
    from avatron.errors import UnreadableFileError
    from avatron.evaluation.face.avatar_cases import avatar_faces
    from avatron.evaluation.face.motion_clips import read_cases
    from avatron.evaluation.tracking.closures import read_closure_labels

    folder = Path(parsed.folder)
    faces = avatar_faces(lips=parsed.lips or DEFAULT_LIPS) if parsed.data == "avatars" else ()
    labels = read_closure_labels(Path(parsed.labels)) if parsed.labels else ()
    source = "grid" if parsed.data == "grid" else None
    cases = read_cases(
        folder, source=source, lips=parsed.lips or DEFAULT_LIPS, labels=labels, faces=faces, most=parsed.most
    )
    try:
        return cases, read_cases(folder, "train", source=source, lips=parsed.lips or DEFAULT_LIPS, most=_KNOWN_CLIPS)
    except UnreadableFileError:
        return cases, []


def _avatars(parsed: argparse.Namespace) -> tuple[list[FaceCase], list[FaceCase]]:
    """(synthetic truth for held-out sentences, and for the others)."""
    from avatron.evaluation.face.avatar_cases import TRUTH_VOICE, synthetic_cases
    from avatron.evaluation.voice.texts import new_sentences
    from avatron.voice.voices import load_voice

    voice = load_voice(TRUTH_VOICE)
    make: Callable[..., list[FaceCase]] = synthetic_cases
    sentences, most = new_sentences(), parsed.most
    cases = make(sentences, voice, maker=parsed.truth, lips=parsed.lips or DEFAULT_LIPS, most=most)
    known = make(
        sentences,
        voice,
        maker=parsed.truth,
        lips=parsed.lips or DEFAULT_LIPS,
        held_out=False,
        most=None if most is None else 4 * most,
    )
    return cases, known


def _about(parsed: argparse.Namespace) -> dict[str, Any]:
    return {
        "name": "face",
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
        "machine": machine(),
        "anchor": anchor(),
        "data": parsed.data,
        "truth": f"animator {parsed.truth}" if parsed.folder is None else "clips",
    }


def _print_meshes(result: dict[str, Any]) -> None:
    from avatron.evaluation.face.protocols.mesh_suite import mesh_table

    for split in result["conditions"]:
        print_table(mesh_table(result, split))
        print()
    lips = result["lip_set"]
    print(
        f"`{result['protocol']}` at {result['fps']} fps in {result['unit']}; lip set `{lips['name']}` of "
        f"{lips['vertices']} vertices ({lips['source']}); means over sequences, ± is half of the 95 % interval"
    )


def _print(result: dict[str, Any]) -> None:
    for condition, pace in result["conditions"].items():
        for rows in quality_rows(result, condition):
            if len(rows) > 1 and len(rows[0]) > 1:
                print_table(rows)
                print()
        rows = difference_rows(result, condition)
        if len(rows) > 1:
            print_table(rows)
            print()
        if pace is not None:
            print(f"{condition}: said by the voice `{result['voice']}` at pace {pace:g}, warped near the phones\n")
    if "cost" in result:
        print_table(cost_rows(result["cost"]))
        for name, times in result["cost"]["times_faster"].items():
            whole, motion = times["pipeline_real_time_factor"], times["motion_real_time_factor"]
            print(
                f"`{name}` from {times['seconds']:g} s of text: {whole:g} times faster than the speech-driven pipeline "
                f"(its motion alone: {motion:g})"
            )
        print()
    print_table(goal_rows(result["goals"]))
    print()
    lips = result["lip_set"]
    print(
        f"{result['cases']} clips, {result['seconds']:.0f} s, `{result['data']}`, truth: {result['truth']}; lip set "
        f"`{lips['name']}` of {lips['vertices']} vertices; ± is half of the 95 % interval"
    )
