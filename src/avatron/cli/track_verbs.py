"""The options of `avatron animate` and `avatron track`. Nothing heavy is imported here."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

__all__ = ["add_animate_verb", "add_track_verb"]

_ANIMATE_EPILOG = """examples:
  avatron animate speech.wav -o talking.mp4
  avatron animate interview.mp4 --transcript interview.txt --avatar zuri -o zuri.mp4 -o zuri.srt
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
    verb = add(
        verbs,
        "animate",
        "make a head say recorded speech, or do what a tracked one did",
        lazy("animate"),
        _ANIMATE_EPILOG,
    )
    verb.add_argument("sound", nargs="?", metavar="SOUND", help="recorded speech: a sound or video file")
    verb.add_argument(
        "--from", dest="source", metavar="MOTION", help="npz of `avatron track`, or any npz or csv of motion"
    )
    for options in shared:
        options(verb)
    group = verb.add_argument_group("recorded speech")
    group.add_argument("--transcript", metavar="TEXT", help="what is said, or the path of a text file: helps the lips")
    group.add_argument("--animator", metavar="NAME", help="what moves the face (default: avatron)")
    group.add_argument(
        "--speech-encoder",
        metavar="NAME",
        help="what hears the speech: a name, a folder, or an ONNX file with its adapter beside it (default: mel)",
    )
    group.add_argument("--emotion", metavar="NAME", help="neutral (default), happy, sad, angry, surprised or calm")
    group.add_argument("--emotion-intensity", metavar="X", help="0 nothing .. 1 fully (default)")
    group.add_argument("--manner", metavar="WHAT", help="how this person moves, as in `speak` (default: plain)")
    group.add_argument("--fps", metavar="RATE", help="25, 29.97, 30000/1001 ... (default: 25)")
    group.add_argument("--seed", type=int, metavar="N", help="same seed, same film (default: 0)")
    group = verb.add_argument_group("tracked performance")
    group.add_argument("--audio", metavar="PATH", help="sound: a file of it, or the video that was tracked")
    group.add_argument(
        "--head",
        choices=("keep", "soft", "still"),
        help="head motion: as far as the picture has room, a little (soft, the default), or none",
    )
    group.add_argument(
        "--no-eye-contact", action="store_true", help="somebody who looks just past the camera goes on doing so"
    )
    group.add_argument("--no-steady", action="store_true", help="curves as they were tracked, with their jitter")


_TRACK_EPILOG = """examples:
  avatron track interview.mp4 -o motion.npz
  avatron track interview.mp4 -o motion.npz -o curves.csv -o head.glb -o head.obj -o overlay.mp4
  avatron track interview.mp4 --from motion.npz -o overlay.mp4
  avatron track --batch clips/ -o tracks/ --jobs 2
"""


def add_track_verb(
    verbs: Any, add: Callable[..., argparse.ArgumentParser], lazy: Callable[..., Callable[..., int]]
) -> None:
    """Add the verb; `add` and `lazy` make it as the parser does."""
    verb = add(verbs, "track", "find the motion of the person in a video", lazy("track"), _TRACK_EPILOG)
    verb.add_argument("video", nargs="?", metavar="VIDEO", help="film of one person; anything that FFmpeg reads")
    verb.add_argument(
        "--batch", metavar="PATH", help="a folder of videos, or a text file that names one a line: tracks all of them"
    )
    group = verb.add_argument_group("output")
    group.add_argument(
        "-o",
        "--output",
        action="append",
        default=[],
        metavar="PATH",
        help="its ending says the type: npz (the track), csv, glb, obj, mp4 (the model over the video), json (numbers "
        "of each frame); may be given several times. A folder with --batch",
    )
    group.add_argument("--overwrite", action="store_true", help="replace existing outputs")
    group.add_argument("--from", dest="source", metavar="TRACK", help="npz of the video's track: writes more outputs")
    group.add_argument(
        "--formats",
        default="npz",
        metavar="TYPES",
        help="what a batch writes of each, e.g. npz,csv (default: npz)",
    )
    group = verb.add_argument_group("tracking")
    group.add_argument(
        "--quality",
        default="full",
        choices=("landmarks", "full"),
        help="stop after the fit to landmarks, or refine it on the pictures (default: full)",
    )
    group.add_argument("--transcript", metavar="TEXT", help="what is said, or the path of a text file: helps the lips")
    group.add_argument("--words", metavar="PATH", help="json {clip: [[start s, end s, word], ...]}: what is said")
    group.add_argument("--no-audio", action="store_true", help="the sound has no say in the motion")
    group.add_argument(
        "--audio-offset",
        type=float,
        metavar="SECONDS",
        help="by how much the sound comes after the picture (before it: negative), instead of what is measured",
    )
    group.add_argument(
        "--subject",
        metavar="WHO",
        help="of several faces: largest (the default), left, right, or X,Y: a point of the face in the first pictures, "
        "0 .. 1 of their width and height",
    )
    group.add_argument("--force", action="store_true", help="track what the report on the clip refuses, too")
    group.add_argument(
        "--one-person",
        action="store_true",
        help="all clips of a batch show one person before one camera: both are found once, from up to 24 of them",
    )
    group.add_argument("--jobs", type=int, default=1, metavar="N", help="clips of a batch at one time (default: 1)")
