"""The options of `avatron export`. Nothing heavy is imported here."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

__all__ = ["add_export_verb"]

_EPILOG = """examples:
  avatron export -o ava.glb
  avatron speak "Hello!" -o line.npz -o line.wav && avatron export line.npz --audio line.wav -o hello.glb -o hello.usdz
  avatron export line.npz --frame 30 -o pose.obj
  avatron export line.npz -o line.csv
  avatron export line.npz --audio line.wav -o hello.glb -o hello.html --film hello.mp4
  avatron export line.npz --flame generic_model.npz -o line_flame.npz
"""


def add_export_verb(
    verbs: Any, add: Callable[..., argparse.ArgumentParser], lazy: Callable[..., Callable[..., int]]
) -> None:
    """Add the verb; `add` and `lazy` make it as the parser does."""
    verb = add(
        verbs, "export", "write an avatar and its motion for engines: glb, usd, obj, csv", lazy("export"), _EPILOG
    )
    verb.add_argument("motion", nargs="?", help="npz or Live Link Face csv (default: the avatar at rest)")
    verb.add_argument("--audio", metavar="PATH", help="sound of the motion: written as a wav beside a glb or usd")
    verb.add_argument("--avatar", default="ava", metavar="NAME", help="name or folder of an avatar (default: ava)")
    verb.add_argument("--fps", metavar="RATE", help="of a csv, whose timecodes know no 29.97")
    group = verb.add_argument_group("output")
    group.add_argument(
        "-o",
        "--output",
        action="append",
        default=[],
        metavar="PATH",
        help="its ending says the type: glb usda usdc usdz obj csv html, npz with --flame; may be given several times",
    )
    group.add_argument("--overwrite", action="store_true", help="replace existing outputs")
    group = verb.add_argument_group("scene")
    group.add_argument("--frame", type=int, default=0, metavar="N", help="of the motion, for an obj (default: 0)")
    group.add_argument("--compact", action="store_true", help="smaller glb, for readers of KHR_mesh_quantization")
    group.add_argument(
        "--tolerance", type=float, default=0.1, metavar="MM", help="of a clip against our own head (default: 0.1)"
    )
    group.add_argument(
        "--no-correctives", action="store_true", help="no extra morph targets for the clip: smaller, less exact"
    )
    group = verb.add_argument_group("page")
    group.add_argument("--film", metavar="URL", help="film of the same motion that an html plays beside the glb")
    group.add_argument("--size", default="512x512", metavar="WxH", help="of film and canvas (default: 512x512)")
    group.add_argument("--three", metavar="URL", help="address of three.js (default: a content network)")
    group = verb.add_argument_group("flame")
    group.add_argument(
        "--flame", metavar="MODEL", help="npz of a FLAME model: -o PATH.npz gets its coefficients of the motion"
    )
