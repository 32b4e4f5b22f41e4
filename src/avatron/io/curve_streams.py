"""Where the curves of a live face go: lines on a stream, OSC or Live Link Face packets over UDP."""

from __future__ import annotations

import json
import socket
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, BinaryIO, Protocol
from urllib.parse import urlsplit

from avatron.core.motion import ARKIT_NAMES, FaceMotion
from avatron.errors import InvalidValueError, OutputError
from avatron.io.atomic import output_errors
from avatron.io.curves import CurveCsvWriter, live_link_values
from avatron.io.live_link import LIVE_LINK_PORT, live_link_packet
from avatron.io.osc import osc_bundle, osc_message, osc_time

__all__ = ["CsvLines", "CurveStream", "JsonLines", "LiveCurves", "LiveLinkSender", "OscSender", "open_curve_stream"]

_OSC_PORT = 9000


@dataclass(frozen=True, eq=False)
class LiveCurves:
    """What is told of one frame."""

    frame: int
    """Its number since the start, those that were dropped counted too."""
    time_s: float
    """When it was shown, on the clock of the source."""
    valid: bool
    """Whether a face was seen; where not, there is no motion to tell of."""
    motion: FaceMotion | None
    """One frame; None where it is not valid."""
    calibrated: bool
    """Whether the person's own identity is known already; before that it is a mean head's motion."""
    dropped: int
    """Frames that were left out since the start, to keep up."""


class CurveStream(Protocol):
    """Hears of each frame as soon as it is solved."""

    def send(self, curves: LiveCurves) -> None:
        """Tell of a frame.

        Raises:
            OutputError: it cannot be told.
        """
        ...

    def close(self) -> None:
        """Let go of what it holds."""
        ...


class JsonLines:
    """A JSON object a line, flushed at once: `frame`, `time_s`, `valid`, `calibrated`, `dropped`, and where valid
    `curves` (ARKit names, 0 .. 1), `head_rotation_rad` (axis-angle), `head_translation_m` and `gaze_rad`."""

    def __init__(self, stream: BinaryIO) -> None:
        """Write to `stream`, which stays open."""
        self._stream = stream

    def send(self, curves: LiveCurves) -> None:
        """Write one line."""
        line: dict[str, object] = {
            "frame": curves.frame,
            "time_s": round(curves.time_s, 4),
            "valid": curves.valid,
            "calibrated": curves.calibrated,
            "dropped": curves.dropped,
        }
        if curves.motion is not None:
            motion = curves.motion
            weights = motion.expression[0, : len(ARKIT_NAMES)].tolist()
            line["curves"] = {name: round(weight, 4) for name, weight in zip(ARKIT_NAMES, weights, strict=True)}
            line["head_rotation_rad"] = [round(value, 5) for value in motion.head_rotation[0].tolist()]
            line["head_translation_m"] = [round(value, 5) for value in motion.head_translation[0].tolist()]
            line["gaze_rad"] = [[round(value, 4) for value in eye] for eye in motion.gaze[0].tolist()]
        with output_errors("-"):
            self._stream.write(json.dumps(line, separators=(",", ":")).encode("ascii") + b"\n")
            self._stream.flush()

    def close(self) -> None:
        """Nothing to let go of."""


class CsvLines:
    """Live Link Face's csv, a line a frame in which a face was seen, flushed at once."""

    def __init__(self, stream: BinaryIO) -> None:
        """Write to `stream`, which stays open."""
        self._stream = stream
        self._writer = CurveCsvWriter(stream)

    def send(self, curves: LiveCurves) -> None:
        """Write one line, if there is something to tell."""
        if curves.motion is not None:
            self._writer.write(curves.motion)
            with output_errors("-"):
                self._stream.flush()

    def close(self) -> None:
        """Nothing to let go of."""


