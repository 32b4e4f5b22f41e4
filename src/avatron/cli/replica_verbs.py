"""The options of `avatron replica create|list|inspect|preview|verify|add|delete`. Nothing heavy is imported here."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

__all__ = ["add_bench_replica", "add_replica_verbs"]

_CREATE_EPILOG = """examples:
  avatron consent new --subject "Ada Example" --scope personal --video me.mp4 -o consent.json
  avatron replica create me.mp4 --consent consent.json -o me/
  avatron speak "Anything at all." --avatar me/ -o out.mp4
"""


def add_replica_verbs(
    verbs: Any, add: Callable[..., argparse.ArgumentParser], lazy: Callable[..., Callable[..., int]]
) -> None:
    """Add the verb and its actions; `add` and `lazy` make a verb as the parser does."""
    summary = "build, list, check and delete replicas: heads of real people, with their consent"
    verb = verbs.add_parser("replica", help=summary, description=summary[:1].upper() + summary[1:] + ".")
    actions = verb.add_subparsers(title="actions", metavar="ACTION", required=True)
    _add_create(
        add(actions, "create", "build a replica of the person in a video", lazy("replica_create"), _CREATE_EPILOG)
    )
    add(actions, "list", "list the replicas that can be asked for by name", lazy("replica", "list_all"))
    inspect = add(actions, "inspect", "show what a replica is and how good", lazy("replica", "inspect"))
    preview = add(
        actions,
        "preview",
        "say where the film of a replica and its video is, or copy it",
        lazy("replica", "preview"),
    )
    preview.add_argument("-o", "--output", metavar="FILE.mp4", help="copy the film to FILE.mp4")
    preview.add_argument("--overwrite", action="store_true", help="replace an existing FILE.mp4")
    export = add(
        actions, "export", "write a replica for other programs: ply splat spz, and glb usdz obj", lazy("replica_export")
    )
    export.add_argument(
        "-o",
        "--output",
        action="append",
        required=True,
        metavar="PATH",
        help="its ending says the type: ply splat spz (Gaussians at rest), html (a page that plays them), glb usda "
        "usdc usdz obj (the tracked head); "
        "may be given several times",
    )
    export.add_argument("--use", default="personal", metavar="USE", help="what for, which the consent must cover")
    export.add_argument("--overwrite", action="store_true", help="replace existing outputs")
    verify = add(actions, "verify", "check every file of a replica and its consent", lazy("replica", "verify"))
    verify.add_argument("--use", metavar="USE", help="also that it may be used so: evaluation, personal, commercial")
    install = add(actions, "add", "check a replica and copy it to your own", lazy("replica", "install"))
    install.add_argument("folder", metavar="DIR", help="folder of a replica")
    install.add_argument("--name", help="name to give it (default: its own)")
    delete = add(
        actions,
        "delete",
        "delete a replica, what is unfinished of it, and its installed copies; says what is gone",
        lazy("replica", "delete"),
    )
    for action in (inspect, preview, export, verify, delete):
        action.add_argument("name", metavar="NAME|DIR", help="name or folder of a replica")


def _add_create(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("video", metavar="VIDEO", help="a film of the person talking: one to two minutes, see `check`")
    verb.add_argument("--consent", required=True, metavar="FILE", help="the person's record, of `avatron consent new`")
    verb.add_argument("-o", "--output", metavar="DIR", help="folder to make (default: among your own, by --name)")
    verb.add_argument("--name", help="what it is called (default: the folder's name)")
    verb.add_argument("--overwrite", action="store_true", help="replace a replica that is there")
    group = verb.add_argument_group("what is built")
    group.add_argument("--quality", default=None, metavar="NAME", help="how it is drawn: full (default) or draft")
    group.add_argument("--voice", metavar="NAME", help="name or folder of the voice that it speaks with")
    group.add_argument("--transcript", metavar="TEXT", help="what is said in the video, or the path of a text file")
    group.add_argument(
        "--subject", metavar="WHO", help="where there are several: largest (default), left, right, or X,Y in 0..1"
    )
    group.add_argument("--force", action="store_true", help="build of a video that `check` refuses")
    group.add_argument(
        "--effort",
        type=float,
        default=1.0,
        metavar="X",
        help="X times the usual learning: 0.2 for a first look (default: 1)",
    )
    group.add_argument("--seed", type=int, default=0, metavar="N", help="same seed, same replica (default: 0)")


def add_bench_replica(
    actions: Any, add: Callable[..., argparse.ArgumentParser], lazy: Callable[..., Callable[..., int]]
) -> None:
    """Add `bench replica` to the actions of `avatron bench`; `add` and `lazy` make a verb as the parser does."""
    verb = add(
        actions,
        "replica",
        "build replicas of clips and measure them on the part that they never learned from",
        lazy("bench_replica"),
    )
    verb.add_argument("clips", nargs="+", metavar="CLIP", help="films of the person, each by itself")
    verb.add_argument("--consent", required=True, metavar="FILE", help="a record whose scope has `evaluation`")
    verb.add_argument("--quality", metavar="NAME", help="how they are drawn, as in `replica create`")
    verb.add_argument("--seed", type=int, default=0, metavar="N", help="same seed, same replicas (default: 0)")
    verb.add_argument(
        "-o", "--output", metavar="DIR", help="keep replicas and `replica.json` here; what is built is not built again"
    )
