"""Pictures to an H.264 file of a wanted bit rate, as cameras and video calls make them."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avatron.errors import MissingComponentError
from avatron.io.atomic import PendingFile, output_errors
from avatron.native.yuv import fill_planes

__all__ = ["encode_film"]

_BT709, _LIMITED = 1, 1


def encode_film(path: Path, pictures: Iterable[NDArray[np.uint8]], fps: Fraction, bits_per_s: int) -> None:
    """Write `pictures` [H, W, 3] (sRGB) as an mp4, whole or not at all; the same pictures give the same bytes.

    Raises:
        MissingComponentError: this FFmpeg has no libx264.
    """
    import av

    if "libx264" not in av.codecs_available:
        raise MissingComponentError("this FFmpeg has no libx264, which films of a wanted bit rate need; install `av`")
    pending = PendingFile(path, overwrite=True)
    try:
        with output_errors(path), av.open(f"file:{pending.partial}", "w", format="mp4") as container:
            stream = None
            for number, picture in enumerate(pictures):
                height, width = picture.shape[:2]
                if stream is None:
                    # One thread: with more, the cut of the work decides what is written.
                    stream = container.add_stream("libx264", rate=fps, options={"preset": "fast"})
                    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
                    stream.bit_rate = bits_per_s
                    stream.codec_context.thread_count = 1
                    stream.codec_context.gop_size = 50
                    stream.codec_context.colorspace = _BT709
                    stream.codec_context.color_range = _LIMITED
                frame = av.VideoFrame(width, height, "yuv420p")
                planes = (
                    np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size) for plane in frame.planes
                )
                fill_planes(np.ascontiguousarray(picture), *planes)
                frame.colorspace, frame.color_range = _BT709, _LIMITED
                frame.pts = number
                frame.time_base = 1 / fps
                container.mux(stream.encode(frame))
            if stream is not None:
                container.mux(stream.encode(None))
    except BaseException:
        pending.discard()
        raise
    pending.commit()
