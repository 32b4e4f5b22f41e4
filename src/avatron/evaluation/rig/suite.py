"""A person's rig measured over all poses and a minute of speech: the worst of each contact, and where it was."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from typing import Any

from avatron.core.motion import FaceMotion
from avatron.evaluation.rig.contact import Contacts, RigGauge
from avatron.evaluation.rig.poses import RigPose, motion_of
from avatron.face.head import PosedHead

__all__ = ["DEPTHS", "GAPS", "Worst", "measure_poses", "measure_speech", "worst_of_all"]

DEPTHS = ("lip_lip_mm", "lip_teeth_mm", "tongue_skin_mm", "tongue_teeth_mm", "lid_ball_mm")
"""Measures of `Contacts` that should be 0 in every pose."""
GAPS = {"lip_gap_mm": "lips_closed", "lid_gap_mm": "lids_closed"}
"""Measures that should be 0 in poses of this trait."""


@dataclass(frozen=True)
class Worst:
    """The worst value of one measure."""

    value_mm: float
    where: str
    """Name of the pose, or `frame N`; empty where nothing was above 0."""

    def as_json(self) -> dict[str, Any]:
        """Both fields."""
        return {"value_mm": round(self.value_mm, 3), "where": self.where}


def measure_poses(
    gauge: RigGauge, person: PosedHead, poses: Iterable[RigPose], seen: Callable[[str], None] | None = None
) -> dict[str, Worst]:
    """Measure to its worst over `poses`; `seen` is told the name of each."""
    found = {one.name: Worst(0.0, "") for one in fields(Contacts)}
    for pose in poses:
        contacts = gauge.frame(person, motion_of(pose))
        if seen is not None:
            seen(pose.name)
        for name in DEPTHS:
            found[name] = _worse(found[name], contacts, name, pose.name)
        for name, trait in GAPS.items():
            if trait in pose.traits:
                found[name] = _worse(found[name], contacts, name, pose.name)
    return found


def measure_speech(gauge: RigGauge, person: PosedHead, motion: FaceMotion, stride: int = 1) -> dict[str, Worst]:
    """Depths at every `stride`-th frame of `motion`."""
    found = {name: Worst(0.0, "") for name in DEPTHS}
    for number in range(0, len(motion), stride):
        contacts = gauge.frame(person, motion, number)
        for name in DEPTHS:
            found[name] = _worse(found[name], contacts, name, f"frame {motion.first_frame + number}")
    return found


def worst_of_all(people: Iterable[dict[str, Worst]]) -> dict[str, Worst]:
    """The worst of each measure over several people."""
    found: dict[str, Worst] = {}
    for person in people:
        for name, worst in person.items():
            if name not in found or worst.value_mm > found[name].value_mm:
                found[name] = worst
    return found


def _worse(known: Worst, contacts: Contacts, name: str, where: str) -> Worst:
    value = float(getattr(contacts, name))
    return Worst(value, where) if value > known.value_mm else known
