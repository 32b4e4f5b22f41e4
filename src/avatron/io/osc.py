"""Open Sound Control 1.0 messages and bundles, as far as numbers and text go.

Wright, "The Open Sound Control 1.0 Specification" (2002): strings end in a zero and are padded to four bytes, numbers
are big-endian, and a bundle carries a time tag for all that is in it.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from avatron.errors import InvalidValueError

__all__ = ["osc_bundle", "osc_message", "osc_time"]

_EPOCH_S = 2208988800
"""From 1900, where OSC (and NTP) begin to count, to 1970."""


def osc_message(address: str, arguments: Sequence[float | int | str]) -> bytes:
    """One message; ints are sent as int32, other numbers as float32, text as a string.

    Raises:
        InvalidValueError: an address that does not begin with `/`, or an argument of another kind or too large.
    """
    if not address.startswith("/") or not address.isascii():
        raise InvalidValueError(f"OSC address `{address}` must begin with `/` and be ASCII")
    tags, content = ",", b""
    for argument in arguments:
        if isinstance(argument, bool) or not isinstance(argument, int | float | str):
            raise InvalidValueError(f"`{address}` cannot carry {argument!r}; OSC takes numbers and text here")
        try:
            if isinstance(argument, str):
                tags, content = tags + "s", content + _padded(argument.encode())
            elif isinstance(argument, int):
                tags, content = tags + "i", content + struct.pack(">i", argument)
            else:
                tags, content = tags + "f", content + struct.pack(">f", argument)
        except (struct.error, OverflowError) as error:
            raise InvalidValueError(f"`{address}` cannot carry {argument!r}: {error}") from None
    return _padded(address.encode()) + _padded(tags.encode()) + content


def osc_bundle(messages: Sequence[bytes], time_tag: int = 1) -> bytes:
    """All `messages` as one bundle; `time_tag` of `osc_time`, 1 means at once."""
    parts = [b"#bundle\0", struct.pack(">Q", time_tag)]
    for message in messages:
        parts += [struct.pack(">i", len(message)), message]
    return b"".join(parts)


def osc_time(unix_s: float) -> int:
    """The time tag of a time in seconds since 1970: seconds since 1900 in 32.32 fixed point."""
    whole = int(unix_s)
    return (whole + _EPOCH_S << 32) + int((unix_s - whole) * 2**32)


def _padded(text: bytes) -> bytes:
    return text + b"\0" * (4 - len(text) % 4)
