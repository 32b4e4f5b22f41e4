"""The network of a learned animator, out of its folder: torch weights from the values in its graph.

A shipped animator is a graph for the run time. Whoever goes on training it needs the network itself, and should need
nothing but the package for it. The graph holds all weights. Norms, convolutions and biases keep their names in it; the
matrices of linear layers are transposed and numbered in the order in which the network runs, those of an LSTM are
numbered likewise and have their gates in another order. Whether all was put in its place is found out by running both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from avatron.errors import DamagedModelError, InvalidValueError
from avatron.io.folders import ModelFolder
from avatron.io.onnx_weights import Weight, weights_of
from avatron.motion.decoder.config import DecoderConfig
from avatron.training.motion.graphs import check_motion_graph, motion_graphs
from avatron.training.motion.networks.avatron import AvatronConfig, AvatronNetwork
from avatron.training.motion.networks.heads import HeadConfig
from avatron.training.parity import HALF_TOLERANCE

__all__ = ["GRAPH", "BaseDecoder", "linear_layers", "load_base"]

GRAPH = "decoder.onnx"
"""The file whose weights are read, and later changed."""
_HALF = ".float16"


@dataclass(frozen=True, eq=False)
class BaseDecoder:
    """A learned animator that can be trained on."""

    folder: ModelFolder
    config: DecoderConfig
    network: AvatronNetwork
    graph: bytes
    """The ONNX file."""
    names: dict[str, str]
    """Parameter of the network -> the graph's name of it; a matrix of a linear layer lies there transposed."""


def load_base(folder: ModelFolder) -> BaseDecoder:
    """The network of the animator in `folder`, which gives what its graph gives.

    Raises:
        InvalidValueError: an animator of another architecture, or one that moves a mesh.
        DamagedModelError: a graph that is not of this avatron's network.
    """
    config = DecoderConfig.of(folder)
    if config.architecture != "avatron" or config.vertices:
        raise InvalidValueError(
            f"animator `{config.name}` cannot be made a person's: only those of the architecture `avatron` that move "
            "expressions can; leave `--animator` at its default"
        )
    graph = folder.read_bytes(GRAPH)
    weights = weights_of(graph)
    network = AvatronNetwork(
        AvatronConfig(
            embedding_width=config.width, styles=len(config.subjects), head=HeadConfig(channels=config.channels)
        )
    )
    names = _names(network, weights, folder)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name in names:
                values = torch.from_numpy(weights[names[name]].read(graph).astype(np.float32))
                _put(parameter, values.T if _is_matrix(network, name) else values, name, folder)
        for direction, (inputs, states, biases) in zip(
            (network.lstm.forwards, network.lstm.backwards), _lstm_names(weights, folder), strict=True
        ):
            parts = [_gates(weights[name].read(graph)[0].astype(np.float32)) for name in (inputs, states)]
            first, second = np.split(weights[biases].read(graph)[0].astype(np.float32), 2)
            wanted = (*parts, _gates(first), _gates(second))
            for name, array in zip(("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"), wanted, strict=True):
                _put(getattr(direction, name), torch.from_numpy(array), f"lstm.{name}", folder)
    network.eval()
    check_motion_graph(GRAPH, motion_graphs(network)[GRAPH], graph, HALF_TOLERANCE)
    return BaseDecoder(folder, config, network, graph, names)


def linear_layers(network: AvatronNetwork) -> tuple[str, ...]:
    """Names of the linear layers, in the order in which the network runs them."""
    blocks = [
        f"blocks.{number}.{layer}"
        for number in range(len(network.blocks))
        for layer in (
            *("before.expand", "before.contract", "attention.project_in", "attention.project_out"),
            *("convolution.gate", "convolution.project", "after.expand", "after.contract"),
        )
    ]
    return ("front.join", "style.table", *blocks, "mix", "head.hidden", "head.output")


def _names(network: AvatronNetwork, weights: dict[str, Weight], folder: ModelFolder) -> dict[str, str]:
    """Where in the graph each parameter outside of the LSTM is."""
    layers = [f"{layer}.weight" for layer in linear_layers(network)]
    numbered = sorted(_numbered(weights, "MatMul"))
    if len(numbered) != len(layers):
        raise DamagedModelError(
            f"the graph of `{folder.path}` has {len(numbered)} linear layers, the network of this avatron "
            f"{len(layers)}; it was exported by another avatron: export it again"
        )
    names = {layer: name for layer, (_, name) in zip(layers, numbered, strict=True)}
    for name, _ in network.named_parameters():
        if name in names or name.startswith("lstm."):
            continue
        found = next((key for key in (name, name + _HALF) if key in weights), None)
        if found is None:
            raise DamagedModelError(f"the graph of `{folder.path}` lacks `{name}`; export it again")
        names[name] = found
    return names


def _lstm_names(weights: dict[str, Weight], folder: ModelFolder) -> list[tuple[str, str, str]]:
    """(input weights, state weights, biases) of the two directions."""
    numbered = [name for _, name in sorted(_numbered(weights, "LSTM"))]
    if len(numbered) != 6:
        raise DamagedModelError(f"the graph of `{folder.path}` has no LSTM in two directions; export it again")
    return [(numbered[place], numbered[place + 1], numbered[place + 2]) for place in (0, 3)]


def _numbered(weights: dict[str, Weight], operation: str) -> list[tuple[int, str]]:
    start = f"onnx::{operation}_"
    return [(int(name[len(start) :].removesuffix(_HALF)), name) for name in weights if name.startswith(start)]


def _gates(onnx_order: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows of an LSTM in torch's order (input, forget, cell, output); ONNX has input, output, forget, cell."""
    entry, out, forget, cell = np.split(onnx_order, 4)
    return np.concatenate([entry, forget, cell, out])


def _is_matrix(network: AvatronNetwork, name: str) -> bool:
    return name.removesuffix(".weight") in linear_layers(network) and name.endswith(".weight")


def _put(parameter: Tensor, values: Tensor, name: str, folder: ModelFolder) -> None:
    if parameter.shape != values.shape:
        raise DamagedModelError(
            f"`{name}` of `{folder.path}` is {list(values.shape)}, expected {list(parameter.shape)}: an animator of "
            "other sizes than this avatron's; export it again"
        )
    parameter.copy_(values)
