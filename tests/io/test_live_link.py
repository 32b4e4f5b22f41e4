from __future__ import annotations

import struct
import uuid
from fractions import Fraction

import numpy as np
import pytest

from avatron.errors import InvalidValueError
from avatron.io.curves import LIVE_LINK_COLUMNS
from avatron.io.live_link import LIVE_LINK_VALUES, live_link_packet

DEVICE = str(uuid.UUID(int=7)).upper()


def read_packet(packet: bytes) -> dict[str, object]:
    """A receiver, as receivers of the app's packets read them: by position, the device's length fixed at 36."""
    (version,) = struct.unpack("<i", packet[:4])
    assert packet[4:5] == b"$"
    (name_length,) = struct.unpack("!i", packet[41:45])
    after = 45 + name_length
    frame, part, numerator, denominator, count = struct.unpack("!if2ib", packet[after : after + 17])
    return {
        "version": version,
        "device": packet[5:41].decode(),
        "subject": packet[45:after].decode(),
        "frame": frame,
        "part": part,
        "fps": Fraction(numerator, denominator),
        "values": struct.unpack(f"!{count}f", packet[after + 17 :]),
    }


def test_receivers_read_a_packet_back() -> None:
    assert len(LIVE_LINK_COLUMNS) - 2 == LIVE_LINK_VALUES
    values = np.linspace(-0.5, 1, LIVE_LINK_VALUES)
    packet = live_link_packet(
        values.tolist(), device=DEVICE, subject="Zoë", frame=1234, fps=Fraction(30000, 1001), frame_part=0.25
    )
    read = read_packet(packet)
    # A byte for the version and the first three of a length of 36 ("$") look like a little-endian 6 to most receivers.
    assert read["version"] == 6 and read["device"] == DEVICE and read["subject"] == "Zoë"
    assert read["frame"] == 1234 and read["part"] == 0.25 and read["fps"] == Fraction(30000, 1001)
    assert np.allclose(read["values"], values, atol=1e-7)  # type: ignore[arg-type]


def test_what_no_receiver_could_read_is_refused() -> None:
    good = [0.0] * LIVE_LINK_VALUES
    fps = Fraction(30)
    for values, device, subject in (
        (good[:-1], DEVICE, "a"),
        ([float("nan"), *good[1:]], DEVICE, "a"),
        (good, "short", "a"),
        (good, DEVICE, ""),
        (good, DEVICE, "x" * 300),
    ):
        with pytest.raises(InvalidValueError):
            live_link_packet(values, device=device, subject=subject, frame=0, fps=fps)
