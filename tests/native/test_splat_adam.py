"""Steps of Adam: parity with the formula, products that are never made, and Gaussians that nobody saw."""

from __future__ import annotations

import numpy as np
import pytest

from avatron.errors import InvalidValueError, ShapeError
from avatron.native import cpu, pool
from avatron.native.splat_adam import Adam, AdamOptions, SplatRates, SplatRigAdam
from avatron.native.splat_rig import SplatRig, SplatRigGradients

NAMES = ("positions", "quaternions", "log_scales", "opacity_logits", "colours")


def rig_of(count: int, ranks: int, features: int) -> SplatRig:
    generator = np.random.default_rng(1)
    shapes = ((count, 3), (count, 4), (count, 3), (count,), (count, 3))
    arrays = [generator.normal(size=shape).astype(np.float32) for shape in shapes]
    return SplatRig(
        *arrays,
        generator.integers(0, 5, count).astype(np.int32),
        generator.normal(size=(count, ranks, 7)).astype(np.float32),
        generator.normal(size=(count, features, 3)).astype(np.float32),
    )


def gradients_of(rig: SplatRig, seed: int) -> SplatRigGradients:
    generator = np.random.default_rng(seed)
    arrays = [generator.normal(size=getattr(rig, name).shape).astype(np.float32) for name in NAMES]
    seen = generator.uniform(size=len(rig)) < 0.6
    for array in arrays:
        array[~seen] = 0
    nothing = np.zeros((len(rig), 3), np.float32)
    return SplatRigGradients(*arrays, means=nothing, screen=nothing[:, :2], seen=seen, coefficients=None)


class WrittenDown:
    """Adam as in the paper, float64, with decoupled decay."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values.astype(np.float64)
        self.first = np.zeros_like(self.values)
        self.second = np.zeros_like(self.values)

    def step(self, gradient: np.ndarray, number: int, rate: float, decay: float, rows: np.ndarray) -> None:
        options = AdamOptions()
        b1, b2 = options.first_decay, options.second_decay
        first, second = b1 * self.first + (1 - b1) * gradient, b2 * self.second + (1 - b2) * gradient**2
        move = first / (1 - b1**number) / (np.sqrt(second / (1 - b2**number)) + options.epsilon)
        self.values[rows] = ((1 - rate * decay) * self.values - rate * move)[rows]
        self.first[rows], self.second[rows] = first[rows], second[rows]


class WrittenDownProducts:
    """Steps of the corrections: no mean of gradients, and the mean of squares as a product of two, float64."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values.astype(np.float64)
        self.squares = np.zeros((len(values), values.shape[2]))
        self.coefficient_squares = np.zeros(values.shape[1])

    def step(
        self, own: np.ndarray, coefficients: np.ndarray, number: int, rate: float, decay: float, rows: np.ndarray
    ) -> None:
        keep = AdamOptions().second_decay
        squares = keep * self.squares + (1 - keep) * own**2
        self.coefficient_squares = keep * self.coefficient_squares + (1 - keep) * coefficients**2
        debiased = 1 - keep**number
        factors = np.clip(coefficients / np.sqrt(self.coefficient_squares / debiased), -3, 3)
        wish = np.divide(own, np.sqrt(squares / debiased), out=np.zeros_like(own), where=squares > 0)
        move = factors[None, :, None] * wish[:, None, :]
        self.values[rows] = ((1 - rate * decay) * self.values - rate * move)[rows]
        self.squares[rows] = squares[rows]


