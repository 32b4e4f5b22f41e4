"""From the file of a clip to the track of its person: the stages in order, each of them kept until the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatron.core.track import FaceTrack
from avatron.errors import InputError, InvalidValueError
from avatron.face.head import HeadModel
from avatron.face.shipped import shipped_head
from avatron.io.clips import ClipInfo, probe_clip, read_frames
from avatron.track.config import TrackConfig
from avatron.track.fit.clip_fit import ClipSize, find_person, fit_clip
from avatron.track.fit.landmark_response import LandmarkResponse
from avatron.track.fit.landmark_trust import read_again
from avatron.track.fit.person import PersonBefore
from avatron.track.fit.state import state_to_track
from avatron.track.landmarks.follower import FollowerConfig, SeenFace
from avatron.track.landmarks.landmarker import FaceLandmarker
from avatron.track.landmarks.observe import observe
from avatron.track.lips.reader import LipReader
from avatron.track.lips.store import LipStore
from avatron.track.lips.watcher import LipWatcher
from avatron.track.observations import FaceObservations
from avatron.track.photometric.appearance import Appearance
from avatron.track.photometric.refine import refine
from avatron.track.points.reader import PointReader
from avatron.track.points.watcher import PointWatcher
from avatron.track.speech.clip import evidence_of_clip
from avatron.track.speech.evidence import check_audio_offset
from avatron.track.speech.sound import HeardSound
from avatron.track.store import CHUNK_FRAMES, ObservationStore
from avatron.track.subject import LARGEST, find_subject
from avatron.track.torso.store import TorsoStore
from avatron.track.torso.watcher import TorsoWatcher
from avatron.track.work import WorkFolder, file_sha256

__all__ = ["Tracker"]

Progress = Callable[[str, int, int], None]
"""Called with the stage (`landmarks`, `fit`, `photometric`), the frames that are done, and the frames of the clip."""

_LOOKS_A_CLIP = 12
"""Frames of each clip that are looked at to find who is seen in all of them."""
_VERSION = 3
"""Of what is kept in work folders; unfinished work of another version is done again."""


class Tracker:
    """Finds one person's face in clips."""

    def __init__(
        self, config: TrackConfig | None = None, model: HeadModel | None = None, person: PersonBefore | None = None
    ) -> None:
        """With the head of the package, unless another one is given; `person` is who is seen through which lens in all
        clips, where that is known."""
        self.config = config or TrackConfig()
        self.model = model or shipped_head()
        self.person = person

    def find_person(
        self, paths: Sequence[Path], *, on_progress: Callable[[int, int], None] | None = None
    ) -> PersonBefore:
        """Who is seen through which lens, from several clips of one person before one camera.

        Raises:
            UnreadableFileError: a clip cannot be read.
            InvalidValueError: no clip, or clips of different sizes.
            InputError: none shows a face that can be trusted.
        """
        infos = [probe_clip(path) for path in paths]
        sizes = {(info.width, info.height) for info in infos}
        if len(sizes) != 1:
            told = ", ".join(f"{width}x{height}" for width, height in sorted(sizes)) or "none"
            raise InvalidValueError(f"clips of one person before one camera have one size; here: {told}")
        seen: list[FaceObservations] = []
        for number, info in enumerate(infos):
            every = max(1, info.frames // _LOOKS_A_CLIP)
            points = self._points()
            frames = islice(read_frames(info), every // 2, None, every)
            landmarker = FaceLandmarker.load()
            for part in observe(
                frames,
                landmarker,
                config=self._following(),
                chunk_frames=CHUNK_FRAMES,
                subject=find_subject(info, self.config.subject, landmarker),
                on_face=None if points is None else points.see,
            ):
                seen.append(part if points is None else points.taken(part))
            if on_progress is not None:
                on_progress(number + 1, len(infos))
        ((width, height),) = sizes
        size = ClipSize(width, height, float(infos[0].fps))
        return find_person(FaceObservations.joined(seen), size, self.config, self.model, self._response())

    def _following(self) -> FollowerConfig:
        return FollowerConfig(only_subject=self.config.subject != LARGEST)

    def _points(self) -> PointWatcher | None:
        return PointWatcher(PointReader.load()) if self.config.evidence.points_read else None

    def _response(self) -> LandmarkResponse | None:
        evidence = self.config.evidence
        return read_again(evidence) if evidence.points_read else None

    def track(
        self,
        path: Path | str,
        *,
        heard: HeardSound | None = None,
        audio_offset_s: float | None = None,
        work: Path | None = None,
        on_progress: Progress | None = None,
    ) -> FaceTrack:
        """The track of the clip at `path`; arguments and errors are those of `track_with_look`."""
        return self.track_with_look(
            path, heard=heard, audio_offset_s=audio_offset_s, work=work, on_progress=on_progress
        )[0]

    def track_with_look(
        self,
        path: Path | str,
        *,
        heard: HeardSound | None = None,
        audio_offset_s: float | None = None,
        work: Path | None = None,
        on_progress: Progress | None = None,
    ) -> tuple[FaceTrack, Appearance | None]:
        """The track of the clip at `path`, and how the person looks in it; None without photometric refinement.

        `heard` is what is heard in the clip; closures of the lips that it tells of have a say where the picture leaves
        them open to doubt. `audio_offset_s`, by how much the sound comes late, takes the place of what would be
        measured.
        `work` is a folder for what is finished on the way: a run that ends early goes on from there if it is given the
        same clip, settings and folder again. It is removed when the track is done.

        Raises:
            UnreadableFileError: the clip cannot be read.
            InputError: it shows no face that can be trusted, or none where the subject is said to be.
            InvalidValueError: an offset that no recording has.
            MissingComponentError: the landmark networks are not there and cannot be fetched.
            OutputError: unfinished work cannot be written.
        """
        if audio_offset_s is not None:
            check_audio_offset(audio_offset_s)
        info = probe_clip(path)
        key = {
            "version": _VERSION,
            "sha256": file_sha256(info.path),
            "config": asdict(self.config),
            "sound": None if heard is None else heard.digest,
            "audio_offset_s": audio_offset_s,
            "person": None if self.person is None else self.person.digest,
        }
        with WorkFolder.open(work, key) as folder:
            store = ObservationStore(folder, info.frames)
            lips = LipStore(folder) if self.config.lips.used else None
            torso = TorsoStore(folder)
            self._observe(info, store, lips, torso, on_progress)
            size = ClipSize(info.width, info.height, float(info.fps))
            sound = evidence_of_clip(heard, store, info, audio_offset_s)
            closures = sound.closures if sound.closures.used and lips is not None else None
            state = fit_clip(
                store,
                size,
                self.config,
                self.model,
                folder,
                on_progress,
                lips=lips,
                closures=closures,
                person=self.person,
                response=self._response(),
                torso=torso,
            )
            if not state.valid.any():
                raise InputError(f"`{path}` shows no face that can be trusted; see `avatron check {path}`")
            look = None
            if self.config.photometric is not None:
                state, look = refine(
                    state,
                    info,
                    self.config.photometric,
                    model=self.model,
                    folder=folder,
                    learned_frames=self.config.learned_frames,
                    on_progress=None if on_progress is None else partial(on_progress, "photometric"),
                )
            track = state_to_track(
                state,
                info.fps,
                self.model,
                start_s=info.start_s,
                audio_offset_s=sound.audio_offset_s,
                audio_offset_given=sound.offset_given,
                audio_evidence=closures is not None,
            )
            return track, look

    def _observe(
        self,
        info: ClipInfo,
        store: ObservationStore,
        lips: LipStore | None,
        torso: TorsoStore,
        on_progress: Progress | None,
    ) -> None:
        if store.seen >= info.frames:
            return
        first = store.seen
        landmarker = FaceLandmarker.load()
        subject = find_subject(info, self.config.subject, landmarker)
        if subject is not None:
            # Who was chosen may have moved since the first pictures, by the frame from which this run goes on.
            subject = store.last_face() or subject
        watcher = None if lips is None else LipWatcher(LipReader.load(), first)
        points = self._points()
        shoulders = TorsoWatcher(float(info.fps), torso.state_before(first))

        def look(picture: NDArray[np.uint8], face: SeenFace) -> None:
            for one in (watcher, points, shoulders):
                if one is not None:
                    one.see(picture, face)

        parts = observe(
            read_frames(info, start=first),
            landmarker,
            config=self._following(),
            chunk_frames=CHUNK_FRAMES,
            first_frame=first,
            subject=subject,
            on_face=look,
        )
        for part in parts:
            if lips is not None and watcher is not None:
                lips.add(watcher.take())
            torso.add(part.first_frame, shoulders.take(), shoulders.state)
            if points is not None:
                part = points.taken(part)
            # The landmarks of a chunk come last: they say that all of it is there.
            store.add([part])
            if on_progress is not None:
                on_progress("landmarks", part.first_frame + len(part), info.frames)
