"""What a listening test found: who was left out and why, means with intervals, and which systems differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.errors import InvalidValueError, UnknownNameError
from avatron.evaluation.listening.answers import Answers
from avatron.evaluation.listening.intervals import BOOTSTRAP_DRAWS, bootstrap_interval, t_interval
from avatron.evaluation.listening.key import EARLY_SOUND, ListeningKey, Stimulus
from avatron.evaluation.listening.signed_rank import signed_rank

__all__ = ["ScoreOptions", "score_test"]

Floats = NDArray[np.float64]

_LEAST_ANCHORS = 3
"""Ratings of the anchor and of the reference from which their order says something about a listener."""


@dataclass(frozen=True)
class ScoreOptions:
    """Who counts, and what is compared."""

    missed_checks: int = 0
    """Checks that a listener may answer otherwise than they were told."""
    headphones: bool = False
    """Whether only listeners count who passed the headphone test."""
    keep_all: bool = False
    """Whether nobody is left out for checks, anchors or headphones, to see what difference that makes."""
    against: str | None = None
    """Compare this system with each other one; None compares all pairs."""
    seed: int = 0
    """Of the bootstrap."""


def score_test(key: ListeningKey, answers: Sequence[Answers], options: ScoreOptions = ScoreOptions()) -> dict[str, Any]:
    """`listeners`, `left_out`, `systems` and `pairs`, ready for JSON.

    A listener counts once, whatever the number of their answers: means are of listeners' means, intervals are over
    listeners, and pairs are compared within listeners. P-values are corrected for the number of pairs (Holm, A simple
    sequentially rejective multiple test procedure, 1979).

    Raises:
        UnknownNameError: `against` is none of the systems.
        InvalidValueError: a negative number of checks, or nobody is left.
    """
    if options.missed_checks < 0:
        raise InvalidValueError(f"{options.missed_checks} missed checks; expected 0 or more")
    if options.against is not None and options.against not in key.systems:
        raise UnknownNameError("system", options.against, key.systems)
    stimuli = {stimulus.id: stimulus for stimulus in key.stimuli}
    reasons = {one.session: reason for one in answers if (reason := reason_to_leave_out(one, key, stimuli, options))}
    counted = [one for one in answers if one.session not in reasons]
    left_out = [
        {"path": str(one.path), "listener": one.listener, "reason": reasons[one.session]}
        for one in answers
        if one.session in reasons
    ]
    if not counted:
        raise InvalidValueError(
            f"nobody is left of {len(answers)} listeners; the first was left out because {left_out[0]['reason']} "
            "(`--keep-all` counts everybody who finished)"
        )
    means, ratings = _means(key, counted, stimuli)
    return {
        "test": key.test,
        "kind": key.kind,
        "title": key.title,
        "reference": key.reference,
        "listeners": len(counted),
        "with_headphones": sum(one.listens_with == "headphones" for one in counted),
        "passed_headphone_test": sum(_passed_headphones(one, key) for one in counted),
        "left_out": left_out,
        "kept_all": options.keep_all,
        "bootstrap_draws": BOOTSTRAP_DRAWS,
        "systems": [
            _system(system, means[system], ratings[system], options.seed) for system in key.systems if ratings[system]
        ],
        "pairs": _pairs(key, means, options),
        "comments": [one.comment for one in counted if one.comment.strip()],
    }


def reason_to_leave_out(
    answers: Answers, key: ListeningKey, stimuli: Mapping[str, Stimulus], options: ScoreOptions
) -> str | None:
    """Why a listener does not count; None of one who does."""
    if not answers.finished:
        planned = len(key.plans[answers.listener % len(key.plans)])
        return f"they stopped after {len(answers.ratings)} of {planned} films"
    if options.keep_all:
        return None
    checks = [(stimuli[film].expected, rating) for film, rating in answers.ratings.items() if stimuli[film].expected]
    missed = [(expected, rating) for expected, rating in checks if expected != rating]
    if len(missed) > options.missed_checks:
        said = ", ".join(f"{rating} where {expected} was asked for" for expected, rating in missed)
        return f"they failed {len(missed)} of {len(checks)} checks ({said})"
    anchor = [rating for film, rating in answers.ratings.items() if stimuli[film].system == EARLY_SOUND]
    best = [rating for film, rating in answers.ratings.items() if stimuli[film].system == key.reference]
    if min(len(anchor), len(best)) >= _LEAST_ANCHORS and np.mean(anchor) > np.mean(best):
        return (
            f"they rated early sound ({np.mean(anchor):.2f}) above the reference ({np.mean(best):.2f}), "
            "which is the same but for the delay"
        )
    if options.headphones and not _passed_headphones(answers, key):
        return "they did not pass the headphone test"
    return None


def _passed_headphones(answers: Answers, key: ListeningKey) -> bool:
    return bool(key.pitch_at) and answers.pitch_heard == key.pitch_at


def _means(
    key: ListeningKey, counted: Sequence[Answers], stimuli: Mapping[str, Stimulus]
) -> tuple[dict[str, dict[str, float]], dict[str, list[int]]]:
    """By system: the mean of each listener (by session) who judged it, and all single ratings."""
    means: dict[str, dict[str, float]] = {system: {} for system in key.systems}
    ratings: dict[str, list[int]] = {system: [] for system in key.systems}
    for one in counted:
        own: dict[str, list[int]] = {}
        for film, rating in one.ratings.items():
            system = stimuli[film].system
            if system is not None:
                own.setdefault(system, []).append(rating)
        for system, given in own.items():
            means[system][one.session] = float(np.mean(given))
            ratings[system] += given
    return means, ratings


def _system(system: str, means: Mapping[str, float], ratings: Sequence[int], seed: int) -> dict[str, Any]:
    values = np.array(list(means.values()))
    counts = Counter(ratings)
    return {
        "system": system,
        "listeners": len(values),
        "ratings": len(ratings),
        "mean": float(values.mean()),
        "t_interval": t_interval(values),
        "bootstrap_interval": bootstrap_interval(values, seed=seed),
        "counts": {str(rating): counts[rating] for rating in range(1, 6)},
    }


def _pairs(key: ListeningKey, means: Mapping[str, Mapping[str, float]], options: ScoreOptions) -> list[dict[str, Any]]:
    """Every pair of systems, or one against each; the low anchor is there to be bad, and takes no part."""
    systems = [system for system in key.systems if means[system] and system != EARLY_SOUND]
    pairs = list(combinations(systems, 2))
    if options.against is not None:
        pairs = [(options.against, other) for other in systems if other != options.against]
    found: list[dict[str, Any]] = []
    for first, second in pairs:
        shared = [session for session in means[first] if session in means[second]]
        if not shared:
            continue
        differences = np.array([means[first][session] - means[second][session] for session in shared])
        test = signed_rank(differences)
        found.append(
            {
                "first": first,
                "second": second,
                "listeners": len(shared),
                "difference": float(differences.mean()),
                "t_interval": t_interval(differences),
                "bootstrap_interval": bootstrap_interval(differences, seed=options.seed),
                "equal": test.zeros,
                "rank_sum": test.rank_sum,
                "rank_biserial": test.rank_biserial,
                "p_value": test.p_value,
                "exact": test.exact,
            }
        )
    for pair, corrected in zip(found, holm([float(pair["p_value"]) for pair in found]), strict=True):
        pair["p_value_holm"] = corrected
    return found


def holm(p_values: Sequence[float]) -> list[float]:
    """Each p-value as it counts among all of them: the smallest times their number, and so on, never falling."""
    corrected = [0.0] * len(p_values)
    largest = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[place]))
        corrected[place] = largest
    return corrected
