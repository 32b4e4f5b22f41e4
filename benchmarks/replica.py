"""Replicas of films, built and measured as `avatron bench replica` does, beside the anchor.

python benchmarks/replica.py WORK consent.json CLIP...

Replicas stay in the folder WORK; what is built there already is measured again, not built.
"""

from __future__ import annotations

import sys
from pathlib import Path

from anchor import anchor
from avatron.evaluation.replica.suite import GOALS, measure_clip
from avatron.native import pool
from record import write_result


def main() -> None:
    work, consent, *clips = map(Path, sys.argv[1:])
    work.mkdir(parents=True, exist_ok=True)
    with pool.use_threads(2):
        result = {
            "what": "held-out last fifth, pose of `audio` tracked; playback: best of five medians, two threads",
            "goals": GOALS,
            "anchor_before": anchor(),
            "clips": [measure_clip(clip, consent, work, on_note=print) for clip in clips],
        }
    print(write_result("replica", {**result, "anchor_after": anchor()}))


if __name__ == "__main__":
    main()
