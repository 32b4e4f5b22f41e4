"""The low anchor: a film whose sound comes early, made without touching a picture or a sample."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from avatron.errors import InvalidValueError
from avatron.io.atomic import PendingFile, output_errors
from avatron.io.media import open_media

__all__ = ["EARLY_S", "write_with_early_sound"]

EARLY_S = 0.2
"""Twice what viewers detect: ITU-R BT.1359 puts the threshold of sound that leads at 45 ms, of acceptance at 90 ms."""


def write_with_early_sound(source: Path, target: Path, early_s: float = EARLY_S) -> Path:
    """A copy of a film whose sound leads its pictures by `early_s` seconds more than the film's own does.

    The first picture stands that much longer and all others come later; packets are copied as they are, so that the
    copy differs from the film in nothing else.

    Raises:
        InvalidValueError: an advance outside 0 .. 2 s.
        UnreadableFileError: the film is missing or damaged.
        OutputError: the copy cannot be written.
    """
    import av

    if not 0 < early_s <= 2:
        raise InvalidValueError(f"sound that is {early_s} s early; expected more than 0 and at most 2")
    with open_media(source, "film") as container, PendingFile(target, overwrite=True) as pending:
        muxer = "webm" if target.suffix.lower() == ".webm" else "mp4"
        with output_errors(target), av.open(f"file:{pending.partial}", "w", format=muxer) as copy:
            kept = [container.streams.video[0], *container.streams.audio[:1]]
            copies = {stream.index: copy.add_stream_from_template(stream) for stream in kept}
            picture = kept[0]
            later = round(Fraction(early_s).limit_denominator(1000) / picture.time_base)
            first = True
            for packet in container.demux(kept):
                if packet.dts is None or packet.pts is None:
                    continue
                if packet.stream_index == picture.index:
                    if first:
                        packet.duration = (packet.duration or 0) + later
                    else:
                        packet.pts += later
                        packet.dts += later
                    first = False
                packet.stream = copies[packet.stream_index]
                copy.mux(packet)
    return target
