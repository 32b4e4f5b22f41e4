"""Every row on every case: with the person's own timing, and as a voice says the same at its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from avatron.errors import InvalidValueError
from avatron.evaluation.face.case import FaceCase
from avatron.evaluation.face.rows.row import Row
from avatron.evaluation.face.score import MEASURES, Values, score
from avatron.evaluation.face.summary import paired_difference, summarised
from avatron.pipeline.options import PACES
from avatron.voice.protocol import Voice
from avatron.voice.style import VoiceStyle

__all__ = ["ORACLE", "measure_faces"]

ORACLE = "oracle"
"""The condition with the durations of the recording, as papers measure."""

# Of a row: by condition, by seed, by clip.
Found = dict[str, list[dict[str, Values]]]


def measure_faces(
    cases: Sequence[FaceCase],
    rows: Sequence[Row],
    *,
    voice: Voice | None = None,
    paces: Mapping[str, float] = PACES,
    progress: Callable[[float], None] = lambda share: None,
) -> dict[str, Any]:
    """All measures of all `rows` on all `cases`, ready for JSON: `conditions`, `rows`, `differences` and `clips`.

    `paces` are the conditions in which the `voice` chooses the durations; without one there is only the oracle's.
    `differences` compare the first row that is no reference with each other such row, clip by clip.

    Raises:
        InvalidValueError: no cases, no rows, or two rows or cases of one name.
        AvatronError: a row that cannot animate a case, as it says itself.
    """
    if not cases or not rows:
        raise InvalidValueError(f"{len(cases)} cases and {len(rows)} rows; expected at least one of each")
    for kind, names in (("row", [row.name for row in rows]), ("clip", [case.name for case in cases])):
        if twice := [name for name in names if names.count(name) > 1]:
            raise InvalidValueError(f"two {kind}s are called `{twice[0]}`; give each a name of its own: NAME=SOURCE")
    conditions = [ORACLE, *(paces if voice is not None else ())]
    found: dict[str, Found] = {
        row.name: {condition: [{} for _ in row.contenders] for condition in conditions} for row in rows
    }
    for number, case in enumerate(cases):
        true = case.face.shapes(case.truth)
        for condition in conditions:
            speech = case.speech
            if condition != ORACLE:
                assert voice is not None and speech.phonemes is not None
                speech = voice.speak(speech.phonemes, VoiceStyle(pace=paces[condition]))
            for row in rows:
                for seed, contender in enumerate(row.contenders):
                    motion = contender.animate(case, speech)
                    if motion is not None:
                        found[row.name][condition][seed][case.name] = score(case, speech, motion, true)
        progress((number + 1) / len(cases))
    first = next((row.name for row in rows if not row.reference), rows[0].name)
    return {
        "cases": len(cases),
        "seconds": round(sum(float(case.speech.end) for case in cases), 2),
        "lip_set": {"name": cases[0].face.regions.lips.name, "vertices": len(cases[0].face.regions.lips)},
        "conditions": {name: None if name == ORACLE else paces[name] for name in conditions},
        "measures": {key: {**vars(measure)} for key, measure in MEASURES.items()},
        "rows": [_summary(row, found[row.name]) for row in rows],
        "compared_with": first,
        "differences": _differences(
            {row.name: found[row.name] for row in rows if not row.reference}, first, conditions, found[first]
        ),
        "clips": {name: {key: _plain(seeds) for key, seeds in of.items()} for name, of in found.items()},
    }


def _summary(row: Row, found: Found) -> dict[str, Any]:
    conditions = {name: summarised(seeds) for name, seeds in found.items() if any(seeds)}
    about = {"name": row.name, "about": row.about, "reference": row.reference, "seeds": len(row.contenders)}
    return {**about, "conditions": conditions}


def _differences(others: Mapping[str, Found], first: str, conditions: Sequence[str], found: Found) -> dict[str, Any]:
    return {
        name: {
            condition: {
                key: compared
                for key in MEASURES
                if (compared := paired_difference(key, found[condition], of[condition])) is not None
            }
            for condition in conditions
        }
        for name, of in others.items()
        if name != first
    }


def _plain(seeds: Sequence[Mapping[str, Values]]) -> list[dict[str, dict[str, Any]]]:
    """Numbers as they are, events as (hits, count)."""
    return [
        {
            clip: {
                key: [int(np.sum(one)), int(np.size(one))] if isinstance(one, np.ndarray) else float(f"{one:.6g}")
                for key, one in values.items()
            }
            for clip, values in clips.items()
        }
        for clips in seeds
    ]
