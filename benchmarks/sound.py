"""How exactly the clock of the sound is found, and where the lips meet: GRID, joined and shifted, and our own films.

    python benchmarks/sound.py --data DATA_FOLDER --work FOLDER [--films FOLDER]

Every sixth clip of GRID is looked at through the real landmark path (kept in `--work`). The corpus has an offset of its
own: the answer to all clips in one is reported, and errors are distances from it. Clips are joined into longer ones, in
which a bit under half of the time is speech, and shifted by -120 .. 160 ms. `--films` holds films of `avatron speak`,
whose picture and sound are one clock: errors there are distances from the truth, for sound shifted in the same steps.
The lips' contacts are measured against the sounds of the aligned words: when the inner lips of the picture meet and
part.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.audio import Audio
from avatron.io.audio import read_audio
from avatron.io.clips import probe_clip, read_frames
from avatron.io.resample import resample_audio
from avatron.text.inventory import base_of
from avatron.track.landmarks.landmarker import FaceLandmarker
from avatron.track.landmarks.observe import observe
from avatron.track.speech.align import align_within_words
from avatron.track.speech.contacts import closure_evidence
from avatron.track.speech.evidence import estimate_audio_offset
from avatron.track.speech.opening import seen_opening
from avatron.training.listener_data import grid_words
from record import write_result

STRIDE = 6
RATE = 16_000
SHIFTS_S = (-0.12, -0.08, -0.04, 0.0, 0.04, 0.08, 0.12, 0.16)
QUARTER_FRAME_MS = 10.0
MET = 0.012
"""Inner-lip gap, in distances of the outer corners of the eyes, below which lips touch: 1 mm."""


def seen(path: Path, work: Path, landmarker: FaceLandmarker) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """(opening [T], valid [T]) of a film, from `work` where it was looked at before."""
    kept = work / f"{path.stem}.npz"
    if not kept.is_file():
        parts = [(seen_opening(part), part.valid) for part in observe(read_frames(probe_clip(path)), landmarker)]
        np.savez(kept, opening=np.concatenate([a for a, _ in parts]), valid=np.concatenate([b for _, b in parts]))
    with np.load(kept) as stored:
        return stored["opening"], stored["valid"]


def shifted(samples: NDArray[np.float32], late_s: float) -> Audio:
    """The sound, so much later."""
    count = round(abs(late_s) * RATE)
    silence = np.zeros(count, np.float32)
    return Audio(
        np.concatenate([silence, samples]) if late_s >= 0 else np.concatenate([samples[count:], silence]), RATE
    )


def errors(found: list[float], confidences: list[float]) -> dict[str, Any]:
    """Of answers in seconds, in ms; those that were not given (confidence 0) are counted only."""
    given = np.array(confidences) > 0
    error = 1000 * np.abs(np.array(found))[given]
    if not len(error):
        return {"count": len(found), "measured": 0}
    sure = np.array(confidences)[given] >= 0.5
    return {
        "count": len(found),
        "measured": len(error),
        "mean_ms": round(float(error.mean()), 1),
        "percentile95_ms": round(float(np.percentile(error, 95)), 1),
        "largest_ms": round(float(error.max()), 1),
        "within_quarter_frame": round(float((error <= QUARTER_FRAME_MS).mean()), 3),
        "believed": int(sure.sum()),
        "believed_mean_ms": round(float(error[sure].mean()), 1) if sure.any() else None,
    }


def grid_offsets(clips: list[tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.float32]]]) -> dict[str, Any]:
    """Offsets of joined clips."""
    order = np.random.default_rng(0).permutation(len(clips))
    result: dict[str, Any] = {}
    whole = [np.concatenate([clips[place][part] for place in order]) for part in range(3)]
    corpus = estimate_audio_offset(whole[0], 25, Audio(whole[2], RATE), valid=whole[1])
    result["corpus_offset_ms"] = round(1000 * corpus.seconds, 1)
    result["corpus_error_ms"] = round(1000 * corpus.error_s, 1)
    chooser = np.random.default_rng(1)
    for joined in (1, 2, 4, 8, 16, 30):
        found: list[float] = []
        confidences: list[float] = []
        for first in range(0, len(order) - joined + 1, joined):
            chosen = order[first : first + joined]
            opening, valid, samples = (np.concatenate([clips[place][part] for place in chosen]) for part in range(3))
            late_s = float(chooser.choice(SHIFTS_S))
            offset = estimate_audio_offset(opening, 25, shifted(samples, late_s), valid=valid)
            found.append(offset.seconds - late_s - corpus.seconds)
            confidences.append(offset.confidence)
        result[f"{3 * joined} s"] = errors(found, confidences)
    return result


def film_offsets(folder: Path, work: Path, landmarker: FaceLandmarker) -> dict[str, Any]:
    """Offsets of our own films."""
    result: dict[str, Any] = {}
    for path in sorted(folder.glob("*.mp4")):
        opening, valid = seen(path, work, landmarker)
        info = probe_clip(path)
        samples = read_audio(path, RATE).samples
        offsets = [
            (late_s, estimate_audio_offset(opening, info.fps, shifted(samples, late_s), valid=valid))
            for late_s in SHIFTS_S
        ]
        result[path.stem] = {
            "seconds": round(info.duration_s, 1),
            "bias_ms": round(1000 * float(np.mean([offset.seconds - late_s for late_s, offset in offsets])), 1),
            **errors([offset.seconds - late_s for late_s, offset in offsets], [each.confidence for _, each in offsets]),
        }
    return result


def contacts(
    names: list[str], openings: list[NDArray[np.float32]], data: Path, offset_s: float
) -> dict[str, dict[str, Any]]:
    """When lips meet after the begin of `p b m`, and part after their end; on the clock of the sound."""
    words = grid_words(data / "grid_s1")
    found: dict[str, list[tuple[float, float, bool]]] = defaultdict(list)
    missed: dict[str, int] = defaultdict(int)
    clock = np.arange(3000) / 1000
    for name, opening in zip(names, openings, strict=True):
        track = align_within_words(read_audio(data / "grid_s1" / "video" / f"{name}.mp4"), words[name])
        met = np.interp(clock - offset_s, np.arange(len(opening)) / 25, opening) < MET
        edges = np.flatnonzero(np.diff(np.concatenate([[False], met, [False]]).astype(int)))
        runs = edges.reshape(-1, 2) / 1000
        for place, symbol in enumerate(track.symbols):
            base = base_of(symbol)
            if base not in ("p", "b", "m"):
                continue
            start, end = float(track.start_s[place]), float(track.end_s[place])
            near = [run for run in runs if run[0] < end + 0.05 and run[1] > start - 0.05]
            if not near:
                missed[base] += 1
                continue
            middle = 0.5 * (start + end)
            run = min(near, key=lambda run: max(run[0] - middle, middle - run[1]))
            found[base].append((run[0] - start, run[1] - end, place > 0 and track.symbols[place - 1] != "|"))
    result = {}
    for base, rows in sorted(found.items()):
        onset = np.array([row[0] for row in rows if row[2]])
        release = np.array([row[1] for row in rows])
        quartiles = {
            f"{name}_ms": [round(1000 * float(value)) for value in np.percentile(values, (25, 50, 75))]
            if len(values)
            else []
            for name, values in (("onset", onset), ("release", release))
        }
        result[base] = {"count": len(rows), "missed": missed[base], **quartiles}
    return result


def heard_closures(data: Path, offset_s: float) -> dict[str, Any]:
    """Closures that are heard in places of GRID labelled from the pixels; the words and their times are known."""
    labels = json.loads((Path(__file__).parent / "labels" / "grid_closures.json").read_text(encoding="utf-8"))
    words = grid_words(data / "grid_s1")
    evidence = {}
    for name in sorted({row["clip"] for row in labels["intervals"]}):
        track = align_within_words(read_audio(data / "grid_s1" / "video" / f"{name}.mp4"), words[name])
        evidence[name] = closure_evidence(track, 75, 25, audio_offset_s=offset_s)
    counts = {(closed, found): 0 for closed in (True, False) for found in (True, False)}
    for row in labels["intervals"]:
        frames = evidence[row["clip"]].part(row["first_frame"], row["last_frame"] + 1)
        counts[row["closed"], bool(((frames.closed > 0.5) & (frames.weight > 0.2)).any())] += 1
    right, wrong, missed = counts[True, True], counts[False, True], counts[True, False]
    return {
        "closures": right + missed,
        "others": wrong + counts[False, False],
        "precision": round(right / (right + wrong), 3),
        "recall": round(right / (right + missed), 3),
        "f1": round(2 * right / (2 * right + wrong + missed), 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--films", type=Path)
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    landmarker = FaceLandmarker.load()
    paths = sorted((arguments.data / "grid_s1" / "video").glob("*.mp4"))[::STRIDE]
    clips = []
    for path in paths:
        opening, valid = seen(path, arguments.work, landmarker)
        samples = resample_audio(read_audio(path), RATE).samples[: 3 * RATE]
        clips.append((opening[:75], valid[:75], np.pad(samples, (0, 3 * RATE - len(samples)))))
    result: dict[str, Any] = {"grid": grid_offsets(clips)}
    offset_s = result["grid"]["corpus_offset_ms"] / 1000
    result["contacts"] = contacts([path.stem for path in paths], [clip[0] for clip in clips], arguments.data, offset_s)
    result["heard_closures"] = heard_closures(arguments.data, offset_s)
    if arguments.films is not None:
        result["films"] = film_offsets(arguments.films, arguments.work, landmarker)
    print(write_result("sound", result))


if __name__ == "__main__":
    main()
