"""Eyes that shut: how far lids are apart is seen, and where an iris behind them looks is not.

The networks put the irises of shut eyes somewhere below. Lids follow the gaze, so that half of each blink was explained
by a gaze of 20 degrees down that nobody had.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.track.config import EyelidsConfig
from avatron.track.fit.energies.eyelids import aperture_residuals
from avatron.track.fit.landmark_basis import PersonLandmarks
from avatron.track.fit.lens import Lens
from avatron.track.fit.parameters import EXPRESSION, FITTED_INDEX, GAZE
from avatron.track.fit.pose_model import FrameUnknowns, placed_landmarks

__all__ = ["LIDS", "add_aperture", "add_gaze_hold", "add_shut", "irises_seen", "openness"]

Floats = NDArray[np.float64]

LIDS = np.array([[[385, 386, 387], [380, 374, 373]], [[160, 159, 158], [144, 145, 153]]])
"""[2, 2, 3] MediaPipe's landmarks in the middle of the upper and, across, the lower lid of the left and right eye."""
_BLINKS = [FITTED_INDEX["eyeBlinkLeft"], FITTED_INDEX["eyeBlinkRight"]]


def openness(person: PersonLandmarks, seen: NDArray[Any], pixels_per_m: Floats) -> Floats:
    """[T, 2] how far the left and the right eye are open: 0 shut, 1 as at rest, from landmarks `seen` [T, 478, 2]
    where a metre of the face has `pixels_per_m` [T]."""
    apart_m = _apart(seen.astype(np.float64)) / pixels_per_m[:, None]
    at_rest = _apart((person.rest + person.shift)[None])[0]
    shut = np.array([_apart((person.rest + person.shift + person.expression[one])[None])[0] for one in _BLINKS])
    shut = shut.diagonal()
    return np.asarray(np.clip((apart_m - shut) / np.maximum(at_rest - shut, 1e-4), 0, 1))


def irises_seen(opened: Floats, config: EyelidsConfig) -> Floats:
    """[T, 2] how far irises are to be believed, 0 .. 1, in eyes that are `opened` [T, 2]."""
    share = np.clip((opened - config.iris_hidden) / (config.iris_shown - config.iris_hidden), 0, 1)
    return np.asarray(share * share * (3 - 2 * share))


def add_aperture(
    curvature: Floats,
    gradient: Floats,
    person: PersonLandmarks,
    lens: Lens,
    unknowns: FrameUnknowns,
    seen: NDArray[Any],
    spread_px: Floats,
    correction: NDArray[Any] | None = None,
) -> None:
    """Add what the lids' distances say to the normal equations [T, SIZE, SIZE] and half the gradient [T, SIZE], in
    place; landmarks `seen` [T, 478, 2], `spread_px` [T] of a distance, `correction` [T, 478, 3] as of the landmarks."""
    rows = np.concatenate([LIDS[:, 0].reshape(-1), LIDS[:, 1].reshape(-1)])
    none = np.zeros(0, np.int64)
    lids = replace(
        person,
        rest=person.rest[rows],
        expression=person.expression[:, rows],
        look=person.look[:, :, rows],
        iris=(none, none),
        normal=person.normal[rows],
        shift=np.broadcast_to(person.shift, person.rest.shape)[rows],
    )
    placed = placed_landmarks(lids, unknowns, None if correction is None else correction[:, rows])
    projected = lens.project(placed.points)
    residual, jacobian = aperture_residuals(
        projected.pixels, projected.by_point @ placed.by_unknowns, seen[:, rows], spread_px
    )
    turned = np.swapaxes(jacobian, 1, 2)
    curvature += turned @ jacobian
    gradient += (turned @ residual[..., None])[..., 0]


def add_gaze_hold(curvature: Floats, gradient: Floats, gaze: Floats, irises: Floats, config: EyelidsConfig) -> None:
    """Hold the `gaze` [T, 2, 2] of eyes whose `irises` [T, 2] are not seen to what lies between the frames before and
    after in which they are, in place: the less, the further those are away."""
    diagonal = np.arange(GAZE.start, GAZE.stop).reshape(2, 2)
    frames = np.arange(len(gaze))
    for eye in range(2):
        shown = np.flatnonzero(irises[:, eye] > 0.5)
        hidden = np.flatnonzero(irises[:, eye] < 1)
        if not len(shown) or not len(hidden):
            continue
        away = np.abs(hidden[:, None] - shown[None]).min(1)
        strength = (1 - irises[hidden, eye]) / (config.gaze_spread + config.gaze_drift * away) ** 2
        for axis in range(2):
            column = diagonal[eye, axis]
            expected = np.interp(frames[hidden], shown, gaze[shown, eye, axis])
            curvature[hidden, column, column] += strength
            gradient[hidden, column] += strength * (gaze[hidden, eye, axis] - expected)


def add_shut(curvature: Floats, gradient: Floats, fitted: Floats, opened: Floats, config: EyelidsConfig) -> None:
    """Draw the blinks of `fitted` [T, P] to 1 where eyes are nearly shut, `opened` [T, 2], in place.

    Blink, squint and a look down all bring the lids together, and what is cheapest is a little of each.
    """
    for eye, blink in enumerate(_BLINKS):
        sure = 1 - np.clip(opened[:, eye] / config.nearly_shut, 0, 1)
        strength = sure * sure * (3 - 2 * sure) / config.shut_spread**2
        column = EXPRESSION.start + blink
        curvature[:, column, column] += strength
        gradient[:, column] += strength * (fitted[:, blink] - 1)


def _apart(places: NDArray[Any]) -> Floats:
    """[..., 2] mean distance between the lids of the left and the right eye, of landmarks [..., 478, D]."""
    lids = places[..., LIDS, :]
    return np.asarray(np.linalg.norm(lids[..., 0, :, :] - lids[..., 1, :, :], axis=-1).mean(-1))
