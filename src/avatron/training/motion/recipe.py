"""What a recipe of a learned animator says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from avatron.training.loop import LoopConfig
from avatron.training.motion.networks.make import NetworkConfig
from avatron.training.motion.stage import MotionStageConfig

__all__ = ["MotionRecipe"]


@dataclass(frozen=True)
class MotionRecipe:
    """One decoder, one stage."""

    name: str
    """What it is called: the name of the animator."""
    description: str
    """One line for people."""
    licence: str
    """Of the weights."""
    provenance: tuple[Mapping[str, Any], ...]
    """Of the data: name, source, licence, use."""
    network: NetworkConfig
    """Which decoder, of which size."""
    stage: MotionStageConfig
    """What it minimises."""
    loop: LoopConfig
    """How long."""
    subjects: tuple[str, ...] = ("presenter", "grid-s1", "teacher")
    """[S] whose way of moving is learned; the first one is how the animator moves unless it is asked otherwise."""
    shares: tuple[float, ...] = (0.35, 0.4, 0.05)
    """[S] how many of the windows of a step are of each subject, on average, in parts of their sum and that of ..."""
    restyled: float = 0.2
    """... those in which the filmed subject moves to the texts of the rules (`restyle.py`); 0 leaves them out."""
    filmed: str = "grid-s1"
    """Whose films of the split `valid` choose the best state; one of `subjects`."""
    by_rules: str = "teacher"
    """Whose clips are restyled."""
    guarded: bool = False
    """Whether the rules' contacts are laid over what the network says of P, B and M."""
