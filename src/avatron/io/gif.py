"""Animated GIFs with one palette made for the whole film, and frame delays that keep its speed.

A palette needs all pictures before the first one can be written. They wait in a lossless spool file beside the
output, so memory does not grow with the length.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avatron.core.timeline import FrameClock
from avatron.errors import InvalidValueError
from avatron.io.atomic import PendingFile, output_errors
from avatron.io.video import checked_image
from avatron.io.writer import Writer

__all__ = ["HIGHEST_FPS", "GifWriter"]

HIGHEST_FPS = 50
"""Delays are whole hundredths of a second, and browsers play anything below 2 as 10."""
LARGEST_SIDE = 65535


class GifWriter(Writer):
    """Writes a GIF; the interface is that of `VideoWriter`, less the sound. Frame t comes at t / fps, to 5 ms."""

    def __init__(
        self,
        target: Path | str,
        size: tuple[int, int],
        fps: Fraction,
        *,
        alpha: bool = False,
        overwrite: bool = False,
    ) -> None:
        """Open a GIF of `size` (width, height) px; with `alpha`, pixels of alpha below 128 are see-through.

        Raises:
            InvalidValueError: a size or fps that a GIF cannot have.
            OutputExistsError: the output is there and `overwrite` is not set.
            OutputError: it cannot be written.
        """
        import av

        if not 1 <= min(size) <= max(size) <= LARGEST_SIDE:
            raise InvalidValueError(f"gif cannot hold {size[0]}x{size[1]}: it needs sides of 1 to {LARGEST_SIDE} px")
        self.size = size
        self.fps = FrameClock(Fraction(fps)).fps
        if self.fps > HIGHEST_FPS:
            raise InvalidValueError(
                f"gif cannot play {float(self.fps):g} frames a second; give at most {HIGHEST_FPS}, or write webm"
            )
        self.alpha = alpha
        self.frames_written = 0
        self._pending = PendingFile(target, overwrite=overwrite)
        self._spool_path = self._pending.partial.with_suffix(".spool")
        self._source_format = "rgba" if alpha else "rgb24"
        try:
            with output_errors(self._pending.path):
                self._palette = _palette_graph(self._source_format, size, self.fps, alpha)
                self._spool: Any = av.open(f"file:{self._spool_path}", "w", format="nut")
                self._spool_stream = self._spool.add_stream(
                    "ffv1", rate=self.fps, width=size[0], height=size[1], pix_fmt="bgra" if alpha else "bgr0"
                )
        except BaseException:
            self.discard()
            raise

    @property
    def duration(self) -> Fraction:
        """Exact seconds of picture so far."""
        return self.frames_written / self.fps

    def write_frame(self, image: NDArray[np.uint8]) -> None:
        """Append a picture [H, W, 3], or [H, W, 4] with straight alpha.

        Raises:
            ShapeError: another size or type.
            OutputError: it cannot be written.
        """
        from av import VideoFrame

        frame = VideoFrame.from_ndarray(checked_image(image, self.size, self.alpha), format=self._source_format)
        frame.pts = self.frames_written
        frame.time_base = 1 / self.fps
        with output_errors(self._pending.path):
            self._palette.push(frame)
            self._spool.mux(self._spool_stream.encode(frame.reformat(format=self._spool_stream.format.name)))
        self.frames_written += 1

    def _finish(self) -> None:
        # Only now are all colours known: choose the palette, and write the pictures with it.
        if self.frames_written == 0:
            raise InvalidValueError(f"the gif `{self._pending.path}` has no picture")
        with output_errors(self._pending.path):
            self._spool.mux(self._spool_stream.encode(None))
            self._spool.close()
            self._encode()
            self._spool_path.unlink()

    def _partial(self) -> Path:
        return self._pending.partial

    def _publish(self) -> None:
        self._pending.commit()

    def _encode(self) -> None:
        import av

        self._palette.push(None)
        palette = self._palette.pull()
        with av.open(f"file:{self._pending.partial}", "w", format="gif") as container:
            width, height = self.size
            stream = container.add_stream("gif", rate=self.fps, width=width, height=height, pix_fmt="pal8")
            stream.codec_context.time_base = Fraction(1, 100)
            if self.alpha:
                # Writing only what changed would let older pictures shine through where this one is see-through.
                stream.codec_context.options = {"gifflags": "-transdiff-offsetting"}
            for frame in _mapped(self._spool_path, palette, self.fps):
                # Hundredths are rounded from the exact time, so the delays of 30 fps are 3, 4, 3, 3, 4, 3 ...
                frame.pts = round(frame.pts * frame.time_base * 100)
                frame.time_base = Fraction(1, 100)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))

    def _abandon(self) -> None:
        try:
            if getattr(self, "_spool", None) is not None:
                self._spool.close()
        except (OSError, ValueError):
            pass
        finally:
            self._spool_path.unlink(missing_ok=True)
            self._pending.discard()


def _palette_graph(pixel_format: str, size: tuple[int, int], fps: Fraction, alpha: bool) -> Any:
    """FFmpeg's graph that takes all pictures and gives their palette."""
    from av import VideoFormat
    from av.filter import Graph

    graph = Graph()
    pictures = graph.add_buffer(
        width=size[0], height=size[1], format=VideoFormat(pixel_format), time_base=1 / fps, name="pictures"
    )
    palettegen = graph.add("palettegen", f"stats_mode=full:reserve_transparent={int(alpha)}")
    graph.link_nodes(pictures, palettegen, graph.add("buffersink"))
    graph.configure()
    return graph


def _mapped(spool: Path, palette: Any, fps: Fraction) -> Iterator[Any]:
    """The pictures of the spool file, in colours of `palette`."""
    import av
    from av.filter import Graph

    with av.open(f"file:{spool}") as container:
        stream = container.streams.video[0]
        graph = Graph()
        pictures = graph.add_buffer(template=stream, time_base=stream.time_base, name="pictures")
        colours = graph.add_buffer(
            width=palette.width, height=palette.height, format=palette.format, time_base=1 / fps, name="palette"
        )
        # An ordered pattern stands still where the picture does; error diffusion would make it swarm.
        paletteuse = graph.add("paletteuse", "dither=bayer:bayer_scale=4:diff_mode=rectangle:alpha_threshold=128")
        sink = graph.add("buffersink")
        pictures.link_to(paletteuse, 0, 0)
        colours.link_to(paletteuse, 0, 1)
        paletteuse.link_to(sink)
        graph.configure()
        palette.pts, palette.time_base = 0, 1 / fps
        colours.push(palette)
        colours.push(None)
        for frame in container.decode(stream):
            pictures.push(frame)
            yield from _available(sink)
        pictures.push(None)
        yield from _available(sink)


def _available(sink: Any) -> Iterator[Any]:
    """What has come out of a graph by now."""
    from av.error import BlockingIOError as NotYetError
    from av.error import EOFError as EndError

    while True:
        try:
            yield sink.pull()
        except (NotYetError, EndError):
            return
