"""What a recipe of the encoder of speech says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from avatron.training.listening.network import EncoderConfig
from avatron.training.listening.stage import EncoderStageConfig
from avatron.training.loop import LoopConfig

__all__ = ["EncoderRecipe", "EncoderRound"]


@dataclass(frozen=True)
class EncoderRound:
    """One round of training; each begins with what the one before has learned."""

    name: str
    """Folder of the round inside of the run."""
    corpora: tuple[str, ...]
    """Names of the recordings, in the order of the stage's shares."""
    stage: EncoderStageConfig
    """What it minimises."""
    loop: LoopConfig
    """How long."""


@dataclass(frozen=True)
class EncoderRecipe:
    """One network, in rounds."""

    name: str
    """What it is called."""
    licence: str
    """Of the weights."""
    provenance: tuple[dict[str, Any], ...]
    """Of the data: name, source, licence, use."""
    rounds: tuple[EncoderRound, ...]
    """One after another."""
    voice: str = "lj"
    """Whose text encoder it learns from."""
    network: EncoderConfig = field(default_factory=EncoderConfig)
    """Sizes."""
    table_share: float = 0.5
    """Of the exported embedding, how much is the mean embedding of each sound by how likely it is; the rest is what the
    network says of the embedding itself, which knows more of a sound's neighbours and errs more."""
