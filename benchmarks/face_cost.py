"""What motion costs: pipelines from text beside a speech-driven one, and one decoder on ever longer utterances.

python benchmarks/face_cost.py --animators viseme avatron=FOLDER

Prints the tables of `docs/evaluation.md`. Some minutes of one core.
"""

from __future__ import annotations

import argparse
import json
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from anchor import anchor
from avatron.evaluation.face.cost.pipeline import measure_cost, peak_mib
from avatron.evaluation.face.rows.animators import timed_sources
from avatron.motion.animators import ANIMATORS
from avatron.motion.decoder.decoder import MotionDecoder
from avatron.motion.decoder.features import CLASSES
from avatron.motion.decoder.shipped import find_weights
from avatron.motion.decoder.speech_input import SpeechColumns
from record import write_result

PUSHED_COLUMNS = 43
"""Half a second at a time, as a voice hands it over."""


def stream_once(folder: Path, seconds: float) -> dict[str, Any]:
    """One utterance of `seconds` through the decoder in `folder`, in this process: time, frames, memory.

    Its columns are made up as they are asked for, since neither time nor memory depends on what is said.
    """
    decoder = MotionDecoder.load(folder)
    config, random, frames = decoder.config, np.random.default_rng(0), 0
    stream = decoder.stream()
    left = round(seconds * config.sample_rate / config.hop_length)
    begun = time.process_time()
    while left > 0:
        count = min(PUSHED_COLUMNS, left)
        embedding = random.standard_normal((config.width, count), np.float32)
        ages = np.linspace(0, 1, count, dtype=np.float32)
        frames += len(stream.push(SpeechColumns(embedding, random.integers(0, len(CLASSES), count), ages)))
        left -= count
    frames += len(stream.finish())
    spent_s = time.process_time() - begun
    return {"seconds": seconds, "frames": frames, "real_time_factor": spent_s / seconds, "peak_mib": peak_mib()}


def streamed(source: str, lengths_s: list[float]) -> list[dict[str, Any]] | None:
    """`stream_once` at each length, each in a process of its own; None of what has no stream."""
    folder = Path(source)
    if source in ANIMATORS.names():
        if source == "viseme":
            return None
        folder = find_weights(source)
    if MotionDecoder.load(folder).config.reads != "embedding":
        return None
    found = []
    for seconds in lengths_s:
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            found.append(pool.submit(stream_once, folder, seconds).result())
    return found


def tables(result: dict[str, Any]) -> str:
    """The result as the docs show it."""
    lines = [
        "| pipeline | parameters of the motion | GFLOP/s | length s | motion, s/s | text to motion, s/s | peak MiB |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, row in result["rows"].items():
        size = (
            f"{row['parameters'] / 1e6:.2f} M | {row['operations_per_s'] / 1e9:.2f}" if "parameters" in row else " | "
        )
        for one in row["lengths"]:
            if "not_measured" not in one:
                factors = f"{one['motion_real_time_factor']:.4f} | {one['pipeline_real_time_factor']:.4f}"
                lines.append(f"| {name} | {size} | {one['seconds']:g} | {factors} | {one['peak_mib']:.0f} |")
    lines += ["", "| one utterance | " + " | ".join(f"{one:g} s" for one in result["streamed_lengths_s"]) + " |"]
    lines.append("|---" * (1 + len(result["streamed_lengths_s"])) + "|")
    for name, row in result["streamed"].items():
        lines.append(f"| {name}: peak MiB | " + " | ".join(f"{one['peak_mib']:.1f}" for one in row) + " |")
        lines.append("| s/s | " + " | ".join(f"{one['real_time_factor']:.4f}" for one in row) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--animators", nargs="+", default=["viseme"], metavar="NAME[=FOLDER]")
    parser.add_argument("--voice", default="lj", help="who speaks on every side")
    parser.add_argument("--lengths", nargs="+", type=float, default=[1.0, 10.0, 60.0], metavar="S", help="of scripts")
    parser.add_argument(
        "--streamed", nargs="+", type=float, default=[1.0, 10.0, 60.0, 600.0, 3600.0], metavar="S", help="of utterances"
    )
    arguments = parser.parse_args()
    sources = timed_sources(arguments.animators)
    result = {"anchor": anchor(), "streamed_lengths_s": arguments.streamed}
    result["streamed"] = {
        name: rows for name, source in sources.items() if (rows := streamed(source, arguments.streamed)) is not None
    }
    result |= measure_cost(sources, arguments.lengths, arguments.voice)
    print(json.dumps({"written": str(write_result("face-cost", result))}))
    print(tables(result))


if __name__ == "__main__":
    main()
