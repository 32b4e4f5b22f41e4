"""What comes before, with and after the tracker: the report on the clip, its sound, the clock of both."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from avatron.core.track import FaceTrack
from avatron.errors import InputError, UnreadableFileError
from avatron.io.clips import ClipInfo
from avatron.pipeline.tracking.options import TrackOptions
from avatron.track.config import TrackConfig
from avatron.track.photometric.appearance import Appearance
from avatron.track.photometric.config import PhotometricConfig
from avatron.track.report.check import check_clip
from avatron.track.speech.sound import HeardSound, listen
from avatron.track.tracker import Tracker

__all__ = ["STAGE_COSTS", "check_video", "hear_clip", "track_clip"]

Progress = Callable[[str, int, int], None]
Note = Callable[[str], None] | None

STAGE_COSTS = {"report": 4.0, "sound": 1.0, "landmarks": 8.0, "fit": 8.0, "photometric": 40.0}
"""Milliseconds a frame, about; only the time that is said to be left depends on them."""


def check_video(info: ClipInfo, options: TrackOptions, on_progress: Progress, on_note: Note) -> None:
    """Refuse a clip that cannot be tracked, unless `options.force` is set; `on_note` hears what makes it worse.

    Raises:
        InputError: the report refuses it; the message has the reasons and what to record instead.
    """
    if options.force:
        return
    report = check_clip(
        info.path,
        subject=options.subject,
        on_progress=lambda share: on_progress("report", round(1000 * share), 1000),
    )
    if report.verdict == "refuse":
        reasons = "; ".join(report.reasons)
        raise InputError(f"`{info.path}` cannot be tracked: {reasons} (`--force`, force=True, tracks it all the same)")
    if on_note is not None:
        weak = [finding.measure for finding in report.findings if finding.verdict == "usable"]
        if weak:
            on_note(f"{', '.join(weak)}: could be better; `avatron check {info.path}` says what to record instead")


def hear_clip(info: ClipInfo, options: TrackOptions, on_progress: Progress, on_note: Note) -> HeardSound | None:
    """What is heard in the clip; None where it has no sound, or none that may have a say.

    Raises:
        InputError: an offset is given for a sound that is not there.
        ScriptError: a transcript that cannot be spoken.
        InvalidValueError: a transcript without words.
    """
    if options.audio_offset_s is not None and info.audio_rate is None:
        raise InputError(f"`{info.path}` has no sound, so that its offset cannot be {options.audio_offset_s:g} s")
    if not options.audio or info.audio_rate is None:
        return None
    try:
        heard = listen(info.path, options.transcript, words=options.words)
    except UnreadableFileError as error:
        if on_note is not None:
            on_note(f"the sound has no say: {error}")
        return None
    on_progress("sound", 1, 1)
    if on_note is not None and heard.phonemes is not None and not heard.fits:
        on_note("the transcript does not fit what is heard, and has no say")
    return heard


def track_clip(
    info: ClipInfo, options: TrackOptions, heard: HeardSound | None, work: Path | None, on_progress: Progress
) -> tuple[FaceTrack, Appearance | None]:
    """The track of a clip in which `heard` is heard, and how the person looks in it.

    `work` is a folder where unfinished work waits.

    Raises:
        InputError: it shows no face that can be trusted.
        MissingComponentError: the landmark networks are not there.
        OutputError: unfinished work cannot be written.
    """
    photometric = PhotometricConfig() if options.quality == "full" else None
    tracker = Tracker(TrackConfig(photometric=photometric, subject=options.subject), person=options.person)
    return tracker.track_with_look(
        info.path, heard=heard, audio_offset_s=options.audio_offset_s, work=work, on_progress=on_progress
    )
