"""The options of `avatron consent new|check`. Nothing heavy is imported here."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

__all__ = ["add_consent_verbs"]

_NEW_EPILOG = """examples:
  avatron consent new --subject "Ada Example" --scope personal -o consent.json
  avatron consent new --subject "Ada Example" --scope evaluation,personal --expires 2030-12-31 \\
      --video me.mp4 --statement yes.wav --key ada.pem -o consent.json
"""


def add_consent_verbs(
    verbs: Any, add: Callable[..., argparse.ArgumentParser], lazy: Callable[..., Callable[..., int]]
) -> None:
    """Add the verb and its actions; `add` and `lazy` make a verb as the parser does."""
    verb = verbs.add_parser(
        "consent",
        help="make or check the record without which no replica is built",
        description="Make or check the record without which no replica is built.",
    )
    actions = verb.add_subparsers(title="actions", metavar="ACTION", required=True)
    new = add(actions, "new", "make the consent record of a replica", lazy("consent", "new"), _NEW_EPILOG)
    new.add_argument("--subject", required=True, metavar="NAME", help="whose face and voice it is")
    new.add_argument("--granted-by", metavar="NAME", help="who gives the consent (default: the subject)")
    new.add_argument(
        "--scope", required=True, metavar="USES", help="of evaluation, personal, commercial; commas between several"
    )
    new.add_argument("--date", metavar="DAY", help="when it is given, e.g. 2026-05-01 (default: today)")
    new.add_argument("--expires", metavar="DAY", help="last day on which it holds (default: it does not end)")
    new.add_argument("--video", metavar="FILE", help="the only video that a replica may be built from")
    new.add_argument("--statement", metavar="FILE", help="recording in which the subject says that they agree")
    new.add_argument("--key", metavar="PEM", help="Ed25519 private key of whoever gives the consent: signs the record")
    new.add_argument("-o", "--output", required=True, metavar="FILE", help="record to write, e.g. consent.json")
    new.add_argument("--overwrite", action="store_true", help="replace an existing FILE")
    check = add(actions, "check", "say what a consent record allows, and whether it holds", lazy("consent", "check"))
    check.add_argument("record", metavar="FILE", help="consent.json")
    check.add_argument("--video", metavar="FILE", help="check also that a replica may be built from this video")
    check.add_argument("--use", metavar="USE", help="check also that this use is allowed, e.g. commercial")
