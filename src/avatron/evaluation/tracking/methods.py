"""Ways to track that are measured beside one another on the same films."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from avatron.core.track import FaceTrack
from avatron.errors import UnknownNameError
from avatron.evaluation.tracking.baseline import mediapipe_track
from avatron.evaluation.tracking.truth import Truth
from avatron.face.head import HeadModel
from avatron.io.clips import ClipInfo, probe_clip, read_frames
from avatron.track.config import EvidenceConfig, TrackConfig
from avatron.track.fit.clip_fit import ClipSize, fit_clip
from avatron.track.fit.landmark_response import LandmarkResponse
from avatron.track.fit.landmark_trust import read_again
from avatron.track.fit.state import FitState, state_to_track
from avatron.track.landmarks.follower import SeenFace
from avatron.track.lips.observations import LipObservations
from avatron.track.lips.store import LipStore
from avatron.track.observations import FaceObservations
from avatron.track.store import CHUNK_FRAMES, ObservationStore
from avatron.track.work import WorkFolder

__all__ = ["METHODS", "Film", "method_named", "open_film"]


@dataclass(frozen=True, eq=False)
class Film:
    """A clip, and what the networks see of it, which all methods share."""

    info: ClipInfo
    seen: FaceObservations
    truth: Truth | None = None
    reports: dict[str, Any] = field(default_factory=dict)
    """What methods say of their own work, by method."""
    _kept: dict[str, Any] = field(default_factory=dict)

    def lips(self) -> LipObservations:
        """What the lip network sees, found once."""
        if "lips" not in self._kept:
            from avatron.track.lips.reader import LipReader, read_lips

            reader = LipReader.load()
            pieces = []
            for start in range(0, len(self.seen), CHUNK_FRAMES):
                stop = min(start + CHUNK_FRAMES, len(self.seen))
                pieces.append(read_lips(read_frames(self.info, start, stop), self.seen.part(start, stop), reader))
            self._kept["lips"] = LipObservations.joined(pieces)
        return cast(LipObservations, self._kept["lips"])

    def points(self) -> FaceObservations:
        """The landmarks as our own network reads them again, once."""
        if "points" not in self._kept:
            from avatron.track.points.reader import PointReader
            from avatron.track.points.watcher import PointWatcher

            watcher = PointWatcher(PointReader.load())
            parts = []
            for start in range(0, len(self.seen), CHUNK_FRAMES):
                part = self.seen.part(start, min(start + CHUNK_FRAMES, len(self.seen)))
                for picture, *face in zip(
                    read_frames(self.info, start, start + len(part)),
                    part.landmarks,
                    part.presence,
                    part.blendshapes,
                    part.valid,
                    strict=True,
                ):
                    watcher.see(picture, SeenFace(*face))
                parts.append(watcher.taken(part))
            self._kept["points"] = FaceObservations.joined(parts)
        return cast(FaceObservations, self._kept["points"])

    def fit(self, model: HeadModel, *, points: bool = True, lips: bool = True) -> FitState:
        """The fit of the landmarks, read once or twice, with the lips' own network or without, made once: methods that
        refine it share it."""
        name = f"fit {id(model)} {points} {lips}"
        if name not in self._kept:
            seen = self.points() if points else self.seen
            response = read_again(EvidenceConfig()) if points else None
            self._kept[name] = _fitted(seen, self.info, model, self.lips() if lips else None, response)
        return cast(FitState, self._kept[name])


def open_film(path: Path, truth: Truth | None = None) -> Film:
    """Probe and observe a clip."""
    from avatron.track.landmarks.observe import observe

    info = probe_clip(path)
    parts = list(observe(read_frames(info)))
    return Film(info, FaceObservations.joined(parts), truth)


def _mediapipe(film: Film, model: HeadModel) -> FaceTrack:
    return mediapipe_track(film.seen, (film.info.width, film.info.height), film.info.fps, model)


def _landmarks(film: Film, model: HeadModel) -> FaceTrack:
    """The fit of MediaPipe's landmarks alone."""
    return state_to_track(film.fit(model, points=False, lips=False), film.info.fps, model, start_s=film.info.start_s)


def _points(film: Film, model: HeadModel) -> FaceTrack:
    """The fit of landmarks that were read twice."""
    return state_to_track(film.fit(model, lips=False), film.info.fps, model, start_s=film.info.start_s)


def _lips(film: Film, model: HeadModel) -> FaceTrack:
    """The fit of landmarks and of what the lip network sees: the tracker as it comes."""
    return state_to_track(film.fit(model), film.info.fps, model, start_s=film.info.start_s)


def _photometric(film: Film, model: HeadModel) -> FaceTrack:
    """The same refined by the pictures."""
    from avatron.track.photometric.config import PhotometricConfig
    from avatron.track.photometric.refine import refine

    state, look = refine(film.fit(model), film.info, PhotometricConfig(), model=model)
    film.reports["photometric"] = look.report
    return state_to_track(state, film.info.fps, model, start_s=film.info.start_s)


def _true_landmarks(film: Film, model: HeadModel) -> FaceTrack:
    """The fit of landmarks without error: what is left is the fit's own."""
    assert film.truth is not None
    marks = film.seen.landmarks.copy()
    marks[..., :2] = film.truth.landmarks_px
    seen = replace(film.seen, landmarks=marks, presence=np.ones_like(film.seen.presence), valid=film.seen.valid | True)
    state = _fitted(seen, film.info, model, response=LandmarkResponse.exact())
    return state_to_track(state, film.info.fps, model)


def _fitted(
    seen: FaceObservations,
    info: ClipInfo,
    model: HeadModel,
    lips: LipObservations | None = None,
    response: LandmarkResponse | None = None,
) -> FitState:
    size, config = ClipSize(info.width, info.height, float(info.fps)), TrackConfig()
    with WorkFolder.open(None, {}) as folder:
        store = ObservationStore(folder, len(seen))
        lip_store = None if lips is None else LipStore(folder)
        for start in range(0, len(seen), CHUNK_FRAMES):
            stop = min(start + CHUNK_FRAMES, len(seen))
            if lip_store is not None and lips is not None:
                lip_store.add(lips.part(start, stop))
            store.add([seen.part(start, stop)])
        return fit_clip(store, size, config, model, folder, lips=lip_store, response=response)


METHODS: Mapping[str, Callable[[Film, HeadModel], FaceTrack]] = {
    "mediapipe": _mediapipe,
    "landmarks": _landmarks,
    "points": _points,
    "lips": _lips,
    "photometric": _photometric,
    "true landmarks": _true_landmarks,
}
"""By name: MediaPipe's own weights on the mean head; the fit of landmarks; the same with the lips' own network, as
`avatron track` comes; that refined by the pictures; and the fit of landmarks that are known exactly, which only
films with a truth have."""


def method_named(name: str) -> Callable[[Film, HeadModel], FaceTrack]:
    """One of `METHODS`.

    Raises:
        UnknownNameError: none of that name.
    """
    if name not in METHODS:
        raise UnknownNameError("method", name, METHODS)
    return METHODS[name]
