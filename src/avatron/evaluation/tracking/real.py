"""Tracks of real people, of whom no truth is known: what can be said from their pictures alone.

Reprojection says how well a model explains the landmarks that it was fitted to, not how right it is; the picture itself
is the judge that no stage fits to on held-out frames, and the closures are labelled from pixels by other code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.camera import Camera
from avatron.errors import InputError, UnreadableFileError
from avatron.evaluation.lips import CLOSED_GAP_MM
from avatron.evaluation.measurement import measured_mean
from avatron.evaluation.tracking.closures import ClosureLabel, best_limit, nearest, score_closures
from avatron.evaluation.tracking.measures import jitter_mm
from avatron.evaluation.tracking.methods import Film, method_named, open_film
from avatron.evaluation.tracking.predicted import TrackedHead, face_surface
from avatron.face.head import HeadModel
from avatron.face.shipped import shipped_head
from avatron.io.clips import read_frames
from avatron.native.mesh import VertexNormals
from avatron.native.raster import interpolate, rasterize

__all__ = ["RealError", "face_psnr_db", "measure_clip", "measure_real", "still_passages"]

Floats = NDArray[np.float64]

_HELD_OUT_EVERY = 5
_FACING = 0.25
"""Vertices seen at a flatter angle have no say in the colour of the face."""
_STILL_SHARE = 0.004
"""A passage is still where landmarks, smoothed, move by less than this share of the eyes' distance a frame."""
_STILL_FRAMES = 8
_SMOOTHED_FRAMES = 5
_IRISES = (468, 473)
_LIPS_OUTER = (
    *(61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291),
    *(375, 321, 405, 314, 17, 84, 181, 91, 146),
)
_LIPS_INNER = (
    *(78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308),
    *(324, 318, 402, 317, 14, 87, 178, 88, 95),
)


@dataclass(frozen=True)
class RealError:
    """What one track leaves unexplained of one clip."""

    frames: int
    valid_share: float
    landmark_px: float
    """Mean distance of the model's landmarks from those seen."""
    landmark_percent: float
    """The same in percent of the distance of the irises."""
    lip_contour_percent: float
    """Mean distance of the lips' landmarks from the model's contours, percent of the distance of the irises."""
    psnr_db: float | None
    """Of the face's pixels on held-out frames; None of a clip too short to have any."""
    jitter_mm: float | None
    """In still passages, mm per frame squared; None where the clip has none."""
    gap_mm: tuple[float, ...]
    """The lips' gap in each frame, NaN where it is not valid."""

    def as_json(self) -> dict[str, Any]:
        """All but the gaps, rounded."""
        return {
            key: round(value, 4) if isinstance(value, float) else value
            for key, value in vars(self).items()
            if key != "gap_mm"
        }


