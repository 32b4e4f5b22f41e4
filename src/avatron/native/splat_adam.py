"""Steps of Adam for the parameters of Gaussians, all arrays in one walk, Gaussians that nobody sees left alone.

    optimiser = SplatRigAdam(rig)
    optimiser.step_rig(gradients, SplatRates(), coefficients=coefficients, features=features)   # changes rig's arrays

Corrections are most of a rig's numbers and, in one frame, their gradient is a product of the coefficients and of what
position, colour and logit get: it is never stored. Neither are moments of it: its squares are taken as products too
(Shazeer and Stern, Adafactor, 2018), and there is no mean of it, which over frames in any order only delays the steps.
So a step reads and writes a third of the memory, which is all that it waits for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron import _native
from avatron.core.arrays import checked_array
from avatron.errors import InvalidValueError, ShapeError
from avatron.native.splat_rig import CORRECTED, SplatRig, SplatRigGradients

__all__ = ["Adam", "AdamOptions", "Moments", "SplatRates", "SplatRigAdam"]

Floats = NDArray[np.float32]
MAX_PRODUCTS: int = _native.splat_adam.MAX_PRODUCTS


@dataclass(frozen=True)
class AdamOptions:
    """Kingma and Ba (2015).

    Raises:
        InvalidValueError: a decay outside 0 .. 1 or an epsilon that is not positive.
    """

    first_decay: float = 0.9
    """Of the mean of gradients, a step."""
    second_decay: float = 0.999
    """Of the mean of their squares, a step."""
    epsilon: float = 1e-15
    """Added to the root; as small as in 3D Gaussian splatting, where gradients are tiny."""

    def __post_init__(self) -> None:
        if not (0 <= self.first_decay < 1 and 0 <= self.second_decay < 1 and self.epsilon > 0):
            raise InvalidValueError(
                f"decays {self.first_decay} and {self.second_decay}, epsilon {self.epsilon}; decays must be in 0 .. 1 "
                "(below 1), epsilon positive"
            )


@dataclass(frozen=True)
class SplatRates:
    """Learning rates: about how much a number moves in a step. 0 holds it."""

    positions: float = 0.005
    """In units of the triangle."""
    quaternions: float = 0.001
    log_scales: float = 0.005
    opacity_logits: float = 0.05
    colours: float = 0.0025
    corrections: float = 0.001
    response: float = 0.001
    correction_decay: float = 0.0
    """Corrections and response shrink by this times their rate, a step (Loshchilov and Hutter, 2019)."""


@dataclass(frozen=True, eq=False)
class Moments:
    """Running means of an array's gradients and of their squares, of its shape."""

    first: Floats
    second: Floats

    @staticmethod
    def like(values: Floats) -> Moments:
        """Before the first step."""
        return Moments(np.zeros_like(values), np.zeros_like(values))


class Adam:
    """Adam for named arrays whose first axis is the Gaussian."""

    def __init__(self, arrays: dict[str, Floats], options: AdamOptions | None = None) -> None:
        self.options = options or AdamOptions()
        self.arrays = dict(arrays)
        """What is optimised, in place."""
        self.moments = {name: Moments.like(values) for name, values in arrays.items()}
        self.steps = 0
        """How many steps were made."""
        rows = {len(values) for values in arrays.values()}
        if len(rows) != 1 or any(
            values.dtype != np.float32 or not values.flags.c_contiguous or not values.flags.writeable
            for values in arrays.values()
        ):
            raise ShapeError("Adam takes C-contiguous, writable float32 arrays with the same number of Gaussians")
        self._rows = rows.pop()

    def step(
        self, gradients: dict[str, Any], rates: dict[str, float], *, seen: NDArray[np.bool_] | None = None
    ) -> None:
        """One step down `gradients`, which name some of the arrays.

        Args:
            rates: learning rate of each of them.
            seen: [G] Gaussians that are stepped; the others keep values and moments. None: all.

        Raises:
            ShapeError: a gradient of another shape than its array, NaN or infinity.
        """
        groups = []
        for name, gradient in gradients.items():
            given = checked_array(name, gradient, self.arrays[name].shape, np.float32)
            groups.append(self._group(name, (given,), None, None, rates[name], 0.0))
        self._run(groups, seen)

    def _group(
        self, name: str, sources: tuple[Floats, ...], factors: Floats | None, rows: Any, rate: float, decay: float
    ) -> tuple[Any, ...]:
        moments = self.moments[name]
        return self.arrays[name], moments.first, moments.second, sources, factors, rows, rate, decay

    def _run(self, groups: list[tuple[Any, ...]], seen: NDArray[np.bool_] | None) -> None:
        mask = None if seen is None else checked_array("seen", seen, (self._rows,), np.bool_).view(np.uint8)
        self.steps += 1
        options = self.options
        numbers = (
            options.first_decay,
            options.second_decay,
            1.0 / (1.0 - options.first_decay**self.steps),
            1.0 / (1.0 - options.second_decay**self.steps),
            options.epsilon,
        )
        _native.splat_adam.step(groups, numbers, mask, self._rows)


