"""One pass over the samples of a clip: what each shows, small enough to be kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from avatron.io.clips import ClipInfo, read_frames
from avatron.track.landmarks.crop import FaceCrop
from avatron.track.landmarks.landmarker import FaceLandmarker
from avatron.track.report.config import ReportConfig
from avatron.track.report.cuts import cuts_among_neighbours, suspicious_gaps
from avatron.track.report.exposure import SkinLight, skin_light
from avatron.track.report.face_points import FaceColours, landmark_colours
from avatron.track.report.faces import FaceFinder, SightedFace, smallest_face
from avatron.track.report.lip_sync import lip_opening
from avatron.track.report.occlusion import bridge_edges, lip_redness
from avatron.track.report.picture import PictureNote, note_picture
from avatron.track.report.pose import HeadPose, head_pose
from avatron.track.report.sampling import plan_samples, read_samples
from avatron.track.report.sharpness import edge_blur, eye_region
from avatron.track.report.subject import FaceCount

__all__ = ["CloseLook", "Observed", "observe_clip"]

_CLOSE_LOOKS = 300
"""Of the subject's face: light, edges and colours. They cost a millisecond each and 6 kB of memory."""
_DEEP_SEARCHES = 3
"""Pictures in which ever smaller faces are looked for where none was found at all."""


@dataclass(frozen=True, eq=False)
class CloseLook:
    """The subject's face in one picture."""

    frame: int
    pose: HeadPose
    eyes_px: float
    face_px: float
    blur: float
    """Width of edges in distances of the eyes; NaN without edges."""
    bridge_edge: float
    """See `occlusion.bridge_edges`."""
    light: SkinLight
    colours: FaceColours
    """At the landmarks."""
    redness: float
    """Of the lips; see `occlusion.lip_redness`."""


@dataclass
class Observed:
    """All that is kept of a clip's pictures; filled while they pass."""

    notes: list[PictureNote] = field(default_factory=list)
    counts: list[FaceCount] = field(default_factory=list)
    poses: list[tuple[int, HeadPose]] = field(default_factory=list)
    """(frame, pose) of the subject wherever it is seen."""
    looks: list[CloseLook] = field(default_factory=list)
    openings: list[tuple[int, float]] = field(default_factory=list)
    """(frame, gap of the lips in distances of the eyes) in stretches of neighbours."""
    jumps: list[int] = field(default_factory=list)
    """Frames in which the subject's face is suddenly elsewhere."""
    cuts: list[int] = field(default_factory=list)
    smallest_px: float | None = None
    """Height of a face too small for the landmark network, where no other was found."""
    whole: bool = False
    """Whether every frame was looked at."""


def observe_clip(
    info: ClipInfo,
    landmarker: FaceLandmarker,
    config: ReportConfig,
    on_progress: Callable[[float], None] | None = None,
    subject: FaceCrop | None = None,
) -> Observed:
    """What the samples of a clip show; `subject` is where the subject's face is, where it was chosen.

    Raises:
        UnreadableFileError: the file cannot be read any more.
    """
    plan = plan_samples(info, config.sampling)
    finder = FaceFinder(landmarker, config.finder, subject)
    seen = Observed(whole=len(plan) == info.frames)
    every = max(len(plan) // _CLOSE_LOOKS, 1)
    before: SightedFace | None = None
    for number, sample in enumerate(read_samples(info, plan)):
        seen.notes.append(note_picture(sample.frame, sample.follows, sample.picture))
        faces = finder.find(sample.picture, sample.follows)
        seen.counts.append(_count(sample.frame, faces, info))
        face_seen = faces[0] if faces else None
        if face_seen is not None:
            pose = head_pose(face_seen.landmarks)
            seen.poses.append((sample.frame, pose))
            if sample.follows:
                seen.openings.append((sample.frame, lip_opening(face_seen.landmarks, face_seen.eye_distance_px)))
                if before is not None and not face_seen.is_near(before, config.finder.same_face):
                    seen.jumps.append(sample.frame)
            if number % every == 0 or not sample.follows:
                seen.looks.append(_look_closely(sample.frame, sample.picture, face_seen, pose, config))
        before = face_seen
        if on_progress is not None:
            on_progress((number + 1) / len(plan))
    seen.cuts = sorted({*cuts_among_neighbours(seen.notes, config.cuts), *_cuts_between(info, seen.notes, config)})
    if not seen.poses:
        seen.smallest_px = _smallest(info, landmarker, config)
    return seen


def _count(frame: int, faces: list[SightedFace], info: ClipInfo) -> FaceCount:
    if not faces:
        return FaceCount(frame, 0, 0.0, (0.0, 0.0))
    centre = faces[0].crop.centre_px
    second = faces[1].crop.side_px / faces[0].crop.side_px if len(faces) > 1 else 0.0
    return FaceCount(frame, len(faces), second, (centre[0] / info.width, centre[1] / info.height))


def _look_closely(
    frame: int, picture: NDArray[np.uint8], face: SightedFace, pose: HeadPose, config: ReportConfig
) -> CloseLook:
    eyes_px = face.eye_distance_px
    colours = landmark_colours(picture, face.landmarks, max(round(eyes_px / 25), 1))
    return CloseLook(
        frame=frame,
        pose=pose,
        eyes_px=eyes_px,
        face_px=face.height_px,
        blur=edge_blur(eye_region(picture, face.landmarks)) / max(eyes_px, 1.0),
        bridge_edge=bridge_edges(picture, face.landmarks),
        light=skin_light(colours.mean, config.exposure),
        colours=colours,
        redness=lip_redness(colours.mean),
    )


def _cuts_between(info: ClipInfo, notes: list[PictureNote], config: ReportConfig) -> list[int]:
    """Cuts between samples that are no neighbours: the frames between those that differ much are looked at."""
    found = []
    for begin, end in suspicious_gaps(notes, config.cuts):
        between = [
            note_picture(begin + offset, offset > 0, picture)
            for offset, picture in enumerate(read_frames(info, begin, end + 1))
        ]
        found += cuts_among_neighbours(between, config.cuts)
    return found


def _smallest(info: ClipInfo, landmarker: FaceLandmarker, config: ReportConfig) -> float | None:
    for place in range(_DEEP_SEARCHES):
        frame = info.frames * (2 * place + 1) // (2 * _DEEP_SEARCHES)
        picture = next(read_frames(info, frame, frame + 1))
        found = smallest_face(landmarker, picture, config.finder.least_score)
        if found is not None:
            return found
    return None
