"""A person's own motion against the shipped one, where the sound alone drives it: on the last fifth of clips.

    python benchmarks/personal_motion.py TRACKS CLIPS

TRACKS holds an npz of `avatron track` for each clip, of the same name; CLIPS the clips. Nothing of the last fifth has a
say in anything that is learned. Rows: the shipped animator; the same with the person's filter; the decoder that was
trained on the person, alone; and both together, as replicas have it. A mouth that never leaves the person's mean is
there to be beaten.

Lip vertex error: mean over frames of the largest distance of a lip vertex, mm, on their head held still. Opening:
the gap between the lips, its correlation with the truth, its mean absolute error and its spread over the truth's.
Closures: P, B and M of fixed sentences in the voice `lj` in which the lips meet.
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import FaceMotion
from avatron.core.speech import Speech
from avatron.core.track import FaceTrack
from avatron.evaluation.face.opening import opening_difference_mm, range_ratio
from avatron.evaluation.lips import bilabial_closures, lip_gap_of
from avatron.face.head import PosedHead
from avatron.face.shipped import shipped_head
from avatron.io.tracks import read_track
from avatron.motion.animators import load_animator
from avatron.motion.personal.animator import PersonalAnimator
from avatron.motion.personal.folder import PersonalMotion, write_personal_motion
from avatron.motion.protocol import Animator
from avatron.motion.style import MotionStyle
from avatron.replica.heldout.spoken import spoken_motion
from avatron.training.motion.personal.learn import learn_personal_motion
from avatron.training.motion.personal.rehearsal import spoken_texts
from avatron.voice.listening.encoders import load_speech_encoder
from avatron.voice.listening.hear import hear_utterances
from avatron.voice.listening.tape import SoundTape
from avatron.voice.voices import load_voice
from record import write_result

LEARNED = 0.8
FIXED = (
    "Maybe Bob may pay for the blue umbrella before breakfast.",
    "People who jump from a boat may bump into a pump.",
    "Stop, Pam, and bring the lamp back up by the broom.",
    "My mother may remember a purple map of Panama.",
    "Please put the big brown box on top of the piano.",
)
"""None of them is rehearsed."""


def main() -> None:
    """Measures and writes `results/personal_motion.json`."""
    if len(sys.argv) != 3:
        sys.exit("usage: python benchmarks/personal_motion.py TRACKS CLIPS")
    tracks, clips = (Path(argument) for argument in sys.argv[1:])
    said = spoken_texts(load_voice("lj"), FIXED)
    found = {}
    for place in sorted(tracks.glob("*.npz")):
        clip = clips / f"{place.stem}.mp4"
        if clip.is_file():
            found[place.stem] = measured(clip, read_track(place), said)
            print(place.stem, found[place.stem], flush=True)
    write_result("personal_motion", {"learned_share": LEARNED, "clips": found})


def measured(clip: Path, track: FaceTrack, said: list[Speech]) -> dict[str, Any]:
    """What is learned of one clip, and how near it comes."""
    learned = range(round(LEARNED * len(track)))
    began, wall = time.process_time(), time.perf_counter()
    speeches = list(hear_utterances(SoundTape(clip), load_speech_encoder("mel")))
    heard = time.process_time()
    person = learn_personal_motion(track, speeches, learned)
    done = time.process_time()
    filtered = replace(person.motion, changes=None)
    rows: dict[str, Animator] = {
        "shipped": load_animator("avatron"),
        "filter": PersonalAnimator(filtered),
        "trained": _Trained(person.motion),
        "filter and trained": PersonalAnimator(person.motion),
    }
    head = shipped_head().posed(track.identity)
    held_out = slice(learned.stop, len(track))
    truth = _mouth(track.motion, held_out)
    table = {}
    for name, animator in rows.items():
        motion = spoken_motion(clip, track, animator, MotionStyle())
        table[name] = _scores(truth, _mouth(motion, held_out), track, head) | {"closures": _closures(animator, said)}
    mean = np.tile(track.motion.expression[: learned.stop].mean(0), (len(truth), 1)).astype(np.float32)
    table["mean of the person"] = _scores(truth, replace(truth, expression=mean), track, head)
    return {
        "seconds": round(len(track) / float(track.motion.fps), 1),
        "held_out_frames": len(truth),
        "rows": table,
        "kept_step": person.fit.steps,
        "processor_seconds": {"hearing": round(heard - began, 1), "learning": round(done - heard, 1)},
        "wall_seconds": round(time.perf_counter() - wall, 1),
        "bytes": {"filter": _size(filtered), "filter and trained": _size(person.motion)},
        "milliseconds_a_second_of_speech": {
            name: round(_cost_ms(animator, speeches), 2) for name, animator in rows.items()
        },
        "habits": {
            part: {
                name: [round(one, 4) for one in value] if isinstance(value, tuple) else round(value, 4)
                for name, value in vars(getattr(person.motion.seen.habits, part)).items()
            }
            for part in ("blinks", "head", "gaze")
        },
    }


class _Trained(PersonalAnimator):
    """The trained decoder without the filter."""

    def _curves(self, speech: Speech) -> NDArray[np.float32]:
        assert self._trained is not None
        return self._trained.curves(speech)


def _mouth(motion: FaceMotion, frames: slice) -> FaceMotion:
    part = motion.part(frames.start, frames.stop)
    still = np.zeros((len(part), 3), np.float32)
    return replace(
        part,
        head_rotation=still,
        neck_rotation=still,
        torso_rotation=still,
        head_translation=still,
        torso_translation=still,
    )


def _scores(truth: FaceMotion, made: FaceMotion, track: FaceTrack, head: PosedHead) -> dict[str, float]:
    model = head.model
    lips = np.unique(np.concatenate([model.contours["lips_outer"], model.contours["lips_inner"]]))
    places = [np.stack([frame[lips] for frame in head.frames(motion)]) for motion in (truth, made)]
    error = 1000 * np.linalg.norm(places[1] - places[0], axis=2).max(axis=1)
    gap, own = (lip_gap_of(motion, model, track.identity) for motion in (truth, made))
    moves = own.std() > 1e-6
    return {
        "lip_vertex_error_mm": round(float(error.mean()), 3),
        "opening_correlation": round(float(np.corrcoef(gap, own)[0, 1]), 3) if moves else 0.0,
        "opening_error_mm": round(opening_difference_mm(gap, own), 3),
        "opening_range_ratio": round(range_ratio(gap, own), 3),
    }


def _closures(animator: Animator, said: list[Speech]) -> str:
    """How many of the fixed sentences' closures close."""
    closed = []
    for speech in said:
        motion = animator.animate(speech, MotionStyle())
        closed.append(bilabial_closures(lip_gap_of(motion, shipped_head()), motion, speech))
    together = np.concatenate(closed)
    return f"{int(together.sum())} of {len(together)}"


def _size(motion: PersonalMotion) -> int:
    with tempfile.TemporaryDirectory() as place:
        written = write_personal_motion(Path(place) / "motion", motion)
        return sum(path.stat().st_size for path in written.path.iterdir())


def _cost_ms(animator: Animator, speeches: list[Speech]) -> float:
    """Processor time of the best of three runs, for a second of speech."""
    seconds = sum(float(speech.end - speech.start) for speech in speeches)
    best = np.inf
    for _ in range(3):
        began = time.process_time()
        for speech in speeches:
            animator.animate(speech, MotionStyle())
        best = min(best, time.process_time() - began)
    return 1000 * float(best) / seconds


if __name__ == "__main__":
    main()
