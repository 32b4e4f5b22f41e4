"""Every row on every judged sequence of a public protocol, in the data set's own unit, as its papers report it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.errors import ShapeError, UnknownNameError
from avatron.evaluation.face.opening import opening_difference_mm, opening_range_mm, range_ratio
from avatron.evaluation.face.protocols.layout import MeshFolder
from avatron.evaluation.face.protocols.mesh_animators import MappedCurves, TrainedMesh, is_animator, mesh_animator
from avatron.evaluation.face.protocols.mesh_regions import MeshRegions, mesh_regions
from avatron.evaluation.face.protocols.mesh_rows import (
    KeptMeshes,
    MeanMesh,
    MeshRow,
    MeshTruth,
    NearestSound,
    training_displacements,
)
from avatron.evaluation.face.rows.animators import read_entry
from avatron.evaluation.face.rows.truth import LATE_S
from avatron.evaluation.face.score import MEASURES, Values
from avatron.evaluation.face.summary import summarised
from avatron.evaluation.tracking.measures import jitter_mm
from avatron.evaluation.vertices import (
    face_dynamics_deviation,
    lip_vertex_error,
    lip_vertex_error_mm,
    lip_vertex_mean_error,
    mean_speed_mm_s,
    mean_vertex_error_mm,
)
from avatron.motion.animators import ANIMATORS
from avatron.motion.protocol import Animator

__all__ = ["measure_meshes", "mesh_rows", "mesh_table", "score_mesh"]

_LENGTH_TOLERANCE = 3
"""Frames that a result may be shorter or longer than the truth: encoders of sound round differently."""


def mesh_rows(folder: MeshFolder, animators: Sequence[str], displacements: NDArray[Any]) -> list[MeshRow]:
    """Truth, late truth, nearest neighbour, mean, and each of `animators`.

    An animator is a registered name, or NAME=FOLDER of a trained one or of results; several by commas are seeds.

    Raises:
        InvalidValueError: an empty name or folder, or a vertex head of another mesh.
        UnknownNameError: neither a registered name nor a folder; the message lists the names.
        UnreadableFileError: a folder without results, or a damaged sequence that is learned from.
        MissingComponentError, DamagedModelError: an animator that cannot be loaded, as it says itself.
    """
    rows = [
        MeshRow("truth", (MeshTruth(),), "what the person did", reference=True),
        MeshRow(
            "truth, late", (MeshTruth(round(LATE_S * folder.protocol.fps)),), f"{LATE_S:g} s later", reference=True
        ),
    ]
    # All are looked at before the first one learns.
    entries = [read_entry(text) for text in animators]
    loaded = [[_loaded(source, folder) for source in sources] for _, sources in entries]
    for (name, sources), found in zip(entries, loaded, strict=True):
        contenders = tuple(
            one if isinstance(one, TrainedMesh | KeptMeshes) else MappedCurves(one, folder) for one in found
        )
        mapped = any(isinstance(one, MappedCurves) for one in contenders)
        rows.append(MeshRow(name, contenders, ", ".join(sources) + ("; curves mapped to the mesh" if mapped else "")))
    rows.append(MeshRow("nearest neighbour", (NearestSound(folder, folder.of("train")),), "training frames, by sound"))
    rows.append(MeshRow("mean motion", (MeanMesh(displacements),), "of the training set"))
    return rows


def _loaded(source: str, folder: MeshFolder) -> TrainedMesh | KeptMeshes | Animator:
    if is_animator(source):
        return mesh_animator(source, folder)
    if not Path(source).is_dir():
        raise UnknownNameError("animator", source, ANIMATORS.names(), "Or give a folder: NAME=FOLDER")
    return KeptMeshes(Path(source), folder.protocol.vertices)


def measure_meshes(
    folder: MeshFolder,
    animators: Sequence[str] = (),
    *,
    lips: str | None = None,
    most: int | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> dict[str, Any]:
    """All rows on the judged sequences of `folder`, ready for JSON; `most` of each split for a quick look.

    Values are in the unit of the data: m where the protocol has metres, else its own, and then no mm are given. Means
    are over sequences; `over_frames` are the same over all frames, as the papers' code sums them.

    Raises:
        UnreadableFileError: a damaged file, which is named.
        UnknownNameError, InvalidValueError: as `mesh_regions` and `mesh_rows`.
    """
    displacements = training_displacements(folder, folder.of("train"))
    template = np.mean(list(folder.templates.values()), axis=0)
    regions = mesh_regions(lips, folder.folder, template, displacements)
    rows = mesh_rows(folder, animators, displacements)
    splits = {name: folder.of(name)[:most] for name in folder.protocol.judged}
    splits = {name: sequences for name, sequences in splits.items() if sequences}
    total, done = sum(len(sequences) for sequences in splits.values()), 0
    found: dict[str, dict[str, list[dict[str, Values]]]] = {
        row.name: {split: [{} for _ in row.contenders] for split in splits} for row in rows
    }
    frames: dict[str, int] = {}
    for split, sequences in splits.items():
        for sequence in sequences:
            true, rest = folder.vertices(sequence), folder.templates[sequence.subject]
            frames[sequence.name] = len(true)
            for row in rows:
                for seed, contender in enumerate(row.contenders):
                    values = [
                        score_mesh(sequence.name, true, predicted, rest, regions, folder)
                        for predicted in contender.predict(sequence, true, rest)
                    ]
                    found[row.name][split][seed][sequence.name] = {
                        key: float(np.mean([one[key] for one in values])) for key in values[0]
                    }
            done += 1
            progress(done / total)
    return {
        "protocol": folder.protocol.name,
        "unit": "m" if folder.protocol.metres else "the unit of the data set",
        "fps": folder.protocol.fps,
        "lip_set": {"name": regions.lips.name, "vertices": len(regions.lips), "source": regions.lips.source},
        "upper_face": {"vertices": len(regions.upper_face), "source": regions.upper_face.source},
        "conditions": {name: len(sequences) for name, sequences in splits.items()},
        "rows": [
            {
                "name": row.name,
                "about": row.about,
                "reference": row.reference,
                "seeds": len(row.contenders),
                "conditions": {split: summarised(seeds) for split, seeds in found[row.name].items()},
                "over_frames": {split: _over_frames(seeds, frames) for split, seeds in found[row.name].items()},
            }
            for row in rows
        ],
    }


def score_mesh(
    name: str,
    true: NDArray[Any],
    predicted: NDArray[Any],
    template: NDArray[Any],
    regions: MeshRegions,
    folder: MeshFolder,
) -> Values:
    """The measures of one prediction [T, V, 3] of a sequence; those in mm only where the data has metres.

    Raises:
        ShapeError: a prediction that is more than some frames shorter or longer than the truth.
    """
    if abs(len(true) - len(predicted)) > _LENGTH_TOLERANCE:
        raise ShapeError(
            f"the result for `{name}` has {len(predicted)} frames, expected {len(true)} at {folder.protocol.fps} fps"
        )
    count = min(len(true), len(predicted))
    true, predicted = true[:count], predicted[:count]
    lips, everything, fps = regions.lips.vertices, np.arange(true.shape[1]), float(folder.protocol.fps)
    deviation = face_dynamics_deviation(true, predicted, template, regions.upper_face.vertices)
    values: Values = {
        "lve_m2": lip_vertex_error(true, predicted, lips),
        "lvme_m2": lip_vertex_mean_error(true, predicted, lips),
        "fdd_m2": deviation,
        "fdd_absolute_m2": abs(deviation),
        "speed_ratio": mean_speed_mm_s(predicted, lips, fps) / mean_speed_mm_s(true, lips, fps),
        "jitter_ratio": jitter_mm(predicted[:, lips]) / jitter_mm(true[:, lips]),
    }
    if len(regions.pairs):
        true_gap, gap = regions.gap(true, template), regions.gap(predicted, template)
        if opening_range_mm(true_gap) > 0:
            values["range_ratio"] = range_ratio(true_gap, gap)
        if folder.protocol.metres:
            values["opening_difference_mm"] = opening_difference_mm(1000 * true_gap, 1000 * gap)
    if folder.protocol.metres:
        values["lve_mm"] = lip_vertex_error_mm(true, predicted, lips)
        values["vertex_error_mm"] = mean_vertex_error_mm(true, predicted, everything)
    return values


def mesh_table(result: dict[str, Any], split: str) -> list[tuple[str, ...]]:
    """One split as a table for people, with headings."""
    keys = [key for key in MEASURES if any(key in row["conditions"][split] for row in result["rows"])]
    titles = []
    for key in keys:
        unit = MEASURES[key].unit
        titles.append(f"{MEASURES[key].title} {unit if result['unit'] == 'm' or 'm' not in unit else 'unit^2'}")
    rows = [(split, *titles)]
    for row in result["rows"]:
        values = row["conditions"][split]
        cells = [_cell(values[key]) if key in values else "" for key in keys]
        rows.append((row["name"] + (f" (x{row['seeds']})" if row["seeds"] > 1 else ""), *cells))
    return rows


def _cell(value: dict[str, float]) -> str:
    return f"{value['mean']:.3g} ±{(value['high'] - value['low']) / 2:.2g}"


def _over_frames(seeds: Sequence[dict[str, Values]], frames: dict[str, int]) -> dict[str, float]:
    """Sums over all frames of all sequences, over their number, of what is a mean over frames."""
    found = {}
    for key in ("lve_m2", "lve_mm", "lvme_m2", "vertex_error_mm"):
        pairs = [(values[key], frames[name]) for clips in seeds for name, values in clips.items() if key in values]
        if pairs:
            values, weights = zip(*pairs, strict=True)
            found[key] = float(np.average(values, weights=weights))
    return found
