"""The same openings on another face: lips that close when the performer's do, and lids that shut.

Weights mean different millimetres on different heads, and a head has a face at rest of its own, with a trace of a smile
that keeps a mouth from rounding. So the openings of the performer are measured in every frame, and jaw, lips and lids
of the other head are moved until it shows the same ones, each in relation to its own mouth and eyes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import EXPRESSION_INDEX
from avatron.face.openings import FaceOpenings, OpeningMeter

__all__ = ["CLOSED_M", "Openings", "matched_openings", "measured_openings"]

Floats = NDArray[np.float64]

CLOSED_M = 0.0005
"""Inner lips nearer than this are closed."""
_SURELY_CLOSED_M = 0.0003
"""What a closed mouth is brought to."""
_JAW, _CLOSE = EXPRESSION_INDEX["jawOpen"], EXPRESSION_INDEX["mouthClose"]
_BLINKS = np.array([EXPRESSION_INDEX["eyeBlinkLeft"], EXPRESSION_INDEX["eyeBlinkRight"]])
_PARTING = np.array(
    [
        EXPRESSION_INDEX[name]
        for name in ("mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight")
    ]
)
"""What parts lips besides the jaw."""
_PRESS = 0.03
"""By so much `mouthClose` may exceed `jawOpen`: lips that press."""
_PUCKER = EXPRESSION_INDEX["mouthPucker"]
_STRETCHES = np.array([EXPRESSION_INDEX["mouthStretchLeft"], EXPRESSION_INDEX["mouthStretchRight"]])
_MOST_PUCKER, _MOST_STRETCH = 0.85, 0.35
_STEPS = 9
_LIP_TOLERANCE_M, _LID_TOLERANCE_M, _MOUTH_TOLERANCE_M = 0.00015, 0.0002, 0.0006
_CLOSE_STEP = 0.25
_SHUT_SHARE, _WIDEST_SHARE = 0.12, 1.25
"""Of how far eyes are usually open: below they are shut, and wider than that they are not opened."""
_USUAL_PERCENTILE = 70
_USUAL_RANGE = (0.6, 1.25)
_USUAL_MOUTH_RANGE = (0.94, 1.06)
"""Who smiles all the time smiles on another face as well."""
_WIDTH_RANGE = (0.72, 1.3)
_MOUTH_RATIO = (0.75, 1.35)
_PROBE = 0.25
_NARROWEST = 0.003
_CAUTION = 0.8
"""Part of a step that is taken: pucker and jaw are not independent."""


@dataclass(frozen=True)
class Openings:
    """How far a performer's mouth and eyes are open, over T frames."""

    lips_m: Floats
    """[T, 3] right, middle, left; negative where they press."""
    lids_m: Floats
    """[T, 2] left, right."""
    mouth_m: Floats
    """[T] from corner to corner of the mouth."""
    mouth_width_m: float
    """The same of the head at rest."""
    usual_mouth_m: float
    """The same when nothing happens."""
    usual_lids_m: Floats
    """[2] how far the eyes are open when nothing happens."""

    @property
    def closed(self) -> NDArray[np.bool_]:
        """[T] whether the lips meet in their middle."""
        return np.asarray(self.lips_m[:, 1] < CLOSED_M)

    @property
    def shut(self) -> NDArray[np.bool_]:
        """[T, 2] whether the lids meet."""
        return np.asarray(self.lids_m < _SHUT_SHARE * self.usual_lids_m)


