"""When a film's pictures are shown and where its sound lies, read from its packets without decoding any."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["PacketTable", "read_packets"]

_MISSING_END_S = 0.5
"""A file whose last picture and sound end so much before what its header says was cut off."""


@dataclass(frozen=True, eq=False)
class PacketTable:
    """The packets of a film."""

    stamps: NDArray[np.int64]
    """[M] when each picture is shown, in ticks, rising."""
    keys: NDArray[np.int64]
    """[K] those of them that decoding can begin at."""
    tick: Fraction
    """Seconds."""
    timed: bool
    """False of a file that gives no times: `stamps` counts its pictures then, and `keys` is empty."""
    start: Fraction
    """The file's time 0, seconds on the clock of `stamps`."""
    declared_rates: tuple[Fraction, ...]
    """Frames per second that the header speaks of."""
    audio_start_s: float | None
    """On the file's clock; None where there is no sound."""
    audio_duration_s: float | None
    breaks_off: bool
    """Whether there is less in the file than its header says; `stamps` ends before the first that may be missing."""


def read_packets(container: Any, video: Any, audio: Any | None) -> PacketTable:
    """The table of a PyAV container's `video` stream and of its `audio`, read to the end.

    Raises:
        FFmpegError: the file cannot be read at all.
    """
    from av import time_base
    from av.error import FFmpegError

    start = Fraction(container.start_time or 0, time_base)
    stamps: list[int | None] = []
    keys: list[int | None] = []
    packets = 0
    last_sent: int | None = None
    whole = True
    sound_begin: Fraction | None = None
    sound_end = Fraction(0)
    try:
        for packet in container.demux(*([video] if audio is None else [video, audio])):
            if packet.size == 0:
                continue
            whole = whole and not packet.is_corrupt
            if packet.stream_index == video.index:
                packets += 1
                if packet.is_discard or packet.is_corrupt:
                    continue
                stamps.append(packet.pts)
                last_sent = packet.dts
                if packet.is_keyframe:
                    keys.append(packet.pts)
            elif packet.pts is not None:
                # What an encoder puts before the first sample lies before the file's time 0.
                begin = max(packet.pts * packet.time_base, start)
                sound_begin = begin if sound_begin is None else min(sound_begin, begin)
                sound_end = max(sound_end, begin + (packet.duration or 0) * packet.time_base)
    except FFmpegError:
        whole = False
    rates = tuple(Fraction(rate) for rate in (video.average_rate, video.guessed_rate, video.base_rate) if rate)
    timed = bool(stamps) and None not in stamps
    tick = Fraction(video.time_base) if timed else 1 / (rates[0] if rates else Fraction(25))
    times = np.unique(np.array(stamps, np.int64)) if timed else np.arange(len(stamps), dtype=np.int64)
    end = Fraction(0)
    if timed and len(times):
        end = max(int(times[-1]) * tick + (1 / rates[0] if rates else 0), sound_end)
    declared_end = start + Fraction(container.duration or 0, time_base)
    missing_s = float(declared_end - end) if timed else 0.0
    # Fewer packets than the header counts are no loss by themselves: an edit list leaves out what was trimmed away.
    fewer = (video.frames or 0) > packets and missing_s * float(rates[0] if rates else 25) > 1.5
    cut = fewer or missing_s > _MISSING_END_S
    if (cut or not whole) and timed and last_sent is not None:
        # Pictures are stored in the order of decoding, never after they are shown: what is missing is shown later.
        times = times[times <= last_sent]
    return PacketTable(
        stamps=times,
        keys=np.unique(np.array(keys, np.int64)) if timed else np.zeros(0, np.int64),
        tick=tick,
        timed=timed,
        start=start,
        declared_rates=rates,
        audio_start_s=None if sound_begin is None else float(sound_begin - start),
        audio_duration_s=None if sound_begin is None else float(sound_end - sound_begin),
        breaks_off=cut or not whole,
    )
