"""A performance moved from the head that gave it to the head that shows it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_INDEX, TONGUE_NAMES, FaceMotion
from avatron.core.track import FaceTrack
from avatron.errors import UnknownNameError
from avatron.face.head import HeadModel, PosedHead
from avatron.face.openings import OpeningMeter
from avatron.motion.idle.gaze import lid_weights
from avatron.pipeline.retarget.gaze import gaze_beside_camera, gaze_for_camera
from avatron.pipeline.retarget.head import HEAD_MODES, HeadMode, HeadRoom, placed_head
from avatron.pipeline.retarget.match import matched_openings, measured_openings
from avatron.pipeline.retarget.steady import steadied

__all__ = ["Performer", "RetargetOptions", "retarget"]

_TONGUE = [EXPRESSION_INDEX[name] for name in TONGUE_NAMES]
_TONGUE_OUT = EXPRESSION_INDEX["tongueOut"]
_LOOKS = [index for name, index in EXPRESSION_INDEX.items() if name.startswith("eyeLook")]
_MOUTH = [index for name, index in EXPRESSION_INDEX.items() if name.startswith(("mouth", "jaw", "tongue", "cheekPuff"))]
_BLINKS = [index for name, index in EXPRESSION_INDEX.items() if name.startswith("eyeBlink")]
_FAST_WIDTH_S, _SLOW_WIDTH_S = 0.035, 0.08
"""Lips and lids move within a frame or two, brows and cheeks do not."""
_FAST_NOISE, _SLOW_NOISE = 0.012, 0.03
_FLOOR_PERCENTILE = 12
"""A muscle that is never at rest for so much of a clip is taken for the shape of the face ..."""
_SHORTEST_S, _LONG_ENOUGH_S = 2.0, 6.0
"""... where the clip is long enough to tell; between the two, part of it is."""
_KEPT_FLOORS = [index for name, index in EXPRESSION_INDEX.items() if name.startswith(("mouthSmile", "eye"))]
"""A smile may last as long as it likes; lids follow the performer's by what is seen of them."""
_LEAST_TONGUE_OUT = 0.35
"""Below, a tongue that is out is a tracker's doubt."""


@dataclass(frozen=True)
class RetargetOptions:
    """How a performance is moved to another head.

    Raises:
        UnknownNameError: no such way with the head.
    """

    head: HeadMode = "soft"
    """`keep` moves the head as far as the picture has room for, `soft` a little, `still` not at all."""
    eye_contact: bool = True
    """Whether somebody who mostly looks nearly at the camera is taken to look at it."""
    steady: bool = True
    """Whether jitter is taken out; what is fast on purpose stays fast."""
    own_neutral: bool = True
    """Whether what a performer's face does all the time is left out: trackers put part of its shape there."""
    room: HeadRoom = field(default_factory=lambda: HeadRoom(turn=np.radians(30.0), aside_m=0.05, near_m=0.08))
    """What the picture has room for."""
    camera_distance_m: float = 1.2
    """From the head's origin to the camera that sees the other head."""

    def __post_init__(self) -> None:
        if self.head not in HEAD_MODES:
            raise UnknownNameError("way with the head", self.head, HEAD_MODES)


@dataclass(frozen=True, eq=False)
class Performer:
    """Whose motion it is, as far as is known."""

    motion: FaceMotion
    posed: PosedHead
    valid: NDArray[np.bool_]
    """[T] frames that were seen."""
    camera_m: NDArray[Any]
    """[3] the camera's place in the motion's world."""
    tongue_seen: bool
    """Whether the tongue's poses are known rather than left out."""

    @staticmethod
    def of_track(track: FaceTrack, head: HeadModel) -> Performer:
        """The person of a track. No camera sees a tongue behind lips: its poses are known from sound alone."""
        displacement = track.displacement if len(track.displacement) else None
        posed = head.posed(track.identity, displacement)
        return Performer(track.motion, posed, track.valid, track.camera.position, track.audio_evidence)

    @staticmethod
    def of_motion(motion: FaceMotion, head: HeadModel, distance_m: float = 1.2) -> Performer:
        """Nobody in particular: the mean head before a camera of its own."""
        posed = head.posed()
        camera_m = np.array([0.0, float(posed.joints[-2:, 1].mean()), distance_m])
        return Performer(motion, posed, np.ones(len(motion), bool), camera_m, True)


def retarget(
    performer: Performer, posed: PosedHead, rest: NDArray[np.float32], options: RetargetOptions | None = None
) -> FaceMotion:
    """The motion with which the person `posed`, whose face at rest has weights `rest` [E], does what `performer` did.

    Lips are closed wherever the performer's are, and otherwise open in relation to the width of the mouth; lids shut
    where the performer's do; the eyes look past the camera as far as the performer's did past theirs.
    """
    options = options or RetargetOptions()
    motion = performer.motion
    if not len(motion):
        return motion
    wanted = measured_openings(OpeningMeter(performer.posed), motion.expression, performer.valid)
    beside = gaze_beside_camera(
        motion, performer.posed, performer.camera_m, performer.valid, eye_contact=options.eye_contact
    )
    expression = np.array(_steady(motion) if options.steady else motion.expression)
    if options.own_neutral:
        _take_out_floor(expression, performer.valid, float(motion.fps))
    _settle_tongue(expression, performer.tongue_seen)
    moved = placed_head(motion, options.head, performer.valid, options.room)
    gaze = gaze_for_camera(beside, moved, posed, options.camera_distance_m)
    for column, weights in lid_weights(gaze.astype(np.float64)).items():
        if column in _LOOKS:
            expression[:, column] = weights
    expression = matched_openings(expression, rest, wanted, OpeningMeter(posed))
    return replace(moved, expression=expression, gaze=gaze)


def _steady(motion: FaceMotion) -> NDArray[np.float32]:
    fps = float(motion.fps)
    steady = np.empty_like(motion.expression)
    fast = {*_MOUTH, *_BLINKS}
    for column in range(steady.shape[1]):
        width_s, noise = (_FAST_WIDTH_S, _FAST_NOISE) if column in fast else (_SLOW_WIDTH_S, _SLOW_NOISE)
        curve = motion.expression[:, column : column + 1]
        steady[:, column] = steadied(curve, fps, width_s=width_s, most_noise=noise)[:, 0] if curve.any() else 0
    return steady.clip(0, 1)


def _take_out_floor(expression: NDArray[np.float32], valid: NDArray[np.bool_], fps: float) -> None:
    """Begin each weight of `expression` [T, E] where it rests, and let it still reach 1, in place."""
    seconds = float(valid.sum()) / fps
    share = np.clip((seconds - _SHORTEST_S) / (_LONG_ENOUGH_S - _SHORTEST_S), 0, 1)
    if share <= 0:
        return
    floor = share * np.percentile(expression[valid], _FLOOR_PERCENTILE, axis=0)
    floor[_KEPT_FLOORS] = 0
    expression[:] = ((expression - floor) / np.maximum(1 - floor, 0.2)).clip(0, 1)


def _settle_tongue(expression: NDArray[np.float32], seen: bool) -> None:
    """Keep the tongue where it rests unless it was seen, in place."""
    if not seen:
        expression[:, _TONGUE] = 0
        expression[expression[:, _TONGUE_OUT] < _LEAST_TONGUE_OUT, _TONGUE_OUT] = 0