def measured_openings(meter: OpeningMeter, expression: NDArray[np.float32], valid: NDArray[np.bool_]) -> Openings:
    """The openings of a performer with weights `expression` [T, E], as `meter` sees that person's head.

    How far the eyes are usually open is learned from the `valid` [T] frames, near what the head at rest shows.
    """
    rest = meter.of(np.zeros(expression.shape[1]))
    count = len(expression)
    lips, lids, mouth = np.zeros((count, 3)), np.zeros((count, 2)), np.zeros(count)
    for frame, seen in enumerate(meter.each(expression)):
        lips[frame], lids[frame], mouth[frame] = seen.lips_m, seen.lids_m, seen.mouth_m
    usual_lids, usual_mouth = rest.lids_m, rest.mouth_m
    if valid.any():
        usual_lids = np.percentile(lids[valid], _USUAL_PERCENTILE, axis=0)
        usual_lids = usual_lids.clip(_USUAL_RANGE[0] * rest.lids_m, _USUAL_RANGE[1] * rest.lids_m)
        low, high = (share * rest.mouth_m for share in _USUAL_MOUTH_RANGE)
        usual_mouth = float(np.clip(np.median(mouth[valid]), low, high))
    return Openings(lips, lids, mouth, meter.mouth_width_m, usual_mouth, usual_lids)


def matched_openings(
    expression: NDArray[np.float32], rest: NDArray[np.float32], wanted: Openings, meter: OpeningMeter
) -> NDArray[np.float32]:
    """[T, E] weights near `expression` [T, E] with which the face of `meter` is as open as `wanted`.

    What is drawn of weights m is rest + (1 - rest) m, with the face's own `rest` [E].
    """
    face = _Face(meter, rest)
    ratio = float(np.clip(meter.mouth_width_m / wanted.mouth_width_m, *_MOUTH_RATIO))
    lid_shares = (wanted.lids_m / np.maximum(wanted.usual_lids_m, 1e-6)).clip(0, _WIDEST_SHARE)
    matched = np.empty_like(expression)
    for frame, weights in enumerate(expression):
        closed = wanted.lips_m[frame] < CLOSED_M
        matched[frame] = face.opened(
            weights,
            closed=closed if closed[1] else None,
            lip_m=ratio * float(wanted.lips_m[frame, 1]),
            mouth_m=face.usual_mouth_m * float(np.clip(wanted.mouth_m[frame] / wanted.usual_mouth_m, *_WIDTH_RANGE)),
            lids_m=np.where(wanted.shut[frame], 0.0, lid_shares[frame] * face.open_lids_m),
            shut=wanted.shut[frame],
        )
    return matched


class _Face:
    """A face that is opened and closed until it shows what is wanted."""

    def __init__(self, meter: OpeningMeter, rest: NDArray[np.float32]) -> None:
        self._meter, self._rest = meter, rest
        still = np.zeros(len(rest), np.float32)
        resting = self._seen(still)
        self.open_lids_m, self.usual_mouth_m = resting.lids_m, resting.mouth_m
        probe = still.copy()
        probe[_JAW] = _PROBE
        self._lip_per_jaw_m = max(float(self._seen(probe).lips_m[1] - resting.lips_m[1]) / _PROBE, 1e-3)
        probe[_JAW], probe[_PUCKER] = 0, _PROBE
        self._mouth_per_pucker_m = max((resting.mouth_m - self._seen(probe).mouth_m) / _PROBE, 1e-3)

    def _seen(self, weights: NDArray[np.float32]) -> FaceOpenings:
        return self._meter.of(self._rest + (1 - self._rest) * weights)

    def opened(
        self,
        weights: NDArray[np.float32],
        *,
        closed: NDArray[np.bool_] | None,
        lip_m: float,
        mouth_m: float,
        lids_m: Floats,
        shut: NDArray[np.bool_],
    ) -> NDArray[np.float32]:
        """`weights` [E] changed so that the lips are `lip_m` apart, or closed at those of the three places that
        `closed` names, the mouth's corners `mouth_m`, and the lids `lids_m` [2]."""
        given = weights.copy()
        given[_BLINKS] = np.where(shut, 1.0, given[_BLINKS])
        result, closing = given.copy(), 0.0
        opening = _JawOpening(float(given[_JAW]), float(given[_CLOSE]))
        for _ in range(_STEPS):
            seen = self._seen(result)
            lip_error, lid_error = lip_m - float(seen.lips_m[1]), seen.lids_m - lids_m
            lids_done = shut | (np.abs(lid_error) < _LID_TOLERANCE_M) | ((lid_error < 0) & (result[_BLINKS] <= 0))
            if closed is not None:
                lips_done = bool((seen.lips_m[closed] < _SURELY_CLOSED_M).all()) or closing >= 1
                if not lips_done:
                    closing = min(closing + _CLOSE_STEP, 1.0)
                    result = _closed(given, result, closing)
            else:
                lips_done = abs(lip_error) < _LIP_TOLERANCE_M or (lip_error < 0 and result[_JAW] <= 0)
                if not lips_done:
                    opening.step(lip_error, self._lip_per_jaw_m)
                    opening.put_into(result)
            width_error = seen.mouth_m - mouth_m
            width_done = abs(width_error) < _MOUTH_TOLERANCE_M
            if lips_done and width_done and lids_done.all():
                break
            if not width_done:
                _narrow(result, width_error / self._mouth_per_pucker_m)
            step = lid_error / np.maximum(self.open_lids_m, 1e-6)
            result[_BLINKS] = np.where(lids_done, result[_BLINKS], (result[_BLINKS] + step).clip(0, 1))
        return result


