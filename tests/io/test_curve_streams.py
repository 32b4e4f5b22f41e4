from __future__ import annotations

import csv
import io
import json
import socket
import struct
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from avatron.core.motion import ARKIT_NAMES, EXPRESSION_INDEX, FaceMotion
from avatron.errors import InvalidValueError, OutputError
from avatron.io.curve_streams import LiveCurves, open_curve_stream
from avatron.io.curves import LIVE_LINK_COLUMNS


@pytest.fixture
def curves() -> LiveCurves:
    rest = FaceMotion.at_rest(1)
    expression = rest.expression.copy()
    expression[0, EXPRESSION_INDEX["jawOpen"]] = 0.5
    motion = replace(
        rest,
        expression=expression,
        head_rotation=np.array([[0.0, 0.25, 0.0]], np.float32),
        head_translation=np.array([[0.01, 0.02, 0.03]], np.float32),
        gaze=np.array([[[0.1, 0.2], [0.3, 0.4]]], np.float32),
        first_frame=12,
    )
    return LiveCurves(frame=12, time_s=0.48, valid=True, motion=motion, calibrated=True, dropped=3)


@pytest.fixture
def nobody() -> LiveCurves:
    return LiveCurves(frame=13, time_s=0.52, valid=False, motion=None, calibrated=True, dropped=3)


@pytest.fixture
def receiver() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiving:
        receiving.bind(("127.0.0.1", 0))
        receiving.settimeout(5)
        yield receiving


def test_json_lines_say_what_was_seen_and_that_nothing_was(curves: LiveCurves, nobody: LiveCurves) -> None:
    out = io.BytesIO()
    stream = open_curve_stream("stdout", out)
    stream.send(curves)
    stream.send(nobody)
    first, second = map(json.loads, out.getvalue().splitlines())
    assert first["frame"] == 12 and first["valid"] and first["dropped"] == 3 and first["calibrated"]
    assert tuple(first["curves"]) == ARKIT_NAMES and first["curves"]["jawOpen"] == 0.5
    assert first["head_rotation_rad"] == [0, 0.25, 0] and first["gaze_rad"] == [[0.1, 0.2], [0.3, 0.4]]
    assert second == {"frame": 13, "time_s": 0.52, "valid": False, "calibrated": True, "dropped": 3}


def test_csv_lines_are_live_link_faces(curves: LiveCurves, nobody: LiveCurves) -> None:
    out = io.BytesIO()
    stream = open_curve_stream("-", out, line_format="csv")
    stream.send(nobody)
    stream.send(curves)
    header, row = csv.reader(io.StringIO(out.getvalue().decode()))
    assert tuple(header) == LIVE_LINK_COLUMNS
    assert float(row[header.index("JawOpen")]) == 0.5 and float(row[header.index("HeadYaw")]) == pytest.approx(0.25)


def test_live_link_packets_arrive_under_their_subject(
    curves: LiveCurves, nobody: LiveCurves, receiver: socket.socket
) -> None:
    stream = open_curve_stream(f"livelink://127.0.0.1:{receiver.getsockname()[1]}/anna", io.BytesIO())
    stream.send(nobody)
    stream.send(curves)
    packet = receiver.recv(4096)
    stream.close()
    assert packet[45:49] == b"anna"
    frame, *_, count = struct.unpack("!if2ib", packet[49:66])
    values = struct.unpack("!61f", packet[66:])
    assert frame == 12 and count == 61
    assert values[EXPRESSION_INDEX["jawOpen"]] == 0.5 and values[52] == pytest.approx(0.25)


def test_osc_bundles_arrive_with_curves_head_and_eyes(
    curves: LiveCurves, nobody: LiveCurves, receiver: socket.socket
) -> None:
    stream = open_curve_stream(f"osc://127.0.0.1:{receiver.getsockname()[1]}", io.BytesIO())
    stream.send(curves)
    stream.send(nobody)
    messages = read_bundle(receiver.recv(4096))
    assert messages["/avatron/frame"] == pytest.approx((12, 0.48, 1, 1))
    assert len(messages["/avatron/arkit"]) == 52
    assert messages["/avatron/arkit"][EXPRESSION_INDEX["jawOpen"]] == 0.5
    assert messages["/avatron/head"] == pytest.approx((0.25, 0, 0, 0.01, 0.02, 0.03), abs=1e-6)
    assert messages["/avatron/eyes"] == pytest.approx((0.1, 0.2, 0.3, 0.4))
    assert read_bundle(receiver.recv(4096)).keys() == {"/avatron/frame"}
    stream.close()


def read_bundle(packet: bytes) -> dict[str, tuple[float, ...]]:
    assert packet[:8] == b"#bundle\0"
    at, found = 16, {}
    while at < len(packet):
        (length,) = struct.unpack(">i", packet[at : at + 4])
        message = packet[at + 4 : at + 4 + length]
        address = message[: message.index(b"\0")]
        tags_at = len(address) // 4 * 4 + 4
        tags = message[tags_at : message.index(b"\0", tags_at)].decode()
        values_at = tags_at + len(tags) // 4 * 4 + 4
        found[address.decode()] = struct.unpack(">" + tags[1:], message[values_at:])
        at += 4 + length
    return found


def test_nobody_needs_to_listen(curves: LiveCurves, receiver: socket.socket) -> None:
    port = receiver.getsockname()[1]
    receiver.close()
    stream = open_curve_stream(f"osc://127.0.0.1:{port}", io.BytesIO())
    for _ in range(5):
        stream.send(curves)
    stream.close()


def test_targets_that_make_no_sense_are_refused() -> None:
    for target in ("file://x", "osc://", "livelink://host:port", "somewhere"):
        with pytest.raises(InvalidValueError, match="livelink"):
            open_curve_stream(target, io.BytesIO())
    with pytest.raises(InvalidValueError):
        open_curve_stream("stdout", io.BytesIO(), line_format="xml")
    with pytest.raises(OutputError, match="no-such-host"):
        open_curve_stream("osc://no-such-host.invalid:9000", io.BytesIO())
