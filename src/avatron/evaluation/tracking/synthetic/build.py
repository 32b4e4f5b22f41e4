"""The films of the plans on disk, each beside its truth; what is there already is kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from fractions import Fraction
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.errors import InvalidValueError, UnreadableFileError
from avatron.evaluation.tracking.synthetic.figure import make_figure
from avatron.evaluation.tracking.synthetic.film import encode_film
from avatron.evaluation.tracking.synthetic.lips import lip_gaps_mm
from avatron.evaluation.tracking.synthetic.performance import perform
from avatron.evaluation.tracking.synthetic.plans import BITS_PER_PIXEL, CLIPS, FPS, ClipPlan
from avatron.evaluation.tracking.synthetic.source import SourceHead, load_source_head
from avatron.evaluation.tracking.synthetic.stage import MOMENTS_PER_FRAME, Stage, bent
from avatron.evaluation.tracking.synthetic.topology import FaceTopology, arkit_weights, vertex_areas
from avatron.evaluation.tracking.synthetic.wardrobe import Wardrobe
from avatron.evaluation.tracking.truth import Truth, TruthFilm, write_truth
from avatron.face.head import HeadModel
from avatron.io.atomic import write_file
from avatron.native.pool import set_threads

__all__ = ["build_films"]

_VERSION = 1
"""Of the drawing: a change of any code that pictures or truths depend on raises it."""


def build_films(
    data: Path,
    folder: Path,
    plans: Sequence[ClipPlan] = CLIPS,
    *,
    processes: int = 2,
    progress: Callable[[float], None] = lambda share: None,
) -> list[TruthFilm]:
    """Draw what is not in `folder` yet; `data` holds `head/ict_facekit.npz` and `avatar_parts/`.

    Raises:
        UnreadableFileError: the data is not there.
        InvalidValueError: two plans of one name.
    """
    if len({plan.name for plan in plans}) != len(plans):
        raise InvalidValueError("two films have one name; give each its own")
    source = data / "head" / "ict_facekit.npz"
    for needed in (source, data / "avatar_parts" / "brows.json"):
        if not needed.is_file():
            raise UnreadableFileError(f"cannot build the films: there is no `{needed}`; give the folder that holds it")
    stamp = hashlib.sha256(source.read_bytes()).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    marks = _landmark_stamp()
    missing = [plan for plan in plans if _kept(folder, plan, stamp, marks) is None]
    if missing:
        # Long films first, so that the last process does not work alone.
        missing.sort(key=lambda plan: -plan.width * plan.height * plan.samples * (3 if plan.motion_blur else 1))
        arguments = [(data, folder, plan, stamp, marks) for plan in missing]
        with ProcessPoolExecutor(min(processes, len(missing)), get_context("spawn"), _begin) as pool:
            for number, _ in enumerate(pool.map(_build, arguments), 1):
                progress(number / len(missing))
    built = [_kept(folder, plan, stamp, marks) for plan in plans]
    assert all(clip is not None for clip in built)
    return [clip for clip in built if clip is not None]


def _begin() -> None:
    set_threads(1)


def _key(plan: ClipPlan, stamp: str) -> str:
    return hashlib.sha256(json.dumps([_VERSION, stamp, asdict(plan)]).encode()).hexdigest()


def _landmark_stamp() -> str:
    """Of where the head model has its landmarks: truths hold them, pictures do not depend on them."""
    model = HeadModel.load()
    digest = hashlib.sha256()
    for array in (model.landmark_triangle, model.landmark_barycentric, model.triangles, model.neutral):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _kept(folder: Path, plan: ClipPlan, stamp: str, marks: str | None) -> TruthFilm | None:
    """The film, if it is there and is what the plan asks for, with the truth's landmarks `marks` (None: any)."""
    place = folder / plan.name
    try:
        about: dict[str, Any] = json.loads((place / "clip.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    film, truth = place / "film.mp4", place / "truth.npz"
    if about.get("key") != _key(plan, stamp) or not film.is_file() or not truth.is_file():
        return None
    if marks is not None and about.get("landmarks") != marks:
        return None
    return TruthFilm(plan.name, film, truth, tuple(about["conditions"]))


def _conditions(plan: ClipPlan) -> list[str]:
    size = min(plan.width, plan.height)
    return [
        *plan.conditions,
        f"bit rate {plan.bit_rate}",
        "up to 360 px" if size <= 360 else "480 and 512 px" if size <= 512 else "720 and 1080 px",
        "28 and 35 mm" if plan.focal_mm <= 35 else f"{plan.focal_mm:.0f} mm",
    ]


_HEADS: dict[Path, tuple[SourceHead, FaceTopology]] = {}
"""Read once a process."""


def _build(arguments: tuple[Path, Path, ClipPlan, str, str]) -> None:
    data, folder, plan, stamp, marks = arguments
    path = data / "head" / "ict_facekit.npz"
    if path not in _HEADS:
        source = load_source_head(path)
        _HEADS[path] = source, FaceTopology.of(source, HeadModel.load())
    head, topology = _HEADS[path]
    figure = make_figure(head, Wardrobe(data / "avatar_parts"), plan)
    performance = perform(plan.motion, head.expression_names, plan.frames / FPS, FPS * MOMENTS_PER_FRAME)
    stage = Stage.of(plan, figure, performance)
    place = folder / plan.name
    place.mkdir(exist_ok=True)
    drawn = _kept(folder, plan, stamp, None) is not None
    about = json.loads((place / "clip.json").read_text(encoding="utf-8")) if drawn else {}
    (place / "clip.json").unlink(missing_ok=True)
    if not drawn:
        digest = hashlib.sha256()

        def pictures() -> Iterator[NDArray[np.uint8]]:
            for frame in range(plan.frames):
                picture = stage.picture(frame)
                digest.update(picture.tobytes())
                yield picture

        rate = round(BITS_PER_PIXEL[plan.bit_rate] * plan.width * plan.height * FPS)
        encode_film(place / "film.mp4", pictures(), Fraction(FPS), rate)
        about = {
            "key": _key(plan, stamp),
            "conditions": _conditions(plan),
            "pictures_sha256": digest.hexdigest(),
            "plan": asdict(plan),
        }
    write_truth(place / "truth.npz", _truth(stage, topology))
    about["landmarks"] = marks
    # Written last: a film is there when this is.
    write_file(place / "clip.json", json.dumps(about, indent=2) + "\n", overwrite=True)


def _truth(stage: Stage, topology: FaceTopology) -> Truth:
    plan, figure = stage.plan, stage.figure
    points, landmarks, rotations, translations, gaps = [], [], [], [], []
    for frame in range(plan.frames):
        pose = stage.posed(frame)
        points.append(pose.vertices[topology.vertices])
        around = bent(pose.vertices, plan.radial_distortion)[topology.landmark_vertices]
        landmarks.append(_projected(np.einsum("lk,lkc->lc", topology.landmark_shares, around), stage))
        rotations.append(pose.head_rotation)
        translations.append(pose.head_translation)
        gaps.append(lip_gaps_mm(pose.head_frame).max())
    moments = np.arange(plan.frames) * MOMENTS_PER_FRAME + 2
    weights, names = arkit_weights(stage.performance.weights[moments], figure.head.expression_names)
    rest = figure.seal.closed(figure.rest, 1.0)
    face = figure.head.part("M_Face").triangles
    return Truth(
        points=np.array(points),
        rest=rest[topology.vertices],
        area=vertex_areas(rest, face)[topology.vertices],
        regions=topology.regions,
        multi_pie=topology.multi_pie,
        landmarks_px=np.array(landmarks, np.float32),
        head_rotation=np.array(rotations),
        head_translation=np.array(translations),
        expression=weights,
        expression_names=names,
        gaze=stage.performance.gaze[moments].astype(np.float32),
        lip_gap_mm=np.array(gaps, np.float32),
        focal_px=stage.camera.focal_px,
        centre_px=stage.camera.centre_px,
        radial_distortion=plan.radial_distortion,
        fps=float(FPS),
        size_px=(plan.width, plan.height),
    )


def _projected(places: NDArray[Any], stage: Stage) -> NDArray[Any]:
    """[..., 2] pixels of camera-space `places` [..., 3]."""
    return np.asarray(places[..., :2] / places[..., 2:] * stage.camera.focal_px + np.asarray(stage.camera.centre_px))
