"""The change that makes a shipped decoder one person's: low-rank changes of its layers, and a style of its own."""

from __future__ import annotations

import copy

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from avatron.io.onnx_weights import changed_graph
from avatron.training.adapted_export import factors_of
from avatron.training.motion.graphs import check_motion_graph, motion_graphs
from avatron.training.motion.networks.avatron import AvatronNetwork
from avatron.training.motion.personal.base import GRAPH, BaseDecoder, linear_layers
from avatron.training.parity import HALF_TOLERANCE

__all__ = ["PersonalNetwork", "changes_of"]

STYLE_ROW = 0
"""The row of the table of styles that becomes the person's."""


class PersonalNetwork(nn.Module):
    """A copy of the base of which only small changes are trained."""

    def __init__(self, base: AvatronNetwork, rank: int) -> None:
        """Each linear layer W becomes W + U V of this rank; biases, the style and nothing else are trained whole."""
        super().__init__()
        self.network = copy.deepcopy(base)
        self.network.requires_grad_(False)
        self._base = {name: parameter.detach().clone() for name, parameter in base.named_parameters()}
        self._layers = [layer for layer in linear_layers(base) if layer != "style.table"]
        self.up = nn.ParameterList()
        self.down = nn.ParameterList()
        self.bias = nn.ParameterList()
        for layer in self._layers:
            rows, columns = self._base[f"{layer}.weight"].shape
            width = min(rank, rows, columns)
            self.up.append(nn.Parameter(torch.zeros(rows, width)))
            self.down.append(nn.Parameter(torch.randn(width, columns) / columns**0.5))
            self.bias.append(nn.Parameter(torch.zeros(rows)))
        self.style = nn.Parameter(torch.zeros(base.config.channels))

    def changed(self) -> dict[str, torch.Tensor]:
        """The network's parameters that differ from the base's, as functions of what is trained."""
        found = {}
        for layer, up, down, bias in zip(self._layers, self.up, self.down, self.bias, strict=True):
            found[f"{layer}.weight"] = self._base[f"{layer}.weight"] + up @ down
            found[f"{layer}.bias"] = self._base[f"{layer}.bias"] + bias
        row = torch.zeros(self._base["style.table.weight"].shape[1])
        row[STYLE_ROW] = 1.0
        found["style.table.weight"] = self._base["style.table.weight"] + torch.outer(self.style, row)
        return found

    def merged(self) -> AvatronNetwork:
        """A plain network with the changes in it, for use."""
        result = copy.deepcopy(self.network)
        with torch.no_grad():
            parameters = dict(result.named_parameters())
            for name, value in self.changed().items():
                parameters[name].copy_(value)
        return result.eval()


def changes_of(base: BaseDecoder, network: AvatronNetwork) -> dict[str, NDArray[np.float16]]:
    """What turns the base's graph into that of `network`, for `io.onnx_weights.changed_graph`.

    Raises:
        DamagedModelError: the changed graph does not say what the network says.
    """
    theirs = dict(base.network.named_parameters())
    linear = {f"{layer}.weight" for layer in linear_layers(base.network)}
    changes: dict[str, NDArray[np.float16]] = {}
    for name, parameter in network.named_parameters():
        change = (parameter - theirs[name]).detach().numpy()
        if not change.any():
            continue
        key = base.names[name]
        matrix = change.T if name in linear else change
        factors = factors_of(matrix)
        if factors is None:
            changes[f"{key}/difference"] = matrix.astype(np.float16)
        else:
            changes[f"{key}/up"], changes[f"{key}/down"] = factors
    graph = changed_graph(base.graph, changes)
    check_motion_graph(GRAPH, motion_graphs(network)[GRAPH], graph, HALF_TOLERANCE)
    return changes
