"""How the person moves: habits, limits and a mouth of their own, from the frames that may be learned from."""

from __future__ import annotations

from pathlib import Path

from avatron.errors import InvalidValueError
from avatron.motion.personal.animator import PersonalAnimator
from avatron.motion.personal.folder import PersonalMotion, write_personal_motion
from avatron.motion.personal.learn import observe_motion
from avatron.replica.builder.stage import Stage, StageRun
from avatron.replica.builder.stages.sound import read_heard
from avatron.replica.builder.stages.track import read_clip_track
from avatron.replica.replica import MOTION as FOLDER
from avatron.voice.listening.encoders import DEFAULT_ENCODER, load_speech_encoder
from avatron.voice.listening.hear import hear_utterances
from avatron.voice.listening.tape import SoundTape

__all__ = ["MOTION", "built_animator"]

_UNTRAINED: frozenset[str] = frozenset({"draft"})
"""Qualities that need nothing but the package: the decoder itself is not trained."""


def built_animator(place: Path) -> PersonalAnimator | None:
    """What the stage has left in `place`; None where too little was said or seen to learn from."""
    return PersonalAnimator(place / FOLDER) if (place / FOLDER).is_dir() else None


def _run(run: StageRun) -> None:
    if read_heard(run.results["sound"]) is None:
        run.on_note("without sound nothing is learned of how the person moves")
        return
    track = read_clip_track(run.results["track"])
    speeches = list(hear_utterances(SoundTape(run.source.video), load_speech_encoder(DEFAULT_ENCODER)))
    frames = range(run.source.learned_frames)
    try:
        motion: PersonalMotion = observe_motion(track, speeches, frames)
        if run.source.config.quality not in _UNTRAINED:
            from avatron.training.motion.personal.learn import learn_personal_motion

            motion = learn_personal_motion(track, speeches, frames, on_progress=run.on_progress).motion
    except InvalidValueError as error:
        run.on_note(f"the face will move as nobody's in particular: {error}")
        return
    write_personal_motion(run.place / FOLDER, motion)


MOTION = Stage(
    "motion",
    _run,
    needs=("sound", "track"),
    settings=lambda config: {"quality": config.quality, "held_out_share": config.held_out_share},
    cost_ms=30.0,
)
