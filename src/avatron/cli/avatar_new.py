"""`avatron avatar new` and `avatron avatar sliders`."""

from __future__ import annotations

import argparse
from types import MappingProxyType

from avatron.avatar.compose import compose_avatar
from avatron.avatar.wishes import AvatarWishes, parse_slider
from avatron.cli.report import print_json, print_table
from avatron.errors import UsageError
from avatron.face.head import HeadModel
from avatron.face.proportions import PROPORTIONS, ProportionSolver

__all__ = ["run", "sliders"]


def run(parsed: argparse.Namespace) -> int:
    """`avatron avatar new`: the path of the new folder on stdout."""
    values: dict[str, float] = {}
    for text in parsed.set:
        name, value = parse_slider(text)
        if name in values:
            raise UsageError(f"slider `{name}` is set twice: to {values[name]:g} and to {value:g}; set it once")
        values[name] = value
    wishes = AvatarWishes(
        name=parsed.name,
        base=parsed.base,
        skin=parsed.skin,
        brows=parsed.brows,
        hair=parsed.hair,
        garment=parsed.garment,
        eyes=parsed.eyes,
        hair_colour=parsed.hair_colour,
        brow_colour=parsed.brow_colour,
        garment_colours=tuple(parsed.garment_colour),
        iris_colour=parsed.iris_colour,
        identity_seed=parsed.identity_seed,
        identity_spread=parsed.identity_spread,
        sliders=MappingProxyType(values),
        framing=parsed.framing,
        light=parsed.light,
        voice=parsed.voice,
        description=parsed.description,
    )
    summary = compose_avatar(wishes, parsed.output, overwrite=parsed.overwrite)
    if parsed.json:
        print_json(
            {"done": "made", "name": summary.name, "path": str(summary.path), "description": summary.description}
        )
    else:
        print(summary.path)
    return 0


def sliders(parsed: argparse.Namespace) -> int:
    """`avatron avatar sliders`: each with what +1 does, by how much, and the mean face's measure."""
    means = ProportionSolver(HeadModel.load()).measures_m()
    if parsed.json:
        print_json(
            [
                {"name": name, "plus_one": one.summary, "step_mm": one.step_m * 1000, "mean_mm": means[name] * 1000}
                for name, one in PROPORTIONS.items()
            ]
        )
        return 0
    rows = [("slider", "-1 .. 1", "mean", "what +1 does")]
    for name, one in PROPORTIONS.items():
        rows.append((name, f"{one.step_m * 1000:.1f} mm", f"{means[name] * 1000:.1f} mm", one.summary))
    print_table(rows)
    return 0
