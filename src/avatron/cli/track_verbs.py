"""The options of `avatron animate` and `avatron track`. Nothing heavy is imported here."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

__all__ = ["add_animate_verb"]

_ANIMATE_EPILOG = """examples:
  avatron animate --from motion.npz --avatar zuri -o zuri.mp4 --audio interview.mp4
  avatron animate --from motion.npz --avatar henry -o henry.glb --head still
"""


def add_animate_verb(
    verbs: Any,
    add: Callable[..., argparse.ArgumentParser],
    lazy: Callable[..., Callable[..., int]],
    shared: tuple[Callable[[argparse.ArgumentParser], None], ...],
) -> None:
    """Add the verb; `add` and `lazy` make it as the parser does, `shared` add the options of all that draws."""
    verb = add(verbs, "animate", "put a tracked performance onto another head", lazy("animate"), _ANIMATE_EPILOG)
    verb.add_argument(
        "--from",
        dest="source",
        required=True,
        metavar="MOTION",
        help="npz of `avatron track`, or any npz or csv of motion",
    )
    verb.add_argument("--audio", metavar="PATH", help="sound: a file of it, or the video that was tracked")
    for options in shared:
        options(verb)
    group = verb.add_argument_group("performance")
    group.add_argument(
        "--head",
        default="soft",
        choices=("keep", "soft", "still"),
        help="head motion: as far as the picture has room, a little (default), or none",
    )
    group.add_argument(
        "--no-eye-contact", action="store_true", help="somebody who looks just past the camera goes on doing so"
    )
    group.add_argument("--no-steady", action="store_true", help="curves as they were tracked, with their jitter")
