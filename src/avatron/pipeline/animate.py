"""From a tracked performance to another person's film."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from avatron.core.track import FaceTrack
from avatron.errors import InvalidValueError
from avatron.face.shipped import shipped_head
from avatron.io.curves import read_motion
from avatron.io.provenance.origin import Disabled
from avatron.io.tracks import is_track, read_track
from avatron.pipeline.actor import actor_of
from avatron.pipeline.options import SpeakOptions, parse_blur
from avatron.pipeline.plan import OutputPlan, plan_outputs
from avatron.pipeline.produce import Production
from avatron.pipeline.replay import replay
from avatron.pipeline.retarget.head import HeadMode, HeadRoom
from avatron.pipeline.retarget.retarget import Performer, RetargetOptions, retarget
from avatron.pipeline.speak import name_or_folder, pixels_of

__all__ = ["Performance", "animate", "animate_to", "read_performance"]

PathLike = str | os.PathLike[str]

_HALF_HEAD_M = 0.095
_ROOM_SHARE = 0.8
_LEAST_ASIDE_M, _MOST_ASIDE_M = 0.012, 0.12
_MOST_NEAR_M, _MOST_TURN = 0.09, 0.52


@dataclass(frozen=True, eq=False)
class Performance:
    """A performer, and when the performance begins."""

    performer: Performer
    sound_start_s: float = 0.0
    """Where the first frame is in the sound of the file that was tracked."""


def read_performance(source: PathLike | FaceTrack) -> Performance:
    """What a track, or a file of a track or of motion alone, holds.

    Raises:
        UnreadableFileError: missing, damaged, or neither.
        InvalidValueError: a track that nobody was seen in.
    """
    head = shipped_head()
    if not isinstance(source, FaceTrack) and not is_track(path := Path(source)):
        return Performance(Performer.of_motion(read_motion(path), head))
    track = source if isinstance(source, FaceTrack) else read_track(Path(source))
    if not track.valid.any():
        raise InvalidValueError("the track has no frame in which a face was seen; track another video")
    return Performance(Performer.of_track(track, head), track.start_s + (track.audio_offset_s or 0.0))


def animate(
    motion: PathLike | FaceTrack,
    output: PathLike | Sequence[PathLike],
    *,
    avatar: PathLike = "ava",
    audio: PathLike | None = None,
    head: HeadMode = "soft",
    eye_contact: bool = True,
    steady: bool = True,
    size: tuple[int, int] | str = (512, 512),
    background: PathLike = "studio",
    background_blur: float = 0.0,
    framing: str | None = None,
    light: str | None = None,
    mode: str | None = None,
    use: str = "personal",
    codec: str | None = None,
    quality: int | None = None,
    overwrite: bool = False,
    provenance: Disabled | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Production:
    """Put the performance of a track (or of motion alone) onto `avatar` and write it to `output`, one path or several.

    `audio` is a sound file, or the video that was tracked: its sound is placed as the track says. The film has the
    frame rate of the motion. What `head`, `eye_contact` and `steady` do is in `RetargetOptions`.

    Raises:
        UsageError: a request that cannot be carried out: an unknown name, a value out of range, an output that exists.
        InputError: a motion, track, avatar or sound that cannot be read.
        OutputError: the result cannot be written.
    """
    paths = [output] if isinstance(output, str | os.PathLike) else list(output)
    plan = plan_outputs(paths, codec=codec, quality=quality, overwrite=overwrite)
    performance = read_performance(motion)
    options = SpeakOptions(
        avatar=name_or_folder(avatar),
        size=pixels_of(size),
        fps=performance.performer.motion.fps,
        framing=framing,
        light=light,
        mode=mode,
        use=use,
        background=os.fspath(background),
        background_blur=parse_blur(background_blur),
        provenance=provenance,
    )
    manner = RetargetOptions(head=head, eye_contact=eye_contact, steady=steady)
    sound = None if audio is None else Path(audio)
    return animate_to(performance, sound, plan, options, manner, on_progress=on_progress)


def animate_to(
    performance: Performance,
    audio: Path | None,
    plan: OutputPlan,
    options: SpeakOptions,
    manner: RetargetOptions,
    *,
    on_progress: Callable[[float], None] | None = None,
) -> Production:
    """`animate` for a plan and options that are made already; `manner.room` is taken from the framing."""
    actor = actor_of(options)
    framing = actor.framing()
    room = _room(options, framing.height_m, framing.least_width_m)
    fitted = replace(manner, room=room, camera_distance_m=framing.distance_m)
    motion = retarget(performance.performer, actor.head(), actor.rest_weights(), fitted)
    return replay(motion, audio, plan, options, sound_start_s=performance.sound_start_s, on_progress=on_progress)


def _room(options: SpeakOptions, height_m: float, least_width_m: float) -> HeadRoom:
    """What a picture of the options' size leaves beside a head in its middle."""
    width, height = options.size
    seen_m = width / min(height / height_m, width / least_width_m)
    aside_m = _ROOM_SHARE * (seen_m / 2 - _HALF_HEAD_M)
    return HeadRoom(_MOST_TURN, float(min(max(aside_m, _LEAST_ASIDE_M), _MOST_ASIDE_M)), _MOST_NEAR_M)
