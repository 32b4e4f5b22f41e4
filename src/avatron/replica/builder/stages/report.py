"""The replica beside the frames that it has never seen: driven by their tracked motion, and by their sound alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import FaceMotion
from avatron.core.track import FaceTrack
from avatron.io.atomic import write_file
from avatron.io.clips import read_frames
from avatron.motion.animators import DEFAULT_ANIMATOR, load_animator
from avatron.motion.style import MotionStyle
from avatron.render.view import View
from avatron.replica.builder.stage import Stage, StageRun
from avatron.replica.builder.stages.appearance import built_likeness, read_seen_track
from avatron.replica.builder.stages.motion import built_animator
from avatron.replica.builder.stages.sound import read_heard
from avatron.replica.heldout.judge import judge_held_out
from avatron.replica.heldout.spoken import spoken_motion, with_pose_of

__all__ = ["HELDOUT_FILE", "REPORT", "motions_of", "read_held_out"]

HELDOUT_FILE = "heldout.json"


def read_held_out(place: Path) -> dict[str, Any]:
    """What the stage has left in `place`."""
    scores: dict[str, Any] = json.loads((place / HELDOUT_FILE).read_text("utf-8"))
    return scores


def motions_of(run: StageRun, track: FaceTrack) -> dict[str, FaceMotion]:
    """The motions of the whole clip that the replica is driven by: `tracked`, and where there is sound, `audio`."""
    motions = {"tracked": track.motion}
    if read_heard(run.results["sound"]) is not None:
        animator = built_animator(run.results["motion"]) or load_animator(DEFAULT_ANIMATOR)
        style = MotionStyle(seed=run.source.config.seed)
        motions["audio"] = with_pose_of(spoken_motion(run.source.video, track, animator, style), track)
    return motions


def _run(run: StageRun) -> None:
    source = run.source
    track = read_seen_track(run.results["appearance"], run.results["track"])
    first, frames = source.learned_frames, len(track)
    if first >= frames:
        run.on_note("nothing is held out, so that nothing can be measured")
        write_file(run.place / HELDOUT_FILE, json.dumps({"frames": 0}) + "\n")
        return
    likeness = built_likeness(source.config, run.results["appearance"])
    view = View((source.info.width, source.info.height))
    drawn = {name: (likeness.renderer(view), motion) for name, motion in motions_of(run, track).items()}
    pictures: Iterator[NDArray[np.uint8]] = read_frames(source.info, first, frames)
    scores = judge_held_out(track, first, pictures, drawn, run.on_progress)
    told: dict[str, Any] = {"frames": frames - first, **{name: score.as_json() for name, score in scores.items()}}
    if "audio" in told:
        # Whoever reads the numbers must know what is not the sound's.
        told["audio"]["pose"] = "tracked"
    write_file(run.place / HELDOUT_FILE, json.dumps(told, indent=1) + "\n")


REPORT = Stage("report", _run, needs=("sound", "track", "appearance", "motion"), cost_ms=40.0)
