"""Whether a track and a video belong together."""

from __future__ import annotations

from avatron.core.track import FaceTrack
from avatron.errors import InputError
from avatron.io.clips import ClipInfo

__all__ = ["check_same_clip"]


def check_same_clip(info: ClipInfo, track: FaceTrack) -> None:
    """Refuse a track that is not the video's.

    Raises:
        InputError: another size, rate or number of frames.
    """
    size = (track.camera.width, track.camera.height)
    if size != (info.width, info.height) or track.motion.fps != info.fps or len(track) != info.frames:
        raise InputError(
            f"the track has {len(track)} frames of {size[0]}x{size[1]} at {track.motion.fps} frames/s, and "
            f"`{info.path}` {info.frames} of {info.width}x{info.height} at {info.fps}: it is another video's, or "
            "one of them was cut since; track the video again"
        )