@pytest.mark.parametrize("isa", cpu.available_instruction_sets())
@pytest.mark.parametrize("everybody", [False, True])
def test_steps_of_a_rig_equal_the_formula_on_gradients_that_are_written_out(isa: str, everybody: bool) -> None:
    rig = rig_of(53, 5, 2)
    rates = SplatRates(correction_decay=0.1)
    slow = {name: WrittenDown(getattr(rig, name)) for name in (*NAMES, "response")}
    products = WrittenDownProducts(np.asarray(rig.corrections))
    optimiser = SplatRigAdam(rig)
    generator = np.random.default_rng(3)
    for number in (1, 2, 3):
        gradients = gradients_of(rig, number)
        coefficients, features = generator.normal(size=5), generator.normal(size=(5, 2))
        with cpu.use_instruction_set(isa):
            optimiser.step_rig(gradients, rates, coefficients=coefficients, features=features, all_gaussians=everybody)
        rows = np.ones(53, bool) if everybody else gradients.seen
        written = {name: getattr(gradients, name) for name in NAMES}
        own = np.concatenate([gradients.positions, gradients.colours, gradients.opacity_logits[:, None]], 1)
        products.step(own.astype(np.float64), coefficients, number, rates.corrections, 0.1, rows)
        written["response"] = gradients.response(features, rig.triangle)
        for name, gradient in written.items():
            decay = 0.1 if name == "response" else 0.0
            slow[name].step(gradient.astype(np.float64), number, getattr(rates, name), decay, rows)
    for name, expected in slow.items():
        np.testing.assert_allclose(getattr(rig, name), expected.values, atol=3e-6, err_msg=name)
    np.testing.assert_allclose(rig.corrections, products.values, atol=5e-6)


def test_a_coefficient_far_beyond_its_usual_size_counts_as_three_times_that() -> None:
    rig, rates = rig_of(20, 1, 0), SplatRates()
    optimiser, gradients = SplatRigAdam(rig), gradients_of(rig, 0)
    for _ in range(200):
        optimiser.step_rig(gradients, rates, coefficients=[1.0])
    before = np.array(rig.corrections)
    optimiser.step_rig(gradients, rates, coefficients=[1000.0])
    moved = np.abs(np.asarray(rig.corrections) - before)[gradients.seen]
    np.testing.assert_allclose(moved, 3 * rates.corrections, rtol=1e-3)


def test_gaussians_that_nobody_saw_stay_to_the_last_bit() -> None:
    rig = rig_of(40, 3, 1)
    before = {name: getattr(rig, name).copy() for name in (*NAMES, "corrections", "response")}
    gradients = gradients_of(rig, 5)
    SplatRigAdam(rig).step_rig(gradients, SplatRates(), coefficients=np.ones(3), features=np.ones((5, 1)))
    for name, values in before.items():
        assert np.array_equal(getattr(rig, name)[~gradients.seen], values[~gradients.seen])
        assert (getattr(rig, name)[gradients.seen] != values[gradients.seen]).all()


def test_every_bit_is_the_same_for_any_number_of_threads() -> None:
    results = []
    for threads in (1, 3):
        rig = rig_of(3000, 4, 1)
        with pool.use_threads(threads):
            SplatRigAdam(rig).step_rig(
                gradients_of(rig, 2), SplatRates(), coefficients=np.ones(4), features=np.ones((5, 1))
            )
        results.append(rig)
    assert all(np.array_equal(getattr(results[0], name), getattr(results[1], name)) for name in (*NAMES, "corrections"))


def test_plain_arrays_are_stepped_by_name() -> None:
    arrays = {"a": np.ones((6, 2), np.float32), "b": np.ones(6, np.float32)}
    optimiser = Adam(arrays)
    optimiser.step({"a": np.full((6, 2), 3.0)}, {"a": 0.25})
    assert arrays["a"] == pytest.approx(0.75, abs=1e-5)
    assert arrays["b"] == pytest.approx(1.0)


def test_what_does_not_fit_is_refused() -> None:
    rig = rig_of(8, 3, 1)
    optimiser = SplatRigAdam(rig)
    with pytest.raises(ShapeError, match="`coefficients`"):
        optimiser.step_rig(gradients_of(rig, 0), SplatRates(), coefficients=np.ones(2))
    with pytest.raises(ShapeError, match="gradients of 9 Gaussians for a rig of 8"):
        optimiser.step_rig(gradients_of(rig_of(9, 3, 1), 0), SplatRates())
    with pytest.raises(ShapeError, match="C-contiguous, writable float32"):
        Adam({"a": np.zeros((4, 2))})
    with pytest.raises(InvalidValueError, match="80 coefficients"):
        SplatRigAdam(rig_of(2, 80, 0))
    with pytest.raises(InvalidValueError, match="decays"):
        AdamOptions(first_decay=1.0)