def measure_real(
    data: Path,
    methods: Sequence[str],
    *,
    most: int = 20,
    labels: Sequence[ClosureLabel] = (),
    model: HeadModel | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> dict[str, Any]:
    """All `methods` on the clips of `data/clips` and on `most` of `data/grid_s1/video`: rows, means and closures.

    With `labels`, the clips of GRID are those that have some, and closures are scored.

    Raises:
        UnreadableFileError: no clip in `data`.
        UnknownNameError: an unknown method.
    """
    model = model or shipped_head()
    ways = {name: method_named(name) for name in methods}
    groups = {
        "clips": sorted((data / "clips").glob("*.mp4")),
        "grid": _grid(data / "grid_s1" / "video", labels, most),
    }
    total = sum(len(paths) for paths in groups.values())
    if not total:
        raise UnreadableFileError(f"no film of a real person in `{data}`: expected `clips/` or `grid_s1/video/`")
    result: dict[str, Any] = {"rows": {}, "means": {}}
    gaps: dict[str, dict[str, NDArray[Any]]] = {name: {} for name in ways}
    done = 0
    for group, paths in groups.items():
        rows: dict[str, dict[str, Any]] = {}
        for path in paths:
            film = open_film(path)
            rows[path.stem] = {}
            for name, track in ways.items():
                try:
                    error = measure_clip(film, TrackedHead(track(film, model), model))
                    rows[path.stem][name] = error.as_json()
                    gaps[name][path.stem] = np.array(error.gap_mm)
                except InputError as reason:
                    rows[path.stem][name] = {"failed": str(reason)}
            done += 1
            progress(done / total)
        result["rows"][group] = rows
        result["means"][group] = {name: _means([row[name] for row in rows.values()]) for name in ways}
    if labels:
        result["closures"] = {name: _closures(labels, found) for name, found in gaps.items()}
    return result


def measure_clip(film: Film, head: TrackedHead) -> RealError:
    """What `head` leaves unexplained of `film`."""
    track, model = head.track, head.model
    rows = np.flatnonzero(track.valid & film.seen.valid).tolist()
    if not rows:
        raise InputError(f"`{film.info.path}` has no frame that is valid; there is nothing to measure")
    seen = film.seen.landmarks[..., :2].astype(np.float64)
    eyes = np.linalg.norm(seen[:, _IRISES[0]] - seen[:, _IRISES[1]], axis=-1)
    off, off_lips, places = [], [], {}
    gap = np.full(len(track), np.nan)
    contours = [model.contours[name] for name in ("lips_outer", "lips_inner")]
    for frame in rows:
        vertices = head.vertices(frame)
        points = model.landmarks(vertices)
        places[frame] = points[:468]
        off.append(np.linalg.norm(head.project(points) - seen[frame], axis=1).mean())
        lips = [
            _to_polyline(seen[frame, list(numbers)], head.project(vertices[rim]))
            for numbers, rim in zip((_LIPS_OUTER, _LIPS_INNER), contours, strict=True)
        ]
        off_lips.append(np.concatenate(lips).mean())
        gap[frame] = head.lip_gap_mm(frame)
    still = [passage for passage in still_passages(seen, film.seen.valid) if all(frame in places for frame in passage)]
    shaking = [jitter_mm(np.array([places[frame] for frame in passage])) for passage in still]
    between = eyes[rows]
    return RealError(
        frames=len(track),
        valid_share=float(track.valid.mean()),
        landmark_px=float(np.mean(off)),
        landmark_percent=float(100 * np.mean(off / between)),
        lip_contour_percent=float(100 * np.mean(off_lips / between)),
        psnr_db=face_psnr_db(film, head),
        jitter_mm=float(np.average(shaking, weights=[len(passage) for passage in still])) if still else None,
        gap_mm=tuple(gap.tolist()),
    )


def still_passages(seen: NDArray[Any], valid: NDArray[np.bool_]) -> list[range]:
    """Frames in which a face holds still, of landmarks `seen` [T, 478, 2]: judged by them, not by any track."""
    count = len(seen)
    if count < _STILL_FRAMES + _SMOOTHED_FRAMES:
        return []
    kernel = np.ones(_SMOOTHED_FRAMES) / _SMOOTHED_FRAMES
    half = _SMOOTHED_FRAMES // 2
    flat = seen.reshape(count, -1)
    padded = np.pad(flat, ((half, half), (0, 0)), mode="edge")
    smooth = np.stack([np.convolve(column, kernel, "valid") for column in padded.T], 1).reshape(seen.shape)
    eyes = np.linalg.norm(smooth[:, _IRISES[0]] - smooth[:, _IRISES[1]], axis=-1)
    speed = np.linalg.norm(np.diff(smooth, axis=0), axis=-1).mean(1) / np.maximum(eyes[1:], 1e-6)
    still = np.concatenate([[False], (speed < _STILL_SHARE) & valid[1:] & valid[:-1], [False]])
    edges = np.flatnonzero(np.diff(still.astype(np.int8))).reshape(-1, 2)
    return [range(int(start), int(stop)) for start, stop in edges if stop - start >= _STILL_FRAMES]


def face_psnr_db(film: Film, head: TrackedHead) -> float | None:
    """PSNR of the face's pixels on every fifth frame, drawn with what its vertices showed on the others, decibels.

    The colour of a vertex is its mean over the frames that see it; a gain and an offset a channel, from the frame
    itself, take up the light. All methods get this same, plain appearance, so that only the geometry tells them apart.
    """
    surface = face_surface(head.model)
    triangles = surface.vertices[surface.triangles].astype(np.int32)
    used = surface.vertices
    normals_of = VertexNormals(triangles, len(head.model.neutral))
    info, track = film.info, head.track
    camera = Camera(info.width, info.height, track.camera.focal_px, track.camera.centre_px, np.eye(3), np.zeros(3))
    total, weight = np.zeros((len(head.model.neutral), 3)), np.zeros((len(head.model.neutral), 1))
    for frame, picture in enumerate(read_frames(info)):
        if track.valid[frame] and frame % _HELD_OUT_EVERY != _HELD_OUT_EVERY - 1:
            places = _bent(head.vertices(frame), track.radial_distortion)
            facing = _facing(places, normals_of)[used]
            pixels = (places[used, :2] / places[used, 2:]) * camera.focal_px + np.asarray(camera.centre_px)
            colour = _sampled(picture, pixels)
            share = np.where(facing > _FACING, facing, 0.0)[:, None]
            total[used] += share * colour
            weight[used] += share
    colours = (total / np.maximum(weight, 1e-9)).astype(np.float32)
    known = (weight[:, 0] > 0.5).astype(np.float32)[:, None]
    squares, count = 0.0, 0
    for frame, picture in enumerate(read_frames(info)):
        if not track.valid[frame] or frame % _HELD_OUT_EVERY != _HELD_OUT_EVERY - 1:
            continue
        places = _bent(head.vertices(frame), track.radial_distortion)
        drawn = rasterize(places, triangles, camera)
        values = interpolate(drawn, triangles, np.concatenate([colours, known], 1))
        inside = drawn.covered & (values[..., 3] > 0.99)
        if inside.sum() < 100:
            continue
        shown, wanted = values[inside, :3].astype(np.float64), picture[inside].astype(np.float64)
        spread = np.maximum(shown.var(0), 1e-9)
        gain = ((shown - shown.mean(0)) * (wanted - wanted.mean(0))).mean(0) / spread
        off = (shown - shown.mean(0)) * gain + wanted.mean(0) - wanted
        squares += float(np.square(off).sum())
        count += off.size
    return float(10 * np.log10(255**2 * count / max(squares, 1e-9))) if count else None


def _grid(folder: Path, labels: Sequence[ClosureLabel], most: int) -> list[Path]:
    """Clips that have labels, scored ones first, or the first ones; at most so many."""
    if labels:
        names = list(dict.fromkeys(label.clip for label in sorted(labels, key=lambda label: not label.scored)))
        every = [folder / f"{name}.mp4" for name in names]
        return [path for path in every if path.is_file()][:most]
    return sorted(folder.glob("*.mp4"))[:most]


def _closures(labels: Sequence[ClosureLabel], gaps: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """Scores at half a millimetre, and at the limit that is best on the labels that are not scored."""
    of = {
        scored: [label for label in labels if label.scored is scored and label.clip in gaps] for scored in (True, False)
    }
    if not of[True]:
        return {"intervals": 0}
    reached = nearest(of[True], lambda clip: gaps[clip])
    result: dict[str, Any] = {
        "intervals": len(of[True]),
        "at_half_a_millimetre": score_closures(of[True], reached, CLOSED_GAP_MM).as_json(),
    }
    if of[False]:
        limit = best_limit(of[False], nearest(of[False], lambda clip: gaps[clip]))
        result["at_chosen_limit"] = {"limit_mm": round(limit, 3), **score_closures(of[True], reached, limit).as_json()}
    return result


def _means(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    good = [row for row in rows if "failed" not in row]
    result: dict[str, Any] = {"clips": len(good), "failed": len(rows) - len(good)}
    units = {
        "landmark_px": "px",
        "landmark_percent": "% of the eyes' distance",
        "lip_contour_percent": "% of the eyes' distance",
        "psnr_db": "dB",
        "jitter_mm": "mm/frame^2",
        "valid_share": "share",
    }
    for name, unit in units.items():
        values = [row[name] for row in good if row[name] is not None]
        if values:
            better = "higher" if name in ("psnr_db", "valid_share") else "lower"
            result[name] = measured_mean(name, values, unit=unit, better=better).as_json()  # type: ignore[arg-type]
    return result


def _bent(places: Floats, k1: float) -> NDArray[np.float32]:
    """[V, 3] where the lens shows what is at `places`."""
    flat = places[:, :2] / np.maximum(places[:, 2:], 1e-6)
    grown = 1 + k1 * (flat**2).sum(1, keepdims=True)
    return np.concatenate([places[:, :2] * grown, places[:, 2:]], 1).astype(np.float32)


def _facing(places: NDArray[np.float32], normals_of: VertexNormals) -> Floats:
    """[V] cosine of the angle between each vertex's normal and the way to the camera."""
    towards = -places / np.linalg.norm(places, axis=1, keepdims=True)
    return np.asarray((normals_of.of(places) * towards).sum(1), np.float64)


def _sampled(picture: NDArray[np.uint8], pixels: Floats) -> Floats:
    """[N, 3] bilinear colours at `pixels` [N, 2]."""
    height, width = picture.shape[:2]
    x, y = np.clip(pixels[:, 0] - 0.5, 0, width - 1.001), np.clip(pixels[:, 1] - 0.5, 0, height - 1.001)
    left, top = x.astype(int), y.astype(int)
    across, down = (x - left)[:, None], (y - top)[:, None]
    upper = picture[top, left] * (1 - across) + picture[top, left + 1] * across
    lower = picture[top + 1, left] * (1 - across) + picture[top + 1, left + 1] * across
    return np.asarray(upper * (1 - down) + lower * down, np.float64)


def _to_polyline(points: Floats, loop: Floats) -> Floats:
    """[N] distance of `points` [N, 2] from a closed polyline through `loop` [C, 2]."""
    along = np.roll(loop, -1, 0) - loop
    from_start = points[:, None] - loop[None]
    share = (from_start * along).sum(-1) / np.maximum((along**2).sum(-1), 1e-12)
    foot = np.clip(share, 0, 1)[..., None] * along
    return np.asarray(np.linalg.norm(from_start - foot, axis=-1).min(1))
