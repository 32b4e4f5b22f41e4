"""`avatron avatar check`: whether an avatar can be used, and what is wrong with it."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from avatron.avatar.check import check_avatar
from avatron.avatar.report import AvatarReport
from avatron.cli.report import print_json, print_table

__all__ = ["run"]

_SAYS = {
    "good": "good: nothing to mend",
    "usable": "usable: it loads and draws; see what to mend above",
    "refuse": "refuse: it cannot be used; see above",
}


def run(parsed: argparse.Namespace) -> int:
    """The verb: 0 where the avatar is good or usable, 1 where it is refused."""
    report = check_avatar(parsed.name, Path(parsed.pictures) if parsed.pictures else None)
    if parsed.json:
        print_json({**dataclasses.asdict(report), "verdict": report.verdict})
    else:
        _print(report)
    return 1 if report.verdict == "refuse" else 0


def _print(report: AvatarReport) -> None:
    print(f"{report.name or 'avatar'} in {report.path}")
    if report.files:
        print()
        rows = [("file", "kB", "state", "what")]
        rows += [(file.name, f"{file.size_bytes / 1000:.1f}", file.state, file.what) for file in report.files]
        print_table(
            [(name, size, state, what if len(what) < 90 else what[:87] + "...") for name, size, state, what in rows]
        )
    flat = {key: value for key, value in report.numbers.items() if not isinstance(value, dict)}
    if flat:
        print()
        print_table([(key.replace("_", " "), f"{value:,}".replace(",", " ")) for key, value in flat.items()])
    for file, facts in report.numbers.get("parts", {}).items():
        extent = " x ".join(f"{side:g}" for side in facts["extent_cm"])
        shares = ", ".join(
            f"{facts[key]:.1%} {key.replace('_', '-')}" for key in ("degenerate", "repeated", "non_manifold", "flipped")
        )
        print(f"{file}: {facts['vertices']} vertices, {facts['triangles']} triangles, {extent} cm; {shares}")
    if report.pictures:
        print()
        drawn = [("picture", "person", "brightness", "white", "change from rest")]
        drawn += [
            (
                name,
                f"{facts['covered']:.0%}",
                f"{facts['brightness']:.0f}",
                f"{facts['clipped']:.1%}",
                f"{facts['change_from_rest']:.1f}",
            )
            for name, facts in report.pictures.items()
        ]
        print_table(drawn)
    print()
    for finding in report.findings:
        print(f"{finding.severity}: {finding.place}: {finding.problem}\n    -> {finding.remedy}")
    print(_SAYS[report.verdict])
