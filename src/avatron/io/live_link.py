"""The UDP packets in which the app Live Link Face tells Unreal Engine of a face, version 6.

A packet is the version (one byte), a device and a subject (each a length and so many bytes), the frame and the part of
it, the rate as a fraction, the number of values (one byte) and the values; all big-endian. There is no description of
its makers; this is how receivers of such packets read them.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from fractions import Fraction

from avatron.errors import InvalidValueError

__all__ = ["LIVE_LINK_PORT", "LIVE_LINK_VALUES", "live_link_packet"]

LIVE_LINK_PORT = 11111
"""Where Unreal Engine listens unless it is told otherwise."""
LIVE_LINK_VALUES = 61
"""ARKit's 52 weights, then yaw, pitch and roll of head, left and right eye in radians, as `io.curves` has them."""

_VERSION = 6
_DEVICE_LENGTH = 36
_LONGEST_SUBJECT = 200


def live_link_packet(
    values: Sequence[float], *, device: str, subject: str, frame: int, fps: Fraction, frame_part: float = 0.0
) -> bytes:
    """One frame of a face.

    Args:
        values: [61] of `LIVE_LINK_COLUMNS`, without the first two.
        device: a UUID in its usual form of 36 characters: receivers count on that length.
        subject: the name by which the receiver lists the face.
        frame: its number on the sender's clock.
        fps: frames a second.
        frame_part: how far into the frame, 0 .. 1.

    Raises:
        InvalidValueError: another number of values or one that is not finite, or names of a wrong length.
    """
    if len(values) != LIVE_LINK_VALUES or not all(math.isfinite(value) for value in values):
        raise InvalidValueError(f"a Live Link packet holds {LIVE_LINK_VALUES} finite values, not {len(values)}")
    name = subject.encode()
    if len(device) != _DEVICE_LENGTH or not device.isascii():
        raise InvalidValueError(f"device `{device}` is not a UUID of {_DEVICE_LENGTH} characters")
    if not 1 <= len(name) <= _LONGEST_SUBJECT:
        raise InvalidValueError(f"a subject has 1 to {_LONGEST_SUBJECT} bytes, `{subject}` has {len(name)}")
    return b"".join(
        (
            struct.pack(">Bi", _VERSION, _DEVICE_LENGTH),
            device.encode("ascii"),
            struct.pack(">i", len(name)),
            name,
            struct.pack(">ifii", frame & 0x7FFFFFFF, frame_part, fps.numerator, fps.denominator),
            struct.pack(f">B{LIVE_LINK_VALUES}f", LIVE_LINK_VALUES, *values),
        )
    )
