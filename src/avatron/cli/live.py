"""`avatron live`: the curves of a face as it moves, to stdout, OSC or Live Link."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from time import monotonic

from avatron.cli.interrupts import stop_if_asked
from avatron.cli.report import note, print_json
from avatron.errors import InvalidValueError
from avatron.io.curve_streams import CurveStream, LiveCurves, open_curve_stream
from avatron.io.live_video import LiveVideo

__all__ = ["run"]

_MOST_FACELESS_S = 5.0
"""Without a face for so long, somebody should be told."""


def run(parsed: argparse.Namespace) -> int:
    """The verb."""
    if parsed.seconds is not None and not parsed.seconds > 0:
        raise InvalidValueError(f"`--seconds {parsed.seconds:g}` is no time; expected more than 0")
    targets = parsed.to or ["stdout"]
    if parsed.json and any(target in ("stdout", "-") for target in targets):
        raise InvalidValueError("`--json` prints a summary on stdout, where the lines of `--to stdout` go; choose one")
    with ExitStack() as stack:
        streams = [
            stack.enter_context(closing(open_curve_stream(target, sys.stdout.buffer, line_format=parsed.lines)))
            for target in targets
        ]
        video = stack.enter_context(_source(parsed))
        summary = _Summary(parsed.quiet)
        # Ctrl-C is how a live run ends: what was sent is whole.
        with suppress(KeyboardInterrupt):
            _follow(video, streams, summary, parsed.seconds)
    if parsed.json:
        print_json(summary.as_json())
    summary.tell()
    return 0


def _source(parsed: argparse.Namespace) -> LiveVideo:
    if parsed.input is None:
        size = None if parsed.camera_size is None else _size(parsed.camera_size)
        return LiveVideo.open_camera(parsed.camera or 0, size, parsed.camera_fps)
    if parsed.camera_size is not None or parsed.camera_fps is not None:
        raise InvalidValueError("`--camera-size` and `--camera-fps` are for cameras; leave them out with `--input`")
    if parsed.input == "-":
        # Unbuffered: a buffer would wait until it is full, and could not be let go of while a thread reads from it.
        pipe = open(sys.stdin.fileno(), "rb", buffering=0, closefd=False)  # noqa: SIM115
        return LiveVideo.open_pipe(pipe, newest=parsed.newest)
    return LiveVideo.open_film(Path(parsed.input), newest=parsed.newest)


def _size(text: str) -> tuple[int, int]:
    width, cross, height = text.partition("x")
    if not (cross and width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise InvalidValueError(f"`--camera-size {text}` is no size; expected e.g. 1280x720")
    return int(width), int(height)


class _Summary:
    """How it goes, for stderr."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self.frames = self.valid = self.dropped = 0
        self._began = monotonic()
        self._face_s = 0.0
        self._told = False
        self._calibrated = False

    def count(self, curves: LiveCurves) -> None:
        """One frame more."""
        self.frames += 1
        self.valid += curves.valid
        self.dropped = curves.dropped
        if curves.valid:
            self._face_s, self._told = curves.time_s, False
        elif curves.time_s - self._face_s > _MOST_FACELESS_S and not self._told:
            note("no face is seen; sit in front of the camera, well lit", self._quiet)
            self._told = True
        if curves.calibrated and not self._calibrated:
            note("calibrated", self._quiet)
            self._calibrated = True

    def as_json(self) -> dict[str, object]:
        """What was done."""
        elapsed_s = monotonic() - self._began
        return {
            "frames": self.frames,
            "valid": self.valid,
            "dropped": self.dropped,
            "frames_per_second": round(self.frames / max(elapsed_s, 1e-6), 2),
        }

    def tell(self) -> None:
        """One line at the end."""
        done = self.as_json()
        note(
            f"{self.frames} frames, a face in {self.valid}, {self.dropped} left out; "
            f"{done['frames_per_second']} frames/s",
            self._quiet,
        )


def _follow(video: LiveVideo, streams: list[CurveStream], summary: _Summary, seconds: float | None) -> None:
    from avatron.track.live.tracker import LiveTracker

    tracker, size = None, (0, 0)
    for given, picture in enumerate(video):
        stop_if_asked()
        if seconds is not None and picture.time_s >= seconds:
            return
        height, width = picture.image.shape[:2]
        if tracker is None or (width, height) != size:
            size = width, height
            tracker = LiveTracker(size, video.fps, beside=video.newest)
        face = tracker.see(picture.image, picture.time_s, picture.number)
        curves = LiveCurves(
            frame=picture.number,
            time_s=picture.time_s,
            valid=face.motion is not None,
            motion=face.motion,
            calibrated=face.calibrated,
            dropped=picture.number - given,
        )
        for stream in streams:
            stream.send(curves)
        summary.count(curves)
