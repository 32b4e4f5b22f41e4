"""How far lips, teeth, tongue and lids pass through one another, and what stays open of closed lips and lids, in mm.

    python benchmarks/rig.py                      # shipped avatars and twenty random identities
    python benchmarks/rig.py --identities 4 --avatars ava --speech-stride 10
    python benchmarks/rig.py --compare OLD.json   # keeps the measures of an earlier run beside these

Measured on vertices over 56 expressions, forty combinations, and a minute of speech for each avatar.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

import avatron
from avatron.avatar.store import load_avatar
from avatron.core.motion import FaceMotion
from avatron.evaluation.rig.contact import RigGauge
from avatron.evaluation.rig.poses import COMBINATIONS, EXPRESSIONS
from avatron.evaluation.rig.suite import Worst, measure_poses, measure_speech, worst_of_all
from avatron.face.head import HeadModel
from record import write_result

TEXT = (
    "Pop my maple bubble, five vivid waves, the thin lather, shoe you owe. "
    "The morning train was late again, so we walked along the river and talked about the weather. "
    "She opened the small wooden box, and inside it lay a silver key. "
    "Could you tell me where the nearest library is? "
    "Please remember to bring two bottles of water and a warm jacket. "
    "Bob and Pam built a big brown boat by the bay. "
    "My mother makes marmalade from plums and apples. "
    "Five fluffy foxes found every vivid flower in the valley. "
    "The weather there is rather smooth, though the path is thin. "
    "We will wait where the wind was warm. "
    "You should choose a new blue suit for the school. "
    "She sells sea shells by the shore, and the shells she sells are surely sea shells. "
    "Judge Jones measured the edge of the treasure chest. "
    "Good evening, and welcome to the programme. "
    "Thank you very much for watching, and see you tomorrow. "
    "Machines can now read aloud, but listening is still a human art."
)
"""About a minute."""


def speech() -> list[FaceMotion]:
    """The motion of `TEXT`, sentence by sentence."""
    return [piece.motion for piece in avatron.stream(TEXT, size=(64, 64))]


def as_json(worst: dict[str, Worst]) -> dict[str, Any]:
    """All measures by name."""
    return {name: one.as_json() for name, one in worst.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--avatars", nargs="*", default=["ava"], help="names or folders")
    parser.add_argument("--identities", type=int, default=20, help="random identities, of standard deviation 1")
    parser.add_argument("--speech-stride", type=int, default=3, help="every how many frames of speech are measured")
    parser.add_argument("--compare", type=Path, help="an earlier result, kept as `before`")
    parser.add_argument("--out", type=Path, help="write here instead of benchmarks/results/rig.json")
    arguments = parser.parse_args()
    head = HeadModel.load()
    gauge = RigGauge(head)
    poses = (*EXPRESSIONS, *COMBINATIONS)
    motions = speech()
    avatars, talking = {}, {}
    for avatar in arguments.avatars:
        # A folder is known by its own name: where it lies says nothing about the rig.
        look, name = load_avatar(avatar).appearance(), Path(avatar).name
        person = head.posed(look.identity, look.displacement)
        avatars[name] = measure_poses(gauge, person, poses)
        talking[name] = worst_of_all(
            measure_speech(gauge, person, motion, arguments.speech_stride) for motion in motions
        )
        print(name, as_json(avatars[name]), as_json(talking[name]), file=sys.stderr, flush=True)
    random: dict[str, dict[str, Worst]] = {}
    for seed in range(arguments.identities):
        person = head.posed(np.random.default_rng(seed).normal(size=head.identity_modes))
        random[f"seed {seed}"] = measure_poses(gauge, person, poses)
        print(f"seed {seed}", as_json(random[f"seed {seed}"]), file=sys.stderr, flush=True)
    result: dict[str, Any] = {
        "expressions": len(EXPRESSIONS),
        "combinations": len(COMBINATIONS),
        "speech_frames": sum(len(motion) for motion in motions),
        "speech_stride": arguments.speech_stride,
        "avatars": {name: as_json(worst) for name, worst in avatars.items()},
        "avatars_speaking": {name: as_json(worst) for name, worst in talking.items()},
        "identities_worst": as_json(worst_of_all(random.values())),
        "identities_median_mm": {
            name: round(float(np.median([worst[name].value_mm for worst in random.values()])), 3)
            for name in next(iter(random.values()), {})
        },
        "identities": {name: as_json(worst) for name, worst in random.items()},
    }
    if arguments.compare is not None:
        earlier = json.loads(arguments.compare.read_text(encoding="utf-8"))
        result["before"] = {
            key: earlier[key]
            for key in ("commit", "avatars", "avatars_speaking", "identities_worst", "identities_median_mm")
        }
    if arguments.out is not None:
        arguments.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
        print(arguments.out)
    else:
        print(write_result("rig", result))


if __name__ == "__main__":
    main()
