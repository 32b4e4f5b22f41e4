"""Proportions of a face by name: what is measured on the head, and which identity moves one and spares the others.

Every proportion is a difference of coordinates between places of the head, so it is linear in the identity: a slider's
step changes its measure by the same millimetres on everybody. Steps come from a ridge regression that prefers likely
faces (the identity's coefficients are standard deviations, so the shortest step is the likeliest).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.errors import InvalidValueError, UnknownNameError
from avatron.face.head import HeadModel

__all__ = ["LARGEST_COEFFICIENT", "PROPORTIONS", "Proportion", "ProportionSolver", "random_identity", "within_reach"]

Floats = NDArray[np.float32]

LARGEST_COEFFICIENT = 3.0
"""Standard deviations beyond which no coefficient of a made face goes: 1 in 370 people, and fewer in every mode."""
_SPARING = 36.0
"""Weight of the other measures against the likelihood of the face, in a slider's step: they change by less than a
third of their own step, and the face stays believable. Without it broad jaws bring broad noses."""
_FADING = 40.0
"""Random coefficients fade by e over this many modes: late modes are noise that reads as a lumpy skin."""

_X, _Y, _Z = 0, 1, 2


@dataclass(frozen=True)
class Proportion:
    """One slider."""

    summary: str
    """What +1 does, for lists."""
    step_m: float
    """How much +1 changes the measure."""
    measure: Callable[[_Places], NDArray[Any]]
    """The measure, metres [...], of places."""


class _Places:
    """Places of heads [..., V, 3], averaged by landmark or by vertex."""

    def __init__(self, head: HeadModel, vertices: NDArray[Any]) -> None:
        self._head, self._vertices = head, vertices
        self._landmarks = head.landmarks(vertices)

    def pie(self, *numbers: int) -> NDArray[Any]:
        """[..., 3] mean of Multi-PIE landmarks."""
        return np.asarray(self._vertices[..., self._head.multi_pie[list(numbers)], :].mean(-2))

    def mesh(self, *numbers: int) -> NDArray[Any]:
        """[..., 3] mean of MediaPipe's landmarks."""
        return np.asarray(self._landmarks[..., list(numbers), :].mean(-2))

    def ear_height(self) -> NDArray[Any]:
        """[...] from the lobes to the tops."""
        ears = self._head.regions["ears"] > 0.5
        ends = []
        for side in (1, -1):
            of_side = np.flatnonzero(ears & (self._head.neutral[:, _X] * side > 0))
            height = self._head.neutral[of_side, _Y]
            top, lobe = (of_side[height > np.quantile(height, 0.95)], of_side[height < np.quantile(height, 0.05)])
            ends.append(self._vertices[..., top, _Y].mean(-1) - self._vertices[..., lobe, _Y].mean(-1))
        return np.asarray((ends[0] + ends[1]) / 2)

    def neck_width(self) -> NDArray[Any]:
        """[...] between its sides, below the jaw."""
        x, y, z = self._head.neutral.T
        side = (
            (np.abs(x) > 0.045)
            & (np.abs(y + 0.115) < 0.012)
            & (z > -0.05)
            & (z < 0)
            & (self._head.regions["neck"] > 0.5)
        )
        left, right = np.flatnonzero(side & (x > 0)), np.flatnonzero(side & (x < 0))
        return np.asarray(self._vertices[..., left, _X].mean(-1) - self._vertices[..., right, _X].mean(-1))


