"""The torso where it is seen below the chin, instead of its share in the head's motion."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from avatron.core.rotation import axis_angle_to_matrix, matrix_to_axis_angle
from avatron.face.rig import JOINTS
from avatron.track.fit.lens import Lens
from avatron.track.fit.state import middle_pose
from avatron.track.fit.torso import TorsoMotion, smoothed
from avatron.track.torso.observations import NOT_SEEN, TorsoObservations

__all__ = ["torso_as_seen"]

Floats = NDArray[np.float64]

_SHARE_SPREAD_M, _SHARE_SPREAD_RAD = 0.01, 0.03
"""How far off the shares in the head's motion are: what is seen less exactly counts for less."""
_TURNED_TO_S = 0.15
"""Over this time the torso goes from what is seen to the shares, and back."""
_LEAST_S = 1.0
"""What is seen for a shorter time has no middle to be counted from."""


def torso_as_seen(
    shared: TorsoMotion,
    head: tuple[Floats, Floats],
    valid: NDArray[np.bool_],
    joints: Floats,
    lens: Lens,
    seen: TorsoObservations,
    fps: float,
) -> TorsoMotion:
    """`shared`, moved in the picture's plane and turned in it as the torso is `seen` to be, as far as that is sure.

    `head` is its rotation [T, 3, 3] and translation [T, 3]; `joints` [J, 3] are the person's at rest. The middle of
    what is seen is the middle of `shared` over the same frames, and so is the depth.
    """
    rotation, translation = shared.rotation.copy(), shared.translation.copy()
    middle, place = middle_pose(*head, valid)
    depth = float((middle @ joints[JOINTS.index("neck")] + place)[2])
    metres = depth / lens.focal_px
    roll = matrix_to_axis_angle(shared.rotation @ middle.T)[:, 2]
    for piece in np.unique(seen.piece):
        rows = np.flatnonzero((seen.piece == piece) & seen.seen & valid)
        if len(rows) < _LEAST_S * fps:
            continue
        frames = np.arange(rows[0], rows[-1] + 1)
        pixels = np.stack([np.interp(frames, rows, seen.place[rows, axis]) for axis in range(2)], 1)
        turn = np.interp(frames, rows, seen.turn[rows])
        deviation = np.full((len(frames), 2), NOT_SEEN)
        deviation[rows - rows[0]] = seen.deviation[rows]
        trust = 1 / (1 + np.square(deviation * [metres / _SHARE_SPREAD_M, 1 / _SHARE_SPREAD_RAD]))
        trust = np.minimum(trust, smoothed(trust, _TURNED_TO_S * fps))
        trust *= np.minimum(_ramp(frames, len(valid), fps), 1)[:, None]
        counted = rows - rows[0]
        # The point of the torso that is followed, in the camera's space and in the torso's own axes.
        followed = (np.median(pixels[counted], axis=0) - [lens.width / 2, lens.height / 2]) * metres
        own = middle.T @ (np.append(followed, depth) - place)
        by_share = shared.rotation[frames] @ own + shared.translation[frames]
        at = by_share.copy()
        shift = (pixels - np.median(pixels[counted], axis=0)) * metres + np.median(by_share[counted, :2], axis=0)
        at[:, :2] += trust[:, :1] * (shift - by_share[:, :2])
        lean = turn - np.median(turn[counted]) + np.median(roll[rows]) - roll[frames]
        more = np.zeros((len(frames), 3))
        more[:, 2] = trust[:, 1] * lean
        rotation[frames] = axis_angle_to_matrix(more) @ shared.rotation[frames]
        translation[frames] = at - rotation[frames] @ own
    return TorsoMotion(rotation, translation)


def _ramp(frames: NDArray[np.int64], count: int, fps: float) -> Floats:
    """[F] from 0 up where `frames` begin, and down where they end, unless a clip of `count` frames does so too."""
    up = frames - frames[0] + 1.0 if frames[0] else np.full(len(frames), np.inf)
    down = frames[-1] - frames + 1.0 if frames[-1] < count - 1 else np.full(len(frames), np.inf)
    return np.asarray(np.minimum(up, down) / (2 * _TURNED_TO_S * fps))
