"""Milliseconds per frame of the portrait renderer, by avatar, picture size, instruction set and threads.

python benchmarks/render.py                    # everything
python benchmarks/render.py --frames 10 --rounds 2

Every second frame of a talking motion is drawn over the studio's backdrop, by every avatar that is installed. A row is
the best of several medians; its stages are medians of the same round. `processor_ms` is what a frame costs all threads
together: on a busy machine it says more than the clock.
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np

import avatron
from anchor import anchor
from avatron.avatar.store import list_avatars, load_avatar
from avatron.core.motion import FaceMotion
from avatron.face.head import HeadModel
from avatron.native.cpu import available_instruction_sets, use_instruction_set
from avatron.native.pool import use_threads
from avatron.pipeline.pieces import joined_motion
from avatron.render.appearance import Appearance
from avatron.render.portrait import PortraitRenderer
from record import write_result

SCRIPT = "The morning train was late again, so we walked along the river and talked about the weather."
SIZES = ((512, 512), (1080, 1080), (1920, 1080))
THREADS = (1, 2)


def talking(frames: int) -> FaceMotion:
    """`frames` frames out of the middle of a sentence, two apart."""
    motion = joined_motion(list(avatron.stream(SCRIPT)))
    start = (len(motion) - 2 * frames) // 2
    if start < 0:
        raise SystemExit(f"the sentence has {len(motion)} frames; ask for at most {len(motion) // 2}")
    return FaceMotion.joined([_moved_to(motion.part(start + 2 * k, start + 2 * k + 1), k) for k in range(frames)])


def _moved_to(motion: FaceMotion, frame: int) -> FaceMotion:
    rows = {name: value for name, value in vars(motion).items() if isinstance(value, np.ndarray)}
    return FaceMotion(**rows, fps=motion.fps, first_frame=frame)


def one_round(renderer: PortraitRenderer, motion: FaceMotion) -> Iterator[dict[str, float]]:
    """The times of each frame but the first, which also moves the joints of all."""
    frames = renderer.frames(motion)
    next(frames)
    for _ in range(len(motion) - 1):
        start, processor = time.perf_counter(), time.process_time()
        next(frames)
        total_ms, processor_ms = (time.perf_counter() - start) * 1000, (time.process_time() - processor) * 1000
        assert renderer.last_times is not None
        kernels = asdict(renderer.last_times)
        head_ms = total_ms - sum(kernels.values())
        yield {"frame_ms": total_ms, "processor_ms": processor_ms, **kernels, "head_ms": head_ms}


def measured(renderer: PortraitRenderer, motion: FaceMotion, rounds: int) -> dict[str, float]:
    """The round with the least median, stage by stage; `head_ms` is shape, pose and normals of the head."""
    next(renderer.frames(motion))
    medians = []
    for _ in range(rounds):
        times = list(one_round(renderer, motion))
        medians.append({stage: statistics.median(row[stage] for row in times) for stage in times[0]})
    best = min(medians, key=lambda row: row["frame_ms"])
    return {stage: round(value, 3) for stage, value in best.items()}


def making_ms(head: HeadModel, look: Appearance, size: tuple[int, int]) -> float:
    """The best of three times to make a renderer, baking included."""
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        PortraitRenderer(head, look, size=size)
        seconds.append(time.perf_counter() - start)
    return round(min(seconds) * 1000, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--avatar", action="append", help="name or folder; may be given several times (default: all)")
    arguments = parser.parse_args()
    motion = talking(arguments.frames)
    head = HeadModel.load()
    looks = {name: load_avatar(name).appearance() for name in arguments.avatar or [one.name for one in list_avatars()]}
    result: dict[str, Any] = {
        "anchor_before": anchor(),
        "frames": arguments.frames,
        "rounds": arguments.rounds,
        "making_ms": {
            f"{name} {width}x{height}": making_ms(head, look, (width, height))
            for name, look in looks.items()
            for width, height in SIZES
        },
        "load_average": os.getloadavg()[0],
        "rows": [],
    }
    for (avatar, look), size in itertools.product(looks.items(), SIZES):
        renderer = PortraitRenderer(head, look, size=size)
        for name, threads in itertools.product(available_instruction_sets(), THREADS):
            with use_instruction_set(name), use_threads(threads):
                times = measured(renderer, motion, arguments.rounds)
            place = {"avatar": avatar, "size": f"{size[0]}x{size[1]}", "instruction_set": name, "threads": threads}
            result["rows"].append({**place, **times})
            print(result["rows"][-1], flush=True)
    result["anchor_after"] = anchor()
    result["note"] = "the machine was shared with other work"
    print(write_result("render", result))


if __name__ == "__main__":
    main()
