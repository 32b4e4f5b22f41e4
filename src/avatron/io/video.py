"""Film files: pictures and sound encoded as they come, in constant memory, on one exact clock.

Frame t has the time t / fps, in a time base that holds it exactly (mp4, mov; webm and mkv count milliseconds, so a
frame there is up to half a millisecond off, without drift). Sound has the time of its sample count. What an encoder
puts before the first sample is marked in the file, so that players leave it out.
"""

from __future__ import annotations

import os
from collections import deque
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from avatron.core.timeline import FrameClock
from avatron.errors import InvalidValueError, ShapeError, UnknownNameError
from avatron.io.atomic import PendingFile, output_errors
from avatron.io.codecs import CONTAINERS, DEFAULT_QUALITY, VideoCodec, choose_codec
from avatron.io.resample import StreamResampler
from avatron.io.scheduling import ordinary_scheduling
from avatron.io.writer import Writer
from avatron.native.yuv import fill_planes

__all__ = ["VideoWriter", "checked_image"]

_SOUND_AHEAD_S = Fraction(1, 2)
"""How far the encoded sound may run ahead of the encoded pictures; more of it waits as samples."""
_KEY_FRAME_EVERY_S = 4
"""A player can seek to these."""
_BT709, _LIMITED = 1, 1
"""Primaries, transfer and matrix in ITU-T H.273, and FFmpeg's number of the range 16 .. 235."""


class VideoWriter(Writer):
    """Writes a film: `write_audio` and `write_frame` in any order, sound at most a few sentences ahead of pictures.

    As a context manager, the file appears when the block ends, and nothing is left if it fails.
    """

    def __init__(
        self,
        target: Path | str | BinaryIO,
        size: tuple[int, int],
        fps: Fraction,
        sample_rate: int | None = None,
        *,
        format_name: str | None = None,
        codec: str | None = None,
        quality: int = DEFAULT_QUALITY,
        alpha: bool = False,
        overwrite: bool = False,
        threads: int = 2,
        comment: str | None = None,
    ) -> None:
        """Open a film of `size` (width, height) px; `sample_rate` None makes it silent, `alpha` transparent.

        `target` is a path, or a binary stream, for which `format_name` must be given. `comment` is for the file's
        comment field.

        Raises:
            UsageError: a format, codec, size or quality that is unknown or does not fit; the message names what does.
            MissingComponentError: the codec is not in the installed FFmpeg.
            OutputExistsError: the output is there and `overwrite` is not set.
            OutputError: it cannot be written.
        """
        to_path = isinstance(target, str | Path)
        self.format = format_name or (Path(target).suffix.lower().lstrip(".") if isinstance(target, str | Path) else "")
        if self.format not in CONTAINERS:
            raise UnknownNameError("film type", self.format, CONTAINERS)
        if not 0 <= quality <= 100:
            raise InvalidValueError(f"quality {quality} is outside 0 .. 100")
        self.codec: VideoCodec = choose_codec(self.format, codec, alpha=alpha)
        self.codec.check_size(*size)
        self.size = size
        self.fps = FrameClock(Fraction(fps)).fps
        self.sample_rate = sample_rate
        self.alpha = alpha
        self.frames_written = 0
        self.samples_written = 0
        self._name = str(target) if to_path else "-"
        self._pending = PendingFile(target, overwrite=overwrite) if isinstance(target, str | Path) else None
        try:
            with output_errors(self._name):
                self._open(target, quality, threads, comment)
        except BaseException:
            self.discard()
            raise

    def _open(self, target: Any, quality: int, threads: int, comment: str | None) -> None:
        import av

        holder = CONTAINERS[self.format]
        if self.codec.name == "av1":
            # SVT-AV1 talks on stderr unless its own variable says otherwise.
            os.environ.setdefault("SVT_LOG", "1")
        if self._pending is not None:
            self._container: Any = av.open(
                f"file:{self._pending.partial}", "w", format=holder.muxer, container_options=holder.options
            )
        else:
            self._container = av.open(_Pipe(target), "w", format=holder.muxer, container_options=holder.pipe_options)
        if comment is not None:
            self._container.metadata["comment"] = comment
        pixel_format = self.codec.alpha_pixel_format if self.alpha else self.codec.pixel_format
        options = self.codec.options(quality, self.alpha)
        self._video = self._container.add_stream(
            self.codec.encoders[0],
            rate=self.fps,
            width=self.size[0],
            height=self.size[1],
            pix_fmt=pixel_format,
            options=options,
            time_base=1 / self.fps,
        )
        context = self._video.codec_context
        context.thread_count = threads
        context.gop_size = max(round(self.fps * _KEY_FRAME_EVERY_S), 1)
        if self._pending is None:
            # Without B-frames, times need no correction that a pipe's reader may not know of.
            context.max_b_frames = 0
        self._converter = _PictureConverter(pixel_format or "", self.alpha)
        self._converter.tag(context)
        if self.codec.name == "av1":
            with ordinary_scheduling():
                context.open()
        self._sound = (
            None if self.sample_rate is None else _SoundTrack(self._container, holder.audio_codec, self.sample_rate)
        )

    @property
    def duration(self) -> Fraction:
        """Exact seconds of picture so far."""
        return self.frames_written / self.fps

    def write_audio(self, samples: NDArray[np.float32]) -> None:
        """Append `samples` [N] in [-1, 1].

        Raises:
            OutputError: it cannot be written.
        """
        if self._sound is None:
            raise InvalidValueError(f"the film `{self._name}` was opened without sound; give it a sample rate")
        self.samples_written += len(samples)
        with output_errors(self._name):
            self._sound.push(np.asarray(samples, dtype=np.float32))
            self._sound.encode_until(self.duration + _SOUND_AHEAD_S)

    def write_frame(self, image: NDArray[np.uint8]) -> None:
        """Append a picture [H, W, 3], or [H, W, 4] with straight alpha where the film is transparent; sRGB.

        Raises:
            ShapeError: another size or type.
            OutputError: it cannot be written.
        """
        image = checked_image(image, self.size, self.alpha)
        with output_errors(self._name):
            frame = self._converter.convert(image)
            frame.pts = self.frames_written
            frame.time_base = 1 / self.fps
            self.frames_written += 1
            self._container.mux(self._video.encode(frame))
            if self._sound is not None:
                self._sound.encode_until(self.duration + _SOUND_AHEAD_S)

    def _finish(self) -> None:
        if self.frames_written == 0:
            raise InvalidValueError(f"the film `{self._name}` has no picture")
        with output_errors(self._name):
            if self._sound is not None:
                self._sound.finish()
            self._container.mux(self._video.encode(None))
            self._container.close()

    def _partial(self) -> Path | None:
        return None if self._pending is None else self._pending.partial

    def _publish(self) -> None:
        if self._pending is not None:
            self._pending.commit()

    def _abandon(self) -> None:
        container = getattr(self, "_container", None)
        try:
            if container is not None:
                container.close()
        except (OSError, ValueError, RuntimeError):
            # What kept us from writing keeps FFmpeg from closing as well; of a pipe it says so as a RuntimeError.
            pass
        finally:
            if self._pending is not None:
                self._pending.discard()


