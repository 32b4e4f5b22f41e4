"""The report on a video: every measure in order, and the verdict that follows from them."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from avatron.errors import UnreadableFileError
from avatron.io.clips import ClipInfo, probe_clip
from avatron.track.landmarks.landmarker import FaceLandmarker
from avatron.track.report.config import ReportConfig
from avatron.track.report.cuts import judge_cuts
from avatron.track.report.drawing import judge_drawing
from avatron.track.report.exposure import judge_exposure
from avatron.track.report.film import (
    judge_completeness,
    judge_length,
    judge_rate,
    judge_resolution,
    judge_rotation,
)
from avatron.track.report.finding import Finding, Verdict, worst
from avatron.track.report.framing import judge_angles, judge_face_size
from avatron.track.report.lip_sync import judge_lip_sync, measure_lip_sync
from avatron.track.report.motion import judge_blackness, judge_stillness
from avatron.track.report.occlusion import covered_places, foreign_places, judge_occlusion
from avatron.track.report.sharpness import judge_sharpness
from avatron.track.report.sound import (
    judge_clipping,
    judge_noise,
    judge_sound_length,
    judge_speech,
    note_sound,
    sound_blocks,
)
from avatron.track.report.subject import Shot, judge_faces, judge_person, likeness
from avatron.track.report.witness import Observed, observe_clip
from avatron.track.subject import LARGEST, Subject, find_subject

__all__ = ["ClipReport", "check_clip"]


_ENDLESS = 2**31


@dataclass(frozen=True)
class ClipReport:
    """What a video is good for."""

    path: Path
    info: ClipInfo | None
    """None of a file that cannot be read as a film."""
    findings: tuple[Finding, ...]
    """In the order in which they are told."""
    frames_seen: int
    seconds: float
    """That the check took."""

    @property
    def verdict(self) -> Verdict:
        """The worst of the findings."""
        return worst(list(self.findings))

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is refused, one line each; empty where it is not."""
        return tuple(
            f"{finding.measure}: {finding.says}; {finding.advice}"
            for finding in self.findings
            if finding.verdict == "refuse"
        )

    def as_json(self) -> dict[str, Any]:
        """The report as values of JSON."""
        return {
            "video": str(self.path),
            "verdict": self.verdict,
            "frames": None if self.info is None else self.info.frames,
            "frames_seen": self.frames_seen,
            "seconds": round(self.seconds, 3),
            "findings": [
                {
                    "measure": finding.measure,
                    "verdict": finding.verdict,
                    "says": finding.says,
                    "advice": finding.advice,
                    "numbers": {name: _plain(number) for name, number in finding.numbers.items()},
                }
                for finding in self.findings
            ],
        }


def check_clip(
    path: Path | str,
    config: ReportConfig | None = None,
    *,
    landmarker: FaceLandmarker | None = None,
    subject: Subject = LARGEST,
    on_progress: Callable[[float], None] | None = None,
) -> ClipReport:
    """The report on a video; a file that is no film is refused in it, not by an error.

    Constant memory: a few hundred small notes of pictures, and 8 bytes for each 10 ms of sound.

    Raises:
        InputError: no face is where the subject is said to be.
        MissingComponentError: the landmark networks cannot be fetched or run.
    """
    config, path, begin = config or ReportConfig(), Path(path), time.monotonic()
    try:
        info = probe_clip(path)
        findings = _of_film(info, config)
        landmarker = landmarker or FaceLandmarker.load()
        chosen = find_subject(info, subject, landmarker)
        seen = observe_clip(info, landmarker, config, on_progress, chosen)
        findings += _of_pictures(info, seen, config)
        findings += _of_sound(info, seen, config)
    except UnreadableFileError as error:
        refusal = Finding("file", "refuse", str(error), "give a video file of one person talking")
        return ClipReport(path, None, (refusal,), 0, time.monotonic() - begin)
    return ClipReport(path, info, tuple(findings), len(seen.notes), time.monotonic() - begin)


