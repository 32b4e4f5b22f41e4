"""`avatron track VIDEO`: the motion of the person in a video, in files; or of many videos with `--batch`."""

from __future__ import annotations

import argparse
from pathlib import Path

from avatron.cli.report import Progress, note, print_json
from avatron.cli.track_options import options_of
from avatron.errors import UsageError
from avatron.io.curves import ARKIT_NOTE
from avatron.io.spoken_words import read_spoken_words
from avatron.io.tracks import read_track, read_track_albedo
from avatron.pipeline.tracking.options import plan_track_outputs
from avatron.pipeline.tracking.run import Tracked, track_to, work_folder_of

__all__ = ["run"]

_INTERRUPTED = 130


def run(parsed: argparse.Namespace) -> int:
    """The verb."""
    if parsed.batch is not None:
        from avatron.cli.track_batch import run_batch

        return run_batch(parsed)
    if parsed.video is None:
        raise UsageError("give the video to track, e.g. `avatron track interview.mp4 -o motion.npz`, or `--batch PATH`")
    if parsed.formats != "npz" or parsed.jobs != 1 or parsed.one_person:
        raise UsageError("`--formats`, `--jobs` and `--one-person` are for `--batch`; `-o` names outputs of a video")
    targets = plan_track_outputs(parsed.output, overwrite=parsed.overwrite)
    words = None if parsed.words is None else read_spoken_words(parsed.words)
    options = options_of(parsed, None if words is None else words.get(Path(parsed.video).stem))
    if words is not None and options.words is None:
        raise UsageError(f"`{parsed.words}` has no words of `{Path(parsed.video).stem}`; its clips are named otherwise")
    if parsed.source is not None and parsed.audio_offset is not None:
        raise UsageError("`--from` brings a track with an offset of its own; `--audio-offset` is for tracking")
    if parsed.source is not None and parsed.subject is not None:
        raise UsageError("`--from` brings a track of somebody; `--subject` is for tracking")
    known = None if parsed.source is None else read_track(parsed.source)
    progress = Progress("tracking", parsed.quiet)
    try:
        tracked = track_to(
            Path(parsed.video),
            targets,
            options,
            known=known,
            known_albedo=None if parsed.source is None else read_track_albedo(parsed.source),
            overwrite=parsed.overwrite,
            on_progress=progress,
            on_note=lambda text: note(text, parsed.quiet),
        )
    except KeyboardInterrupt:
        progress.close()
        work = work_folder_of(targets)
        if work is None or not work.is_dir():
            raise
        note(f"interrupted; the same command goes on from `{work}`, which you may delete")
        return _INTERRUPTED
    finally:
        progress.close()
    _tell(parsed, tracked)
    return 0


def _tell(parsed: argparse.Namespace, tracked: Tracked) -> None:
    if any(path.suffix.lower() == ".csv" for path in tracked.paths):
        note(ARKIT_NOTE, parsed.quiet)
    if parsed.json:
        print_json(tracked.as_json())
        return
    for path in tracked.paths:
        print(path)
    quality = tracked.quality
    note(
        f"{quality.frames} frames, {quality.valid_share:.1%} valid; landmarks are {quality.reprojection_px:.2f} px "
        f"({quality.reprojection_percent:.2f} % of the eyes' distance) from the model's; {quality.closures} closures"
        + ("" if parsed.source is not None else f"; {tracked.frames_per_second:.1f} frames/s"),
        parsed.quiet,
    )
