"""Closures of P, B and M on GRID, from pixels alone, and contours of lips on drawn people whose lips are known.

    python benchmarks/lips.py --grid DATA/grid_s1 [--pictures FOLDER] [--kept FOLDER]

Closures are found by four readers in turn: the distance of MediaPipe's inner lips, the lip network's slit, the track
without what the network reads, and the track with it. Tracks are closed below 0.5 mm; of the other two the limit is the
best one on intervals that are not scored. `--pictures` is a folder of `tools/build_lip_pictures.py` with people from
9000 on. `--kept` keeps what was seen of each clip, for the next time.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.motion import FaceMotion
from avatron.evaluation.lips import CLOSED_GAP_MM, lip_gap_of
from avatron.evaluation.tracking.closures import (
    ClosureLabel,
    best_limit,
    nearest,
    read_closure_labels,
    score_closures,
)
from avatron.face.shipped import shipped_head
from avatron.io.clips import probe_clip, read_frames
from avatron.track.config import LipsConfig, TrackConfig
from avatron.track.fit.clip_fit import ClipSize, fit_clip
from avatron.track.landmarks.observe import observe
from avatron.track.lips.crop import EYE_SPAN_MM, crop_mouth, eye_span_px, mouth_frames
from avatron.track.lips.observations import LipObservations
from avatron.track.lips.reader import LipReader
from avatron.track.lips.store import LipStore
from avatron.track.observations import FaceObservations
from avatron.track.store import ObservationStore
from avatron.track.work import WorkFolder
from record import write_result

LABELS = Path(__file__).resolve().parent / "labels" / "grid_closures.json"
INNER_PAIRS = np.array([(13, 14), (82, 87), (312, 317), (81, 178), (311, 402)])
"""Upper and lower inner lips among MediaPipe's landmarks."""
Gap = Callable[[str], NDArray[Any]]


class Seen:
    """What is seen of a clip: landmarks and lips, looked at once."""

    def __init__(self, video: Path, kept: Path, reader: LipReader) -> None:
        self._video, self._kept, self._reader = video, kept, reader
        self._known: dict[str, tuple[FaceObservations, LipObservations]] = {}

    def of(self, clip: str) -> tuple[FaceObservations, LipObservations]:
        """Landmarks and lips."""
        if clip not in self._known:
            self._known[clip] = self._seen(clip)
        return self._known[clip]

    def _seen(self, clip: str) -> tuple[FaceObservations, LipObservations]:
        place = self._kept / f"{clip}.npz"
        if not place.exists():
            info = probe_clip(self._video / f"{clip}.mp4")
            crops: list[NDArray[np.uint8]] = []
            parts = observe(
                read_frames(info),
                on_face=lambda picture, face: crops.append(
                    np.asarray(crop_mouth(picture, mouth_frames(face.landmarks[None])[0]) + 0.5, np.uint8)
                ),
            )
            whole = [(part.landmarks, part.presence, part.blendshapes, part.valid) for part in parts]
            arrays = [np.concatenate(column) for column in zip(*whole, strict=True)]
            np.savez(place, *arrays, np.stack(crops))
        with np.load(place) as stored:
            landmarks, presence, blendshapes, valid, mouths = (stored[f"arr_{number}"] for number in range(5))
        seen = FaceObservations(landmarks, presence, blendshapes, valid)
        return seen, self._reader.read(mouths.astype(np.float32), mouth_frames(landmarks), valid)


def track_gap(seen: FaceObservations, lips: LipObservations | None) -> NDArray[np.float64]:
    """[T] millimetres between the inner lips of the fit of a clip of GRID, with or without what is read of the lips."""
    head = shipped_head()
    config = TrackConfig(lips=LipsConfig(used=lips is not None))
    with tempfile.TemporaryDirectory() as place, WorkFolder.open(Path(place) / "work", {}) as folder:
        store = ObservationStore(folder, len(seen))
        kept = None
        if lips is not None:
            kept = LipStore(folder)
            kept.add(lips)
        store.add([seen])
        state = fit_clip(store, ClipSize(360, 288, 25.0), config, head, folder, lips=kept)
    motion = replace(FaceMotion.at_rest(len(state)), expression=state.expression)
    return np.where(state.valid, lip_gap_of(motion, head, state.identity), np.nan)


def landmark_gap(seen: FaceObservations) -> NDArray[np.float64]:
    """[T] millimetres between MediaPipe's inner lips, of a face whose eyes are as far apart as the network has them."""
    upper, lower = (seen.landmarks[:, INNER_PAIRS[:, side], :2] for side in (0, 1))
    apart = np.linalg.norm(upper - lower, axis=2).max(1)
    return np.where(seen.valid, apart / eye_span_px(seen.landmarks) * EYE_SPAN_MM, np.nan)