def checked_image(image: NDArray[np.uint8], size: tuple[int, int], alpha: bool) -> NDArray[np.uint8]:
    """`image`, C-contiguous.

    Raises:
        ShapeError: not uint8 [H, W, 3] (4 with alpha) of `size` (width, height).
    """
    shape = (size[1], size[0], 4 if alpha else 3)
    if image.shape != shape or image.dtype != np.uint8:
        raise ShapeError(f"picture is {image.dtype} {list(image.shape)}, expected uint8 {list(shape)}")
    return np.ascontiguousarray(image)


class _PictureConverter:
    """RGB to what the codec stores: BT.709, limited range, chroma averaged over 2x2."""

    def __init__(self, pixel_format: str, alpha: bool) -> None:
        from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

        self._pixel_format = pixel_format
        self._source_format = "rgba" if alpha else "rgb24"
        self._is_yuv = pixel_format.startswith("yuv")
        self._reformatter = VideoReformatter()
        # threads=1: splitting half a millisecond of work between threads costs more than it saves.
        self._how: dict[str, Any] = {"interpolation": Interpolation.BILINEAR, "threads": 1}
        if self._is_yuv:
            self._how |= {"dst_colorspace": Colorspace.ITU709, "dst_color_range": ColorRange.MPEG}

    def tag(self, context: Any) -> None:
        """Say in the file what the numbers mean, so that every player shows the same colours."""
        if self._is_yuv:
            context.colorspace = context.color_primaries = context.color_trc = _BT709
            context.color_range = _LIMITED

    def convert(self, image: NDArray[np.uint8]) -> Any:
        """PyAV's frame of `image` [H, W, 3 or 4]."""
        from av import VideoFrame

        if self._pixel_format == "yuv420p":
            frame = VideoFrame(image.shape[1], image.shape[0], self._pixel_format)
            fill_planes(image, *(_rows(plane) for plane in frame.planes))
            frame.colorspace, frame.color_range = _BT709, _LIMITED
        else:
            source = VideoFrame.from_numpy_buffer(image, format=self._source_format)
            frame = self._reformatter.reformat(source, format=self._pixel_format, **self._how)
        if self._is_yuv:
            frame.color_primaries = frame.color_trc = _BT709
        return frame