_MOST_FACTOR = 3.0
"""A coefficient counts as at most so many times its root mean square in a step."""


class SplatRigAdam(Adam):
    """Adam for the parameters of a rig, which it changes in place; its corrections step without a mean of gradients.

    Raises:
        InvalidValueError: more coefficients than the kernel takes.
    """

    def __init__(self, rig: SplatRig, options: AdamOptions | None = None) -> None:
        assert rig.corrections is not None and rig.response is not None
        if rig.ranks * CORRECTED > MAX_PRODUCTS or rig.features * 3 > MAX_PRODUCTS:
            raise InvalidValueError(
                f"{rig.ranks} coefficients and {rig.features} features; at most {MAX_PRODUCTS // CORRECTED} and "
                f"{MAX_PRODUCTS // 3}"
            )
        self.rig = rig
        super().__init__(
            {
                "positions": rig.positions,
                "quaternions": rig.quaternions,
                "log_scales": rig.log_scales,
                "opacity_logits": rig.opacity_logits,
                "colours": rig.colours,
                "response": rig.response,
            },
            options,
        )
        self._squares = np.zeros((len(rig), CORRECTED), np.float32)
        self._coefficient_squares = np.zeros(rig.ranks)
        if not rig.corrections.flags.writeable:
            raise ShapeError("Adam takes C-contiguous, writable float32 corrections")

    def step_rig(
        self,
        gradients: SplatRigGradients,
        rates: SplatRates,
        *,
        coefficients: Any = None,
        features: Any = None,
        all_gaussians: bool = False,
    ) -> None:
        """One step down the gradients of one frame, drawn with `coefficients` [R] and `features` [K, Q].

        Gaussians that no pixel saw keep values and moments, unless `all_gaussians` are stepped.

        Raises:
            ShapeError: arrays of another shape or type.
        """
        rig = self.rig
        groups = []
        for name in ("positions", "quaternions", "log_scales", "opacity_logits", "colours"):
            rate: float = getattr(rates, name)
            groups.append(self._group(name, (getattr(gradients, name),), None, None, rate, 0.0))
        if rig.ranks and coefficients is not None and rates.corrections > 0:
            factors = self._factors(checked_array("coefficients", coefficients, (rig.ranks,), np.float32))
            own = (gradients.positions, gradients.colours, gradients.opacity_logits)
            rate, decay = rates.corrections, rates.correction_decay
            groups.append((rig.corrections, None, self._squares, own, factors, None, rate, decay))
        if rig.features and features is not None and rates.response > 0:
            felt = checked_array("features", features, (None, rig.features), np.float32)
            if rig.triangle.max(initial=-1) >= len(felt):
                raise ShapeError(f"a Gaussian rides on triangle {rig.triangle.max()}, but features are of {len(felt)}")
            groups.append(
                self._group(
                    "response", (gradients.colours,), felt, rig.triangle, rates.response, rates.correction_decay
                )
            )
        if len(gradients.positions) != len(rig):
            raise ShapeError(f"gradients of {len(gradients.positions)} Gaussians for a rig of {len(rig)}")
        self._run(groups, None if all_gaussians else gradients.seen)

    def _factors(self, coefficients: Floats) -> Floats:
        """[R] `coefficients` over the root of the mean of their squares so far."""
        keep = self.options.second_decay
        squares = np.square(coefficients.astype(np.float64))
        self._coefficient_squares = keep * self._coefficient_squares + (1 - keep) * squares
        mean = self._coefficient_squares / (1 - keep ** (self.steps + 1))
        factors = coefficients / (np.sqrt(mean) + self.options.epsilon)
        return np.clip(factors, -_MOST_FACTOR, _MOST_FACTOR).astype(np.float32)
