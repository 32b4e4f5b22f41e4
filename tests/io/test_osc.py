from __future__ import annotations

import struct

import pytest

from avatron.errors import InvalidValueError
from avatron.io.osc import osc_bundle, osc_message, osc_time


def test_a_message_is_as_the_specification_prints_it() -> None:
    # The two examples of the specification of OSC 1.0.
    assert osc_message("/oscillator/4/frequency", [440.0]) == b"/oscillator/4/frequency\0,f\0\0\x43\xdc\0\0"
    expected = b"/foo\0\0\0\0,iisff\0\0\0\0\x03\xe8\xff\xff\xff\xffhello\0\0\0\x3f\x9d\xf3\xb6\x40\xb5\xb2\x2d"
    assert osc_message("/foo", [1000, -1, "hello", 1.234, 5.678]) == expected


def test_a_bundle_holds_its_messages_with_their_lengths() -> None:
    first, second = osc_message("/a", [1]), osc_message("/bc", [0.5, "x"])
    bundle = osc_bundle([first, second], 7)
    assert bundle[:16] == b"#bundle\0" + struct.pack(">Q", 7)
    assert bundle[16:] == struct.pack(">i", len(first)) + first + struct.pack(">i", len(second)) + second
    assert len(first) % 4 == len(second) % 4 == 0


def test_time_counts_from_1900_in_fixed_point() -> None:
    assert osc_time(0.0) == 2208988800 << 32
    assert osc_time(1.5) == (2208988801 << 32) + 2**31


def test_what_osc_cannot_carry_is_refused() -> None:
    for argument in (True, 2**40, None, 1e300):
        with pytest.raises(InvalidValueError):
            osc_message("/a", [argument])  # type: ignore[list-item]
    for address in ("a", "/ä"):
        with pytest.raises(InvalidValueError):
            osc_message(address, [1])
