"""What a recipe of the lip reader says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from avatron.training.lips.network import LipNetworkConfig
from avatron.training.lips.stage import LipStageConfig
from avatron.training.loop import LoopConfig

__all__ = ["LipRecipe"]


@dataclass(frozen=True)
class LipRecipe:
    """One network, one stage."""

    name: str
    """What it is called."""
    licence: str
    """Of the weights."""
    provenance: tuple[dict[str, Any], ...]
    """Of the data: name, source, licence, use."""
    stage: LipStageConfig
    """What it minimises."""
    loop: LoopConfig
    """How long."""
    network: LipNetworkConfig = field(default_factory=LipNetworkConfig)
    """Sizes."""
    first_held_out: int = 9000
    """Drawn people from this number on are not trained on."""
