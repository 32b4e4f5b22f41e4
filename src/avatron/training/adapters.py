"""Low-rank adapters: another voice from trained networks by a small change of their weights.

Each large weight W becomes W + U V with U and V of a small rank (Hu et al. 2022); small tensors, such as biases, norms
and depthwise kernels, are trained whole. U begins as nought, so the network begins as the one it is made from, and that
one is never touched: the voice it belongs to stays bit for bit what it was. Nothing is added to the run time either,
because the product is added to the weights when the voice is loaded (`voice/adapted.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from avatron.errors import InvalidValueError
from avatron.training.checkpoint import load_result

__all__ = ["AdapterConfig", "adapt", "adapted_factory", "merge", "trainable"]

SMALLEST_ADAPTED = 4096
"""Weights with fewer values are trained whole."""

Network = TypeVar("Network", bound=nn.Module)


@dataclass(frozen=True)
class AdapterConfig:
    """How much of a network may change.

    Raises:
        InvalidValueError: a rank below 1.
    """

    base: str
    """Run and stage of the voice that it starts from, such as `lj/prosody`; runs lie side by side."""
    rank: int = 16
    """Of the change of each large weight."""
    frozen: tuple[str, ...] = ()
    """Names of submodules that stay as they are, such as the text encoder: `embedding_space` depends on it."""

    def __post_init__(self) -> None:
        if self.rank < 1:
            raise InvalidValueError(f"rank of an adapter is {self.rank}, expected at least 1")


class _LowRankChange(nn.Module):
    """weight -> weight + U V."""

    def __init__(self, weight: Tensor, rank: int) -> None:
        super().__init__()
        rows, columns = len(weight), weight[0].numel()
        rank = min(rank, rows, columns)
        self.up = nn.Parameter(torch.zeros(rows, rank))
        self.down = nn.Parameter(torch.randn(rank, columns) / columns**0.5)

    def forward(self, weight: Tensor) -> Tensor:
        # Outside of autocast: the change is small beside the weight, and bfloat16 would round it away.
        with torch.autocast("cpu", enabled=False):
            return weight + (self.up @ self.down).view_as(weight)


def adapt(network: nn.Module, config: AdapterConfig) -> None:
    """Freezes the network's large weights and gives each a low-rank change; embeddings stay as they are."""
    frozen = [network.get_submodule(name) for name in config.frozen]
    still = {id(module) for root in frozen for module in root.modules()}
    for root in frozen:
        root.requires_grad_(False)
    for module in list(network.modules()):
        if id(module) in still:
            continue
        if isinstance(module, nn.Embedding):
            module.requires_grad_(False)
        elif isinstance(module, nn.Linear | nn.Conv1d) and module.weight.numel() >= SMALLEST_ADAPTED:
            module.weight.requires_grad_(False)
            parametrize.register_parametrization(module, "weight", _LowRankChange(module.weight, config.rank))


def merge(network: Network) -> Network:
    """The network with its changes added to its weights, as a plain one."""
    for module in list(network.modules()):
        if parametrize.is_parametrized(module):
            parametrize.remove_parametrizations(module, "weight", leave_parametrized=True)
    return network


def adapted_factory(make: Callable[[], Network], config: AdapterConfig | None, runs: Path) -> Callable[[], Network]:
    """What `make` makes, and with a `config` its weights from the base in the folder `runs`, adapted."""
    if config is None:
        return make

    def made() -> Network:
        network = make()
        load_result(network, runs / config.base / "model.safetensors")
        adapt(network, config)
        return network

    return made


def trainable(network: nn.Module) -> list[nn.Parameter]:
    """The parameters that an optimiser may change."""
    return [parameter for parameter in network.parameters() if parameter.requires_grad]
