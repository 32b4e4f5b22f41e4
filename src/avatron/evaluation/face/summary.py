"""Values of many clips and seeds as one number with its interval, and rows against rows clip by clip."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from avatron.errors import InvalidValueError
from avatron.evaluation.face.score import MEASURES, Values
from avatron.evaluation.measurement import measured_mean, measured_share

__all__ = ["paired_difference", "seed_interval", "summarised"]

_STUDENT_95 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)
"""97.5 % quantiles of Student's distribution with 1, 2, ... degrees of freedom."""


def summarised(seeds: Sequence[Mapping[str, Values]]) -> dict[str, dict[str, Any]]:
    """Each measure of a row as a `Measurement` in JSON; `seeds` hold the values of each clip by name.

    The mean is over clips and seeds. With one seed the interval is over clips (of a share, over events); with more it
    is Student's over the means of seeds, and `seeds` lists those: what another training would give.
    """
    found: dict[str, dict[str, Any]] = {}
    for key, measure in MEASURES.items():
        by_seed = [[values[key] for values in clips.values() if key in values] for clips in seeds]
        by_seed = [values for values in by_seed if values]
        if not by_seed:
            continue
        name = f"{measure.title} ({measure.unit})"
        if measure.of == "events":
            events = [np.concatenate([np.atleast_1d(one) for one in values]) for values in by_seed]
            if not sum(len(one) for one in events):
                continue
            assert measure.better != "neither"
            made = measured_share(name, np.concatenate(events), better=measure.better, citation=measure.citation)
            means = [float(one.mean()) for one in events]
        else:
            numbers = [np.array(values, np.float64) for values in by_seed]
            # Seeds of one clip are not independent clips: their mean is.
            clips = np.mean(numbers, axis=0) if len({len(one) for one in numbers}) == 1 else np.concatenate(numbers)
            made = measured_mean(name, clips, unit=measure.unit, better=measure.better, citation=measure.citation)
            means = [float(one.mean()) for one in numbers]
        result = made.as_json()
        if len(means) > 1:
            result |= {"seeds": means, **seed_interval(means)}
        found[key] = result
    return found


def seed_interval(means: Sequence[float]) -> dict[str, float]:
    """`low` and `high`: where the mean of many trainings is with 95 % confidence, from the means of two or more.

    Raises:
        InvalidValueError: fewer than two, or more than ten.
    """
    if not 2 <= len(means) <= len(_STUDENT_95) + 1:
        raise InvalidValueError(f"{len(means)} seeds have no interval; give 2 to {len(_STUDENT_95) + 1}")
    values = np.asarray(means, np.float64)
    half = _STUDENT_95[len(values) - 2] * float(values.std(ddof=1)) / math.sqrt(len(values))
    return {"low": float(values.mean()) - half, "high": float(values.mean()) + half}


def paired_difference(key: str, one: Sequence[Mapping[str, Values]], other: Sequence[Mapping[str, Values]]) -> Any:
    """How much more of a measure `one` row has than `other`, clip by clip: mean, interval, and whether it is better.

    Clips differ far more than rows do: the interval of the differences is what says whether a row wins. None where
    the two share fewer than two clips with a value. `verdict` is `better`, `worse` or `same`; a measure whose best is
    in the middle is compared by its distance from there.
    """
    measure = MEASURES[key]
    first, second = _by_clip(key, one), _by_clip(key, other)
    names = sorted(set(first) & set(second))
    if len(names) < 2:
        return None
    values = np.array([[first[name], second[name]] for name in names])
    if measure.best is not None:
        values = np.abs(values - measure.best)
    elif measure.better == "neither":
        return None
    difference: NDArray[np.float64] = values[:, 0] - values[:, 1]
    direction: Literal["higher", "lower"] = "higher" if measure.better == "higher" else "lower"
    made = measured_mean(f"difference of {key}", difference, unit=measure.unit, better=direction)
    verdict = "same"
    if made.low > 0 or made.high < 0:
        verdict = "better" if (made.mean > 0) == (direction == "higher") else "worse"
    return {"clips": len(names), "mean": made.mean, "low": made.low, "high": made.high, "verdict": verdict}


def _by_clip(key: str, seeds: Sequence[Mapping[str, Values]]) -> dict[str, float]:
    """The mean over seeds, of events the share, of each clip that has a value."""
    found: dict[str, list[float]] = {}
    for clips in seeds:
        for name, values in clips.items():
            if key in values and np.size(values[key]):
                found.setdefault(name, []).append(float(np.mean(values[key])))
    return {name: float(np.mean(values)) for name, values in found.items()}
