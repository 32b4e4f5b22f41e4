"""From a video to the files of its track."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.progress import StagedProgress
from avatron.core.track import FaceTrack
from avatron.errors import InputError
from avatron.face.shipped import shipped_head
from avatron.io.clips import probe_clip
from avatron.pipeline.tracking.checks import check_same_clip
from avatron.pipeline.tracking.options import Quality, TrackOptions, TrackTarget, plan_track_outputs
from avatron.pipeline.tracking.outputs import FoundTrack, write_outputs
from avatron.pipeline.tracking.stages import STAGE_COSTS, check_video, hear_clip, track_clip
from avatron.track.quality import TrackQuality, measure_track
from avatron.track.subject import LARGEST, Subject
from avatron.track.texture import shown_texture
from avatron.track.work import WORK_KEY

__all__ = ["Tracked", "track_to", "track_video", "work_folder_of"]

PathLike = str | os.PathLike[str]

_OUTPUT_COSTS = {"npz": 0.1, "csv": 0.1, "glb": 10.0, "obj": 5.0, "mp4": 60.0, "webm": 90.0, "json": 0.1}


@dataclass(frozen=True, eq=False)
class Tracked:
    """What was found and written."""

    track: FaceTrack
    quality: TrackQuality
    photometric_psnr_db: float | None
    """How near the drawn face is to frames that had no say in its texture; None without photometric refinement."""
    paths: tuple[Path, ...]
    """The outputs, in the order they were written."""
    seconds: float
    """Wall-clock time of tracking, without the outputs."""
    total_seconds: float

    @property
    def frames_per_second(self) -> float:
        """Frames tracked in a second of work."""
        return len(self.track) / self.seconds if self.seconds > 0 else 0.0

    def as_json(self, *, frames: bool = True) -> dict[str, Any]:
        """For `--json`; with `frames` the numbers of each frame too."""
        track = self.track
        return {
            "outputs": [str(path) for path in self.paths],
            "fps": str(track.motion.fps),
            "start_s": round(track.start_s, 6),
            "size": [track.camera.width, track.camera.height],
            "focal_px": round(track.camera.focal_px, 3),
            "audio_evidence": track.audio_evidence,
            "audio_offset_s": None if track.audio_offset_s is None else round(track.audio_offset_s, 5),
            "audio_offset_given": track.audio_offset_given,
            "photometric_psnr_db": None if self.photometric_psnr_db is None else round(self.photometric_psnr_db, 3),
            "seconds": round(self.seconds, 3),
            "total_seconds": round(self.total_seconds, 3),
            "frames_per_second": round(self.frames_per_second, 2),
            **self.quality.as_json(frames=frames),
            **({"valid": [bool(value) for value in track.valid]} if frames else {}),
        }


def track_video(
    video: PathLike,
    output: PathLike | Sequence[PathLike] = (),
    *,
    quality: Quality = "full",
    audio: bool = True,
    transcript: str | None = None,
    audio_offset: float | None = None,
    subject: Subject = LARGEST,
    force: bool = False,
    overwrite: bool = False,
    on_progress: Callable[[float], None] | None = None,
    on_note: Callable[[str], None] | None = None,
) -> Tracked:
    """Find the motion of the person in `video`, and write it to `output`: none, one path or several.

    The suffix of each chooses its type: npz (the track), csv, glb, obj, mp4 (the model over the video), json. Memory
    does not grow with the length of the video. A run that is killed goes on where it was when it is called again.

    `audio_offset` is by how much the sound comes after the picture, in seconds, where that is known better than it can
    be measured. `subject` says whose face it is, where there are several: `largest`, `left`, `right`, or a point of it
    in the first pictures, (x, y) in 0 .. 1 of their width and height.

    Raises:
        UsageError: a request that cannot be carried out: an unknown type, an output that exists.
        InputError: a video that cannot be read, or that shows no face that can be trusted.
        OutputError: a result cannot be written.
        MissingComponentError: the landmark networks are not there.
    """
    paths = [output] if isinstance(output, str | os.PathLike) else list(output)
    targets = plan_track_outputs(paths, overwrite=overwrite) if paths else ()
    options = TrackOptions(quality, audio, transcript, audio_offset_s=audio_offset, subject=subject, force=force)
    return track_to(Path(video), targets, options, overwrite=overwrite, on_progress=on_progress, on_note=on_note)


def track_to(
    video: Path,
    targets: tuple[TrackTarget, ...],
    options: TrackOptions,
    *,
    known: FaceTrack | None = None,
    known_albedo: NDArray[np.uint8] | None = None,
    keep_albedo: bool = True,
    overwrite: bool = False,
    on_progress: Callable[[float], None] | None = None,
    on_note: Callable[[str], None] | None = None,
) -> Tracked:
    """`track_video` for outputs and options that are made already.

    `known` is the video's track, if it was found before, and `known_albedo` [H, W, 3] its texture; `keep_albedo` says
    whether a texture that is found now is written.
    """
    start = time.perf_counter()
    info = probe_clip(video)
    if known is not None:
        check_same_clip(info, known)
    costs = {} if known is not None else dict(STAGE_COSTS)
    if options.quality == "landmarks":
        costs.pop("photometric", None)
    costs |= {target.format: _OUTPUT_COSTS[target.format] for target in targets}
    progress = StagedProgress(costs, on_progress)
    if known is None:
        check_video(info, options, progress, on_note)
        heard = hear_clip(info, options, progress, on_note)
        work = work_folder_of(targets)
        try:
            found, look = track_clip(info, options, heard, work, progress)
        except InputError:
            # The clip stays what it is: there is nothing to go on from.
            if work is not None and (work / WORK_KEY).is_file():
                shutil.rmtree(work, ignore_errors=True)
            raise
    else:
        found, look = known, None
    quality = measure_track(found, shipped_head())
    seconds = time.perf_counter() - start
    psnr_db = None if look is None or not np.isfinite(look.report.psnr_after_db) else float(look.report.psnr_after_db)
    if look is not None and keep_albedo:
        known_albedo = shown_texture(look, shipped_head())
    tracked = Tracked(found, quality, psnr_db, tuple(target.path for target in targets), seconds, seconds)
    outputs = FoundTrack(info, found, quality.frame_percent, known_albedo, tracked.as_json())
    write_outputs(outputs, targets, overwrite=overwrite, on_progress=progress)
    return replace(tracked, total_seconds=time.perf_counter() - start)


def work_folder_of(targets: tuple[TrackTarget, ...]) -> Path | None:
    """Where unfinished work waits: hidden beside the first output. None where nothing is written."""
    if not targets:
        return None
    first = targets[0].path
    return first.with_name(f".{first.name}.work")
