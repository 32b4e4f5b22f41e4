"""Which video codecs the installed FFmpeg offers, what each can hold, and what a quality means to it.

Codecs are plugs that are found at run time: FFmpeg builds differ (x264 is GPL, and not in every one).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache

from avatron.errors import InvalidValueError, MissingComponentError, UnknownNameError, UsageError

__all__ = [
    "CODECS",
    "CONTAINERS",
    "DEFAULT_QUALITY",
    "Container",
    "VideoCodec",
    "available_encoders",
    "choose_codec",
    "codecs_here",
]

DEFAULT_QUALITY = 80
"""On 0 .. 100: hardly to be told from the drawing; 60 is good for the web, 100 for further work."""

Options = dict[str, str]


@dataclass(frozen=True)
class VideoCodec:
    """A way to store pictures."""

    name: str
    title: str
    encoders: tuple[str, ...]
    """FFmpeg's names, best first; the first one that is installed is used."""
    pixel_format: str
    """FFmpeg's name of how pixels are stored."""
    options: Callable[[int, bool], Options]
    """The encoder's options for a quality of 0 .. 100, and for transparency."""
    alpha_pixel_format: str | None = None
    """How pixels with transparency are stored; None: it cannot hold any."""
    step: tuple[int, int] = (1, 1)
    """Width and height must be multiples of these: 1 or 2."""
    smallest_side: int = 1
    largest_side: int = 16384
    """Pixels."""

    def check_size(self, width: int, height: int) -> None:
        """Refuse a size that the codec cannot hold; the nearest one that it can is named.

        Raises:
            InvalidValueError: such a size.
        """
        legal = self.nearest_size(width, height)
        if legal == (width, height):
            return
        kind = {(1, 1): "sides", (2, 2): "even sides", (2, 1): "an even width, and sides"}[self.step]
        need = f"{kind} of {self.smallest_side} to {self.largest_side} px"
        raise InvalidValueError(
            f"{self.name} cannot hold {width}x{height}: it needs {need}; the nearest is {legal[0]}x{legal[1]}"
        )

    def nearest_size(self, width: int, height: int) -> tuple[int, int]:
        """The legal size nearest to (width, height), the larger of two that are equally near."""
        return _nearest(width, self.step[0], self), _nearest(height, self.step[1], self)


@dataclass(frozen=True)
class Container:
    """A type of film file."""

    name: str
    muxer: str
    """FFmpeg's name."""
    codecs: tuple[str, ...]
    """Names of codecs it can hold, best first."""
    audio_codec: str
    options: Options
    """For a file."""
    pipe_options: Options
    """For a pipe, where nothing can be patched afterwards."""
    alpha_codecs: tuple[str, ...] = ()
    """Names of codecs whose transparency it can hold, best first. (VP9's travels beside the picture, and mp4 has no
    place for that.)"""


