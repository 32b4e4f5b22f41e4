"""From a track and what is said in it to a person's habits and reels; a second of work, no torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_INDEX, FaceMotion
from avatron.core.speech import Speech
from avatron.core.timeline import sample_curve
from avatron.core.track import FaceTrack
from avatron.errors import InvalidValueError
from avatron.motion.decoder.channels import MOUTH_CHANNELS
from avatron.motion.personal.blinks import blink_habits, find_blinks, without_blinks
from avatron.motion.personal.habits import GazeHabits, HeadHabits, MotionHabits
from avatron.motion.personal.limits import pose_of
from avatron.motion.personal.reel import FACE_CHANNELS, Reel, closed_loop
from avatron.motion.silences import silences_of

__all__ = ["LEAST_SECONDS", "PersonSeen", "observe_person"]

LEAST_SECONDS = 3.0
"""Of trusted video below which nothing can be said of a person."""
LEAST_CORRELATION = 0.12
"""Between energy and nods, below which they have nothing to do with one another."""
_EXTREME = 0.5
"""Percent of the frames on either side that are noise rather than range."""
_REST_SHARE = 0.15
"""Of the frames, the stillest ones with the least open mouth, that are rest where nobody pauses."""
_LEAST_PAUSE_S, _SETTLED_S = 0.35, 0.12
"""A pause shows a mouth at rest if it is so long, this far from both of its ends."""
_LEAST_REST_FRAMES = 8
_SACCADE = np.radians(2.0)
_SMOOTH_S = 0.2
_TALK_REEL_S, _IDLE_REEL_S = (4.0, 60.0), (2.0, 8.0)
_QUIET_S = 10.0
"""The idle reel is looked for in so much of the video, where the head moves least."""
_JAW = EXPRESSION_INDEX["jawOpen"]
_EYES = [place for place, name in enumerate(FACE_CHANNELS) if name.startswith("eye")]


@dataclass(frozen=True, eq=False)
class PersonSeen:
    """What a video shows of a person beside their mouth."""

    habits: MotionHabits
    talk: Reel
    """Brows, eyes, head and torso while they talk."""
    idle: Reel
    """The same where they move least."""


def observe_person(track: FaceTrack, speeches: Sequence[Speech], frames: range, *, offset_s: float = 0.0) -> PersonSeen:
    """Of the trusted ones of the track's `frames`; the sound with the `speeches` comes `offset_s` after its picture.

    Raises:
        InvalidValueError: less than `LEAST_SECONDS` of them.
    """
    rate = float(track.motion.fps)
    run = _longest_run(track.valid, frames)
    if len(run) / rate < LEAST_SECONDS:
        raise InvalidValueError(
            f"{len(run) / rate:.1f} s of the video show a face that can be trusted without a gap, expected "
            f"{LEAST_SECONDS:g} s at least; give a clip in which one person looks at the camera"
        )
    trusted = np.flatnonzero(track.valid[frames.start : frames.stop]) + frames.start
    motion = track.motion
    expression, pose = motion.expression[trusted], pose_of(motion)[trusted]
    talking = _talking(track, speeches, offset_s)
    lids = 0.5 * (
        motion.expression[:, EXPRESSION_INDEX["eyeBlinkLeft"]] + motion.expression[:, EXPRESSION_INDEX["eyeBlinkRight"]]
    )
    low, high = np.percentile(expression, (_EXTREME, 100 - _EXTREME), axis=0)
    pose_low, pose_high = np.percentile(pose, (_EXTREME, 100 - _EXTREME), axis=0)
    values = _reel_values(motion, run, lids, rate)
    habits = MotionHabits(
        rest=_rest(track, trusted, talking),
        middle=expression.mean(0),
        spread=expression.std(0),
        low=low.astype(np.float32),
        high=high.astype(np.float32),
        pose_low=pose_low.astype(np.float32),
        pose_high=pose_high.astype(np.float32),
        blinks=blink_habits(lids[run.start : run.stop], rate),
        head=_head_habits(track, run, talking, speeches, offset_s),
        gaze=_gaze_habits(values, rate),
        seconds=len(trusted) / rate,
    )
    scale = values.std(0)
    talk, _ = closed_loop(
        values, rate, scale, shortest_s=min(_TALK_REEL_S[0], 0.6 * len(run) / rate), longest_s=_TALK_REEL_S[1]
    )
    quiet = _quietest(values, rate, talking[run.start : run.stop])
    idle, _ = closed_loop(
        quiet, rate, scale, shortest_s=min(_IDLE_REEL_S[0], 0.6 * len(quiet) / rate), longest_s=_IDLE_REEL_S[1]
    )
    return PersonSeen(habits, talk, idle)


def _longest_run(valid: NDArray[np.bool_], frames: range) -> range:
    """The longest stretch of `frames` without a gap."""
    inside = np.concatenate([[False], valid[frames.start : frames.stop], [False]]).astype(np.int8)
    starts, ends = np.flatnonzero(np.diff(inside) == 1), np.flatnonzero(np.diff(inside) == -1)
    if not len(starts):
        return range(frames.start, frames.start)
    longest = int((ends - starts).argmax())
    return range(frames.start + int(starts[longest]), frames.start + int(ends[longest]))


def _talking(track: FaceTrack, speeches: Sequence[Speech], offset_s: float) -> NDArray[np.bool_]:
    """[T] whether something is said while a frame is shown; pauses too short for rest count as said."""
    heard_s = track.start_s + np.arange(len(track)) / float(track.motion.fps) + offset_s
    said = np.zeros(len(track), bool)
    for speech in speeches:
        local_s = heard_s - speech.start_s
        inside = (local_s >= 0) & (heard_s < float(speech.end))
        for start_s, end_s in silences_of(speech.spans):
            if end_s - start_s >= _LEAST_PAUSE_S:
                inside &= ~((local_s >= start_s + _SETTLED_S) & (local_s < end_s - _SETTLED_S))
        said |= inside & bool(speech.spans)
    return said


def _rest(track: FaceTrack, trusted: NDArray[np.int64], talking: NDArray[np.bool_]) -> NDArray[np.float32]:
    """[E] the median of pauses; where there are too few, of the stillest frames with the least open mouth."""
    expression = track.motion.expression[trusted]
    quiet = ~talking[trusted]
    mouth = [EXPRESSION_INDEX[name] for name in MOUTH_CHANNELS]
    if quiet.sum() < _LEAST_REST_FRAMES:
        speed = np.abs(np.gradient(expression[:, mouth], axis=0)).sum(1)
        unrest = expression[:, _JAW] + speed
        quiet = unrest <= np.quantile(unrest, _REST_SHARE)
    rest = np.median(expression[quiet], axis=0)
    # Lids rest where they are between blinks.
    return np.asarray(rest, np.float32)


def _reel_values(motion: FaceMotion, run: range, lids: NDArray[np.floating], rate: float) -> NDArray[np.float64]:
    """[N, WIDTH] of the run, without blinks."""
    part = slice(run.start, run.stop)
    face = motion.expression[part][:, [EXPRESSION_INDEX[name] for name in FACE_CHANNELS]].astype(np.float64)
    gaze = motion.gaze[part].reshape(len(run), 4).astype(np.float64)
    blinks = find_blinks(lids[part], rate)
    face[:, _EYES] = without_blinks(face[:, _EYES], blinks, rate)
    return np.concatenate([face, pose_of(motion)[part], without_blinks(gaze, blinks, rate)], axis=1)


def _quietest(values: NDArray[np.float64], rate: float, talking: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The part of the run in which the least is said and moved."""
    length = min(round(_QUIET_S * rate), len(values))
    speed = np.abs(np.gradient(values, axis=0)).mean(1) / max(float(np.abs(np.gradient(values, axis=0)).mean()), 1e-9)
    cost = np.convolve(speed + talking, np.ones(length), mode="valid")
    start = int(cost.argmin())
    return values[start : start + length]


