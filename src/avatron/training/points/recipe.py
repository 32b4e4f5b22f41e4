"""What a recipe of the point reader says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from avatron.training.loop import LoopConfig
from avatron.training.points.network import PointNetworkConfig
from avatron.training.points.stage import PointStageConfig

__all__ = ["PointRecipe"]


@dataclass(frozen=True)
class PointRecipe:
    """One network, one stage."""

    name: str
    """What it is called."""
    licence: str
    """Of the weights."""
    provenance: tuple[dict[str, Any], ...]
    """Of the data: name, source, licence, use."""
    stage: PointStageConfig
    """What it minimises."""
    loop: LoopConfig
    """How long."""
    network: PointNetworkConfig = field(default_factory=PointNetworkConfig)
    """Sizes."""
    first_held_out: int = 9000
    """Drawn people from this number on are not trained on."""