def _rows(plane: Any) -> NDArray[np.uint8]:
    """[rows, bytes a row] the memory of a plane of PyAV."""
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)


class _SoundTrack:
    """One mono track: resampled where the codec needs it, encoded in its own frame size, placed by sample count."""

    def __init__(self, container: Any, codec: str, sample_rate: int) -> None:
        rate = _nearest_rate(codec, sample_rate)
        self._container = container
        self._resampler = StreamResampler(sample_rate, rate)
        self._stream = container.add_stream(codec, rate=rate, layout="mono")
        context = self._stream.codec_context
        context.time_base = Fraction(1, rate)
        # Speech is transparent at these: 4 bit a sample for AAC, 64 kbit/s for Opus.
        context.bit_rate = 64_000 if codec == "libopus" else min(4 * rate, 128_000)
        self._rate = rate
        self._sample_format = context.format.name if context.format is not None else "fltp"
        self._waiting: deque[NDArray[np.float32]] = deque()
        self._waiting_count = 0
        self._encoded = 0
        self._frame_size = 0

    def push(self, samples: NDArray[np.float32]) -> None:
        """Take `samples` [N] at the source's rate."""
        self._hold(self._resampler.push(samples))

    def encode_until(self, time_s: Fraction) -> None:
        """Encode what waits, up to a time, in whole frames."""
        if not self._frame_size:
            context = self._stream.codec_context
            if not context.is_open:
                context.open()
            self._frame_size = context.frame_size or 1024
        while self._waiting_count >= self._frame_size and self._encoded < time_s * self._rate:
            self._encode(self._frame_size)

    def finish(self) -> None:
        """Encode all the rest."""
        self._hold(self._resampler.finish())
        if not self._encoded and not self._waiting_count:
            # A film opened with sound keeps its track, even where nothing was said.
            self._hold(np.zeros(1, np.float32))
        self.encode_until(Fraction(2**40))
        if self._waiting_count:
            self._encode(self._waiting_count)
        self._container.mux(self._stream.encode(None))

    def _hold(self, samples: NDArray[np.float32]) -> None:
        if len(samples):
            self._waiting.append(samples)
            self._waiting_count += len(samples)

    def _encode(self, count: int) -> None:
        from av import AudioFrame

        pieces, missing = [], count
        while missing:
            piece = self._waiting.popleft()
            if len(piece) > missing:
                self._waiting.appendleft(piece[missing:])
                piece = piece[:missing]
            pieces.append(piece)
            missing -= len(piece)
        self._waiting_count -= count
        samples = np.clip(np.concatenate(pieces), -1, 1)
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples[None]), format="fltp", layout="mono")
        frame.sample_rate = self._rate
        frame.pts = self._encoded
        frame.time_base = Fraction(1, self._rate)
        self._encoded += count
        self._container.mux(self._stream.encode(frame))


def _nearest_rate(codec: str, sample_rate: int) -> int:
    """The codec's own rate that keeps all of the sound: the lowest one that is not below `sample_rate`."""
    if codec == "libopus":
        # Opus works at 48 kHz inside, whatever it is given.
        return 48_000
    from av.codec import Codec

    rates = sorted(Codec(codec, "w").audio_rates or [sample_rate])
    return next((rate for rate in rates if rate >= sample_rate), rates[-1])


class _Pipe:
    """A binary stream as FFmpeg may use it: write only, so that it never tries to go back."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, data: bytes) -> int:
        self._stream.write(data)
        return len(data)

    def flush(self) -> None:
        self._stream.flush()
