"""What is in the training set of the avatar decoder, and whether lips meet in it where they met in the picture.

    python benchmarks/motion_data.py CLIPS/grid CLIPS/viseme [--plot PICTURE.png]

Counts clips, minutes, sounds and what was left out; scores the joined motion of GRID on the mean head against the
closures that were labelled from pixels; says how often lips close in P, B and M, how often they do where they should
not, and how far they are apart in silence. `--plot` draws gaps over phonemes for six clips.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.evaluation.lips import CLOSED_GAP_MM
from avatron.evaluation.tracking.closures import ClosureLabel, nearest, read_closure_labels, score_closures
from avatron.face.head import PosedHead
from avatron.face.shipped import shipped_head
from avatron.text.inventory import BILABIALS, PAUSES, SYMBOLS, base_of
from avatron.training.motion.clip import MotionClip
from avatron.training.motion.corpus import MotionCorpus
from avatron.training.motion.neutral import lip_gaps_mm
from record import write_result

LABELS = Path(__file__).parent / "labels" / "grid_closures.json"
NEAR_S = 0.04
"""A closure may be this far outside of its sound: lips close ahead of it."""
OPEN_VOWELS = frozenset({"ɑ", "æ", "aʊ", "aɪ", "ɛ", "ʌ"})
AWAY_S = 0.2
"""Silence is judged this far from speech."""


def contents(corpus: MotionCorpus) -> dict[str, Any]:
    """Clips and minutes of each source and split, sounds of each source."""
    clips: dict[str, Counter[str]] = {}
    minutes: dict[str, Counter[str]] = {}
    sounds: dict[str, Counter[str]] = {}
    for clip in corpus.clips():
        clips.setdefault(clip.source, Counter())[clip.split] += 1
        minutes.setdefault(clip.source, Counter())[clip.split] += clip.duration_s / 60
        sounds.setdefault(clip.source, Counter()).update(base_of(SYMBOLS[number]) for number in clip.phoneme_ids)
    return {
        source: {
            "clips": dict(clips[source]),
            "minutes": {split: round(value, 2) for split, value in minutes[source].items()},
            "sounds": dict(sounds[source].most_common()),
        }
        for source in sorted(clips)
    }


def judged(clip: MotionClip) -> list[tuple[str, NDArray[np.bool_]]]:
    """(sound, its frames [T]) of each P, B, M and open vowel of a clip, and of its silence under the empty name."""
    times_s = np.arange(len(clip.motion)) / float(clip.motion.fps)
    found, quiet = [], np.ones(len(times_s), bool)
    for symbol, start_s, end_s in zip(clip.symbols, clip.boundaries_s[:-1], clip.boundaries_s[1:], strict=True):
        base = base_of(symbol)
        if base in BILABIALS:
            found.append((base, (times_s > start_s - NEAR_S) & (times_s < end_s + NEAR_S)))
        elif base in OPEN_VOWELS:
            found.append((base, np.abs(times_s - (start_s + end_s) / 2) < max((end_s - start_s) / 4, 0.02)))
        if symbol not in PAUSES:
            quiet &= (times_s < start_s - AWAY_S) | (times_s > end_s + AWAY_S)
    # Silence is long and the same all over: a third of it says as much.
    quiet[np.arange(len(quiet)) % 3 > 0] = False
    return [*((base, frames) for base, frames in found if frames.any()), ("", quiet)]


def gaps_of(clip: MotionClip, head: PosedHead, labels: Sequence[ClosureLabel]) -> NDArray[np.float64]:
    """[T] millimetres between the lips in the frames that are judged or labelled; not a number elsewhere."""
    wanted = np.any([frames for _, frames in judged(clip)], axis=0)
    for label in labels:
        if label.clip == clip.name:
            wanted[label.first_frame : label.last_frame + 1] = True
    gap = np.full(len(clip.motion), np.nan)
    gap[wanted] = lip_gaps_mm(head, clip.motion.expression[wanted])
    return gap


def closures(clips: Sequence[MotionClip], gaps: dict[str, NDArray[Any]], *, only_valid: bool) -> dict[str, Any]:
    """How often lips meet in P, B and M, and in the middle half of open vowels; and how far apart they are in silence.

    With `only_valid` frames that are not learned from are left out, and sounds of which no frame is left.
    """
    met: dict[str, list[bool]] = {}
    silent: list[float] = []
    for clip in clips:
        gap = gaps[clip.name]
        for base, frames in judged(clip):
            kept = frames & clip.valid if only_valid else frames
            if not base:
                silent += gap[kept].tolist()
            elif kept.any():
                met.setdefault(base, []).append(bool((gap[kept] < CLOSED_GAP_MM).any()))
    quiet = np.array(silent)
    return {
        "clips": len(clips),
        "closed_share": {base: round(float(np.mean(found)), 4) for base, found in sorted(met.items())},
        "counts": {base: len(found) for base, found in sorted(met.items())},
        "silence_gap_mm": {
            "frames": len(quiet),
            "mean": round(float(np.maximum(quiet, 0).mean()), 3),
            "share_above_0.3": round(float((quiet > 0.3).mean()), 3),
            "share_above_1": round(float((quiet > 1).mean()), 3),
        },
    }


def labelled(labels: Sequence[ClosureLabel], gaps: dict[str, NDArray[Any]]) -> dict[str, Any]:
    """The scored labels of the clips that are there."""
    mine = [label for label in labels if label.scored and label.clip in gaps]
    if not mine:
        return {"intervals": 0}
    score = score_closures(mine, nearest(mine, lambda clip: gaps[clip]), CLOSED_GAP_MM)
    return {"intervals": len(mine), **score.as_json()}


def draw(
    clips: Sequence[MotionClip], gaps: dict[str, NDArray[Any]], labels: Sequence[ClosureLabel], path: Path
) -> None:
    """Gaps over phonemes; labelled as closed: green, as apart: red; frames that are not learned from are crossed."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(len(clips), 1, figsize=(15, 3 * len(clips)), squeeze=False)
    for axis, clip in zip(axes[:, 0], clips, strict=True):
        gap, edges_s = gaps[clip.name], clip.boundaries_s
        axis.plot(np.arange(len(gap)) / float(clip.motion.fps), gap, ".-", color="black")
        unknown = np.flatnonzero(~clip.valid)
        axis.plot(unknown / float(clip.motion.fps), gap[unknown], "x", color="red")
        axis.axhline(CLOSED_GAP_MM, color="gray", linewidth=0.5)
        for symbol, start_s, end_s in zip(clip.symbols, edges_s[:-1], edges_s[1:], strict=True):
            axis.axvline(start_s, color="lightgray", linewidth=0.7)
            closing = base_of(symbol) in BILABIALS
            axis.text((start_s + end_s) / 2, gap.max(), symbol, ha="center", color="blue" if closing else "black")
            if closing:
                axis.axvspan(start_s, end_s, color="blue", alpha=0.12)
        for label in labels:
            if label.clip == clip.name:
                start_s, end_s = ((frame) / float(clip.motion.fps) for frame in (label.first_frame, label.last_frame))
                axis.axvspan(start_s, end_s, ymax=0.12, color="green" if label.closed else "red", alpha=0.6)
        axis.set_title(f"{clip.name} ({clip.split}): {clip.text}")
        axis.set_ylabel("lip gap, mm")
    figure.tight_layout()
    figure.savefig(path, dpi=60)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--plot", type=Path)
    arguments = parser.parse_args()
    corpus = MotionCorpus(*arguments.folders)
    head: PosedHead = shipped_head().posed()
    labels = read_closure_labels(LABELS)
    result: dict[str, Any] = {"contents": contents(corpus)}
    # Of rules, a tenth says what all do.
    for source, stride in (("grid", 1), ("viseme", 10)):
        clips = [corpus.clip(name) for name in corpus.names(source=source)[::stride]]
        if not clips:
            continue
        gaps = {clip.name: gaps_of(clip, head, labels) for clip in clips}
        result[source] = {
            "all_frames": closures(clips, gaps, only_valid=False),
            "valid_frames": closures(clips, gaps, only_valid=True),
            "valid_share": round(float(np.concatenate([clip.valid for clip in clips]).mean()), 4),
        }
        if source == "grid":
            known = {clip.name: np.where(clip.valid, gaps[clip.name], np.nan) for clip in clips}
            result[source]["labelled_closures"] = labelled(labels, gaps)
            result[source]["labelled_closures_of_valid_frames"] = labelled(labels, known)
            tests = set(corpus.names("test", source=source))
            only = {name: gap for name, gap in gaps.items() if name in tests}
            result[source]["labelled_closures_test"] = labelled(labels, only)
            if arguments.plot is not None:
                with_label = {label.clip for label in labels if label.closed}
                shown = [clip for clip in clips if clip.name in with_label][:: max(1, len(clips) // 12)][:6]
                draw(
                    shown,
                    {clip.name: lip_gaps_mm(head, clip.motion.expression) for clip in shown},
                    labels,
                    arguments.plot,
                )
    for folder in arguments.folders:
        rows = [_rows(folder / name) for name in ("joined.jsonl", "left_out.jsonl")]
        if any(rows):
            result["join"] = join_numbers(*rows)
    print(json.dumps(result.get("grid", result), indent=1, ensure_ascii=False))
    print(write_result("motion_data", result))


def join_numbers(joined: list[dict[str, Any]], left_out: list[dict[str, Any]]) -> dict[str, Any]:
    """What the join cost, over all clips, and what it left out."""
    latest = {row["name"]: row for row in joined}.values()
    names = ("score", "valid_share", "confidence", "movement_error_mm", "gap_error_mm", "largest_gap_error_mm")
    return {
        "joined": len(latest),
        **{
            name: {
                "mean": round(float(np.mean([row[name] for row in latest])), 4),
                "worst": round(
                    (min if name in ("score", "valid_share", "confidence") else max)(row[name] for row in latest), 4
                ),
            }
            for name in names
        },
        "left_out": [dict(items) for items in sorted({tuple(row.items()) for row in left_out})],
    }


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []


if __name__ == "__main__":
    main()