def closures(
    labels: Sequence[ClosureLabel], seen: Seen, without: int, progress: Callable[[str], None]
) -> dict[str, Any]:
    """The table of readers."""
    scored, chosen_on = [one for one in labels if one.scored], [one for one in labels if not one.scored]
    found: dict[str, Any] = {}
    for name, gap_of in (
        ("landmarks", lambda clip: landmark_gap(seen.of(clip)[0])),
        ("network", lambda clip: seen.of(clip)[1].slit_mm),
    ):
        limit = best_limit(chosen_on, nearest(chosen_on, gap_of))
        near = nearest(scored, gap_of)
        found[name] = {
            "limit_mm": round(limit, 3),
            "chosen_on": len(chosen_on),
            **score_closures(scored, near, limit).as_json(),
            "f1_at_0.5_mm": round(score_closures(scored, near, CLOSED_GAP_MM).f1, 4),
        }
        progress(f"{name}: {found[name]}")
    for name, used, part in (("track", True, scored), ("track without lips", False, scored[:without])):
        started, gaps = time.monotonic(), []
        for number, label in enumerate(part):
            face, lips = seen.of(label.clip)
            gap = track_gap(face, lips if used else None)
            gaps.append(float(nearest([label], {label.clip: gap}.__getitem__)[0]))
            if number % 25 == 24:
                left_s = (time.monotonic() - started) / (number + 1) * (len(part) - number - 1)
                progress(f"{name}: {number + 1} of {len(part)} clips, {left_s / 60:.1f} min left")
        near = np.array(gaps)
        best = best_limit(part, near)
        found[name] = {
            "limit_mm": CLOSED_GAP_MM,
            **score_closures(part, near, CLOSED_GAP_MM).as_json(),
            "f1_at_its_best_limit": round(score_closures(part, near, best).f1, 4),
            "best_limit_mm": round(best, 2),
        }
        progress(f"{name}: {found[name]}")
    return found


def contours(pictures: Path, reader: LipReader) -> dict[str, Any]:
    """How far the network's points lie from the true ones, on people that it was not trained on."""
    from avatron.training.lips.augment import straight
    from avatron.training.lips.pictures import read_lip_pictures

    drawn = read_lip_pictures(pictures)
    made = [straight(picture, points) for picture, points in zip(drawn.pictures, drawn.points, strict=True)]
    crops, truth = np.stack([one for one, _ in made]).astype(np.float32), np.stack([two for _, two in made])
    still = np.tile(np.array([[1.0, 0, 0], [0, 1.0, 0]]), (len(crops), 1, 1))
    lips = reader.read(crops, still, np.ones(len(crops), bool))
    distance_mm = 0.9 * np.linalg.norm(lips.points - truth, axis=2)
    near = drawn.slit_mm < 4
    return {
        "pictures": len(drawn),
        "people": len(np.unique(drawn.person)),
        "outer_mm": round(float(distance_mm[:, :20].mean()), 3),
        "inner_mm": round(float(distance_mm[:, 20:].mean()), 3),
        "share_of_eye_distance": round(float(distance_mm.mean() / EYE_SPAN_MM), 4),
        "slit_error_mm": round(float(np.abs(lips.slit_mm - drawn.slit_mm).mean()), 3),
        "slit_error_below_4_mm": round(float(np.abs(lips.slit_mm - drawn.slit_mm)[near].mean()), 3),
    }


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description="closures and contours of lips")
    parser.add_argument("--grid", type=Path, required=True, help="folder with video/")
    parser.add_argument("--pictures", type=Path, help="folder of drawn people that were held out")
    parser.add_argument("--kept", type=Path, help="folder for what was seen of each clip")
    parser.add_argument("--reader", type=Path, help="another lip reader's folder")
    parser.add_argument("--without", type=int, default=300, help="intervals that are tracked without lips, too")
    arguments = parser.parse_args()
    reader = LipReader.load(arguments.reader)
    with tempfile.TemporaryDirectory() as place:
        kept = arguments.kept or Path(place)
        kept.mkdir(parents=True, exist_ok=True)
        found: dict[str, Any] = {}
        if arguments.pictures:
            found["contours"] = contours(arguments.pictures, reader)
        labels = read_closure_labels(LABELS)
        found["closures"] = closures(labels, Seen(arguments.grid / "video", kept, reader), arguments.without, _say)
    _say(str(write_result("lips", found)))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