class _JawOpening:
    """How far the jaw opens more than `mouthClose` takes back, looked for between what was too much and too little.

    Near the balance of both the lips seal, which no straight line describes.
    """

    def __init__(self, jaw: float, close: float) -> None:
        self._jaw, self._close = jaw, close
        self._value = jaw - close
        self._low, self._high = -_PRESS, 1.0

    def step(self, error_m: float, metres_per_weight: float) -> None:
        """Go on from lips that should be `error_m` further apart."""
        if error_m > 0:
            self._low = max(self._low, self._value)
        else:
            self._high = min(self._high, self._value)
        if self._high - self._low < _NARROWEST:
            # Something else has moved the lips meanwhile: what was too much need not be any more.
            self._low, self._high = max(self._value - 0.1, -_PRESS), min(self._value + 0.1, 1.0)
        wanted = self._value + error_m / metres_per_weight
        inside = self._low < wanted < self._high
        self._value = wanted if inside else (self._low + self._high) / 2

    def put_into(self, weights: NDArray[np.float32]) -> None:
        """Set jaw and `mouthClose` of `weights` [E]: to open, `mouthClose` gives way first; to close, the jaw does."""
        more = self._value - (self._jaw - self._close)
        close = max(self._close - more, 0.0) if more > 0 else self._close
        jaw = min(max(self._value + close, 0.0), 1.0)
        weights[_JAW], weights[_CLOSE] = jaw, min(close, jaw + _PRESS)


def _narrow(weights: NDArray[np.float32], change: float) -> None:
    """Narrow the mouth of `weights` [E] by as much as a `change` of the pucker does, or widen it, in place."""
    pucker = float(weights[_PUCKER]) + _CAUTION * change
    stretch = np.clip(weights[_STRETCHES] - max(change, 0.0), 0, None)
    weights[_PUCKER] = min(max(pucker, 0.0), max(_MOST_PUCKER, float(weights[_PUCKER])))
    # What a pucker that is gone already cannot widen, the corners do.
    weights[_STRETCHES] = np.minimum(stretch + max(-pucker, 0.0), np.maximum(_MOST_STRETCH, stretch))


def _closed(given: NDArray[np.float32], current: NDArray[np.float32], closing: float) -> NDArray[np.float32]:
    """`current` with its lips brought together by a share `closing` 0 .. 1 of what `given` has them apart."""
    result = current.copy()
    result[_PARTING] = (1 - closing) * given[_PARTING]
    jaw = float(given[_JAW])
    result[_JAW] = jaw
    result[_CLOSE] = given[_CLOSE] + closing * max(jaw + _PRESS - float(given[_CLOSE]), 0.0)
    return result
