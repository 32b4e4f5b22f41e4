"""The options of `avatron bench listen` and `avatron bench gallery`."""

from __future__ import annotations

import argparse
from typing import Any

__all__ = ["add_gallery_verb", "add_listen_verb"]


def add_listen_verb(actions: Any, make_verb: Any, lazy: Any) -> None:
    """`listen build` and `listen score`."""
    listen = make_verb(actions, "listen", "build a listening test of films, or score its answers", None)
    steps = listen.add_subparsers(title="steps", metavar="STEP", required=True)
    build = make_verb(
        steps,
        "build",
        "make the web page of a listening test, and the key to its answers",
        lazy("bench_listen", "build"),
        epilog="examples:\n"
        "  avatron bench listen build recorded=films/a new=films/b --kind smos --reference recorded -o test\n"
        "  avatron bench listen build --animators viseme --texts sentences.txt --films films -o test",
    )
    _add_films(build)
    group = build.add_argument_group("test")
    group.add_argument(
        "--kind",
        default="mos",
        metavar="KIND",
        help="mos: naturalness; smos: synchrony with a reference (default: mos)",
    )
    group.add_argument("--reference", metavar="SYSTEM", help="the system that is the reference, and a hidden anchor")
    group.add_argument("--no-anchors", action="store_true", help="without films whose sound comes 200 ms early")
    group.add_argument(
        "--most", type=int, default=40, metavar="N", help="films that a listener judges at most (default: 40)"
    )
    group.add_argument(
        "--plans", type=int, default=120, metavar="N", help="different orders that are laid down (default: 120)"
    )
    group.add_argument(
        "--checks", type=int, default=2, metavar="N", help="films that ask for a certain answer (default: 2)"
    )
    group.add_argument("--no-headphones", action="store_true", help="without the test of headphones")
    group.add_argument("--title", metavar="TEXT", help="heading of the page")
    group.add_argument("--contact", metavar="TEXT", help="who asks, as listeners read it")
    group.add_argument("--post", metavar="URL", help="where finished answers are sent")
    _add_output(build, "folder to make, with `page/` for listeners and `key.json` for you")
    _add_seed(build)
    score = make_verb(
        steps,
        "score",
        "say what the answers to a listening test mean",
        lazy("bench_listen", "score"),
        epilog="example:\n  avatron bench listen score test answers/ -o result.json",
    )
    score.add_argument("test", metavar="TEST", help="folder of the test, with its key.json")
    score.add_argument("answers", nargs="+", metavar="ANSWERS", help="json files of listeners, or folders with them")
    score.add_argument("--against", metavar="SYSTEM", help="compare each system with this one (default: all pairs)")
    score.add_argument(
        "--missed-checks", type=int, default=0, metavar="N", help="checks that a listener may miss (default: 0)"
    )
    score.add_argument("--headphones", action="store_true", help="only listeners who passed the test of headphones")
    score.add_argument("--keep-all", action="store_true", help="leave out only those who did not finish")
    score.add_argument("-o", "--output", metavar="FILE", help="write the result as JSON")
    score.add_argument("--overwrite", action="store_true", help="replace an existing FILE")
    _add_seed(score)


def add_gallery_verb(actions: Any, make_verb: Any, lazy: Any) -> None:
    """`gallery`."""
    gallery = make_verb(
        actions,
        "gallery",
        "make a web page that shows films of several systems side by side, in sync",
        lazy("bench_gallery"),
        epilog="examples:\n"
        "  avatron bench gallery recorded=films/a new=films/b --metrics face.json -o gallery\n"
        "  avatron bench gallery --animators viseme --texts sentences.txt --paces slow normal fast -o gallery",
    )
    _add_films(gallery)
    gallery.add_argument(
        "--paces", nargs="+", default=["normal"], metavar="PACE", help="of films that are spoken here (default: normal)"
    )
    gallery.add_argument(
        "--metrics", nargs="+", default=[], metavar="FILE", help="results of `bench face`, shown as a table"
    )
    gallery.add_argument("--title", metavar="TEXT", help="heading of the page")
    gallery.add_argument("--about", metavar="TEXT", help="a sentence or two below the heading")
    _add_output(gallery, "folder to make, with index.html")
    _add_seed(gallery)


def _add_films(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "folders", nargs="*", metavar="[NAME=]FOLDER", help="films of one system; the same file names in each"
    )
    verb.add_argument("--sentences", nargs="+", metavar="NAME", help="only these films (names without their ending)")
    group = verb.add_argument_group("films that are spoken here")
    group.add_argument("--animators", nargs="+", metavar="NAME", help="animators that are systems of their own")
    group.add_argument("--texts", metavar="FILE", help="what they say, one a line")
    group.add_argument("--films", metavar="DIR", help="keep the films here, and go on from those that are there")
    group.add_argument("--voice", metavar="NAME", help="of these films, and of what the page says (the avatar's own)")
    group.add_argument("--avatar", default="ava", metavar="NAME", help="name or folder of an avatar (default: ava)")
    group.add_argument("--size", default="512x512", metavar="WxH", help="pixels (default: 512x512)")


def _add_output(verb: argparse.ArgumentParser, what: str) -> None:
    verb.add_argument("-o", "--output", required=True, metavar="DIR", help=what)
    verb.add_argument("--overwrite", action="store_true", help="replace a folder that this verb made")


def _add_seed(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--seed", type=int, default=0, metavar="N", help="the same seed gives the same result (default: 0)"
    )
