"""The options of `avatron avatar new|sliders|sheet|check|pack`. Nothing heavy is imported here."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

__all__ = ["add_avatar_verbs"]

_NEW_EPILOG = """examples:
  avatron avatar new mia --from woman --hair-colour copper --iris-colour green --identity-seed 7
  avatron avatar new tom --from man --set jaw-width=0.5 --set nose-length=0.3 --garment-colour '#334' -o ./tom
  avatron speak "Hello, I am Mia." --avatar mia -o mia.mp4
"""


def add_avatar_verbs(
    actions: Any, add: Callable[..., argparse.ArgumentParser], lazy: Callable[..., Callable[..., int]]
) -> None:
    """Add the verbs to the actions of `avatron avatar`; `add` and `lazy` make a verb as the parser does."""
    _add_new(
        add(actions, "new", "make an avatar of your own from those that are there", lazy("avatar_new"), _NEW_EPILOG)
    )
    add(actions, "sliders", "list the proportions of a face that `new --set` changes", lazy("avatar_new", "sliders"))
    sheet = add(
        actions,
        "sheet",
        "draw every expression, many combinations, views and lights on one picture",
        lazy("avatar_sheet"),
    )
    sheet.add_argument("name", help="name, folder or pack of an avatar")
    sheet.add_argument("-o", "--output", required=True, metavar="FILE", help="picture to write: png")
    sheet.add_argument(
        "--cell", type=int, default=192, metavar="PX", help="side of each picture, 64..512 (default: 192)"
    )
    sheet.add_argument("--columns", type=int, default=10, metavar="N", help="pictures in a row, 4..20 (default: 10)")
    sheet.add_argument("--light", metavar="NAME", help="light of the expressions (default: the avatar's own)")
    sheet.add_argument("--overwrite", action="store_true", help="replace an existing FILE")
    check = add(actions, "check", "say whether an avatar can be used, and what is wrong with it", lazy("avatar_check"))
    check.add_argument("name", metavar="DIR|FILE.zip", help="folder, pack or name of an avatar")
    check.add_argument("--pictures", metavar="FOLDER", help="write the test pictures to FOLDER")
    pack = add(actions, "pack", "write an avatar as one file that `avatar add` takes", lazy("avatar_pack"))
    pack.add_argument("name", metavar="DIR", help="name or folder of an avatar")
    pack.add_argument("-o", "--output", required=True, metavar="FILE.zip", help="file to write")
    pack.add_argument("--overwrite", action="store_true", help="replace an existing FILE")


def _add_new(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("name", metavar="NAME", help="of the new avatar: a-z, 0-9, - and _")
    verb.add_argument(
        "-o", "--output", metavar="DIR", help="folder to make (default: among your own avatars, found by name)"
    )
    verb.add_argument("--overwrite", action="store_true", help="replace an avatar that is there")
    parts = verb.add_argument_group("parts", "each the name or folder of an avatar; what is not given is the base's")
    parts.add_argument("--from", dest="base", default="woman", metavar="AVATAR", help="the base (default: woman)")
    for part, help_ in (
        ("skin", "whose skin"),
        ("brows", "whose brows (default: those of the skin)"),
        ("hair", "whose hair; `none` is a bare head"),
        ("garment", "whose clothes"),
        ("eyes", "whose eyes and lashes"),
    ):
        parts.add_argument(f"--{part}", metavar="AVATAR", help=help_)
    colours = verb.add_argument_group("colours", "a name, #rgb, #rrggbb or a CSS name")
    colours.add_argument(
        "--hair-colour", metavar="COLOUR", help="black, brown, blond, red, grey, white ...; brows follow"
    )
    colours.add_argument("--brow-colour", metavar="COLOUR", help="of the brows alone")
    colours.add_argument(
        "--garment-colour", action="append", default=[], metavar="COLOUR", help="again for each smaller piece"
    )
    colours.add_argument("--iris-colour", metavar="COLOUR", help="brown, hazel, green, blue, grey ...")
    face = verb.add_argument_group("face")
    face.add_argument(
        "--identity-seed", type=int, metavar="N", help="another face near the base's; same seed, same face"
    )
    face.add_argument(
        "--identity-spread", type=float, default=0.5, metavar="0..1", help="how far from the base's (default: 0.5)"
    )
    face.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="SLIDER=VALUE",
        help="-1..1, e.g. jaw-width=0.4; `avatron avatar sliders` lists them; may be given several times",
    )
    defaults = verb.add_argument_group("defaults")
    defaults.add_argument("--framing", metavar="NAME", help="head-and-shoulders, close-up ...")
    defaults.add_argument("--light", metavar="NAME", help="studio, soft ...")
    defaults.add_argument("--voice", metavar="NAME", help="the voice that it speaks with")
    defaults.add_argument("--description", metavar="TEXT", help="one line for lists")