def _gaze_habits(values: NDArray[np.float64], rate: float) -> GazeHabits:
    gaze = values[:, -4:].reshape(-1, 2, 2).mean(1)
    middle, spread = np.median(gaze, axis=0), gaze.std(0)
    reach = max(1, round(0.08 * rate))
    jumps = np.linalg.norm(gaze[reach:] - gaze[:-reach], axis=1) > _SACCADE
    begins = int((np.diff(jumps.astype(np.int8)) == 1).sum())
    return GazeHabits(
        (float(middle[0]), float(middle[1])), (float(spread[0]), float(spread[1])), begins * rate / max(len(gaze), 1)
    )


def _head_habits(
    track: FaceTrack, run: range, talking: NDArray[np.bool_], speeches: Sequence[Speech], offset_s: float
) -> HeadHabits:
    motion, rate = track.motion, float(track.motion.fps)
    part = slice(run.start, run.stop)
    turn = (motion.head_rotation + motion.neck_rotation + motion.torso_rotation)[part].astype(np.float64)
    smooth = _smoothed(turn, rate)
    speed = np.linalg.norm(np.gradient(smooth, axis=0), axis=1) * rate
    said = talking[part]
    least = round(1.0 * rate)
    enough = said.sum() >= least and (~said).sum() >= least
    gain = float(speed[said].mean() / max(speed[~said].mean(), 1e-6)) if enough else 1.0
    nod, delay_s, correlation = _nods(smooth[:, 0], track, run, speeches, offset_s)
    spread = turn.std(0)
    return HeadHabits(
        (float(spread[0]), float(spread[1]), float(spread[2])),
        float(speed.mean()),
        float(np.clip(gain, 0.5, 3.0)),
        nod,
        delay_s,
        correlation,
    )


