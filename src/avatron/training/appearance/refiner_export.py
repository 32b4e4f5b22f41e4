"""The refiner as ONNX, checked against the network it was made of."""

from __future__ import annotations

import io
import warnings

import numpy as np
import onnx
import torch

from avatron.errors import DamagedModelError
from avatron.io.sessions import open_session
from avatron.training.appearance.refiner_network import RefinerNetwork
from avatron.training.export import OPSET, halved

__all__ = ["refiner_graph"]

_TOLERANCE = 2.0 / 255
"""Of a colour: weights are stored in half precision."""


def refiner_graph(network: RefinerNetwork, window_px: int) -> bytes:
    """The graph for windows of `window_px` pixels: `picture` [1, 4, S, S] in, `added` [1, 3, S, S] out.

    Raises:
        DamagedModelError: the graph does not say what the network says.
    """
    network.eval()
    buffer = io.BytesIO()
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        picture = torch.rand(1, 4, window_px, window_px)
        wanted = network(picture).numpy()
        with warnings.catch_warnings():
            # The tracing exporter is announced as old; the new one needs a package more and gives larger graphs.
            warnings.simplefilter("ignore")
            torch.onnx.export(
                network,
                (picture,),
                buffer,  # type: ignore[arg-type]  # it takes any binary file
                input_names=["picture"],
                output_names=["added"],
                opset_version=OPSET,
                dynamo=False,
            )
    graph: bytes = halved(onnx.load_from_string(buffer.getvalue())).SerializeToString()
    (found,) = open_session(graph, name="refiner.onnx").run(None, {"picture": picture.numpy()})
    apart = float(np.abs(found - wanted).max())
    if not apart <= _TOLERANCE:
        raise DamagedModelError(f"the exported refiner differs from the network by {apart:.4f} of full scale")
    return graph