class _Udp:
    """A socket that sends datagrams to one place. Nobody needs to listen there."""

    def __init__(self, host: str, port: int) -> None:
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
            self._address: Any = address
            self._socket = socket.socket(family, kind, protocol)
        except OSError as error:
            raise OutputError(f"cannot send to `{host}:{port}`: {error.strerror or error}") from None
        self._name = f"{host}:{port}"

    def send(self, packet: bytes) -> None:
        try:
            self._socket.sendto(packet, self._address)
        except ConnectionRefusedError:
            # What an earlier packet met; a receiver that is started later must still hear the next ones.
            pass
        except OSError as error:
            raise OutputError(f"cannot send to `{self._name}`: {error.strerror or error}") from None

    def close(self) -> None:
        self._socket.close()


class OscSender:
    """A bundle a frame: `/avatron/frame` (number, seconds, valid, calibrated), and where valid `/avatron/arkit` (52
    weights), `/avatron/head` (yaw, pitch, roll in radians; x, y, z in metres) and `/avatron/eyes` (yaw and pitch, left
    and right)."""

    def __init__(self, host: str, port: int) -> None:
        """Send to a host; raises OutputError where it is unknown."""
        self._udp = _Udp(host, port)

    def send(self, curves: LiveCurves) -> None:
        """Send one bundle."""
        about = [curves.frame, float(curves.time_s), int(curves.valid), int(curves.calibrated)]
        messages = [osc_message("/avatron/frame", about)]
        if curves.motion is not None:
            values = live_link_values(curves.motion)[0].tolist()
            weights = len(ARKIT_NAMES)
            place = curves.motion.head_translation[0].tolist()
            messages += [
                osc_message("/avatron/arkit", values[:weights]),
                osc_message("/avatron/head", values[weights : weights + 3] + place),
                osc_message("/avatron/eyes", curves.motion.gaze[0].ravel().tolist()),
            ]
        self._udp.send(osc_bundle(messages, osc_time(time.time())))

    def close(self) -> None:
        """Close the socket."""
        self._udp.close()


class LiveLinkSender:
    """Live Link Face's packets, one for each frame in which a face was seen."""

    def __init__(self, host: str, port: int, subject: str = "avatron") -> None:
        """Send to a host as `subject`; raises OutputError where the host is unknown."""
        self._udp = _Udp(host, port)
        self._subject = subject
        self._device = str(uuid.uuid4()).upper()

    def send(self, curves: LiveCurves) -> None:
        """Send one packet, if there is something to tell."""
        if curves.motion is None:
            return
        fps = Fraction(curves.motion.fps)
        values = live_link_values(curves.motion)[0].tolist()
        self._udp.send(
            live_link_packet(values, device=self._device, subject=self._subject, frame=curves.frame, fps=fps)
        )

    def close(self) -> None:
        """Close the socket."""
        self._udp.close()


def open_curve_stream(target: str, stdout: BinaryIO, *, line_format: str = "json") -> CurveStream:
    """The stream that `stdout`, `osc://HOST[:PORT]` or `livelink://HOST[:PORT][/SUBJECT]` names.

    Raises:
        InvalidValueError: anything else.
        OutputError: an unknown host.
    """
    if target in ("stdout", "-"):
        lines: dict[str, Callable[[BinaryIO], CurveStream]] = {"json": JsonLines, "csv": CsvLines}
        if line_format not in lines:
            raise InvalidValueError(f"lines of `{line_format}`; expected {' or '.join(lines)}")
        return lines[line_format](stdout)
    parts = urlsplit(target)
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if parts.scheme not in ("osc", "livelink") or not host:
        raise InvalidValueError(
            f"cannot send to `{target}`; expected `stdout`, `osc://HOST:PORT` or `livelink://HOST:PORT/SUBJECT`"
        )
    if parts.scheme == "osc":
        return OscSender(host, port or _OSC_PORT)
    return LiveLinkSender(host, port or LIVE_LINK_PORT, parts.path.strip("/") or "avatron")