def _nods(
    pitch: NDArray[np.float64], track: FaceTrack, run: range, speeches: Sequence[Speech], offset_s: float
) -> tuple[float, float, float]:
    """(radians for a standard deviation of energy, delay in seconds, correlation) of nods with the sound."""
    rate = float(track.motion.fps)
    heard_s = track.start_s + np.arange(run.start, run.stop) / rate + offset_s
    fast = pitch - _smoothed(pitch[:, None], rate, 1.5)[:, 0]
    best = (0.0, 0.0, 0.0)
    for delay_s in np.arange(-0.1, 0.35, 0.05):
        energy = np.zeros(len(heard_s))
        inside = np.zeros(len(heard_s), bool)
        for speech in speeches:
            local_s = heard_s - delay_s - speech.start_s
            here = (local_s >= 0) & (local_s < speech.acoustics.frames / speech.acoustics.frame_rate)
            energy[here] = energy_course(speech, local_s[here])
            inside |= here
        if inside.sum() < 3 * rate or fast[inside].std() < 1e-6 or energy[inside].std() < 1e-6:
            continue
        correlation = float(np.corrcoef(fast[inside], energy[inside])[0, 1])
        if abs(correlation) > abs(best[2]):
            best = (correlation * float(fast[inside].std()), float(delay_s), correlation)
    return best if abs(best[2]) >= LEAST_CORRELATION else (0.0, 0.0, best[2])


def energy_course(speech: Speech, times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """[T] how loud it is at `times_s` from the start of the utterance, in standard deviations; smooth."""
    energy = speech.acoustics.energy.astype(np.float64)
    if len(energy) < 2:
        return np.zeros(len(times_s))
    smooth = _smoothed(energy[:, None], speech.acoustics.frame_rate)[:, 0]
    standard = (smooth - smooth.mean()) / max(float(smooth.std()), 1e-6)
    return sample_curve(standard, speech.acoustics.frame_rate, times_s).astype(np.float64)


def _smoothed(values: NDArray[np.float64], rate: float, width_s: float = _SMOOTH_S) -> NDArray[np.float64]:
    """[T, N] under a bell of `width_s`; the ends go on."""
    reach = max(1, round(0.5 * width_s * rate))
    bell = np.hanning(2 * reach + 3)[1:-1]
    padded = np.pad(values, ((reach, reach), (0, 0)), mode="edge")
    return np.stack([np.convolve(column, bell / bell.sum(), mode="valid") for column in padded.T], axis=1)
