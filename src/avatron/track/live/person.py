"""Who is in front of the camera: found after a second, and better as more is seen."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from avatron.errors import AvatronError
from avatron.face.head import HeadModel, PosedHead
from avatron.track.fit.bundle import solve_bundle
from avatron.track.fit.frames import Evidence, FrameEnergies
from avatron.track.fit.keyframes import chosen_key_frames
from avatron.track.fit.landmark_basis import LandmarkBasis
from avatron.track.fit.landmark_response import LandmarkResponse
from avatron.track.fit.landmark_trust import landmark_share
from avatron.track.fit.lens import Lens, field_of_view_focal_px
from avatron.track.fit.parameters import fitted_from_weights
from avatron.track.fit.start import started, with_tongue
from avatron.track.lips.evidence import LipBasis
from avatron.track.live.config import LiveConfig
from avatron.track.live.solver import KnownPerson

__all__ = ["PersonFinder"]

_MOST_KEPT = 240
"""Frames that are remembered; when there are more, every other one goes."""
_LEAST_FRAMES = 8


@dataclass(frozen=True, eq=False)
class _Kept:
    landmarks: NDArray[np.float32]
    blendshapes: NDArray[np.float32]


class PersonFinder:
    """Collects frames, and now and then finds identity and camera from them, beside the tracking or in its stead."""

    def __init__(self, model: HeadModel, size: tuple[int, int], config: LiveConfig, *, beside: bool) -> None:
        """For pictures of `size` (width, height) px; `beside` solves in a thread, so that no frame has to wait."""
        self._model, self._config, self._beside = model, config, beside
        self._response = LandmarkResponse.load()
        self._basis = LandmarkBasis.of(model).seen_as(self._response)
        share = landmark_share(config.track.evidence, self._response)
        self._energies = FrameEnergies.of(config.track, share, self._response)
        focal_px = config.track.bundle.focal_px or field_of_view_focal_px(
            *size, config.track.bundle.field_of_view_degrees
        )
        lens = Lens(*size, focal_px)
        nobody = np.zeros(model.identity_modes)
        lips = self._lips(model.posed(nobody.astype(np.float32)))
        self.person = KnownPerson(self._basis.mean, lens, nobody, calibrated=False, lips=lips)
        """As far as is known now."""
        self._kept: list[_Kept] = []
        self._every, self._count = 1, 0
        self._visible_s = 0.0
        self._next_s, self._wait_s = config.calibration_s, config.refine_every_s
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None

    def see(self, landmarks: NDArray[np.float32], blendshapes: NDArray[np.float32], elapsed_s: float) -> None:
        """Remember a frame with a face, [478, 3] px and [52], and find the person again when it is time to."""
        if self._failure is not None:
            raise self._failure
        if self._count % self._every == 0:
            self._kept.append(_Kept(landmarks.copy(), blendshapes.copy()))
            if len(self._kept) >= _MOST_KEPT:
                self._kept = self._kept[::2]
                self._every *= 2
        self._count += 1
        self._visible_s += elapsed_s
        busy = self._thread is not None and self._thread.is_alive()
        if self._visible_s < self._next_s or len(self._kept) < _LEAST_FRAMES or busy:
            return
        self._next_s = self._visible_s + self._wait_s if self._wait_s <= self._config.longest_refine_s else np.inf
        self._wait_s *= 2
        kept = list(self._kept)
        if self._beside:
            self._thread = threading.Thread(target=self._find, args=(kept,), name="avatron-person", daemon=True)
            self._thread.start()
        else:
            self._find(kept)

    def _find(self, kept: list[_Kept]) -> None:
        try:
            self.person = self._found(kept)
        except AvatronError:
            # Landmarks that contradict each other: what is known stays, and more frames are waited for.
            return
        except BaseException as error:
            self._failure = error

    def _found(self, kept: list[_Kept]) -> KnownPerson:
        landmarks = np.stack([one.landmarks for one in kept])
        blendshapes = np.stack([one.blendshapes for one in kept])
        valid = np.ones(len(kept), bool)
        track, lens = self._config.track, self.person.lens
        start = started(self._basis.mean, lens, landmarks, blendshapes, track.expression.guess_share)
        keys = chosen_key_frames(start, blendshapes, valid, self._config.key_frames)
        evidence = Evidence(
            np.ascontiguousarray(landmarks[keys, :, :2]),
            valid[keys],
            fitted_from_weights(with_tongue(blendshapes[keys])),
            np.zeros(landmarks[keys].shape[:2], np.float32),
        )
        found = solve_bundle(
            self._basis, self._energies, track.bundle, evidence, start.part(keys), lens, self._response.person_spread
        )
        head = self._model.posed(found.identity.astype(np.float32))
        person = LandmarkBasis.of_posed(head).seen_as(self._response).moved_by(found.offset)
        return KnownPerson(person, found.lens, found.identity, calibrated=True, lips=self._lips(head))

    def _lips(self, head: PosedHead) -> LipBasis | None:
        return LipBasis.of(head) if self._config.track.lips.used else None