def _of_film(info: ClipInfo, config: ReportConfig) -> list[Finding]:
    return [
        judge_completeness(info),
        judge_length(info, config.film),
        judge_resolution(info, config.film),
        judge_rate(info, config.film),
        judge_rotation(info),
    ]


def _of_pictures(info: ClipInfo, seen: Observed, config: ReportConfig) -> list[Finding]:
    fps = float(info.fps)
    findings = [
        judge_stillness(seen.notes, config.motion),
        judge_blackness(seen.notes, fps, config.motion),
        judge_cuts(seen.cuts, fps, seen.whole),
        judge_faces(seen.counts, fps, seen.smallest_px, config.subject),
    ]
    if not seen.looks:
        return findings
    looks = seen.looks
    shots = _shots(seen, config)
    person = judge_person(shots, fps, config.subject)
    # Another person's face is not the first one's covered.
    in_shots = [[look.colours for look in looks if look.frame in span] for span in _spans(seen)]
    covered = np.concatenate([covered_places(faces, config.occlusion) for faces in in_shots if faces])
    colours = np.stack([look.colours.mean for look in looks])
    return [
        *findings,
        person,
        judge_drawing([look.colours for look in looks], config.drawing),
        judge_face_size([look.eyes_px for look in looks], [look.face_px for look in looks], config.framing),
        judge_angles([pose for _, pose in seen.poses], config.framing),
        judge_sharpness([look.blur for look in looks], config.sharpness),
        judge_exposure([look.light for look in looks], config.exposure),
        judge_occlusion(
            covered,
            np.array([look.redness for look in looks]),
            foreign_places(colours, config.occlusion),
            [look.bridge_edge for look in looks],
            config.occlusion,
        ),
    ]


def _spans(seen: Observed) -> list[range]:
    """The shots, as frames: from cut to cut, and from one jump of the face to the next."""
    borders = sorted({0, *seen.cuts, *seen.jumps})
    return [range(begin, end) for begin, end in itertools.pairwise([*borders, _ENDLESS])]


def _shots(seen: Observed, config: ReportConfig) -> list[Shot]:
    """The shots that show the face well enough.

    Between stretches of neighbours a cut may have been missed: each stretch is a shot of its own here, and so are the
    key pictures between two of them.
    """
    changes = [
        after.frame for before, after in itertools.pairwise(seen.notes) if after.follows and not before.follows
    ] + [before.frame + 1 for before, after in itertools.pairwise(seen.notes) if before.follows and not after.follows]
    edits = sorted({*seen.cuts, *seen.jumps})
    borders = sorted({0, *edits, *changes})
    found = []
    for begin, end in itertools.pairwise([*borders, _ENDLESS]):
        inside = [look for look in seen.looks if begin <= look.frame < end]
        if not inside:
            continue
        like = likeness(
            [look.pose for look in inside], np.stack([look.colours.mean for look in inside]), config.subject
        )
        if like is not None:
            cuts = int(np.searchsorted(edits, inside[0].frame, side="right"))
            found.append(Shot(inside[0].frame, cuts, like))
    return found


def _of_sound(info: ClipInfo, seen: Observed, config: ReportConfig) -> list[Finding]:
    length = judge_sound_length(info, config.sound)
    if info.audio_rate is None:
        return [length]
    try:
        offset = measure_lip_sync(info, seen.openings, config.lip_sync)
        note = note_sound(sound_blocks(info.path, info.audio_rate))
    except UnreadableFileError as error:
        return [Finding("sound", "usable", f"the sound cannot be read: {error}", "record picture and sound together")]
    return [
        length,
        judge_speech(note, config.sound),
        judge_noise(note, config.sound),
        judge_clipping(note, config.sound),
        judge_lip_sync(offset, config.lip_sync),
    ]


def _plain(number: Any) -> Any:
    """JSON knows neither NumPy's numbers nor those that are not finite."""
    if isinstance(number, list):
        return [_plain(own) for own in number]
    if isinstance(number, np.generic):
        number = number.item()
    if isinstance(number, float):
        return round(number, 6) if np.isfinite(number) else None
    return number
