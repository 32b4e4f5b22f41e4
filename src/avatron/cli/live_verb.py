"""The options of `avatron live`. Nothing heavy is imported here."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

__all__ = ["add_live_verb"]

_EPILOG = """examples:
  avatron live
  avatron live --camera 1 --camera-size 1280x720 --to livelink://192.168.1.20
  avatron live --to osc://127.0.0.1:9000 --to stdout > curves.jsonl
  avatron live --input interview.mp4 --lines csv > curves.csv
  ffmpeg -i rtsp://... -f mjpeg - | avatron live --input - --newest --to osc://studio:9000
"""


def add_live_verb(
    verbs: Any, add: Callable[..., argparse.ArgumentParser], lazy: Callable[..., Callable[..., int]]
) -> None:
    """Add the verb; `add` and `lazy` make it as the parser does."""
    verb = add(verbs, "live", "send the motion of a face as it moves, from a camera or a pipe", lazy("live"), _EPILOG)
    source = verb.add_argument_group("source").add_mutually_exclusive_group()
    source.add_argument("--camera", type=int, metavar="N", help="camera /dev/videoN (default: 0)")
    source.add_argument("--input", metavar="PATH", help="a film, or `-` for standard input (y4m, mjpeg, mkv, mpegts)")
    verb.add_argument("--camera-size", metavar="WxH", help="what to ask the camera for, e.g. 1280x720")
    verb.add_argument("--camera-fps", type=int, metavar="N", help="pictures a second to ask the camera for")
    verb.add_argument(
        "--newest",
        action="store_true",
        help="leave pictures out rather than lag; always so for cameras. A film is played at its own speed then",
    )
    verb.add_argument(
        "--to",
        action="append",
        metavar="WHERE",
        help="stdout (default), osc://HOST:PORT or livelink://HOST:PORT/SUBJECT; may be given more than once",
    )
    verb.add_argument(
        "--lines", default="json", choices=("json", "csv"), help="what lines on stdout are (default: json)"
    )
    verb.add_argument("--seconds", type=float, metavar="S", help="end after so many seconds of pictures")
