"""The fit of a whole clip: key frames, camera and identity, then every frame; in memory that does not grow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.rotation import matrix_to_axis_angle
from avatron.errors import InputError
from avatron.face.head import HeadModel
from avatron.native.pool import threads
from avatron.track.config import TrackConfig
from avatron.track.fit.bundle import solve_bundle
from avatron.track.fit.frames import Evidence, FrameEnergies
from avatron.track.fit.keyframes import chosen_key_frames
from avatron.track.fit.landmark_basis import LandmarkBasis, PersonLandmarks
from avatron.track.fit.landmark_response import LandmarkResponse
from avatron.track.fit.landmark_trust import landmark_share
from avatron.track.fit.lens import Lens, field_of_view_focal_px
from avatron.track.fit.parameters import fitted_from_weights, weights_from_fitted
from avatron.track.fit.person import PersonBefore, read_person, write_person
from avatron.track.fit.pose_model import FrameUnknowns, landmark_places
from avatron.track.fit.seen_torso import torso_as_seen
from avatron.track.fit.sequence import FurtherEvidence, Window, solve_window, temporal_energy, windows
from avatron.track.fit.start import started, with_tongue
from avatron.track.fit.state import FitState
from avatron.track.fit.torso import torso_from_head
from avatron.track.lips.evidence import LipBasis, LipEvidence
from avatron.track.lips.store import LipStore
from avatron.track.observations import FaceObservations
from avatron.track.speech.contacts import ClosureEvidence
from avatron.track.store import CHUNK_FRAMES, ObservationStore
from avatron.track.torso.store import TorsoStore
from avatron.track.work import WorkFolder

__all__ = ["ClipSize", "find_person", "fit_clip"]

Progress = Callable[[str, int, int], None]
Floats = NDArray[np.float64]

_MOST_WINDOWS = 4
"""Windows that are solved at a time; each needs some 50 MB."""
_MOST_CANDIDATES = 3000
"""Frames among which key frames are chosen."""


@dataclass(frozen=True)
class ClipSize:
    """What the fit has to know of a clip."""

    width: int
    height: int
    fps: float


def fit_clip(
    store: ObservationStore,
    size: ClipSize,
    config: TrackConfig,
    model: HeadModel,
    folder: WorkFolder,
    on_progress: Progress | None = None,
    *,
    lips: LipStore | None = None,
    closures: ClosureEvidence | None = None,
    person: PersonBefore | None = None,
    response: LandmarkResponse | None = None,
    torso: TorsoStore | None = None,
) -> FitState:
    """Identity, camera, and all frames of a clip whose observations are in `store`, and those of its lips in `lips`.

    `closures` is what the sound says of the lips in all frames; it has a say where theirs are seen. `person` is who is
    seen through which lens, where that is known; otherwise it is found in the clip. `response` is how the landmarks
    were seen; None: by MediaPipe's networks. `torso` is what was seen of it; None leaves it its share in the head's
    motion.

    Raises:
        InvalidValueError: a `person` before another camera.
        InputError: no frame shows a face that can be trusted.
        OutputError: unfinished work cannot be written.
    """
    response = response or LandmarkResponse.load()
    if person is None:
        person = _kept_person(
            folder, lambda: find_person(_candidates(store, config.learned_frames), size, config, model, response)
        )
    person.check_size(size.width, size.height)
    identity, lens = person.identity, person.lens
    head = model.posed(identity.astype(np.float32))
    landmarks = LandmarkBasis.of_posed(head).seen_as(response).moved_by(person.offset)
    share = landmark_share(config.evidence, response, lips_are_read=lips is not None)
    energies = FrameEnergies.of(config, share, response)
    lip_basis = None if lips is None else LipBasis.of(head)

    def solve(number: int, window: Window) -> None:
        if folder.has(_name(number)):
            return
        further = []
        if lips is not None and lip_basis is not None:
            seen, contact = lips.read(window.start, window.stop), None
            if closures is not None:
                heard = closures.part(window.start, window.stop)
                contact = heard.contacts_with(seen.closed).astype(np.float64)
                seen = replace(seen, closed=heard.fused_with(seen.closed))
            further.append(LipEvidence(lip_basis, seen, config.lips, contact))
        folder.write(_name(number), _solved(store, window, landmarks, lens, energies, config, size.fps, further))

    # Windows know nothing of each other; as many are solved at a time as there are cores, so that memory stays.
    together = min(threads(), _MOST_WINDOWS)
    numbered = list(enumerate(windows(store.frames, config.sequence)))
    with ThreadPoolExecutor(together, "avatron-fit") as pool:
        for first in range(0, len(numbered), together):
            part = numbered[first : first + together]
            for _ in pool.map(lambda one: solve(*one), part):
                pass
            if on_progress is not None:
                on_progress("fit", part[-1][1].keep_stop, store.frames)
    return _gathered(store.frames, folder, config, identity, lens, model, size.fps, torso)


def find_person(
    seen: FaceObservations,
    size: ClipSize,
    config: TrackConfig,
    model: HeadModel,
    response: LandmarkResponse | None = None,
) -> PersonBefore:
    """Who is seen through which lens in frames of one clip, or of several of one person before one camera.

    `response` is how the landmarks were seen; None: by MediaPipe's networks.

    Raises:
        InputError: no frame shows a face that can be trusted.
    """
    focal_px = config.bundle.focal_px or field_of_view_focal_px(
        size.width, size.height, config.bundle.field_of_view_degrees
    )
    lens = Lens(size.width, size.height, focal_px)
    response = response or LandmarkResponse.load()
    basis = LandmarkBasis.of(model).seen_as(response)
    if not seen.valid.any():
        raise InputError(
            "no frame of the clip shows a face that can be trusted; record one person, from the front, the face larger"
        )
    start = started(basis.mean, lens, seen.landmarks, seen.blendshapes, config.expression.guess_share)
    keys = chosen_key_frames(start, seen.blendshapes, seen.valid, config.bundle.key_frames)
    evidence = _evidence(seen, config).part(keys)
    energies = FrameEnergies.of(config, landmark_share(config.evidence, response), response)
    found = solve_bundle(basis, energies, config.bundle, evidence, start.part(keys), lens, response.person_spread)
    return PersonBefore(found.identity, found.offset, found.lens)


def _kept_person(folder: WorkFolder, find: Callable[[], PersonBefore]) -> PersonBefore:
    """What `find` finds, once in the life of `folder`."""
    path = folder.path / "person.npz"
    if not path.is_file():
        write_person(path, find())
    return read_person(path)


def _candidates(store: ObservationStore, learned_frames: int | None) -> FaceObservations:
    """Frames from all over what may be learned from, at most `_MOST_CANDIDATES` of them."""
    frames = store.frames if learned_frames is None else min(store.frames, learned_frames)
    stride = -(-frames // _MOST_CANDIDATES)
    parts = []
    for start in range(0, frames, CHUNK_FRAMES):
        part = store.read(start, min(start + CHUNK_FRAMES, frames))
        parts.append(part.chosen(np.arange(-start % stride, len(part), stride)))
    return FaceObservations.joined(parts)


def _evidence(seen: FaceObservations, config: TrackConfig) -> Evidence:
    return Evidence(
        np.ascontiguousarray(seen.landmarks[..., :2]),
        seen.valid & (seen.presence >= config.evidence.minimum_presence),
        fitted_from_weights(with_tongue(seen.blendshapes)),
        seen.deviation,
    )


def _solved(
    store: ObservationStore,
    window: Window,
    person: PersonLandmarks,
    lens: Lens,
    energies: FrameEnergies,
    config: TrackConfig,
    fps: float,
    further: Sequence[FurtherEvidence],
) -> dict[str, NDArray[Any]]:
    seen = store.read(window.start, window.stop)
    evidence = _evidence(seen, config)
    start = started(person, lens, seen.landmarks, seen.blendshapes, config.expression.guess_share)
    start = start.part(nearest_valid(evidence.valid))
    temporal = temporal_energy(config.sequence, fps)
    found = solve_window(person, lens, energies, temporal, evidence, start, config.sequence.iterations, further=further)
    kept = slice(window.keep_start - window.start, window.keep_stop - window.start)
    found, evidence = found.part(kept), evidence.part(kept)
    offsets = energies.sliding(person, found)
    pixels = lens.project(landmark_places(person, found, offsets)).pixels
    error_px = np.sqrt(np.square(pixels - evidence.seen).sum(-1).mean(-1))
    finite = np.isfinite(found.fitted).all(1) & np.isfinite(found.rotation).all((1, 2)) & np.isfinite(error_px)
    return {
        "rotation": found.rotation,
        "translation": found.translation,
        "fitted": found.fitted,
        "gaze": found.gaze,
        "valid": evidence.valid & finite,
        "landmark_error": np.where(evidence.valid & finite, error_px, 0.0).astype(np.float32),
    }


def nearest_valid(valid: NDArray[np.bool_]) -> NDArray[np.int64]:
    """[T] for each frame the nearest valid one; itself where there is none at all."""
    numbers = np.arange(len(valid))
    rows = np.flatnonzero(valid)
    if not len(rows):
        return numbers
    place = np.searchsorted(rows, numbers)
    before, after = rows[np.maximum(place - 1, 0)], rows[np.minimum(place, len(rows) - 1)]
    return np.asarray(np.where(np.abs(numbers - before) <= np.abs(after - numbers), before, after))


def _gathered(
    frames: int,
    folder: WorkFolder,
    config: TrackConfig,
    identity: Floats,
    lens: Lens,
    model: HeadModel,
    fps: float,
    seen_torso: TorsoStore | None,
) -> FitState:
    names = ("rotation", "translation", "fitted", "gaze", "valid", "landmark_error")
    parts = [folder.read(_name(number), *names) for number, _ in enumerate(windows(frames, config.sequence))]
    whole = {name: np.concatenate([part[name] for part in parts]) for name in names}
    unknowns = FrameUnknowns(*(whole[name] for name in names[:4]))
    joints = np.asarray(model.posed(identity.astype(np.float32)).joints)
    head = unknowns.rotation, unknowns.translation
    torso = torso_from_head(*head, whole["valid"], joints, fps)
    if seen_torso is not None:
        torso = torso_as_seen(torso, head, whole["valid"], joints, lens, seen_torso.read(frames), fps)
    return FitState(
        identity=identity.astype(np.float32),
        displacement=np.zeros((0, 3), np.float32),
        camera=lens,
        expression=weights_from_fitted(unknowns.fitted, unknowns.gaze),
        gaze=unknowns.gaze.astype(np.float32),
        head_rotation=matrix_to_axis_angle(unknowns.rotation),
        head_translation=unknowns.translation,
        torso_rotation=matrix_to_axis_angle(torso.rotation),
        torso_translation=torso.translation,
        valid=whole["valid"],
        landmark_error=whole["landmark_error"],
    )


def _name(number: int) -> str:
    return f"window-{number:06d}"