def _nearest(side: int, step: int, codec: VideoCodec) -> int:
    smallest = -(-codec.smallest_side // step) * step
    largest = codec.largest_side // step * step
    return min(max((side + step // 2) // step * step, smallest), largest)


def _on_scale(quality: int, worst: float, best: float) -> str:
    """A codec's own number for a quality, on the straight line from `worst` at 0 to `best` at 100."""
    return str(round(worst + (best - worst) * quality / 100))


def _x264(quality: int, _: bool) -> Options:
    # Over a talking face, veryfast took 3.3 ms of processor time a frame; with a small search and a fixed row of
    # B-frames it takes 2.0 ms for the same size at the same SSIM (0.9877). superfast made 3.5 times the bytes.
    # chromaloc: where `native/yuv` puts chroma.
    parameters = "me=dia:subme=1:b-adapt=0:chromaloc=1"
    return {"preset": "veryfast", "crf": _on_scale(quality, 38, 12), "x264-params": parameters}


def _x265(quality: int, _: bool) -> Options:
    parameters = "log-level=error:pools=2"
    return {"preset": "superfast", "crf": _on_scale(quality, 42, 18), "x265-params": parameters}


def _vpx(quality: int, _: bool) -> Options:
    # auto-alt-ref must be off for transparency; lag 0 keeps memory and delay small.
    speed = {"deadline": "realtime", "cpu-used": "7", "row-mt": "1", "auto-alt-ref": "0", "lag-in-frames": "0"}
    return {**speed, "crf": _on_scale(quality, 56, 24), "b": "0"}


def _svt_av1(quality: int, _: bool) -> Options:
    return {"preset": "9", "crf": _on_scale(quality, 58, 22), "svtav1-params": "lp=2"}


def _prores(quality: int, alpha: bool) -> Options:
    if alpha:
        return {"profile": "4444", "alpha_bits": "16", "vendor": "apl0"}
    return {"profile": ("proxy", "lt", "standard", "hq")[min(quality // 25, 3)], "vendor": "apl0"}


def _lossless(_quality: int, _alpha: bool) -> Options:
    return {"level": "3", "slices": "4"}


CODECS: dict[str, VideoCodec] = {
    codec.name: codec
    for codec in (
        VideoCodec("h264", "H.264", ("libx264",), "yuv420p", _x264, step=(2, 2), smallest_side=16),
        VideoCodec("h265", "H.265", ("libx265",), "yuv420p", _x265, step=(2, 2), smallest_side=16),
        VideoCodec("vp9", "VP9", ("libvpx-vp9",), "yuv420p", _vpx, "yuva420p"),
        VideoCodec("av1", "AV1", ("libsvtav1",), "yuv420p", _svt_av1, step=(2, 2), smallest_side=64, largest_side=8192),
        VideoCodec("prores", "ProRes", ("prores_ks",), "yuv422p10le", _prores, "yuva444p10le", step=(2, 1)),
        VideoCodec("ffv1", "FFV1 (lossless)", ("ffv1",), "bgr0", _lossless, "bgra"),
    )
}
"""What avatron knows how to ask for, by name."""

_FRAGMENTED = {"movflags": "frag_keyframe+delay_moov+default_base_moof"}
_FAST_START = {"movflags": "+faststart"}

CONTAINERS: dict[str, Container] = {
    container.name: container
    for container in (
        Container("mp4", "mp4", ("h264", "h265", "av1", "vp9"), "aac", _FAST_START, _FRAGMENTED),
        Container("mov", "mov", ("h264", "prores", "h265"), "aac", _FAST_START, _FRAGMENTED, ("prores",)),
        Container("webm", "webm", ("vp9", "av1"), "libopus", {}, {"live": "1"}, ("vp9",)),
        Container(
            "mkv", "matroska", ("h264", "vp9", "h265", "av1", "ffv1"), "libopus", {}, {"live": "1"}, ("vp9", "ffv1")
        ),
    )
}
"""Film files, by name, which is the suffix."""


@lru_cache(maxsize=1)
def available_encoders() -> frozenset[str]:
    """FFmpeg's names of the encoders that are installed."""
    from av.codec import codecs_available
    from av.codec.codec import Codec, UnknownCodecError

    names = {name for codec in CODECS.values() for name in codec.encoders} | {"aac", "libopus"}
    found = set()
    for name in names & set(codecs_available):
        try:
            Codec(name, "w")
        except (UnknownCodecError, ValueError):
            continue
        found.add(name)
    return frozenset(found)


def codecs_here(container: str, encoders: Collection[str] | None = None) -> list[VideoCodec]:
    """The codecs that a container can hold and that are installed, best first."""
    installed = available_encoders() if encoders is None else encoders
    return [CODECS[name] for name in CONTAINERS[container].codecs if set(CODECS[name].encoders) & set(installed)]


def choose_codec(
    container: str, name: str | None = None, *, alpha: bool = False, encoders: Collection[str] | None = None
) -> VideoCodec:
    """The codec called `name` for a container, or its best; never another than the one that was asked for.

    `alpha` asks for transparency. `encoders` stands for the installed ones.

    Raises:
        UnknownNameError: no codec of that name.
        UsageError: the container cannot hold it, or it cannot hold transparency.
        MissingComponentError: it is not in the installed FFmpeg; the message names what is.
    """
    holder = CONTAINERS[container]
    here = [codec for codec in codecs_here(container, encoders) if codec.name in holder.alpha_codecs or not alpha]
    offered = ", ".join(codec.name for codec in here) or "none"
    if alpha and not holder.alpha_codecs:
        raise UsageError(f"{container} cannot hold transparency; write webm, gif or png, or choose a background")
    if name is None:
        # A container's first choice is what its readers expect: another one is taken only where it is asked for.
        name = (holder.alpha_codecs if alpha else holder.codecs)[0]
    if name not in CODECS:
        raise UnknownNameError("codec", name, CODECS)
    codec = CODECS[name]
    if name not in holder.codecs:
        raise UsageError(f"{container} cannot hold {name}; codecs for {container} here: {offered}")
    if alpha and name not in holder.alpha_codecs:
        raise UsageError(f"{name} cannot hold transparency; codecs that can in {container}: {offered}")
    if codec not in here:
        raise MissingComponentError(
            f"the installed FFmpeg has no encoder for {name} ({' or '.join(codec.encoders)}); give "
            f"`--codec` one of: {offered}, or write webm"
        )
    return codec
