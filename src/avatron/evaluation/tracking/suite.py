"""All methods on all films with a truth, summed up by method, by condition, and by what is worst."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import partial
from multiprocessing import get_context
from typing import Any

import numpy as np

from avatron.errors import InputError, InvalidValueError
from avatron.evaluation.tracking.compare import ClipError, compare
from avatron.evaluation.tracking.measures import ClosureMatches
from avatron.evaluation.tracking.methods import METHODS, Film, method_named, open_film
from avatron.evaluation.tracking.predicted import face_surface
from avatron.evaluation.tracking.truth import TruthFilm, read_truth
from avatron.face.shipped import shipped_head
from avatron.native.pool import set_threads

__all__ = ["GOALS", "NUMBERS", "measure_films"]

GOALS = {"face_mm": 1.0, "lips_mm": 0.8, "rotation_deg": 0.5, "closure_f1": 0.9}
"""What a track should reach on the mean film; errors at most, the score at least."""

NUMBERS: Mapping[str, Callable[[ClipError], float]] = {
    "face_mm": lambda error: error.posed_mm["face"],
    "lips_mm": lambda error: error.posed_mm["lips"],
    "eyelids_mm": lambda error: error.posed_mm["eyelids"],
    "jaw_mm": lambda error: error.posed_mm["jaw"],
    "neutral_face_mm": lambda error: error.neutral_mm["face"],
    "rotation_deg": lambda error: error.rotation_deg,
    "rotation_motion_deg": lambda error: error.rotation_motion_deg,
    "sideways_mm": lambda error: error.sideways_mm,
    "depth_mm": lambda error: error.depth_mm,
    "position_motion_mm": lambda error: error.position_motion_mm,
    "expression_r": lambda error: error.mean_expression_r,
    "gaze_deg": lambda error: error.gaze_deg,
    "closure_f1": lambda error: error.closures.f1,
    "landmark_px": lambda error: error.landmark_px,
    "valid_share": lambda error: error.valid_share,
}
"""The numbers of a film that tables show."""

_HIGHER_IS_BETTER = frozenset({"expression_r", "closure_f1", "valid_share"})


def measure_films(
    films: Sequence[TruthFilm],
    methods: Sequence[str] = tuple(METHODS),
    *,
    processes: int = 1,
    progress: Callable[[float], None] = lambda share: None,
) -> dict[str, Any]:
    """Every method on every film: `films`, `summary`, `conditions` and `expressions`, ready for JSON.

    A method that finds no face in a film has `{"failed": reason}` there, and no part in its means. Films are shared
    out over `processes`, each on one thread, where there are more than one.

    Raises:
        InvalidValueError: no film.
        UnknownNameError: an unknown method.
    """
    if not films:
        raise InvalidValueError("no film to measure; give at least one")
    for name in methods:
        method_named(name)
    work = [(one, tuple(methods)) for one in films]
    rows: list[dict[str, Any]] = []
    errors: dict[str, dict[str, ClipError]] = {name: {} for name in methods}
    with ExitStack() as stack:
        if processes > 1:
            pool = stack.enter_context(ProcessPoolExecutor(processes, get_context("spawn"), partial(set_threads, 1)))
            measured = pool.map(_measured, work)
        else:
            measured = map(_measured, work)
        for one, (row, found) in zip(films, measured, strict=True):
            rows.append(row)
            for name, error in found.items():
                errors[name][one.name] = error
            progress(len(rows) / len(films))
    conditions = sorted({condition for one in films for condition in one.conditions})
    return {
        "films": rows,
        "summary": {name: _summary(found) for name, found in errors.items()},
        "conditions": {
            condition: {
                name: _means([found[one.name] for one in films if condition in one.conditions and one.name in found])
                for name, found in errors.items()
            }
            for condition in conditions
        },
        "expressions": {name: _by_expression(list(found.values())) for name, found in errors.items()},
        "goals": GOALS,
    }


def _measured(work: tuple[TruthFilm, tuple[str, ...]]) -> tuple[dict[str, Any], dict[str, ClipError]]:
    """(row of the result, errors by method) of one film."""
    one, methods = work
    model = shipped_head()
    surface = face_surface(model)
    film = open_film(one.film, read_truth(one.truth))
    assert film.truth is not None
    row: dict[str, Any] = {"name": one.name, "conditions": list(one.conditions), "detection": _detection(film)}
    errors: dict[str, ClipError] = {}
    for name in methods:
        try:
            errors[name] = compare(method_named(name)(film, model), film.truth, model, surface)
            row[name] = errors[name].as_json()
        except InputError as error:
            row[name] = {"failed": str(error)}
    return row, errors


def _detection(film: Film) -> dict[str, float]:
    """How far the networks' landmarks are from the true ones: what no fit of them can repair."""
    assert film.truth is not None
    truth = film.truth.landmarks_px
    off = np.linalg.norm(film.seen.landmarks[..., :2] - truth, axis=-1)[film.seen.valid]
    between_eyes = np.linalg.norm(truth[:, 468] - truth[:, 473], axis=-1)[film.seen.valid]
    if not len(off):
        return {"valid_share": 0.0}
    mean = off.mean(0)
    return {
        "valid_share": round(float(film.seen.valid.mean()), 4),
        "mean_px": round(float(mean.mean()), 3),
        "percent_of_eyes": round(float(100 * (off.mean(1) / between_eyes).mean()), 3),
        "between_eyes_px": round(float(between_eyes.mean()), 2),
    }


def _means(errors: Sequence[ClipError]) -> dict[str, Any]:
    if not errors:
        return {"films": 0}
    means: dict[str, Any] = {name: round(float(np.nanmean([of(e) for e in errors])), 4) for name, of in NUMBERS.items()}
    means["closure_f1"] = round(sum((e.closures for e in errors), ClosureMatches(0, 0, 0)).f1, 4)
    return {"films": len(errors), **means}


def _summary(found: Mapping[str, ClipError]) -> dict[str, Any]:
    worst = {}
    for name, of in NUMBERS.items():
        if found:
            values = {film: of(error) for film, error in found.items()}
            chosen = (min if name in _HIGHER_IS_BETTER else max)(values, key=lambda film: values[film])
            worst[name] = {"film": chosen, "value": round(values[chosen], 4)}
    total = sum((error.closures for error in found.values()), ClosureMatches(0, 0, 0))
    closures = {**vars(total), "precision": round(total.precision, 4), "recall": round(total.recall, 4)}
    return {"mean": _means(list(found.values())), "worst": worst, "closures": closures}


def _by_expression(errors: Sequence[ClipError]) -> dict[str, dict[str, float]]:
    values: dict[str, list[float]] = {}
    for error in errors:
        for name, value in error.expression_r.items():
            values.setdefault(name, []).append(value)
    return {name: {"r": round(float(np.mean(rs)), 3), "films": len(rs)} for name, rs in sorted(values.items())}
