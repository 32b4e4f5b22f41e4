"""Closures of P, B and M on GRID, from pixels alone, and contours of lips on drawn people whose lips are known.

    avatron track --batch DATA/grid_s1/video -o grid-unheard --one-person --no-audio --quality landmarks
    python benchmarks/lips.py --grid DATA/grid_s1 --tracks grid-unheard [--pictures FOLDER] [--kept FOLDER]

Closures are found by three readers in turn: the distance of MediaPipe's inner lips, the lip network's slit, and each
folder of tracks. Tracks are closed below 0.5 mm; of the other two the limit is the best one on intervals that are not
scored. `--pictures` is a folder of `tools/build_lip_pictures.py` with people from
9000 on. `--kept` keeps what was seen of each clip, for the next time.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
from avatron.io.tracks import read_track
from avatron.track.landmarks.observe import observe
from avatron.track.lips.crop import EYE_SPAN_MM, crop_mouth, eye_span_px, mouth_frames
from avatron.track.lips.observations import LipObservations
from avatron.track.lips.reader import LipReader
from avatron.track.observations import FaceObservations
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


def track_gap(track: Path) -> NDArray[np.float64]:
    """[T] millimetres between the inner lips of a track, not a number where no face was seen."""
    found = read_track(track)
    return np.where(found.valid, lip_gap_of(found.motion, shipped_head(), found.identity), np.nan)


def landmark_gap(seen: FaceObservations) -> NDArray[np.float64]:
    """[T] millimetres between MediaPipe's inner lips, of a face whose eyes are as far apart as the network has them."""
    upper, lower = (seen.landmarks[:, INNER_PAIRS[:, side], :2] for side in (0, 1))
    apart = np.linalg.norm(upper - lower, axis=2).max(1)
    return np.where(seen.valid, apart / eye_span_px(seen.landmarks) * EYE_SPAN_MM, np.nan)


def closures(
    labels: Sequence[ClosureLabel], seen: Seen, tracks: Sequence[Path], progress: Callable[[str], None]
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
    for folder in tracks:
        near = nearest(scored, lambda clip, folder=folder: track_gap(folder / f"{clip}.npz"))
        best = best_limit(scored, near)
        found[folder.name] = {
            "limit_mm": CLOSED_GAP_MM,
            **score_closures(scored, near, CLOSED_GAP_MM).as_json(),
            "f1_at_its_best_limit": round(score_closures(scored, near, best).f1, 4),
            "best_limit_mm": round(best, 2),
        }
        progress(f"{folder.name}: {found[folder.name]}")
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
    parser.add_argument("--tracks", type=Path, nargs="*", default=[], help="folders of tracks of the same clips")
    arguments = parser.parse_args()
    reader = LipReader.load(arguments.reader)
    with tempfile.TemporaryDirectory() as place:
        kept = arguments.kept or Path(place)
        kept.mkdir(parents=True, exist_ok=True)
        found: dict[str, Any] = {}
        if arguments.pictures:
            found["contours"] = contours(arguments.pictures, reader)
        labels = read_closure_labels(LABELS)
        found["closures"] = closures(labels, Seen(arguments.grid / "video", kept, reader), arguments.tracks, _say)
    _say(str(write_result("lips", found)))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