def _between(axis: int, one: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(one[..., axis] - other[..., axis])


_EYES, _BROWS = tuple(range(36, 48)), tuple(range(17, 27))


def _eye_size(at: _Places) -> NDArray[Any]:
    wide = (_between(_X, at.pie(45), at.pie(42)) + _between(_X, at.pie(39), at.pie(36))) / 2
    open_ = _between(_Y, at.pie(37, 38, 43, 44), at.pie(40, 41, 46, 47))
    return np.asarray((wide + open_) / 2)


def _sag(at: _Places) -> NDArray[Any]:
    jowls = _between(_Y, at.pie(4, 12, 8), at.pie(6, 10))
    mouth = _between(_Y, at.pie(51, 57), at.pie(48, 54))
    return np.asarray(jowls + 0.7 * mouth)


PROPORTIONS: Mapping[str, Proportion] = MappingProxyType(
    {
        "face-length": Proportion(
            "longer from the hairline to the chin", 0.007, lambda at: _between(_Y, at.mesh(10), at.pie(8))
        ),
        "forehead-height": Proportion("higher forehead", 0.0035, lambda at: _between(_Y, at.mesh(10), at.pie(*_BROWS))),
        "brow-height": Proportion(
            "brows further above the eyes", 0.003, lambda at: _between(_Y, at.pie(*_BROWS), at.pie(*_EYES))
        ),
        "eye-size": Proportion("larger eyes: mean of width and opening", 0.002, _eye_size),
        "eye-distance": Proportion(
            "eyes further apart", 0.005, lambda at: _between(_X, at.pie(42, 45), at.pie(36, 39))
        ),
        "eye-tilt": Proportion(
            "outer corners of the eyes higher", 0.0018, lambda at: _between(_Y, at.pie(36, 45), at.pie(39, 42))
        ),
        "nose-length": Proportion("longer nose", 0.0045, lambda at: _between(_Y, at.pie(27), at.pie(33))),
        "nose-width": Proportion("broader wings", 0.005, lambda at: _between(_X, at.mesh(358), at.mesh(129))),
        "nose-bridge": Proportion(
            "bridge further out of the face", 0.005, lambda at: _between(_Z, at.pie(28), at.pie(39, 42))
        ),
        "cheekbone-height": Proportion(
            "higher cheekbones",
            0.003,
            lambda at: _between(_Y, at.mesh(117, 123, 50, 346, 352, 280), at.pie(*_EYES)),
        ),
        "cheek-width": Proportion(
            "broader at the cheeks", 0.011, lambda at: _between(_X, at.pie(13, 14), at.pie(2, 3))
        ),
        "jaw-width": Proportion("broader jaw", 0.009, lambda at: _between(_X, at.pie(11, 12), at.pie(4, 5))),
        "chin-length": Proportion("longer chin", 0.0045, lambda at: _between(_Y, at.pie(57), at.pie(8))),
        "chin-forward": Proportion(
            "chin further forward", 0.006, lambda at: _between(_Z, at.mesh(175, 199), at.pie(33))
        ),
        "mouth-width": Proportion("wider mouth", 0.005, lambda at: _between(_X, at.pie(54), at.pie(48))),
        "upper-lip": Proportion(
            "fuller upper lip", 0.0022, lambda at: _between(_Y, at.pie(50, 51, 52), at.pie(61, 62, 63))
        ),
        "lower-lip": Proportion(
            "fuller lower lip", 0.0022, lambda at: _between(_Y, at.pie(65, 66, 67), at.pie(56, 57, 58))
        ),
        "ear-size": Proportion("longer ears", 0.006, lambda at: at.ear_height()),
        "neck-width": Proportion("broader neck", 0.016, lambda at: at.neck_width()),
        "sag": Proportion("lower jowls and corners of the mouth, as with age", 0.003, _sag),
    }
)
"""The sliders by name, from the top of the face down."""


class ProportionSolver:
    """Steps of the identity for one head model; making it measures every mode once."""

    def __init__(self, head: HeadModel) -> None:
        self._head = head
        mean, modes = _Places(head, head.neutral), _Places(head, head.identity)
        self._mean_m = np.array([one.measure(mean) for one in PROPORTIONS.values()], np.float64)
        self._gain_m = np.stack([one.measure(modes) for one in PROPORTIONS.values()]).astype(np.float64)

    def measures_m(self, identity: NDArray[Any] | None = None) -> Mapping[str, float]:
        """Every proportion of a person [S] at rest, metres."""
        values = self._mean_m.copy()
        if identity is not None:
            given = np.asarray(identity, np.float64)
            values += self._gain_m[:, : len(given)] @ given
        return MappingProxyType(dict(zip(PROPORTIONS, values.tolist(), strict=True)))

    def step(self, name: str) -> Floats:
        """[S] what +1 of the slider adds to an identity: its measure changes by exactly `step_m`.

        min |c|^2 + w sum_i (m_i(c) / step_i)^2 over the other measures i, subject to m(c) = step.

        Raises:
            UnknownNameError: no such slider.
        """
        if name not in PROPORTIONS:
            raise UnknownNameError("slider", name, PROPORTIONS, "`avatron avatar sliders` says what they do")
        own = list(PROPORTIONS).index(name)
        steps = np.array([one.step_m for one in PROPORTIONS.values()])
        shares = self._gain_m / steps[:, None]
        others = np.delete(shares, own, axis=0)
        cost = np.eye(shares.shape[1]) + _SPARING * others.T @ others
        direction = np.linalg.solve(cost, shares[own])
        return np.asarray(direction / (shares[own] @ direction), np.float32)

    def moved(self, identity: NDArray[Any], sliders: Mapping[str, float]) -> Floats:
        """[S] the identity with sliders -1 .. 1 set, kept `within_reach`.

        Raises:
            UnknownNameError: no such slider.
            InvalidValueError: a value that is not in -1 .. 1.
        """
        moved = np.zeros(self._head.identity_modes, np.float32)
        moved[: len(identity)] = identity
        start = moved.copy()
        for name, value in sliders.items():
            step = self.step(name)
            if not -1 <= value <= 1:
                raise InvalidValueError(f"slider `{name}` is {value:g}, expected -1 .. 1")
            moved += np.float32(value) * step
        return within_reach(moved, start)


def within_reach(identity: Floats, start: Floats) -> Floats:
    """[S] `identity` with every coefficient within `LARGEST_COEFFICIENT`, or as far out as `start` [S] already was."""
    limit = np.maximum(np.abs(start), LARGEST_COEFFICIENT)
    return np.asarray(np.clip(identity, -limit, limit), np.float32)


def random_identity(start: NDArray[Any], seed: int, spread: float, modes: int) -> Floats:
    """[modes] another face near `start`: normal coefficients of deviation `spread`, fading from mode to mode.

    Raises:
        InvalidValueError: a seed outside 0 .. 2^32 - 1, or a spread outside 0 .. 1.
    """
    if not 0 <= seed < 2**32:
        raise InvalidValueError(f"identity seed {seed} is outside 0 .. {2**32 - 1}")
    if not 0 <= spread <= 1:
        raise InvalidValueError(f"identity spread {spread:g} is outside 0 .. 1")
    base = np.zeros(modes, np.float32)
    base[: len(start)] = start
    away = np.random.default_rng(seed).normal(size=modes) * spread * np.exp(-np.arange(modes) / _FADING)
    return within_reach(base + away.astype(np.float32), base)
